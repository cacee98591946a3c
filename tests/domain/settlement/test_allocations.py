"""Which payment settles how much of which line, and how that is released."""

import pytest

from app.domain.kernel.document import register
from app.domain.kernel.errors import Refused
from app.domain.kernel.rows import read
from app.domain.settlement.allocations import Wish, allocate, release_payments
from tests.world import TODAY, D, World

LINES = """
SELECT allocation.payment_id, allocation.target_id, item.line_id, line.amount
FROM allocation JOIN allocation_line line ON line.allocation_id = allocation.id
JOIN open_item item ON item.id = line.open_item_id ORDER BY allocation.id, item.line_id
"""


@pytest.fixture
def invoice(world: World) -> int:
    """Two lines of 12.00 and 24.00."""
    product = world.add_product("A")
    world.receive(product, "9")
    return world.invoice(world.shipped_order((product, "1"), (product, "2"))[1])


def payments(world: World, count: int) -> list[int]:
    return register(world.session, "cash_order", [{"customer_id": world.customer}] * count)


def wish(world: World, payment: int, target: int, amount: str, line: int | None = None) -> Wish:
    return Wish(payment, world.customer, "EUR", target, D(amount), line)


def lines(world: World, invoice: int) -> list[int]:
    return [line.id for line in world.lines_of("invoice_line", "invoice_id", invoice)]


def written(world: World) -> list[tuple[object, ...]]:
    return [tuple(row) for row in read(world.session, LINES)]


def test_wishes_are_served_in_their_order_and_each_payment_has_one_act(world: World, invoice: int) -> None:
    first, second = payments(world, 2)
    one, two = lines(world, invoice)

    sums = allocate(world.session, [
        wish(world, first, invoice, "10.00"), wish(world, second, invoice, "5.00"),
        wish(world, first, invoice, "1.00", two),
    ], on=TODAY)  # fmt: skip

    assert sums == {first: D("11.00"), second: D("5.00")}
    assert written(world) == [
        (first, invoice, one, 10), (first, invoice, two, 1), (second, invoice, one, 2), (second, invoice, two, 3),
    ]  # fmt: skip
    assert world.paid(invoice) == "partly_paid"


def test_an_act_is_a_document_linked_to_its_payment(world: World, invoice: int) -> None:
    [payment] = payments(world, 1)

    allocate(world.session, [wish(world, payment, invoice, "10.00")], on=TODAY)

    [act] = read(world.session, "SELECT * FROM allocation")
    assert (act.on, act.released_on, world.row("document", act.id).kind) == (TODAY, None, "allocation")
    sql = "SELECT from_id FROM document_link WHERE to_id = %(id)s AND kind = 'allocates'"
    assert world.ids(sql, id=act.id) == [payment]


def test_nothing_wished_allocates_nothing(world: World, invoice: int) -> None:
    assert allocate(world.session, [], on=TODAY) == {}
    assert written(world) == []


def test_every_payment_that_wishes_what_cannot_be_is_named(world: World, invoice: int) -> None:
    good, greedy, foreign, coins, nowhere = payments(world, 5)
    _, shipment = world.shipped_order((world.add_product("S", kind="service"), "1"))
    wishes = [
        wish(world, good, invoice, "30.00"), wish(world, greedy, invoice, "6.01"),
        wish(world, foreign, invoice, "1.00")._replace(customer_id=world.add_customer("C002")),
        wish(world, coins, invoice, "1.00")._replace(currency="USD"), wish(world, nowhere, shipment, "1.00"),
    ]  # fmt: skip

    with pytest.raises(Refused) as refusal:
        allocate(world.session, wishes, on=TODAY)

    assert {payment: error.code for payment, error in refusal.value.errors.items()} == {
        greedy: "more_than_open", foreign: "foreign_document", coins: "foreign_document", nowhere: "not_payable",
    }  # fmt: skip
    assert written(world) == []


def test_a_released_payment_tells_what_each_act_had_settled(world: World, invoice: int) -> None:
    first, second = payments(world, 2)
    other = world.invoice(world.shipped_order((world.add_product("S", "5.00", kind="service"), "1"))[1])
    wishes = [
        wish(world, first, invoice, "20.00"), wish(world, first, other, "6.00"), wish(world, second, invoice, "1.00"),
    ]  # fmt: skip
    allocate(world.session, wishes, on=TODAY)

    released = release_payments(world.session, [first], on=TODAY)

    acts = read(world.session, "SELECT id, payment_id, target_id, released_on FROM allocation ORDER BY id")
    assert {act.target_id: released.get(act.id) for act in acts if act.payment_id == first} == {invoice: 20, other: 6}
    assert [act.released_on for act in acts] == [TODAY, TODAY, None]
    assert (world.paid(invoice), world.paid(other)) == ("partly_paid", "unpaid")
    sql = "SELECT sum(allocated)::bigint FROM open_item WHERE document_id = %(id)s"
    assert (world.ids(sql, id=invoice), world.ids(sql, id=other)) == ([1], [0])


def test_releasing_again_or_what_settles_nothing_changes_nothing(world: World, invoice: int) -> None:
    [payment] = payments(world, 1)
    allocate(world.session, [wish(world, payment, invoice, "20.00")], on=TODAY)
    release_payments(world.session, [payment], on=TODAY)

    assert release_payments(world.session, [payment], on=TODAY) == {}
    assert world.paid(invoice) == "unpaid"
