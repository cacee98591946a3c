"""Opening balances: what customers owed and had, what was in desks and at banks, and what becomes of it."""

from datetime import timedelta
from typing import Any

import pytest

from app.domain.billing.adjustments import NewAdjustment, Settles, add_adjustments, process_adjustments
from app.domain.kernel.errors import Invalid, NotFound, Stale, WrongState
from app.domain.kernel.rows import read, write
from app.domain.ledger.periods import close_period
from app.domain.settlement.allocations import Wish, allocate_payments
from app.domain.settlement.exposure import exposures
from app.domain.treasury.cash import NewCashOrder, Target, add_cash_orders, cancel_cash_orders, process_cash_orders
from app.domain.treasury.opening import (
    NewOpeningBalance,
    add_opening_balances,
    cancel_opening_balances,
    delete_opening_balances,
    edit_opening_balance,
    process_opening_balances,
)
from tests.world import TODAY, D, World

YESTERDAY = TODAY - timedelta(1)
LONG_AGO = TODAY - timedelta(45)


def drafted(world: World, about: str, amount: str, **more: Any) -> int:
    owner = {"owed": "customer_id", "paid_ahead": "customer_id", "cash": "cash_desk_id", "bank": "bank_account_id"}
    usual = {"customer_id": world.customer, "cash_desk_id": world.desk}
    named = {owner[about]: more.pop("of", None) or usual[owner[about]]}
    made: int = world.do(add_opening_balances, [NewOpeningBalance(about, D(amount), **named, **more)])[0]
    return made


def opened(world: World, about: str, amount: str, **more: Any) -> int:
    on = more.pop("on", TODAY)
    balance = drafted(world, about, amount, **more)
    world.do(process_opening_balances, [balance], on=on)
    return balance


def owed(world: World, customer: int) -> object:
    return exposures(world.session, [customer]).get(customer)


def instalments(world: World, document: int) -> list[tuple[object, ...]]:
    sql = "SELECT due_on, amount FROM instalment WHERE document_id = %(id)s"
    return [tuple(row) for row in read(world.session, sql, id=document)]


@pytest.mark.parametrize(("chart", "accounts"), [("ifrs", ("1100", "3000")), ("bg", ("411", "122"))])
def test_what_a_customer_owed_is_an_open_item_that_is_due_when_the_old_books_say(
    session: Any, chart: str, accounts: tuple[str, str]
) -> None:
    world = World(session, chart=chart)
    old = opened(world, "owed", "120.00", due_on=LONG_AGO, purpose="Invoice 4711")

    receivables, equity = accounts
    assert world.entry(old, "opening_balance.processed") == [
        (receivables, "120.00", "0.00"), (equity, "0.00", "120.00"),
    ]  # fmt: skip
    assert (world.number(old), world.paid(old), owed(world, world.customer)) == ("OB-000001", "unpaid", D(120))
    assert instalments(world, old) == [(LONG_AGO, D(120))]
    world.prove()


def test_it_is_paid_in_parts_like_an_invoice_and_without_a_due_date_it_is_due_at_once(world: World) -> None:
    old = opened(world, "owed", "120.00")
    first = world.pay(old, "20.00")

    assert (world.paid(old), instalments(world, old)) == ("partly_paid", [(TODAY, D(120))])
    assert world.entry(first, "cash_order.processed") == [("1000", "20.00", "0.00"), ("1100", "0.00", "20.00")]
    over = NewCashOrder(world.desk, world.customer, D(101), targets=[Target(old, D(101))])
    assert world.refusal(process_cash_orders, world.do(add_cash_orders, [over]), on=TODAY).code == "more_than_open"
    world.pay(old, "100.00")
    assert world.paid(old) == "paid"
    world.prove()


def test_a_bad_debt_of_the_old_books_is_given_up(world: World) -> None:
    old = opened(world, "owed", "120.00")
    new = NewAdjustment("bad_debt", world.customer, D(120), targets=[Settles(old, D(120))])

    world.do(process_adjustments, world.do(add_adjustments, [new]), on=TODAY)

    assert world.paid(old) == "paid"
    world.prove()


def test_what_a_customer_had_paid_ahead_pays_an_invoice_and_the_rest_is_paid_back(world: World) -> None:
    product = world.add_product("A")
    world.receive(product, "5")
    opened(world, "cash", "50.00")
    had = opened(world, "paid_ahead", "30.00")
    invoice = world.invoice(world.shipped_order((product, "1"))[1])

    world.do(allocate_payments, [Wish(had, invoice, D(12))], on=TODAY)
    back = NewCashOrder(world.desk, world.customer, D(18), targets=[Target(had, D(18))], kind="expense")
    refund = world.do(add_cash_orders, [back])[0]
    world.do(process_cash_orders, [refund], on=TODAY)

    assert world.entry(had, "opening_balance.processed") == [("3000", "30.00", "0.00"), ("2100", "0.00", "30.00")]
    assert (world.paid(invoice), owed(world, world.customer)) == ("paid", D(0))
    assert world.refusal(cancel_opening_balances, [had], on=TODAY, reason="wrong").code == "repaid"
    world.prove()


def test_money_meets_what_was_owed_and_what_was_had_settles_it(world: World) -> None:
    old, had = opened(world, "owed", "120.00"), opened(world, "paid_ahead", "30.00")

    world.do(allocate_payments, [Wish(had, old, D(30))], on=TODAY)

    assert (world.paid(old), owed(world, world.customer)) == ("partly_paid", D(90))
    world.prove()


def test_what_was_in_a_desk_is_there_to_be_spent_and_no_more(world: World) -> None:
    opened(world, "cash", "50.00", on=YESTERDAY)

    def spend(amount: str) -> list[int]:
        new = NewCashOrder(world.desk, None, D(amount), kind="expense", about="transfer")
        return world.do(add_cash_orders, [new])  # type: ignore[no-any-return]

    assert world.refusal(process_cash_orders, spend("50.01"), on=TODAY).code == "more_than_in_desk"
    assert world.refusal(process_cash_orders, spend("1"), on=YESTERDAY - timedelta(1)).code == "more_than_in_desk"
    world.do(process_cash_orders, spend("50.00"), on=TODAY)
    world.prove()


def test_what_was_in_a_desk_is_not_taken_back_once_it_is_spent(world: World) -> None:
    cash = opened(world, "cash", "50.00")
    new = NewCashOrder(world.desk, None, D(10), kind="expense", about="transfer")
    spent = world.do(add_cash_orders, [new])
    world.do(process_cash_orders, spent, on=TODAY)

    error = world.refusal(cancel_opening_balances, [cash], on=TODAY, reason="counted wrong")
    world.do(cancel_cash_orders, spent, on=TODAY, reason="not sent")
    world.do(cancel_opening_balances, [cash], on=TODAY, reason="counted wrong")

    assert (error.code, error.facts["left"]) == ("more_than_in_desk", D(40))
    assert world.entry(cash, "opening_balance.processed.cancelled") == [
        ("1000", "0.00", "50.00"), ("3000", "50.00", "0.00"),
    ]  # fmt: skip
    world.prove()


@pytest.mark.parametrize(("amount", "lines"), [
    ("800.00", [("1010", "800.00", "0.00"), ("3000", "0.00", "800.00")]),
    ("-35.50", [("1010", "0.00", "35.50"), ("3000", "35.50", "0.00")]),
])  # fmt: skip
def test_a_bank_begins_above_or_below_zero(world: World, amount: str, lines: list[tuple[str, str, str]]) -> None:
    balance = opened(world, "bank", amount, of=world.add_bank())

    assert world.entry(balance, "opening_balance.processed") == lines
    world.prove()


def test_a_desk_and_a_bank_begin_once(world: World) -> None:
    bank = world.add_bank()
    first = opened(world, "cash", "50.00")
    again, south = drafted(world, "cash", "1.00"), drafted(world, "cash", "2.00", of=world.add_desk("SOUTH"))
    at_bank, at_bank_again = drafted(world, "bank", "5.00", of=bank), drafted(world, "bank", "6.00", of=bank)

    refused = world.refused(process_opening_balances, [again, south, at_bank, at_bank_again], on=TODAY)

    assert {i: error.code for i, error in refused.items()} == {again: "begun", at_bank_again: "begun"}
    assert refused[again].facts["number"] == world.number(first)
    world.do(cancel_opening_balances, [first], on=TODAY, reason="counted wrong")
    world.do(process_opening_balances, [again], on=TODAY)
    world.prove()


def test_money_on_what_was_not_owed_after_all_is_the_customers_advance(world: World) -> None:
    old = opened(world, "owed", "120.00", on=YESTERDAY)
    payment = world.pay(old, "20.00")

    world.do(cancel_opening_balances, [old], on=TODAY, reason="it was paid")
    again = world.do(cancel_opening_balances, [old], on=TODAY, reason="it was paid")

    left = read(world.session, "SELECT amount - used AS left FROM credit WHERE document_id = %(id)s", id=payment)[0]
    assert (world.state("opening_balance", old), left.left, again.done) == ("cancelled", D(20), [])
    assert (owed(world, world.customer), world.paid(old)) == (D(-20), "paid")
    world.prove()
    world.do(cancel_cash_orders, [payment], on=TODAY, reason="false coin")
    world.prove()


@pytest.mark.parametrize(
    ("new", "code"),
    [
        ({"about": "stock"}, "unknown_balance"),
        ({"customer_id": None}, "unknown_owner"),
        ({"customer_id": 999_999_999}, "unknown_owner"),
        ({"cash_desk_id": 1}, "unknown_owner"),
        ({"about": "cash"}, "unknown_owner"),
        ({"about": "bank"}, "unknown_owner"),
        ({"amount": D(0)}, "amount_not_positive"),
        ({"amount": D(-5)}, "amount_not_positive"),
        ({"amount": D("0.001")}, "too_many_decimals"),
        ({"amount": D("NaN")}, "out_of_range"),
        ({"about": "paid_ahead", "due_on": TODAY}, "not_due"),
    ],
)
def test_a_draft_that_cannot_be_is_refused(world: World, new: dict[str, Any], code: str) -> None:
    good = {"about": "owed", "amount": D(5), "customer_id": world.customer}

    error = world.refusal(add_opening_balances, [NewOpeningBalance(**(good | new))])

    assert (error.code, isinstance(error, Invalid)) == (code, True)


def test_an_archived_desk_begins_with_nothing(world: World) -> None:
    write(world.session, "UPDATE cash_desk SET active = false")
    new = NewOpeningBalance("cash", D(5), cash_desk_id=world.desk)

    assert world.refusal(add_opening_balances, [new]).code == "unknown_owner"


def test_a_draft_is_written_anew_and_whoever_has_an_older_one_is_told(world: World) -> None:
    balance, other = drafted(world, "owed", "5.00"), world.add_customer("C002")
    new = NewOpeningBalance("paid_ahead", D(7), customer_id=other)
    world.do(edit_opening_balance, balance, new, version=1)

    with pytest.raises(Stale):
        world.do(edit_opening_balance, balance, new, version=1)
    with pytest.raises(Invalid):
        world.do(edit_opening_balance, balance, NewOpeningBalance("cash", D(1)), version=2)
    world.do(process_opening_balances, [balance], on=TODAY)
    with pytest.raises(WrongState):
        world.do(edit_opening_balance, balance, new, version=3)

    assert owed(world, other) == D(-7)
    world.prove()


def test_a_draft_is_deleted_and_a_processed_balance_not(world: World) -> None:
    world.do(delete_opening_balances, [drafted(world, "owed", "5.00")])
    balance = opened(world, "owed", "5.00")

    assert isinstance(world.refusal(delete_opening_balances, [balance]), WrongState)
    assert isinstance(world.refusal(process_opening_balances, [999_999_999], on=TODAY), NotFound)
    early = world.refusal(cancel_opening_balances, [balance], on=YESTERDAY, reason="wrong")
    assert early.code == "before_document"


def test_nothing_begins_in_a_closed_period(world: World) -> None:
    balance = drafted(world, "owed", "5.00")
    world.do(close_period, YESTERDAY, YESTERDAY)

    assert world.refusal(process_opening_balances, [balance], on=YESTERDAY).code == "closed_period"
