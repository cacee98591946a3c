"""Shipments with their lines, the orders behind them, and what is left to pay of these."""

from app.domain.fulfilment.loading import Shipments
from app.domain.fulfilment.shipping import cancel_shipments
from app.domain.sales.orders import NewLine
from app.domain.sales.totals import Made
from tests.domain.fulfilment.ground import approved, order_lines, part
from tests.world import TODAY, D, World


def test_a_line_comes_with_its_order_line_and_says_whether_it_is_goods(world: World, product: int) -> None:
    service = world.add_product("S", kind="service")
    order, draft = approved(world, (product, "4"), (service, "1"))

    shipments = Shipments(world.session, [draft])

    assert [pair.order_line.id for pair in shipments.pairs] == order_lines(world, order)
    assert [pair.is_goods for pair in shipments.pairs] == [True, False]
    assert [pair.order_line.sku for pair in shipments.goods] == ["A"]


def test_lines_that_leave_elsewhere_are_known_too(world: World, product: int) -> None:
    store = world.add_warehouse("STORE")
    world.receive(product, "5", warehouse=store)
    order = world.order((product, "4"), NewLine(product, D(2), warehouse_id=store))
    world.approve(order)

    shipments = Shipments(world.session, world.drafts(order)[:1])

    assert len(list(shipments.pairs)) == 1
    assert [line.id for line in shipments.order_lines[order]] == order_lines(world, order)


def test_what_earlier_shipments_took_is_known_without_the_cancelled(world: World, product: int) -> None:
    order, first = approved(world, (product, "6"))
    world.ship(first, quantities=part(world, first, "1"))
    [second] = world.drafts(order)
    world.ship(second, quantities=part(world, second, "2"))
    world.do(cancel_shipments, [first], on=TODAY, reason="no")

    [line] = Shipments(world.session, world.drafts(order)).order_lines[order]

    assert (line.shipped, line.taken_net, line.taken_gross) == (2, D("20.00"), D("24.00"))


def test_what_is_left_to_pay_follows_what_is_shipped_and_given_up(world: World, product: int) -> None:
    order, draft = approved(world, (product, "6"))
    shipments = Shipments(world.session, [draft])
    [line] = order_lines(world, order)

    cases = {
        "nothing yet": ({}, {}),
        "two shipped": ({line: (D(2), D(0))}, {line: Made(D("20.00"), D("24.00"))}),
        "two shipped, one given up": ({line: (D(2), D(1))}, {line: Made(D("20.00"), D("24.00"))}),
        "the rest given up": ({line: (D(2), D(4))}, {line: Made(D("20.00"), D("24.00"))}),
        "all shipped, a cent short": ({line: (D(6), D(0))}, {line: Made(D("20.00"), D("71.99"))}),
        "two shipped at another percentage": ({line: (D(2), D(0))}, {line: Made(D("20.00"), D("24.20"), D("20.00"))}),
        "two shipped, a cent too much": ({line: (D(2), D(3))}, {line: Made(D("20.00"), D("36.01"))}),
    }

    assert {name: shipments.remaining(*case, {})[order] for name, case in cases.items()} == {
        "nothing yet": [(line, D("72.00"))],
        "two shipped": [(line, D("48.00"))],
        "two shipped, one given up": [(line, D("36.00"))],
        "the rest given up": [(line, 0)],
        "all shipped, a cent short": [(line, 0)],
        "two shipped at another percentage": [(line, D("48.00"))],
        "two shipped, a cent too much": [(line, 0)],
    }
