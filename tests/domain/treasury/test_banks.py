"""Lines of bank statements: money in and out at a bank."""

from datetime import timedelta
from typing import Any

import pytest

from app.domain.kernel.errors import Invalid, NotFound, WrongState
from app.domain.kernel.rows import write
from app.domain.ledger.periods import close_period
from app.domain.treasury.banks import (
    NewBankLine,
    add_bank_lines,
    cancel_bank_lines,
    delete_bank_lines,
    process_bank_lines,
)
from app.domain.treasury.cash import NewCashOrder, Target, add_cash_orders, process_cash_orders
from tests.domain.treasury.conftest import Sale
from tests.world import TODAY, D, World

YESTERDAY = TODAY - timedelta(1)


@pytest.fixture
def bank(world: World) -> int:
    return world.add_bank()


def drafted(world: World, bank: int, amount: str, **more: Any) -> int:
    new = NewBankLine(bank, more.pop("customer", None), D(amount), "transfer 4711", **more)
    made: int = world.do(add_bank_lines, [new])[0]
    return made


def processed(world: World, bank: int, amount: str, **more: Any) -> int:
    on = more.pop("on", TODAY)
    line = drafted(world, bank, amount, **more)
    world.do(process_bank_lines, [line], on=on)
    return line


def test_a_customers_transfer_pays_an_invoice_and_the_rest_is_an_advance(world: World, bank: int, sale: Sale) -> None:
    line = processed(world, bank, "40.00", customer=world.customer, targets=[Target(sale.invoice, D(36))])

    assert (sale.statuses, world.number(line)) == (["paid"] * 3, "BL-000001")
    assert world.entry(line, "bank_line.processed") == [
        ("1010", "40.00", "0.00"), ("1100", "0.00", "36.00"), ("2100", "0.00", "4.00"),
    ]  # fmt: skip
    world.prove()


def test_a_bank_fee_goes_to_its_account_though_the_bank_is_below_zero(world: World, bank: int) -> None:
    line = processed(world, bank, "1.50", kind="expense", about="account", account_id=world.account("6920"))

    assert world.entry(line, "bank_line.paid_out") == [("1010", "0.00", "1.50"), ("6920", "1.50", "0.00")]
    world.prove()


def test_a_refund_leaves_by_bank_and_blocks_its_payment(world: World, bank: int) -> None:
    payment = processed(world, bank, "50.00", customer=world.customer)
    back = processed(world, bank, "20.00", customer=world.customer, kind="expense", targets=[Target(payment, D(20))])

    error = world.refusal(cancel_bank_lines, [payment], on=TODAY, reason="none of ours")

    assert (error.code, error.facts["number"]) == ("repaid", world.number(back))
    assert world.entry(back, "bank_line.paid_out") == [("1010", "0.00", "20.00"), ("2100", "20.00", "0.00")]
    world.do(cancel_bank_lines, [back], on=TODAY, reason="came back")
    world.do(cancel_bank_lines, [payment], on=TODAY, reason="none of ours")
    world.prove()


def test_money_goes_from_a_desk_to_the_bank_and_to_another_bank(world: World, bank: int) -> None:
    world.pay(None, "50.00")
    sent = world.do(add_cash_orders, [NewCashOrder(world.desk, None, D(30), kind="expense", about="transfer")])[0]
    world.do(process_cash_orders, [sent], on=TODAY)
    arrived = processed(world, bank, "30.00", about="transfer", transfer_id=sent)
    onward = processed(world, bank, "10.00", kind="expense", about="transfer")

    again = drafted(world, world.add_bank("OTHER"), "30.00", about="transfer", transfer_id=sent)
    blocked = world.refusal(process_bank_lines, [again], on=TODAY)

    assert world.entry(arrived, "bank_line.processed") == [("1010", "30.00", "0.00"), ("1020", "0.00", "30.00")]
    assert world.entry(onward, "bank_line.paid_out") == [("1010", "0.00", "10.00"), ("1020", "10.00", "0.00")]
    assert blocked.code == "brought_in"
    world.prove()


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ({"bank_account_id": 999_999_999}, "unknown_bank"),
        ({"about": "difference"}, "not_counted"),
        ({"about": "customer"}, "unknown_customer"),
        ({"amount": D("1.001")}, "too_many_decimals"),
        ({"amount": D("NaN")}, "out_of_range"),
        ({"amount": D("-1")}, "amount_not_positive"),
    ],
)
def test_a_draft_that_cannot_be_is_refused(world: World, bank: int, line: dict[str, Any], code: str) -> None:
    good = {"bank_account_id": bank, "customer_id": None, "amount": D(1), "about": "transfer", "kind": "expense"}

    error = world.refusal(add_bank_lines, [NewBankLine(**(good | line))])

    assert (error.code, isinstance(error, Invalid)) == (code, True)


def test_an_archived_bank_takes_no_money_and_a_control_account_none_either(world: World, bank: int) -> None:
    control = NewBankLine(bank, None, D(1), about="account", account_id=world.account("1100"))
    assert world.refusal(add_bank_lines, [control]).code == "control_account"

    write(world.session, "UPDATE bank_account SET active = false")
    assert world.refusal(add_bank_lines, [NewBankLine(bank, world.customer, D(1))]).code == "unknown_bank"


def test_a_draft_is_deleted_and_a_processed_line_is_cancelled_once(world: World, bank: int) -> None:
    line = processed(world, bank, "5.00", customer=world.customer)
    world.do(delete_bank_lines, [drafted(world, bank, "1.00", customer=world.customer)])
    assert isinstance(world.refusal(delete_bank_lines, [line]), WrongState)
    world.do(cancel_bank_lines, [line], on=TODAY, reason="none of ours")

    again = world.do(cancel_bank_lines, [line], on=TODAY, reason="once more")

    assert (again.done, again.already[line].by) == ([], "Sonia Seller")
    assert isinstance(world.refusal(process_bank_lines, [999_999_999], on=TODAY), NotFound)
    world.prove()


def test_a_line_is_not_dated_into_a_closed_period_or_cancelled_before_itself(world: World, bank: int) -> None:
    line = processed(world, bank, "5.00", customer=world.customer)
    other = drafted(world, bank, "1.00", customer=world.customer)
    early = world.refusal(cancel_bank_lines, [line], on=YESTERDAY, reason="none of ours")
    world.do(close_period, YESTERDAY, YESTERDAY)

    closed = world.refusal(process_bank_lines, [other], on=YESTERDAY)

    assert (early.code, closed.code) == ("before_document", "closed_period")
