"""Vouchers redeemed, bad debts and small differences settle documents without money."""

from datetime import timedelta
from typing import Any

import pytest

from app.domain.billing.adjustments import (
    NewAdjustment,
    Settles,
    add_adjustments,
    cancel_adjustments,
    delete_adjustments,
    process_adjustments,
)
from app.domain.kernel.errors import WrongState
from app.domain.treasury.cash import NewCashOrder, Target, add_cash_orders, process_cash_orders
from tests.world import TODAY, D, World


@pytest.fixture
def invoice(world: World) -> int:
    """Of 12.00."""
    product = world.add_product("A")
    world.receive(product, "5")
    return world.invoice(world.shipped_order((product, "1"))[1])


def drafted(world: World, kind: str, amount: str, *targets: Settles, customer: int | None = None) -> int:
    new = NewAdjustment(kind, customer or world.customer, D(amount), "why", targets)
    made: int = world.do(add_adjustments, [new])[0]
    return made


def processed(world: World, kind: str, amount: str, *targets: Settles) -> int:
    adjustment = drafted(world, kind, amount, *targets)
    world.do(process_adjustments, [adjustment], on=TODAY)
    return adjustment


def test_a_bad_debt_settles_its_invoice(world: World, invoice: int) -> None:
    world.pay(invoice, "2.00")
    lost = processed(world, "bad_debt", "10.00", Settles(invoice, D(10)))

    assert (world.paid(invoice), world.number(lost)) == ("paid", "AD-000001")
    assert world.entry(lost, "adjustment.processed") == [("6930", "10.00", "0.00"), ("1100", "0.00", "10.00")]
    assert world.ids("SELECT id FROM journal_entry WHERE event = 'allocation.made'") == []
    world.prove()


def test_a_voucher_pays_and_what_it_has_left_is_the_customers_and_may_be_paid_back(world: World, invoice: int) -> None:
    voucher = processed(world, "voucher", "50.00", Settles(invoice, D(12)))
    world.pay(None, "50.00")
    back = NewCashOrder(world.desk, world.customer, D(38), targets=[Target(voucher, D(38))], kind="expense")
    refund = world.do(add_cash_orders, [back])[0]
    world.do(process_cash_orders, [refund], on=TODAY)

    assert world.paid(invoice) == "paid"
    assert world.entry(voucher, "adjustment.processed") == [("2120", "50.00", "0.00"), ("1100", "0.00", "50.00")]
    assert world.entry(refund, "cash_order.paid_out") == [("1000", "0.00", "38.00"), ("1100", "38.00", "0.00")]
    error = world.refusal(cancel_adjustments, [voucher], on=TODAY, reason="false voucher")
    assert (error.code, error.facts["number"]) == ("repaid", world.number(refund))
    world.prove()


def test_a_small_difference_is_let_go_up_to_the_companys_limit(world: World, invoice: int) -> None:
    world.pay(invoice, "11.50")
    small = processed(world, "difference", "0.50", Settles(invoice, D("0.50")))
    big = NewAdjustment("difference", world.customer, D("1.01"), targets=[Settles(invoice, D("1.01"))])

    error = world.refusal(add_adjustments, [big])

    assert (error.code, error.facts["limit"], world.paid(invoice)) == ("more_than_small", D(1), "paid")
    assert world.entry(small, "adjustment.processed") == [("6900", "0.50", "0.00"), ("1100", "0.00", "0.50")]
    world.prove()


def test_a_cancelled_adjustment_opens_what_it_settled(world: World, invoice: int) -> None:
    lost = processed(world, "bad_debt", "12.00", Settles(invoice, D(12)))

    world.do(cancel_adjustments, [lost], on=TODAY, reason="they paid")
    again = world.do(cancel_adjustments, [lost], on=TODAY, reason="once more")

    assert (world.paid(invoice), world.state("adjustment", lost), again.done) == ("unpaid", "cancelled", [])
    assert world.entry(lost, "adjustment.processed.cancelled") == [("6930", "0.00", "12.00"), ("1100", "12.00", "0.00")]
    world.prove()


@pytest.mark.parametrize(
    ("new", "code"),
    [
        ({"kind": "gift"}, "unknown_kind"),
        ({"customer_id": 999_999_999}, "unknown_customer"),
        ({"amount": D(0)}, "amount_not_positive"),
        ({"amount": D("0.001")}, "too_many_decimals"),
        ({"amount": D("NaN")}, "out_of_range"),
        ({"targets": ()}, "not_all_settled"),
        ({"targets": [Settles(1, D(4))]}, "not_all_settled"),
        ({"kind": "voucher", "targets": [Settles(1, D(6))]}, "not_all_settled"),
        ({"targets": [Settles(999_999_999, D(5))]}, "unknown_document"),
    ],
)
def test_a_draft_that_cannot_be_is_refused(world: World, new: dict[str, Any], code: str) -> None:
    good = {"kind": "bad_debt", "customer_id": world.customer, "amount": D(5)}

    assert world.refusal(add_adjustments, [NewAdjustment(**(good | new))]).code == code


def test_more_than_is_open_and_another_customers_invoice_are_not_settled(world: World, invoice: int) -> None:
    too_much = drafted(world, "bad_debt", "13.00", Settles(invoice, D(13)))
    foreign = drafted(world, "bad_debt", "5.00", Settles(invoice, D(5)), customer=world.add_customer("C002"))

    refused = world.refused(process_adjustments, [too_much, foreign], on=TODAY)

    assert {i: error.code for i, error in refused.items()} == {too_much: "more_than_open", foreign: "foreign_document"}


def test_a_draft_is_deleted_and_a_processed_one_not(world: World, invoice: int) -> None:
    world.do(delete_adjustments, [drafted(world, "voucher", "1.00")])
    done = processed(world, "voucher", "1.00")

    assert isinstance(world.refusal(delete_adjustments, [done]), WrongState)
    early = world.refusal(cancel_adjustments, [done], on=TODAY - timedelta(1), reason="wrong")
    assert early.code == "before_document"
