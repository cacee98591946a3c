"""Cancelling a shipment: the mirror, what is held and owed again, and what stands in the way."""

from app.domain.fulfilment.shipping import cancel_shipments
from tests.world import TODAY, D, World


def test_two_parts_of_one_order_line_are_cancelled_together(world: World) -> None:
    product = world.add_product("A", "3.33")
    world.receive(product, "10")
    order = world.order((product, "7"))
    world.approve(order)
    first = world.drafts(order)[0]
    world.ship(first, quantities={world.lines_of("shipment_line", "shipment_id", first)[0].id: D(3)})
    second = world.drafts(order)[0]
    world.ship(second)

    world.do(cancel_shipments, [first, second], on=TODAY, reason="wrong goods")

    assert [(line.shipped, line.given_up) for line in world.lines_of("sales_order_line", "order_id", order)] == [(0, 0)]
    assert world.balance(product) == (10, 7, D("40"))
    [draft] = world.drafts(order)
    assert [line.quantity for line in world.lines_of("shipment_line", "shipment_id", draft)] == [7]
    world.prove()
