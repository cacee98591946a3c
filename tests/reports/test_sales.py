"""Sales by whatever one asks, and VAT by rate, against what the documents and the ledger say."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from app.domain.billing.credit_notes import NewCreditLine, NewCreditNote, add_credit_notes, issue_credit_notes
from app.domain.kernel.errors import Invalid
from app.domain.kernel.rows import read
from app.reports.sales import BY, sales, vat_by_rate
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
    return [(row.key, row.quantity, row.net, row.cost, row.margin) for row in sales(world.session, since, TODAY, by=by)]


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
    rows = vat_by_rate(traded.session, BEFORE, TODAY)
    sql = """SELECT sum(credit - debit) AS amount FROM journal_line JOIN account ON account.id = account_id
             WHERE role = 'output_vat'"""

    assert [(row.percent, row.kind, row.documents, row.net, row.vat) for row in rows] == [
        (D(20), "invoice", 2, D(50), D(10)), (D(20), "credit_note", 1, D(-10), D(-2)),
        (D(9), "invoice", 1, D(10), D("0.90")),
    ]  # fmt: skip
    assert sum(row.vat for row in rows) == read(traded.session, sql)[0].amount


def test_what_nobody_can_ask_is_refused(traded: World) -> None:
    with pytest.raises(Invalid):
        sales(traded.session, TODAY, TODAY, by="weather")
    with pytest.raises(Invalid):
        vat_by_rate(traded.session, TODAY, BEFORE)
