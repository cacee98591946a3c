"""What customers have with us, and what was paid back of it."""

from datetime import timedelta

import pytest

from app.domain.kernel.document import register
from app.domain.kernel.errors import Refused
from app.domain.settlement.allocations import allocate
from app.domain.settlement.credits import Repayment, cancel_repayments, repay
from app.domain.settlement.releases import release_payments
from tests.domain.settlement.ground import given, left, wish
from tests.world import TODAY, D, World


def refunds(world: World, count: int) -> list[int]:
    return register(world.session, "cash_order", [{"customer_id": world.customer}] * count)


def test_a_refund_pays_back_what_is_left_and_tells_where_it_stood(world: World, invoice: int) -> None:
    payment, note = given(world, "50.00"), given(world, "20.00", role="receivables")
    [refund] = refunds(world, 1)
    world.do(allocate, [wish(payment, invoice, "36.00")], on=TODAY)

    paid = repay(world.session, [Repayment(refund, payment, D(14)), Repayment(refund, note, D(5))], on=TODAY)

    assert paid == {refund: {"customer_advances": 14, "receivables": 5}}
    assert (left(world, payment), left(world, note)) == ("0.00", "15.00")
    sql = "SELECT from_id FROM document_link WHERE to_id = %(id)s AND kind = 'repays' ORDER BY from_id"
    assert world.ids(sql, id=refund) == [payment, note]


def test_no_more_is_paid_back_than_is_left_of_a_document(world: World, invoice: int) -> None:
    payment, late = given(world, "50.00"), given(world, "50.00")
    greedy, early, strange, good = refunds(world, 4)
    world.do(allocate, [wish(payment, invoice, "36.00")], on=TODAY)
    wanted = [Repayment(good, payment, D(10)), Repayment(greedy, payment, D("4.01")), Repayment(strange, invoice, D(1))]

    with pytest.raises(Refused) as refusal:
        repay(world.session, wanted, on=TODAY)
    with pytest.raises(Refused) as before:
        repay(world.session, [Repayment(early, late, D(1))], on=TODAY - timedelta(1))

    assert {refund: error.code for refund, error in refusal.value.errors.items()} == {
        greedy: "more_than_left", strange: "no_money",
    }  # fmt: skip
    assert (before.value[early].code, left(world, payment)) == ("before_document", "14.00")


def test_what_was_paid_back_is_not_taken_back(world: World) -> None:
    payment, other = given(world, "50.00"), given(world, "50.00")
    [refund] = refunds(world, 1)
    repay(world.session, [Repayment(refund, payment, D(1))], on=TODAY)

    with pytest.raises(Refused) as refusal:
        world.do(release_payments, [payment, other], on=TODAY)

    assert {i: error.code for i, error in refusal.value.errors.items()} == {payment: "repaid"}


def test_after_its_refund_is_cancelled_a_payment_is_whole_again(world: World) -> None:
    payment = given(world, "50.00")
    [refund] = refunds(world, 1)
    repay(world.session, [Repayment(refund, payment, D(20))], on=TODAY)

    cancel_repayments(world.session, [refund], on=TODAY)
    assert left(world, payment) == "50.00"
    cancel_repayments(world.session, [refund], on=TODAY)
    assert left(world, payment) == "50.00"
    world.do(release_payments, [payment], on=TODAY)

    assert left(world, payment) == "0.00"
