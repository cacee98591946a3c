"""What customers owe, by age and one by one, at any date, and as the ledger says."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from app.domain.kernel.errors import Invalid, NotFound
from app.domain.kernel.rows import read
from app.domain.treasury.cash import cancel_cash_orders
from app.domain.treasury.opening import (
    NewOpeningBalance,
    add_opening_balances,
    cancel_opening_balances,
    process_opening_balances,
)
from app.reports.receivables import customer_statement, receivables_by_age
from tests.world import TODAY, World

D = Decimal
SPANS = ("not_due", "to_30", "to_60", "to_90", "older")


def days(count: int):
    return TODAY - timedelta(days=count)


@pytest.fixture
def traded(session: Session) -> World:
    """Three invoices of 12.00, 24.00 and 36.00, 130, 70 and 10 days ago, due after 30 days; 30.00 was paid on time."""
    world = World(session)
    cup = world.add_product("CUP", "10.00")
    world.receive(cup, "100", on=days(140))
    world.invoices = [
        world.invoice(world.shipped_order((cup, str(pieces)), on=days(ago))[1], on=days(ago))
        for pieces, ago in ((1, 130), (2, 70), (3, 10))
    ]
    return world


def aged(world: World, at=TODAY) -> dict[str, D]:
    rows = receivables_by_age(at).rows(world.session)
    return {name: getattr(rows[0], name) for name in (*SPANS, "open", "credit", "balance")} if rows else {}


def test_debts_stand_under_how_long_they_are_due(traded: World) -> None:
    told = aged(traded)

    assert [told[span] for span in SPANS] == [D(36), 0, D(24), 0, D(12)]
    assert (told["open"], told["credit"], told["balance"]) == (D(72), 0, D(72))


def test_a_past_date_shows_what_was_owed_then(traded: World) -> None:
    traded.pay(traded.invoices[0], "12.00", on=days(90))

    assert [aged(traded, days(95))[span] for span in SPANS] == [0, D(12), 0, 0, 0]
    assert aged(traded, days(80)) == {}
    assert aged(traded, days(140)) == {}


def test_money_on_account_is_taken_off_and_a_cancelled_payment_owes_again(traded: World) -> None:
    payment = traded.pay(traded.invoices[0], "12.00", paid="20.00")
    assert (aged(traded)["open"], aged(traded)["credit"], aged(traded)["balance"]) == (D(60), D(8), D(52))

    traded.do(cancel_cash_orders, [payment], on=TODAY, reason="false coin")
    assert (aged(traded)["open"], aged(traded)["credit"]) == (D(72), 0)


def test_instalments_are_paid_in_the_order_in_which_they_are_due(session: Session) -> None:
    world = World(session)
    halves = world.add_term("HALVES", {"rule": "immediate", "percent": D(50)}, rule="days", days=60)
    customer = world.add_customer("C002", term=halves)
    cup = world.add_product("CUP", "10.00")
    world.receive(cup, "10", on=days(40))
    invoice = world.invoice(world.shipped_order((cup, "2"), customer=customer, on=days(40))[1], on=days(40))
    assert [aged(world)[span] for span in SPANS] == [D(12), 0, D(12), 0, 0]

    world.pay(invoice, "11.00", customer=customer)

    assert [aged(world)[span] for span in SPANS] == [D(12), 0, D(1), 0, 0]


def test_old_debts_are_as_old_as_the_old_books_say_and_are_gone_once_they_are_cancelled(session: Session) -> None:
    world = World(session)
    old = [NewOpeningBalance("owed", D(50), world.customer, due_on=days(100)),
           NewOpeningBalance("owed", D(5), world.customer, due_on=days(40)),
           NewOpeningBalance("paid_ahead", D(7), world.customer)]  # fmt: skip
    balances = world.do(add_opening_balances, old)
    world.do(process_opening_balances, balances, on=days(20))
    world.pay(balances[0], "10.00", on=days(10))
    world.do(cancel_opening_balances, balances[1:2], on=days(5), reason="was paid")

    assert [aged(world)[name] for name in (*SPANS, "credit", "balance")] == [0, 0, 0, 0, D(40), D(7), D(33)]
    assert [aged(world, days(6))[name] for name in (*SPANS, "balance")] == [0, 0, D(5), 0, D(40), D(38)]
    assert aged(world, days(21)) == {}


def test_money_that_is_used_since_is_told_of_a_date_before(traded: World) -> None:
    other = traded.add_customer("C002")
    payment = traded.pay(None, "5.00", customer=other, on=days(20))
    traded.do(cancel_cash_orders, [payment], on=days(5), reason="false coin")
    traded.pay(traded.invoices[0], "12.00", on=days(3))
    traded.pay(traded.invoices[1], "24.00", on=days(3))
    traded.pay(traded.invoices[2], "36.00", on=days(3))

    assert receivables_by_age(TODAY).rows(traded.session) == []
    told = {row.code: (row.open, row.credit, row.balance) for row in receivables_by_age(days(6)).rows(traded.session)}
    assert told == {"C001": (D(72), 0, D(72)), "C002": (0, D(5), D(-5))}


def test_money_on_account_alone_is_told(traded: World) -> None:
    traded.pay(None, "5.00", customer=traded.add_customer("C002"))

    assert [(row.code, row.credit) for row in receivables_by_age(TODAY).rows(traded.session)] == [
        ("C001", 0), ("C002", D(5)),
    ]  # fmt: skip


def test_all_customers_together_are_the_ledgers_accounts(traded: World) -> None:
    other = traded.add_customer("C002")
    traded.pay(None, "5.00", customer=other)
    traded.pay(traded.invoices[2], "6.00")
    sql = """SELECT sum(debit - credit) AS amount FROM journal_line JOIN account ON account.id = account_id
             WHERE role IN ('receivables', 'customer_advances')"""

    booked = read(traded.session, sql)[0].amount

    rows = receivables_by_age(TODAY).rows(traded.session)
    assert [row.code for row in rows] == ["C001", "C002"]
    assert sum(row.balance for row in rows) == booked == D(61)


def test_a_statement_runs_from_the_opening_to_the_closing_balance(traded: World) -> None:
    traded.pay(traded.invoices[0], "12.00", on=days(60))

    told = customer_statement(traded.session, traded.customer, days(75), TODAY)

    assert (told.code, told.opening, told.closing) == ("C001", D(12), D(60))
    assert [(line.on, line.debit, line.credit, line.balance) for line in told.lines.rows(traded.session)] == [
        (days(70), D(24), 0, D(36)), (days(60), 0, D(12), D(24)), (days(10), D(36), 0, D(60)),
    ]  # fmt: skip


def test_what_moves_between_a_customers_own_accounts_is_no_line(traded: World) -> None:
    traded.pay(traded.invoices[2], "36.00", on=days(20))

    told = customer_statement(traded.session, traded.customer, days(25), TODAY)

    assert [(line.event, line.balance) for line in told.lines.rows(traded.session)] == [
        ("cash_order.processed", 0), ("invoice.issued", D(36)),
    ]  # fmt: skip


def test_nobody_and_no_stretch_are_refused(traded: World) -> None:
    with pytest.raises(NotFound):
        customer_statement(traded.session, 999_999, days(1), TODAY)
    with pytest.raises(Invalid):
        customer_statement(traded.session, traded.customer, TODAY, days(1))
