"""Small exports through the whole trade, in a database of their own."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.domain.intake.plan import Tally
from app.domain.intake.trade import replay
from app.domain.kernel.document import Actor
from app.domain.kernel.errors import DomainError
from app.domain.kernel.rows import insert, read
from app.domain.kernel.unit import deed, open_session
from app.domain.ledger.setup import set_up_company

TRADE = (
    "1001,MUG,TALL MUG,6,2020-03-02 08:26:00,2.55,500,EIRE",
    "1001,POST,POSTAGE,1,2020-03-02 08:26:00,18.00,500,EIRE",
    "1001,MUG,TALL MUG,6,2020-03-02 08:26:00,2.55,500,EIRE",
    "1002,mug,TALL MUG,20,2020-03-02 09:00:00,0.333,,France",
    "C1003,MUG,TALL MUG,-6,2020-03-02 10:00:00,2.55,500,EIRE",
    "1004,CUP,SMALL CUP,3,2020-03-03 10:00:00,1.05,501,Spain",
    "1005,MUG,broken,-2,2020-03-03 11:00:00,0,,France",
    "1006,M,Manual,1,2020-04-01 10:00:00,100,501,Spain",
)


@pytest.fixture
def clerk(fresh_database: Engine) -> int:
    """An actor in an empty database."""
    with Session(fresh_database) as session, session.begin():
        insert(session, Actor, [{"name": "flask trade", "kind": "command"}])
        return read(session, "SELECT id FROM actor")[0].id


@pytest.fixture
def books(clerk: int) -> Iterator[Session]:
    """What is in the database, read after the replay."""
    with open_session() as session:
        yield session


def test_every_line_is_accounted_for_and_amounts_agree_to_the_penny(export, clerk: int):
    told = replay(export(*TRADE), by=clerk)

    assert told.differences == []
    assert told.lines == 8
    assert told.taken == {
        "goods": Tally(4, Decimal("40.41")), "freight": Tally(1, Decimal("18.00")), "other": Tally(1, Decimal("100")),
        "returned": Tally(1, Decimal("-15.30")), "written_off": Tally(1, Decimal(0)),
    }  # fmt: skip
    assert told.rejected == {}
    assert (told.sales, told.orders, told.shipments, told.other.receipts, told.returns) == (4, 4, 4, 2, 1)
    assert tuple(told.invoiced) == (4, Decimal("158.41"), Decimal("31.68"), Decimal("190.09"))
    assert tuple(told.credited) == (1, Decimal("15.30"), Decimal("3.06"), Decimal("18.36"))
    assert told.rounding == 0


def test_guests_pay_at_once_and_customers_when_their_term_is_over(export, clerk: int, books: Session):
    told = replay(export(*TRADE), by=clerk)

    paid = read(books, """
        SELECT customer.code, cash_order."on", cash_order.amount, cash_order.state
        FROM cash_order JOIN document ON document.id = cash_order.id JOIN customer ON customer.id = document.customer_id
        ORDER BY document.number""")  # fmt: skip
    assert [tuple(row) for row in paid] == [
        ("GUEST", date(2020, 3, 2), Decimal("7.99"), "processed"),
        ("500", date(2020, 4, 1), Decimal("39.96"), "processed"),
    ]
    assert (told.cash_orders, told.paid, told.open) == (2, Decimal("47.95"), Decimal("123.78"))
    assert (told.settled, told.other.refunded, told.left) == (Decimal("18.36"), 0, 0)


def test_goods_are_received_in_dozens_at_a_share_of_their_price(export, clerk: int, books: Session):
    replay(export(*TRADE), by=clerk)

    received = read(books, """
        SELECT receipt."on", product.sku, line.quantity, line.unit_cost, line.value
        FROM stock_receipt_line line JOIN stock_receipt receipt ON receipt.id = line.receipt_id
        JOIN product ON product.id = line.product_id ORDER BY 1, 2""")  # fmt: skip
    assert [tuple(row) for row in received] == [
        (date(2020, 3, 2), "MUG", Decimal(36), Decimal("0.1998"), Decimal("7.19")),
        (date(2020, 3, 3), "CUP", Decimal(12), Decimal("0.6300"), Decimal("7.56")),
    ]
    left = read(
        books,
        """
        SELECT sku, on_hand, reserved FROM stock_balance JOIN product ON product.id = product_id ORDER BY sku""",
    )
    assert [tuple(row) for row in left] == [("CUP", Decimal(9), Decimal(0)), ("MUG", Decimal(8), Decimal(0))]


def test_what_is_there_is_not_received_again(export, clerk: int):
    lines = [f"100{day},MUG,TALL MUG,6,2020-03-0{day} 08:26:00,2.55,500,EIRE" for day in (2, 3, 4)]

    assert replay(export(*lines), by=clerk).other.receipts == 2


def test_a_sale_becomes_an_order_that_names_it_and_is_performed(export, clerk: int, books: Session):
    replay(export(*TRADE), by=clerk)

    orders = read(books, """
        SELECT customer_reference, channel, "on", state, count(*) AS lines
        FROM sales_order JOIN sales_order_line line ON line.order_id = sales_order.id
        GROUP BY sales_order.id ORDER BY sales_order.id""")  # fmt: skip
    assert [tuple(row) for row in orders] == [
        ("1001", "phone", date(2020, 3, 2), "performed", 3),
        ("1002", "eshop", date(2020, 3, 2), "performed", 1),
        ("1004", "phone", date(2020, 3, 3), "performed", 1),
        ("1006", "phone", date(2020, 4, 1), "performed", 1),
    ]
    numbers = read(books, """
        SELECT document.number, invoice."on", invoice.due_on FROM invoice JOIN document ON document.id = invoice.id
        ORDER BY document.number""")  # fmt: skip
    assert [(int(row.number), row.on, row.due_on) for row in numbers] == [
        (1, date(2020, 3, 2), date(2020, 4, 1)), (2, date(2020, 3, 2), date(2020, 3, 2)),
        (3, date(2020, 3, 3), date(2020, 4, 2)), (4, date(2020, 4, 1), date(2020, 5, 1)),
    ]  # fmt: skip


def test_rounding_each_line_to_the_penny_is_shown(export, clerk: int):
    told = replay(export("1001,PADS,PADS,1,2020-03-02 08:26:00,0.001,500,EIRE",
                         "1002,PADS,PADS,5,2020-03-02 08:26:00,0.001,500,EIRE"), by=clerk)  # fmt: skip

    assert told.differences == []
    assert (told.invoiced.net, told.rounding) == (Decimal("0.01"), Decimal("0.004"))


def test_a_sale_that_comes_to_nothing_needs_no_payment(export, clerk: int):
    told = replay(export("1001,PADS,PADS,1,2020-03-02 08:26:00,0.001,,EIRE"), by=clerk)

    assert told.differences == []
    assert (told.invoiced.number, told.invoiced.gross, told.cash_orders) == (1, Decimal(0), 0)


def test_a_second_run_changes_nothing_and_tells_the_same(export, clerk: int, books: Session):
    path = export(*TRADE)
    first = replay(path, by=clerk)
    before = read(books, "SELECT count(*) AS documents, max(id) AS last FROM document")
    books.rollback()

    assert replay(path, by=clerk) == first
    assert read(books, "SELECT count(*) AS documents, max(id) AS last FROM document") == before


def test_what_is_not_taken_is_in_the_reject_file(export, clerk: int, tmp_path: Path):
    lines = (*TRADE, "1007,MUG,gift,1,2020-04-01 10:00:00,0,501,Spain", "C1008,MUG,,-1,2020-04-01 10:00:00,9,501,Spain")

    told = replay(export(*lines), by=clerk, reject_path=tmp_path / "rejects.csv")

    assert told.differences == []
    assert len((tmp_path / "rejects.csv").read_text().splitlines()) == 1 + 2
    assert {reason: tally.lines for reason, tally in told.rejected.items()} == {"free": 1, "sold_before": 1}


def test_progress_is_told_in_lines(export, clerk: int):
    steps: list[tuple[int, int]] = []

    replay(export(*TRADE), by=clerk, progress=lambda done, total: steps.append((done, total)))

    assert steps == [(5, 8), (7, 8), (8, 8)]


def test_the_reconciliation_is_told_for_a_person(export, clerk: int):
    told = "\n".join(replay(export(*TRADE), by=clerk).told())

    assert "taken: Goods back, credited" in told
    assert "158.41" in told
    assert "DIFFERENCE" not in told
    assert "4 sales: 4 orders, 4 shipments, 4 invoices (0 of vouchers), 2 payments; 1 credit notes, 1 returns" in told


def test_an_invoice_behind_the_back_shows_as_a_difference(export, clerk: int, behind_the_back):
    path = export(*TRADE)
    replay(path, by=clerk)
    behind_the_back("UPDATE invoice_line SET quantity = quantity + 1 WHERE id = (SELECT min(id) FROM invoice_line)")

    assert replay(path, by=clerk).differences == ["Goods: the file and the documents differ"]


def test_a_file_that_starts_before_the_last_invoice_is_refused(export, clerk: int):
    replay(export(*TRADE), by=clerk)
    earlier = export("2001,MUG,TALL MUG,6,2020-03-31 08:26:00,2.55,500,EIRE", name="earlier.csv")

    with pytest.raises(DomainError, match="last invoice in the books is of 2020-04-01, the file starts on 2020-03-31"):
        replay(earlier, by=clerk)


def test_a_later_file_goes_on_in_the_same_books(export, clerk: int):
    replay(export(*TRADE), by=clerk)

    told = replay(export("2001,MUG,TALL MUG,6,2020-04-02 08:26:00,2.55,500,EIRE", name="later.csv"), by=clerk)

    assert (told.differences, told.sales, told.invoiced.number) == ([], 1, 1)


def test_another_company_is_refused_and_left_as_it_is(export, clerk: int, books: Session):
    deed(lambda session: set_up_company(
        session, name="Ada Ltd", currency="EUR", time_zone="Europe/Sofia", country="BG", chart="ifrs"
    ))  # fmt: skip

    with pytest.raises(DomainError, match="replay it into an empty database"):
        replay(export(*TRADE), by=clerk)

    assert read(books, "SELECT (SELECT count(*) FROM product) + (SELECT count(*) FROM document) AS rows")[0].rows == 0


def test_a_day_that_the_domain_refuses_is_named_and_the_days_before_it_stay(export, clerk: int, books: Session):
    lines = [*TRADE[:4], "1004,CUP,SMALL CUP,3,2999-03-03 10:00:00,1.05,501,Spain"]

    with pytest.raises(DomainError, match="2999-03-03"):
        replay(export(*lines), by=clerk)

    assert read(books, "SELECT count(*) AS count FROM invoice WHERE state = 'issued'")[0][0] == 2


def test_an_empty_export_is_an_empty_reconciliation(export, clerk: int):
    told = replay(export(), by=clerk)

    assert (told.lines, told.invoiced.number, told.differences) == (0, 0, [])


REST = (
    "1001,MUG,TALL MUG,6,2020-03-02 08:26:00,2.00,,EIRE",
    "1001,gift_0001_20,VOUCHER,1,2020-03-02 08:26:00,16.67,,EIRE",
    "1002,MUG,TALL MUG,6,2020-03-02 09:00:00,2.00,500,EIRE",
    "C1003,MUG,TALL MUG,-2,2020-03-03 10:00:00,2.00,,EIRE",
    "C1004,D,Discount,-1,2020-03-03 10:00:00,1.50,500,EIRE",
    "C1005,AMAZONFEE,AMAZON FEE,-1,2020-03-03 10:00:00,5.55,,EIRE",
    "1006,VASE,smashed,-3,2020-03-03 11:00:00,0,,EIRE",
)


def test_credits_refunds_vouchers_fees_and_losses_are_documents_of_their_own(export, clerk: int, books: Session):
    told = replay(export(*REST), by=clerk)

    assert (told.differences, told.rejected) == ([], {})
    moved = read(
        books,
        """
        SELECT kind, about, amount, account.code, customer.code AS customer
        FROM cash_order JOIN document USING (id) LEFT JOIN customer ON customer.id = document.customer_id
        LEFT JOIN account ON account.id = account_id ORDER BY cash_order.id""".replace("kind", "cash_order.kind", 1),
    )
    assert [tuple(row) for row in moved] == [
        ("income", "customer", Decimal("14.40"), None, "GUEST"),
        ("income", "customer", Decimal("16.67"), None, "GUEST"),
        ("expense", "customer", Decimal("4.80"), None, "GUEST"),
        ("expense", "account", Decimal("5.55"), "6990", None),
    ]
    vouchers = read(
        books,
        """
        SELECT sum(credit - debit) AS amount FROM journal_line JOIN account ON account.id = account_id
        WHERE role = 'vouchers'""",
    )[0].amount
    assert vouchers == Decimal("16.67")
    credited = read(books, "SELECT net, vat FROM credit_note ORDER BY id")
    assert [tuple(row) for row in credited] == [(Decimal(4), Decimal("0.80")), (Decimal("1.50"), Decimal("0.30"))]
    sql = "SELECT reason, quantity, cost FROM write_off JOIN write_off_line ON write_off_id = write_off.id"
    lost = read(books, sql)
    assert [tuple(row) for row in lost] == [("other", Decimal(3), Decimal(0))]
    assert (told.other.refunded, told.settled, told.left) == (Decimal("4.80"), Decimal("1.80"), 0)


def test_a_credit_after_the_invoice_is_paid_is_left_to_the_customer(export, clerk: int):
    lines = (
        "1001,MUG,TALL MUG,6,2020-03-02 08:26:00,2.00,500,EIRE",
        "C1002,MUG,TALL MUG,-6,2020-04-02 10:00:00,2.00,500,EIRE",
    )

    told = replay(export(*lines), by=clerk)

    assert (told.differences, told.paid, told.left) == ([], Decimal("14.40"), Decimal("14.40"))
