"""Which payment settles how much of which line."""

from datetime import timedelta

import pytest

from app.domain.kernel.errors import Refused
from app.domain.kernel.rows import read
from app.domain.ledger.periods import close_period
from app.domain.settlement.allocations import Allocated, allocate, allocate_payments
from tests.domain.settlement.ground import acts, allocated, credit, given, left, lines, wish, written
from tests.world import TODAY, D, World

YESTERDAY = TODAY - timedelta(1)


def test_wishes_are_served_in_their_order_and_each_payment_has_one_act(world: World, invoice: int) -> None:
    first, second = credit(world), credit(world)
    one, two = lines(world, invoice)

    posted = world.do(allocate, [
        wish(first.document_id, invoice, "10.00"), wish(second.document_id, invoice, "5.00"),
        wish(first.document_id, invoice, "1.00", two),
    ], on=TODAY, new=[first, second])  # fmt: skip

    assert posted == {first.document_id: Allocated(D(11), D(89)), second.document_id: Allocated(D(5), D(95))}
    assert written(world) == [
        (first.document_id, invoice, one, 10), (first.document_id, invoice, two, 1),
        (second.document_id, invoice, one, 2), (second.document_id, invoice, two, 3),
    ]  # fmt: skip
    assert (world.paid(invoice), left(world, first.document_id)) == ("partly_paid", "89.00")


def test_an_act_is_a_document_linked_to_its_payment(world: World, invoice: int) -> None:
    payment = credit(world)

    world.do(allocate, [wish(payment.document_id, invoice, "10.00")], on=TODAY, new=[payment])

    [act] = acts(world)
    assert (act.on, act.released_on, act.posted) == (TODAY, None, "with_payment")
    assert world.row("document", act.id).kind == "allocation"
    sql = "SELECT from_id FROM document_link WHERE to_id = %(id)s AND kind = 'allocates'"
    assert world.ids(sql, id=act.id) == [payment.document_id]


def test_nothing_wished_allocates_nothing(world: World, invoice: int) -> None:
    payment = credit(world)

    assert world.do(allocate, [], on=TODAY, new=[payment]) == {payment.document_id: Allocated(D(0), D(100))}
    assert (written(world), left(world, payment.document_id)) == ([], "100.00")


def test_every_payment_that_wishes_what_cannot_be_is_named(world: World, invoice: int) -> None:
    good, greedy, coins = given(world), given(world), given(world, currency="USD")
    foreign, poor = given(world, customer=world.add_customer("C002")), given(world, "0.99")
    [nothing] = world.ids("INSERT INTO document (kind, created_at) VALUES ('invoice', now()) RETURNING id")
    wishes = [
        wish(good, invoice, "30.00"), wish(greedy, invoice, "6.01"), wish(foreign, invoice, "1.00"),
        wish(coins, invoice, "1.00"), wish(poor, invoice, "1.00"), wish(nothing, invoice, "1.00"),
        wish(good, nothing, "1.00"),
    ]  # fmt: skip

    with pytest.raises(Refused) as refusal:
        world.do(allocate, wishes, on=TODAY)

    assert {payment: error.code for payment, error in refusal.value.errors.items()} == {
        greedy: "more_than_open", foreign: "foreign_document", coins: "foreign_document", poor: "more_than_left",
        nothing: "no_money", good: "not_payable",
    }  # fmt: skip
    assert written(world) == []


def test_orders_and_shipments_are_paid_before_there_is_an_invoice(world: World) -> None:
    product = world.add_product("A")
    world.receive(product, "9")
    order, shipment = world.order((product, "1"), (product, "2")), world.shipped_order((product, "3"))[1]
    world.approve(order, consent=["below_cost"])
    payment = credit(world, "50.00")
    two = world.lines_of("sales_order_line", "order_id", order)[1].id

    posted = world.do(allocate, [
        wish(payment.document_id, order, "5.00", two), wish(payment.document_id, shipment, "36.00"),
    ], on=TODAY, new=[payment])  # fmt: skip

    assert posted == {payment.document_id: Allocated(D(0), D(50))}
    assert [act.posted for act in acts(world)] == ["none", "none"]
    assert (world.paid(order), world.paid(shipment)) == ("partly_paid", "paid")
    assert (allocated(world, order), left(world, payment.document_id)) == ("5.00", "9.00")


def test_as_far_as_there_is_money_and_something_is_open(world: World, invoice: int) -> None:
    poor, rich = given(world, "20.00"), given(world, "50.00")

    world.do(allocate, [
        wish(poor, invoice, "36.00", up_to=True), wish(rich, invoice, "36.00", up_to=True),
        wish(rich, invoice, "36.00", up_to=True),
    ], on=TODAY)  # fmt: skip

    assert (left(world, poor), left(world, rich), world.paid(invoice)) == ("0.00", "34.00", "paid")
    assert [act.payment_id for act in acts(world)] == [poor, rich]


def test_a_payment_of_a_later_invoice_is_an_advance_until_the_invoices_date(world: World, invoice: int) -> None:
    payment = credit(world, on=YESTERDAY)

    posted = world.do(allocate, [wish(payment.document_id, invoice, "36.00")], on=YESTERDAY, new=[payment])

    assert posted == {payment.document_id: Allocated(D(0), D(100))}
    [act] = acts(world)
    assert (act.on, act.posted) == (TODAY, "own")
    assert world.entry(act.id, "allocation.made") == [("2100", "36.00", "0.00"), ("1100", "0.00", "36.00")]


def test_the_later_date_is_in_an_open_period_too(world: World, invoice: int) -> None:
    payment = credit(world, on=YESTERDAY)
    world.do(close_period, TODAY, TODAY)

    wishes = [wish(payment.document_id, invoice, "36.00")]

    assert world.refusal(allocate, wishes, on=YESTERDAY, new=[payment]).code == "closed_period"


def test_what_stands_on_receivables_already_posts_nothing(world: World, invoice: int) -> None:
    note = given(world, "10.00", role="receivables")

    world.do(allocate, [wish(note, invoice, "10.00")], on=TODAY)

    [act] = acts(world)
    assert (act.posted, world.entry(act.id, "allocation.made"), left(world, note)) == ("none", [], "0.00")


# Later, by a person


def test_an_advance_meets_an_invoice_when_somebody_says_so(world: World, invoice: int) -> None:
    payment = world.pay(None, "50.00", on=YESTERDAY)

    world.do(allocate_payments, [wish(payment, invoice, "36.00")], on=TODAY)

    [act] = acts(world)
    assert (act.on, act.posted, world.paid(invoice), left(world, payment)) == (TODAY, "own", "paid", "14.00")
    assert world.entry(act.id, "allocation.made") == [("2100", "36.00", "0.00"), ("1100", "0.00", "36.00")]
    sql = "SELECT step, changes FROM document_history WHERE document_id = %(id)s AND step = 'allocate'"
    assert read(world.session, sql, id=payment)[0].changes[f"document {invoice}"] == "36.00"
    world.prove()


def test_no_amount_and_no_possible_date_is_refused(world: World, invoice: int) -> None:
    payment = world.pay(None, "50.00")

    for amount, on, code in (
        ("0", TODAY, "amount_not_positive"), ("-1", TODAY, "amount_not_positive"), ("NaN", TODAY, "out_of_range"),
        ("1.001", TODAY, "too_many_decimals"), ("1", TODAY + timedelta(9), "in_the_future"),
    ):  # fmt: skip
        assert world.refusal(allocate_payments, [wish(payment, invoice, amount)], on=on).code == code
