"""Documents that stand already: they come back edited, and just what was edited changes."""

import csv
import io

import pytest

from app.domain.intake.csv_import.arrivals import OpeningStock, Receipts
from app.domain.intake.csv_import.balances import OpeningBalances
from app.domain.intake.csv_import.documents import Documents
from app.domain.intake.csv_import.orders import Orders
from app.domain.intake.csv_import.plans import Access, Plan
from app.domain.intake.csv_import.standing import rows_of
from app.domain.kernel.document import Actor
from app.domain.kernel.rows import read, write
from app.domain.sales.orders import NewLine, activate_orders
from app.domain.treasury.opening import NewOpeningBalance, add_opening_balances
from app.domain.warehousing.opening import NewOpening, NewOpeningLine, add_openings
from app.domain.warehousing.receipts import NewReceipt, NewReceiptLine, add_receipts, process_receipts
from tests.domain.intake.files_of import brought, reason, whats
from tests.traces import checksums
from tests.world import TODAY, D, World

RECEIPT = "document,warehouse,product,quantity,unit_cost,note"


@pytest.fixture
def shop(world: World) -> World:
    for sku in ("CUP", "MUG"):
        world.add_product(sku, "10.00", cost="4.00")
    return world


def taken_out(world: World, kind: Documents) -> list[list[str]]:
    """The header and the rows of all documents of a kind that may still be changed."""
    states = ", ".join(f"'{state}'" for state in kind.editable)
    ids = world.ids(f"SELECT id FROM {kind.table} WHERE state IN ({states}) ORDER BY id")
    names = [it.name for it in kind.fields]
    return [names, *rows_of(world.session, kind.standing, ids, names)]


def bring_back(world: World, kind: Documents, rows: list[list[str]], access: Access | None = None) -> Plan:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return brought(world, kind, *out.getvalue().rstrip("\n").split("\n"), access=access)


def a_receipt(world: World) -> int:
    cup, mug = (world.ids(f"SELECT id FROM product WHERE sku = '{sku}'")[0] for sku in ("CUP", "MUG"))
    lines = [NewReceiptLine(cup, D(3), D("1.25")), NewReceiptLine(mug, D(2))]
    return world.do(add_receipts, [NewReceipt(world.warehouse, lines, note="=1+1")])[0]


def an_order(world: World) -> int:
    cup, mug = (world.ids(f"SELECT id FROM product WHERE sku = '{sku}'")[0] for sku in ("CUP", "MUG"))
    return world.order(NewLine(cup, D(3)), NewLine(mug, D(2), D("9.90"), warehouse_id=world.add_warehouse("NORTH")))


def an_opening(world: World) -> int:
    lines = [NewOpeningLine(world.ids("SELECT id FROM product WHERE sku = 'CUP'")[0], D(3), None, D("12.00"))]
    return world.do(add_openings, [NewOpening(world.warehouse, lines)])[0]


def a_balance(world: World) -> int:
    return world.do(add_opening_balances, [NewOpeningBalance("owed", D("40.50"), world.customer, purpose="7")])[0]


EVERY = pytest.mark.parametrize(
    ("kind", "make"),
    [(Receipts(), a_receipt), (OpeningStock(), an_opening), (Orders(), an_order), (OpeningBalances(), a_balance)],
    ids=lambda one: getattr(one, "table", ""),
)


@EVERY
def test_what_is_taken_out_and_brought_back_changes_nothing(shop: World, kind: Documents, make) -> None:
    make(shop)
    before = checksums(shop.session)

    plan = bring_back(shop, kind, taken_out(shop, kind))

    assert {row.what for row in plan.rows} == {"unchanged"}
    assert checksums(shop.session) == before


@EVERY
def test_what_is_edited_meanwhile_is_what_changes(shop: World, kind: Documents, make) -> None:
    make(shop)
    rows = taken_out(shop, kind)
    column = rows[0].index("amount" if kind.table == "opening_balance" else "quantity")
    before, rows[-1][column] = rows[-1][column], "17"

    plan = bring_back(shop, kind, rows)

    changed = [(row.what, row.changes) for row in plan.rows]
    assert changed[-1] == ("changed", ((rows[0][column], before, "17"),))
    assert {what for what, _ in changed[:-1]} <= {"unchanged"}
    assert taken_out(shop, kind) == rows
    assert len(shop.ids(f"SELECT id FROM {kind.table}")) == 1


def test_lines_are_added_and_taken_away(shop: World) -> None:
    a_receipt(shop)
    rows = taken_out(shop, Receipts())
    name = rows[1][0]

    fewer = bring_back(shop, Receipts(), rows[:2])
    more = bring_back(shop, Receipts(), [*rows[:2], [name, "MAIN", "MUG", "5", "", "", "'=1+1"]])

    assert [(row.what, row.changes) for row in fewer.rows] == [("changed", (("rows", "2", "1"),))]
    assert whats(more) == ["unchanged", "changed"]
    assert [row[2:4] for row in taken_out(shop, Receipts())[1:]] == [["CUP", "3"], ["MUG", "5"]]


def test_an_imported_draft_is_changed_by_its_edited_file_and_a_processed_one_is_not(shop: World) -> None:
    brought(shop, Receipts(), RECEIPT, "R1,MAIN,CUP,3,1.25,")

    assert whats(brought(shop, Receipts(), RECEIPT, "R1,MAIN,CUP,4,1.25,")) == ["changed"]
    assert whats(brought(shop, Receipts(), RECEIPT, "R1,MAIN,CUP,4,1.25,")) == ["unchanged"]
    assert whats(brought(shop, Receipts(), RECEIPT, "R1,MAIN,CUP,3,1.25,")) == ["changed"]
    shop.do(process_receipts, shop.ids("SELECT id FROM stock_receipt"), on=TODAY)
    assert reason(brought(shop, Receipts(), RECEIPT, "R1,MAIN,CUP,5,1.25,")) == (
        "This is R1 and processed by now: change it there, or give this one another key."
    )
    shop.prove()


def test_what_a_file_does_not_say_of_an_order_stays(shop: World) -> None:
    order, max_ = an_order(shop), shop.add(Actor, name="Max")
    write(shop.session, "UPDATE sales_order SET responsible_id = %(by)s WHERE id = %(id)s", id=order, by=max_)
    number = read(shop.session, "SELECT number FROM document WHERE id = %(id)s", id=order)[0].number
    shop.do(activate_orders, [order])

    plan = brought(shop, Orders(), "document,customer,warehouse,product,quantity",
                   f"{number},C001,MAIN,CUP,3", f"{number},C001,MAIN,MUG,4")  # fmt: skip

    assert [row.changes for row in plan.rows] == [(), (("quantity", "2", "4"),)]
    sql = """
    SELECT line.quantity, line.unit_price, line.price_source, warehouse.code, its.responsible_id, its.state
    FROM sales_order its JOIN sales_order_line line ON line.order_id = its.id
    LEFT JOIN warehouse ON warehouse.id = line.warehouse_id ORDER BY position
    """
    assert [tuple(row) for row in read(shop.session, sql)] == [
        (D(3), D(10), "list", None, max_, "active"), (D(4), D("9.90"), "manual", "NORTH", max_, "active")
    ]  # fmt: skip
    shop.prove()


def test_an_order_that_moves_is_shipped_by_whoever_ships_there_unless_the_file_says_who(shop: World) -> None:
    order = an_order(shop)
    write(shop.session, "UPDATE sales_order SET way = 'manager_seller' WHERE id = %(id)s", id=order)
    rows = taken_out(shop, Orders())
    way, place = rows[0].index("way"), rows[0].index("warehouse")

    brought_back = [[cell for i, cell in enumerate(row) if i != way] for row in rows]
    for row in brought_back[1:]:
        row[place] = "NORTH"
    bring_back(shop, Orders(), brought_back)
    assert {row[way] for row in taken_out(shop, Orders())[1:]} == {""}

    bring_back(shop, Orders(), rows)
    assert taken_out(shop, Orders()) == rows


def test_a_state_is_not_changed_by_a_file(shop: World) -> None:
    an_order(shop)
    rows = taken_out(shop, Orders())
    state = rows[0].index("state")
    for row in rows[1:]:
        row[state] = "active"

    plan = bring_back(shop, Orders(), rows)

    assert "is estimate; change that on its page." in reason(plan)


def test_nobody_changes_a_draft_of_a_warehouse_that_is_not_theirs(shop: World) -> None:
    draft, north = a_receipt(shop), shop.add_warehouse("NORTH")
    before = taken_out(shop, Receipts())

    plan = brought(shop, Receipts(), RECEIPT, f"draft {draft},NORTH,CUP,9,,",
                   access=Access(warehouses=frozenset({north})))  # fmt: skip

    assert whats(plan) == ["added"]
    assert taken_out(shop, Receipts())[:3] == before


def test_a_key_that_was_used_in_another_warehouse_opens_nothing_there(shop: World) -> None:
    shop.add_warehouse("NORTH")
    columns = "document,customer,warehouse,product,quantity"
    brought(shop, Orders(), columns, "1,C001,NORTH,CUP,3")
    before = checksums(shop.session)

    plan = brought(shop, Orders(), columns, "1,C001,MAIN,CUP,5", access=Access(warehouses=frozenset({shop.warehouse})))

    assert reason(plan) == "This key stands for a document of another warehouse: give this one another."
    assert [row.changes for row in plan.rows] == [()]
    assert checksums(shop.session) == before


def test_two_parts_of_a_file_do_not_write_the_same_document(shop: World) -> None:
    order = an_order(shop)
    number = read(shop.session, "SELECT number FROM document WHERE id = %(id)s", id=order)[0].number
    shop.add_customer("C777")

    plan = brought(shop, Orders(), "document,customer,warehouse,product,quantity",
                   f"{number},C001,MAIN,CUP,1", f"{number},C777,MAIN,CUP,2")  # fmt: skip

    assert sorted(whats(plan)) == ["changed", "rejected"]
