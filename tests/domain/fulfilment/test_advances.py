"""What is invoiced in advance, as shipments see it."""

from app.domain.fulfilment.advances import advanced, undelivered
from app.domain.fulfilment.loading import Shipments
from app.domain.fulfilment.models import Advance
from tests.domain.fulfilment.ground import approved, order_lines
from tests.traces import statements
from tests.world import D, World


def test_what_did_not_leave_is_told_by_order_line(world: World, product: int) -> None:
    order, _ = approved(world, (product, "6"))
    [line] = order_lines(world, order)
    for invoice_line, delivered in ((1, "1"), (2, "0")):
        world.add(
            Advance, invoice_id=order, invoice_line_id=invoice_line, order_line_id=line, quantity=D(2), net=D(20),
            gross=D(24), delivered=D(delivered), delivered_net=10 * D(delivered), delivered_gross=12 * D(delivered),
        )  # fmt: skip
    world.session.connection().exec_driver_sql("UPDATE sales_order_line SET pre_invoiced = 4")
    lines = Shipments(world.session, world.drafts(order)).order_lines[order]

    [row] = undelivered(world.session, lines).values()

    assert (row.order_line_id, row.quantity, row.gross) == (line, 3, D(36))


def test_orders_without_advances_are_not_asked(world: World, product: int) -> None:
    order, draft = approved(world, (product, "6"))
    lines = Shipments(world.session, [draft]).order_lines[order]

    with statements() as sent:
        assert undelivered(world.session, lines) == {}

    assert sent == []


def test_a_refusal_names_the_goods_and_how_many() -> None:
    assert "A: 3 are invoiced in advance" in str(advanced("A", D(3)))
