"""Taking allocations back."""

from datetime import timedelta

from app.domain.kernel.rows import read
from app.domain.ledger.periods import close_period
from app.domain.settlement.allocations import allocate, allocate_payments
from app.domain.settlement.releases import mirror_payments, release_allocations, release_payments
from app.domain.treasury.cash import cancel_cash_orders
from tests.domain.settlement.ground import acts, allocated, credit, given, left, wish
from tests.world import TODAY, World

YESTERDAY = TODAY - timedelta(1)
WHY = {"on": TODAY, "reason": "meant for another"}


def test_a_cancelled_payment_leaves_what_it_settled_open(world: World, invoice: int) -> None:
    first, second = given(world), given(world)
    other = world.invoice(world.shipped_order((world.add_product("S", "5.00", kind="service"), "1"))[1])
    world.do(
        allocate, [wish(first, invoice, "20.00"), wish(first, other, "6.00"), wish(second, invoice, "1.00")], on=TODAY
    )

    world.do(release_payments, [first], on=TODAY)

    assert [act.released_on for act in acts(world)] == [TODAY, TODAY, None]
    assert (world.paid(invoice), world.paid(other)) == ("partly_paid", "unpaid")
    assert (allocated(world, invoice), allocated(world, other)) == ("1.00", "0.00")
    assert (left(world, first), left(world, second)) == ("0.00", "99.00")


def test_cancelling_what_settles_nothing_changes_no_act(world: World, invoice: int) -> None:
    payment = given(world)
    world.do(allocate, [wish(payment, invoice, "20.00")], on=TODAY)
    world.do(release_payments, [payment], on=TODAY)

    world.do(release_payments, [payment], on=TODAY)

    assert (len(acts(world)), world.paid(invoice)) == (1, "unpaid")


def test_the_releases_of_what_the_payment_posted_are_mirrored_and_no_others(world: World, invoice: int) -> None:
    payment = credit(world)
    world.do(allocate, [wish(payment.document_id, invoice, "10.00")], on=TODAY, new=[payment])
    world.do(allocate, [wish(payment.document_id, invoice, "5.00")], on=TODAY)
    world.do(release_payments, [payment.document_id], on=TODAY)

    world.do(mirror_payments, [payment.document_id], on=TODAY)

    with_payment, own = acts(world)
    assert world.entry(with_payment.id, "allocation.released.cancelled") == [
        ("1100", "0.00", "10.00"), ("2100", "10.00", "0.00"),
    ]  # fmt: skip
    assert world.entry(own.id, "allocation.released") == [("1100", "5.00", "0.00"), ("2100", "0.00", "5.00")]
    assert world.entry(own.id, "allocation.released.cancelled") == []


# Single acts


def test_released_money_is_the_customers_advance_and_can_settle_something_else(world: World, invoice: int) -> None:
    other = world.invoice(world.shipped_order((world.add_product("S", "5.00", kind="service"), "1"))[1])
    payment = world.pay(invoice, "36.00")
    [act] = acts(world)

    outcome = world.do(release_allocations, [act.id], **WHY)

    assert (outcome.done, world.paid(invoice), left(world, payment)) == ([act.id], "unpaid", "36.00")
    assert world.entry(act.id, "allocation.released") == [("1100", "36.00", "0.00"), ("2100", "0.00", "36.00")]
    world.do(allocate_payments, [wish(payment, other, "6.00")], on=TODAY)
    assert world.paid(other) == "paid"
    world.prove()


def test_a_release_is_told_in_the_history_of_payment_and_document(world: World, invoice: int) -> None:
    payment = world.pay(invoice, "36.00")
    [act] = acts(world)

    world.do(release_allocations, [act.id], **WHY)

    sql = "SELECT document_id, changes FROM document_history WHERE step = 'release' ORDER BY document_id"
    told = {row.document_id: row.changes for row in read(world.session, sql)}
    assert told.keys() == {payment, invoice, act.id}
    assert told[payment] == {"on": str(TODAY), "reason": "meant for another", "amount": "36.00"}


def test_releasing_twice_is_already_done(world: World, invoice: int) -> None:
    world.pay(invoice, "36.00")
    [act] = acts(world)
    world.do(release_allocations, [act.id], **WHY)

    outcome = world.do(release_allocations, [act.id], **WHY)

    assert (outcome.done, outcome.already[act.id].by) == ([], "Sonia Seller")


def test_a_release_has_a_reason_and_a_possible_date(world: World, invoice: int) -> None:
    world.pay(invoice, "36.00")
    [act] = acts(world)
    world.do(close_period, TODAY - timedelta(5), TODAY - timedelta(2))
    refusals = {"no_reason": (TODAY, " "), "before_document": (YESTERDAY, "x"),
                "closed_period": (TODAY - timedelta(3), "x"), "in_the_future": (TODAY + timedelta(9), "x")}  # fmt: skip

    for code, (on, reason) in refusals.items():
        assert world.refusal(release_allocations, [act.id], on=on, reason=reason).code == code
    assert world.refusal(release_allocations, [invoice], **WHY).code == "not_found"


def test_a_payment_is_cancelled_after_some_of_it_was_released(world: World, invoice: int) -> None:
    payment = world.pay(invoice, "36.00", on=TODAY)
    [act] = acts(world)
    world.do(release_allocations, [act.id], **WHY)
    world.do(allocate_payments, [wish(payment, invoice, "10.00")], on=TODAY)

    world.do(cancel_cash_orders, [payment], on=TODAY, reason="counted wrong")

    assert (world.paid(invoice), left(world, payment)) == ("unpaid", "0.00")
    world.prove()


def test_a_payment_is_not_cancelled_before_what_it_settled(world: World, invoice: int) -> None:
    payment = world.pay(invoice, "36.00", on=YESTERDAY)

    error = world.refusal(cancel_cash_orders, [payment], on=YESTERDAY, reason="counted wrong")

    assert (error.code, error.facts["last"]) == ("before_document", TODAY)
