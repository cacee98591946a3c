"""Sales by whatever one asks, and VAT by rate, against what the documents and the ledger say."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from app.domain.billing.advances import NewAdvance, add_advances
from app.domain.billing.credit_notes import NewCreditLine, NewCreditNote, add_credit_notes, issue_credit_notes
from app.domain.billing.invoicing import issue_invoices
from app.domain.billing.returns import process_returns
from app.domain.kernel.document import Actor
from app.domain.kernel.errors import Invalid
from app.domain.kernel.rows import read, write
from app.reports.sales import BY, sales, sold_documents, vat_by_rate, vat_documents
from tests.world import TODAY, World

D = Decimal
BEFORE = TODAY - timedelta(days=40)


@pytest.fixture
def traded(session: Session) -> World:
    """Four cups at 10.00 (20 %) and two jars at 5.00 (9 %) sold today, a cup of them credited, one cup sold before."""
    world = World(session)
    world.cup, world.jar = world.add_product("CUP", "10.00"), world.add_product("JAR", "5.00", tax=9)
    world.receive(world.cup, "10", "4.00", on=BEFORE)
    world.receive(world.jar, "10", "3.00", on=BEFORE)
    world.invoice(world.shipped_order((world.cup, "1"), on=BEFORE)[1], on=BEFORE)
    invoice = world.invoice(world.shipped_order((world.cup, "4"), (world.jar, "2"))[1])
    line = world.lines_of("invoice_line", "invoice_id", invoice)[0].id
    note = NewCreditNote(invoice, "broken", [NewCreditLine(line, "goods_back", quantity=D(1))])
    world.do(issue_credit_notes, world.do(add_credit_notes, [note]), on=TODAY)
    return world


def told(world: World, by: str, since=TODAY) -> list[tuple]:
    rows = sales(since, TODAY, by=by).rows(world.session)
    return [(row.key, row.quantity, row.net, row.cost, row.margin) for row in rows]


def test_sales_less_credits_have_the_cost_of_their_pieces(traded: World) -> None:
    assert told(traded, "product") == [("CUP", D(3), D(30), D(12), D(18)), ("JAR", D(2), D(10), D(6), D(4))]
    assert told(traded, "customer") == [("C001", D(5), D(40), D(18), D(22))]
    assert told(traded, "warehouse") == [("MAIN", D(5), D(40), D(18), D(22))]
    assert told(traded, "group") == [("GOODS", D(5), D(40), D(18), D(22))]


def test_months_stand_one_after_the_other(traded: World) -> None:
    assert [row[0] for row in told(traded, "month", BEFORE)] == [f"{BEFORE:%Y-%m}", f"{TODAY:%Y-%m}"]


def test_however_it_is_cut_it_is_the_revenue_of_the_ledger(traded: World) -> None:
    sql = """SELECT sum(credit - debit) AS amount FROM journal_line JOIN account ON account.id = account_id
             WHERE role = 'revenue'"""
    revenue = read(traded.session, sql)[0].amount

    assert {by: sum(row[2] for row in told(traded, by, BEFORE)) for by in BY} == dict.fromkeys(BY, revenue)


def test_vat_is_told_by_rate_and_is_the_turnover_of_output_vat(traded: World) -> None:
    rows = vat_by_rate(BEFORE, TODAY).rows(traded.session)
    sql = """SELECT sum(credit - debit) AS amount FROM journal_line JOIN account ON account.id = account_id
             WHERE role = 'output_vat'"""

    assert [(row.percent, row.kind, row.documents, row.net, row.vat) for row in rows] == [
        (D(20), "invoice", 2, D(50), D(10)), (D(20), "credit_note", 1, D(-10), D(-2)),
        (D(9), "invoice", 1, D(10), D("0.90")),
    ]  # fmt: skip
    assert sum(row.vat for row in rows) == read(traded.session, sql)[0].amount


def test_each_percentage_of_a_rate_is_told_by_itself(traded: World) -> None:
    traded.change_rate(20, "21", TODAY)
    traded.invoice(traded.shipped_order((traded.cup, "1"))[1])

    rows = vat_by_rate(BEFORE, TODAY).rows(traded.session)

    assert [(row.code, row.percent, row.net, row.vat) for row in rows if row.code == "A" and row.kind == "invoice"] == [
        ("A", D(21), D(10), D("2.10")), ("A", D(20), D(50), D(10)),
    ]  # fmt: skip


def test_what_nobody_can_ask_is_refused() -> None:
    with pytest.raises(Invalid):
        sales(TODAY, TODAY, by="weather")
    with pytest.raises(Invalid):
        vat_by_rate(TODAY, BEFORE)


def test_a_row_of_sales_opens_into_the_documents_that_it_is_made_of(traded: World) -> None:
    (cups, _), (this_month,) = [list(sales(TODAY, TODAY, by=by).rows(traded.session)) for by in ("product", "month")]

    def behind(by: str, of: str | None) -> list[tuple]:
        rows = sold_documents(TODAY, TODAY, by=by, of=of).rows(traded.session)
        return [(row.on, row.kind, row.customer, row.quantity, row.net, row.cost, row.margin) for row in rows]

    assert behind("product", cups.of) == [
        (TODAY, "invoice", "C001", D(4), D(40), D(16), D(24)),
        (TODAY, "credit_note", "C001", D(-1), D(-10), D(-4), D(-6)),
    ]  # fmt: skip
    assert behind("month", this_month.of) == behind("product", None) == [
        (TODAY, "invoice", "C001", D(6), D(50), D(22), D(28)),
        (TODAY, "credit_note", "C001", D(-1), D(-10), D(-4), D(-6)),
    ]  # fmt: skip
    assert behind("product", "0") == []


def test_two_sellers_of_one_name_are_two_rows(traded: World) -> None:
    for pieces, seller in (("2", traded.by), ("1", traded.add(Actor, name="Sonia Seller"))):
        traded.invoice(traded.shipped_order((traded.cup, pieces), responsible_id=seller)[1])

    rows = sales(TODAY, TODAY, by="seller").rows(traded.session)

    assert [(row.key, row.net) for row in rows] == [("", D(40)), ("Sonia Seller", D(20)), ("Sonia Seller", D(10))]
    assert [row.net for row in sold_documents(TODAY, TODAY, by="seller", of=rows[2].of).rows(traded.session)] == [D(10)]


def test_sales_stand_under_their_channel_and_under_days_quarters_and_years(traded: World) -> None:
    assert told(traded, "channel") == [("phone", D(5), D(40), D(18), D(22))]
    assert [row[0] for row in told(traded, "day", BEFORE)] == [str(BEFORE), str(TODAY)]
    assert [row[0] for row in told(traded, "year")] == [str(TODAY.year)]
    assert [row[0] for row in told(traded, "quarter")] == [f"{TODAY.year}-Q{(TODAY.month + 2) // 3}"]


def test_sales_of_some_warehouses_are_what_left_these(traded: World) -> None:
    annex = traded.add_warehouse("ANNEX")
    traded.receive(traded.cup, "5", warehouse=annex)
    traded.invoice(traded.shipped_order((traded.cup, "2"), warehouse=annex)[1])

    rows = sales(TODAY, TODAY, by="product", warehouses=[annex]).rows(traded.session)

    assert [(row.key, row.net) for row in rows] == [("CUP", D(20))]
    assert sales(TODAY, TODAY, warehouses=[]).rows(traded.session) == []
    documents = sold_documents(TODAY, TODAY, warehouses=[annex]).rows(traded.session)
    assert [row.net for row in documents] == [D(20)]


def test_whoever_sees_no_prices_is_not_told_by_the_order_of_rows_what_sold_best(traded: World) -> None:
    traded.invoice(traded.shipped_order((traded.jar, "8"))[1])

    assert [row[0] for row in told(traded, "product")] == ["JAR", "CUP"]
    rows = sales(TODAY, TODAY, by="product", by_net=False).rows(traded.session)
    assert [row.key for row in rows] == ["CUP", "JAR"]


def test_a_row_of_vat_opens_into_its_documents(traded: World) -> None:
    def behind(**row: object) -> list[tuple]:
        rows = vat_documents(BEFORE, TODAY, **row).rows(traded.session)
        return [(line.on, line.kind, line.net, line.vat) for line in rows]

    assert behind(rate="A", percent=D(20), kind="invoice") == [
        (BEFORE, "invoice", D(10), D(2)), (TODAY, "invoice", D(40), D(8)),
    ]  # fmt: skip
    assert behind(kind="credit_note") == [(TODAY, "credit_note", D(-10), D(-2))]
    assert behind(percent=D(9)) == [(TODAY, "invoice", D(10), D("0.90"))]
    assert sum(row[3] for row in behind()) == D("8.90")


def test_the_cost_of_what_waited_for_its_invoice_is_that_of_the_ledger(session: Session) -> None:
    """Three for 10.00: invoiced one by one, one of them again, and one that comes back; and three more, two ahead."""
    world = World(session)
    write(session, "UPDATE company SET cogs_timing = 'at_invoice'")
    cup = world.add_product("CUP", "10.00")
    world.receive(cup, "2", "3.33")
    world.receive(cup, "1", "3.34")
    shipment = world.shipped_order((cup, "3"))[1]
    line = world.lines_of("shipment_line", "shipment_id", shipment)[0].id
    agree = matches(world)

    parts = [world.invoice(shipment, quantities={line: D(1)}) for _ in range(3)]
    agree("10.00", "3.33", "3.34", "3.33")
    credit(world, parts[1], "invoice_again", 1)
    agree("6.66", "3.33", "3.34", "3.33", "-3.34")
    world.invoice(shipment)
    told = ["3.33", "3.34", "3.33", "-3.34", "3.34"]
    for part, left, cost in ((2, "6.67", "-3.33"), (0, "3.33", "-3.34")):
        credit(world, parts[part], "goods_back", 1)
        world.do(process_returns, world.ids("SELECT id FROM customer_return WHERE state = 'draft'"), on=TODAY)
        told.append(cost)
        agree(left, *told)


def test_what_was_invoiced_in_advance_costs_what_left_with_it(session: Session) -> None:
    world = World(session)
    write(session, "UPDATE company SET cogs_timing = 'at_invoice'")
    cup = world.add_product("CUP", "10.00")
    world.receive(cup, "2", "3.33")
    world.receive(cup, "1", "3.34")
    order = world.order((cup, "3"))
    world.approve(order)
    ahead = world.lines_of("sales_order_line", "order_id", order)[0].id
    world.do(issue_invoices, world.do(add_advances, [NewAdvance(order, {ahead: D(2)})]), on=TODAY)
    assert told(world, "warehouse") == [("", D(2), D(20), 0, D(20))]

    world.ship(*world.drafts(order))

    matches(world)("6.67", "6.67")
    assert told(world, "warehouse") == [("MAIN", D(2), D(20), D("6.67"), D("13.33"))]


def credit(world: World, invoice: int, kind: str, pieces: int) -> None:
    line = world.lines_of("invoice_line", "invoice_id", invoice)[0].id
    note = NewCreditNote(invoice, "wrong", [NewCreditLine(line, kind, quantity=D(pieces))])
    world.do(issue_credit_notes, world.do(add_credit_notes, [note]), on=TODAY)


def matches(world: World) -> Callable[..., None]:
    """What compares the cost of sales that is told, in all and by document, with the ledger."""

    def agree(cost: str, *documents: str) -> None:
        sql = """SELECT sum(debit - credit) AS amount FROM journal_line JOIN account ON account.id = account_id
                 WHERE role = 'cost_of_sales'"""
        posted = read(world.session, sql)[0].amount
        assert [row[3] for row in told(world, "month")] == [D(cost)] == [posted]
        assert [row.cost for row in sold_documents(TODAY, TODAY).rows(world.session)] == [D(each) for each in documents]

    return agree
