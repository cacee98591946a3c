"""Documents out of files: the rows of one key are one document, written once by the action that everybody uses."""

import pytest
from sqlalchemy.orm import Session

from app.domain.intake.csv_import.arrivals import OpeningStock, Receipts
from app.domain.intake.csv_import.balances import OpeningBalances
from app.domain.intake.csv_import.documents import Documents
from app.domain.intake.csv_import.orders import Orders
from app.domain.intake.csv_import.plans import Access
from app.domain.kernel.rows import read, write
from app.domain.treasury.opening import process_opening_balances
from app.domain.warehousing.opening import process_openings
from app.domain.warehousing.receipts import delete_receipts, process_receipts
from tests.domain.intake.files_of import brought, reason, whats
from tests.traces import checksums, statements
from tests.world import TODAY, D, World

RECEIPT = "document,warehouse,product,quantity,unit_cost,note"
ORDER = "document,customer,warehouse,product,quantity,unit_price,discount,state,customer_reference,on"
BALANCE = "about,customer,cash_desk,bank_account,amount,due_on,purpose"


@pytest.fixture
def shop(world: World) -> World:
    for sku in ("CUP", "MUG"):
        world.add_product(sku, cost="4.00")
    world.add_product("CARE", kind="service")
    world.add_bank()
    return world


def rows(world: World, sql: str) -> list[tuple]:
    return [tuple(row) for row in read(world.session, sql)]


LINES = """
SELECT note, sku, quantity, unit_cost FROM stock_receipt_line line JOIN stock_receipt ON stock_receipt.id = receipt_id
JOIN product ON product.id = product_id ORDER BY receipt_id, position
"""


def test_receipts_come_in_as_drafts_with_their_lines_in_order(shop: World) -> None:
    plan = brought(shop, Receipts(), RECEIPT, "R1,MAIN,CUP,3,1.25,first", "R2,MAIN,CUP,1,,", "R1,main,mug,2,,first")

    assert whats(plan) == ["added"] * 3
    assert plan.rows[0].changes == (
        ("warehouse", "", "MAIN"), ("product", "", "CUP"), ("quantity", "", "3"), ("unit_cost", "", "1.25"),
        ("note", "", "first"),
    )  # fmt: skip
    assert rows(shop, LINES) == [
        ("first", "CUP", D(3), D("1.25")), ("first", "MUG", D(2), None), ("", "CUP", D(1), None)
    ]  # fmt: skip
    shop.do(process_receipts, shop.ids("SELECT id FROM stock_receipt"), on=TODAY)
    shop.prove()


def test_the_same_file_again_changes_nothing_and_a_corrected_one_adds_what_was_rejected(shop: World) -> None:
    good, bad = ["R1,MAIN,CUP,3,1.25,", "R1,MAIN,MUG,1,,"], "R2,MAIN,POT,1,,"
    assert whats(brought(shop, Receipts(), RECEIPT, *good, bad)) == ["added", "added", "rejected"]
    before = checksums(shop.session)

    again = brought(shop, Receipts(), RECEIPT, *reversed(good), bad)

    assert whats(again) == ["unchanged", "unchanged", "rejected"]
    assert checksums(shop.session) == before
    corrected = brought(shop, Receipts(), RECEIPT, *good, "R2,MAIN,MUG,1,,")
    assert whats(corrected) == ["unchanged", "unchanged", "added"]
    assert len(shop.ids("SELECT id FROM stock_receipt")) == 2


def test_a_column_in_which_nothing_stands_makes_no_other_document(shop: World) -> None:
    brought(shop, Receipts(), "document,warehouse,product,quantity", "R1,MAIN,CUP,3")
    brought(shop, OpeningBalances(), BALANCE, "owed,C001,,,40.50,,Invoice 7")
    # The cost that is planned is its own since.
    shop.do(process_receipts, shop.ids("SELECT id FROM stock_receipt"), on=TODAY)

    assert whats(brought(shop, Receipts(), RECEIPT, "R1,MAIN,CUP,3,,")) == ["unchanged"]
    assert whats(brought(shop, OpeningBalances(), "about,customer,amount,purpose", "owed,C001,40.50,Invoice 7")) == [
        "unchanged"
    ]


def test_the_key_of_a_draft_that_was_removed_is_free_again(shop: World) -> None:
    brought(shop, Receipts(), RECEIPT, "R1,MAIN,CUP,3,,")
    shop.do(delete_receipts, shop.ids("SELECT id FROM stock_receipt"))

    assert whats(brought(shop, Receipts(), RECEIPT, "R1,MAIN,CUP,4,,")) == ["added"]


def test_each_warehouse_has_keys_of_its_own(shop: World) -> None:
    shop.add_warehouse("NORTH")

    assert whats(brought(shop, Receipts(), RECEIPT, "1,MAIN,CUP,3,,", "1,NORTH,CUP,4,,")) == ["added", "added"]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("R1,MAIN,CUP,x,,", "quantity: x is not a usable number: write it like 1234.56."),
        ("R1,MAIN,CUP,,,", "quantity: this must not be empty."),
        ("R1,MAIN,CUP,-1,,", "quantity: -1 is not possible: it is 0 or more."),
        ("R1,MAIN,CUP,1.5,,", "CUP: quantity: 1.500 has more than 0 decimals."),
        ("R1,MAIN,POT,1,,", "product: there is no product POT."),
        ("R1,MAIN,OLD,1,,", "product: OLD is archived: choose another."),
        ("R1,MAIN,CARE,1,,", "CARE is a service: it never touches stock."),
        ("R1,MOON,CUP,1,,", "warehouse: there is no warehouse MOON."),
        ("R1,NORTH,CUP,1,,", "warehouse: there is no warehouse NORTH."),
        ("R1,MAIN,CUP,1,,another note", "note: row 2 says something else of the same document."),
        ("R1,MAIN,CUP,1", "The row has 4 cells and the header 6: is a separator missing, or one too many?"),
        ("R1,MAIN,CUP,1,1e309,", "unit_cost: 1e309 is not a usable number: write it like 1234.56."),
    ],
)  # fmt: skip
def test_a_bad_row_takes_its_whole_document_along_and_no_other(shop: World, line: str, sentence: str) -> None:
    write(shop.session, "UPDATE product SET active = false WHERE id = %(id)s", id=shop.add_product("OLD"))
    shop.add_warehouse("NORTH")

    plan = brought(shop, Receipts(), RECEIPT, "R1,MAIN,MUG,1,,", line, "R2,MAIN,MUG,1,,",
                   access=Access(warehouses=frozenset({shop.warehouse})))  # fmt: skip

    assert whats(plan) == ["rejected", "rejected", "added"]
    assert reason(plan, 3) == sentence
    assert reason(plan, 2) in (sentence, "Row 3 of the same document is rejected.")
    assert len(rows(shop, LINES)) == 1


def test_opening_stock_comes_in_as_drafts(shop: World) -> None:
    plan = brought(shop, OpeningStock(), "document,warehouse,product,quantity,unit_cost,value,on",
                   f"A,MAIN,CUP,3,,12.50,{TODAY}", f"A,MAIN,MUG,2,1.5,,{TODAY}")  # fmt: skip

    assert whats(plan) == ["added", "added"]
    shop.do(process_openings, shop.ids("SELECT id FROM opening_stock"), on=TODAY)
    assert rows(shop, "SELECT on_hand, value FROM stock_balance ORDER BY product_id") == [
        (D(3), D("12.5")), (D(2), D(3)),
    ]  # fmt: skip
    shop.prove()


def test_opening_balances_come_in_as_a_draft_each(shop: World) -> None:
    plan = brought(
        shop, OpeningBalances(), BALANCE, "owed,C001,,,40.50,2026-01-31,Invoice 7", "paid_ahead,C001,,,5,,Advance",
        "cash,,MAIN,,100,,", "bank,,,BANK,-7,,", "owed,C001,,,40.50,2026-01-31,Invoice 7", "owed,C001,,,1,,Invoice 8",
    )  # fmt: skip

    assert whats(plan) == ["added", "added", "added", "added", "rejected", "added"]
    assert reason(plan, 6) == "It is in row 2 already: keep one of them, or give them different purposes."
    shop.do(process_opening_balances, shop.ids("SELECT id FROM opening_balance"), on=TODAY)
    shop.prove()
    again = brought(shop, OpeningBalances(), BALANCE, "owed,C001,,,40.50,2026-01-31,Invoice 7", "cash,,MAIN,,99,,")
    assert whats(again) == ["unchanged", "rejected"]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("lent,C001,,,1,,", "about: lent is not one of owed, paid_ahead, cash, bank."),
        ("owed,C009,,,1,,", "customer: there is no customer C009."),
        ("owed,,,,1,,", "Name whose it is: a customer, a cash desk or a bank account that is used, and nothing else."),
        ("cash,,SOUTH,,1,,", "cash_desk: there is no cash desk SOUTH."),
        ("owed,C001,,,0,,", "The amount must be above 0; only at a bank it may be below."),
        ("owed,C001,,,1.005,,", "Amount: 1.005 has more than 2 decimals."),
        ("owed,C001,,,,,", "amount: this must not be empty."),
        ("cash,,MAIN,,1,2026-01-01,", "Only what a customer owes is due."),
    ],
)
def test_a_balance_that_cannot_be_is_rejected(shop: World, line: str, sentence: str) -> None:
    shop.add_desk("SOUTH")

    plan = brought(shop, OpeningBalances(), BALANCE, line, "owed,C001,,,2,,Good",
                   access=Access(cash_desks=frozenset({shop.desk})))  # fmt: skip

    assert whats(plan) == ["rejected", "added"]
    assert reason(plan) == sentence


def test_orders_are_priced_like_those_that_are_typed(shop: World) -> None:
    plan = brought(
        shop, Orders(), ORDER, f"1,C001,MAIN,CUP,2,,,active,PO-1,{TODAY}",
        f"1,C001,MAIN,CARE,1,9.99,,active,PO-1,{TODAY}",
        "2,C001,MAIN,MUG,1,,5,,,",
    )  # fmt: skip

    assert whats(plan) == ["added"] * 3
    columns = "state, net, customer_reference, channel, responsible_id"
    assert rows(shop, f"SELECT {columns} FROM sales_order ORDER BY id") == [
        ("active", D("29.99"), "PO-1", "phone", shop.by), ("estimate", D("9.50"), "", "phone", shop.by),
    ]  # fmt: skip
    assert rows(shop, "SELECT \"on\" FROM sales_order WHERE state = 'active'") == [(TODAY,)]
    shop.prove()
    again = brought(shop, Orders(), ORDER, "2,C001,MAIN,MUG,1,,5,,,", "2,C001,MAIN,MUG,1,,6,,,")
    assert whats(again) == ["changed", "changed"]
    assert rows(shop, "SELECT net FROM sales_order WHERE state = 'estimate'") == [(D("18.90"),)]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("1,C001,MAIN,CUP,0,,,,,", "Line 1, CUP: the quantity must be above 0."),
        ("1,C001,MAIN,CUP,1,-1,,,,", "Line 1, CUP: only a service may have a negative price."),
        ("1,C001,MAIN,CUP,1,,101,,,", "discount: 101 is not possible: it is from 0 to 100."),
        ("1,C001,MAIN,CUP,1,,,approved,,", "state: approved is not one of estimate, active."),
        ("1,C009,MAIN,CUP,1,,,,,", "customer: there is no customer C009."),
        ("1,C001,MAIN,CUP,999999999999,99999999999,,,,", "The amounts are too large: check the quantities and prices."),
    ],
)
def test_an_order_that_cannot_be_is_rejected(shop: World, line: str, sentence: str) -> None:
    plan = brought(shop, Orders(), ORDER, line, "2,C001,MAIN,CUP,1,,,,,")

    assert whats(plan) == ["rejected", "added"]
    assert reason(plan) == sentence


@pytest.mark.parametrize(
    ("kind", "header", "line"),
    [
        (Receipts(), RECEIPT, "R{n},MAIN,CUP,1,,"),
        (OpeningStock(), "document,warehouse,product,quantity", "R{n},MAIN,CUP,1"),
        (OpeningBalances(), BALANCE, "owed,C001,,,1,,{n}"),
        (Orders(), ORDER, "{n},C001,MAIN,CUP,1,,,active,,"),
    ],
)
def test_two_hundred_documents_take_as_many_statements_as_ten(
    session: Session, kind: Documents, header: str, line: str
) -> None:  # fmt: skip
    world, counts = World(session), []
    world.add_product("CUP", cost="4.00")
    brought(world, kind, header, line.format(n=1))
    for start, size in ((1000, 10), (2000, 200)):
        with statements() as sent:
            plan = brought(world, kind, header, *(line.format(n=start + i) for i in range(size)))
        assert plan.counts["added"] == size
        counts.append(len(sent))

    assert counts[0] == counts[1] < 40
