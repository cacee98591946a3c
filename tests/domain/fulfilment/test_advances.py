"""What is invoiced in advance, as shipments see it."""

from datetime import timedelta

from app.domain.billing.advances import NewAdvance, add_advances
from app.domain.billing.invoicing import issue_invoices
from app.domain.fulfilment.advances import advanced, undelivered
from app.domain.fulfilment.loading import Shipments
from tests.domain.fulfilment.ground import approved, order_lines, part
from tests.traces import statements
from tests.world import TODAY, D, World

YESTERDAY = TODAY - timedelta(1)


def test_what_did_not_leave_is_told_by_order_line(world: World, product: int) -> None:
    """Two of six are invoiced in advance at 20 %, two at the 21 % of the day after, and one of the first left."""
    order = world.order((product, "6"), on=YESTERDAY)
    world.approve(order, on=YESTERDAY)
    [shipment], [line] = world.drafts(order), order_lines(world, order)
    world.change_rate(20, "21", TODAY)
    for on in (YESTERDAY, TODAY):
        world.do(issue_invoices, world.do(add_advances, [NewAdvance(order, {line: D(2)})]), on=on)
    world.ship(shipment, quantities=part(world, shipment, "1"))
    lines = Shipments(world.session, world.drafts(order)).order_lines[order]

    [row] = undelivered(world.session, lines).values()

    assert (row.order_line_id, row.quantity, row.net, row.gross, row.otherwise) == (line, 3, 30, D("36.20"), 20)


def test_orders_without_advances_are_not_asked(world: World, product: int) -> None:
    order, draft = approved(world, (product, "6"))
    lines = Shipments(world.session, [draft]).order_lines[order]

    with statements() as sent:
        assert undelivered(world.session, lines) == {}

    assert sent == []


def test_a_refusal_names_the_goods_and_how_many() -> None:
    assert "A: 3 are invoiced in advance" in str(advanced("A", D(3)))
