"""What the lines of a shipment are worth."""

import pytest

from app.domain.fulfilment.amounts import amounts_of, write_amounts
from app.domain.fulfilment.loading import Shipments
from app.domain.fulfilment.shipping import cancel_shipments
from app.domain.kernel.errors import Refused
from app.domain.kernel.rows import write
from app.domain.sales.orders import NewLine
from tests.domain.fulfilment.ground import approved, part
from tests.world import TODAY, D, World


def test_amounts_are_the_part_of_the_order_line_up_to_them_less_the_earlier_parts(world: World, product: int) -> None:
    order, first = approved(world, NewLine(product, D(7), D("14.2857")))
    world.ship(first, quantities=part(world, first, "3"))
    shipments = Shipments(world.session, world.drafts(order))
    [pair] = shipments.pairs

    two = amounts_of(world.session, shipments, {pair.line.id: D(2)}, on=TODAY)[pair.line.id]
    all_left = amounts_of(world.session, shipments, {pair.line.id: D(4)}, on=TODAY)[pair.line.id]

    assert ((two.net, two.vat, two.gross), all_left.net) == ((D("28.57"), D("5.71"), D("34.28")), D("57.14"))


def test_nothing_shipped_is_worth_nothing(world: World, product: int) -> None:
    _, draft = approved(world, (product, "2"), (product, "1"))
    shipments = Shipments(world.session, [draft])
    first, second = (pair.line.id for pair in shipments.pairs)

    worth = amounts_of(world.session, shipments, {first: D(0), second: D(1)}, on=TODAY)

    assert (worth[first].gross, worth[second].gross) == (0, D("12.00"))


def test_nothing_shipped_is_worth_nothing_even_where_earlier_parts_took_a_cent_more(world: World, product: int) -> None:
    """Of 3 pieces for 1.00 the second took 0.34; the first is cancelled, so that a third would be due to one piece."""
    third = world.add_product("THIRD", "0.3333")
    world.receive(third, "3")
    order, first = approved(world, (third, "3"), (product, "2"))
    world.ship(first, quantities=part(world, first, "1", "0"))
    [second] = world.drafts(order)
    world.ship(second, quantities=part(world, second, "1", "0"))
    world.do(cancel_shipments, [first], on=TODAY, reason="no")

    [last] = world.drafts(order)
    world.ship(last, quantities=part(world, last, "0", "2"))

    assert [line.net for line in world.lines_of("shipment_line", "shipment_id", last)] == [0, D("20.00")]
    world.prove()


def test_every_shipment_worth_less_than_nothing_is_named(world: World, product: int) -> None:
    fee = world.add_product("FEE", None, kind="service")
    _, bad = approved(world, (product, "4"), NewLine(fee, D(1), D("-15.00")))
    _, good = approved(world, (product, "1"))
    shipments = Shipments(world.session, [bad, good])
    shipped = {pair.line.id: D(1) for pair in shipments.pairs}

    with pytest.raises(Refused) as refusal:
        amounts_of(world.session, shipments, shipped, on=TODAY)

    assert {shipment: error.code for shipment, error in refusal.value.errors.items()} == {bad: "negative_total"}


def test_what_is_written_adds_up_and_keeps_the_companys_way_of_taking_costs(world: World, product: int) -> None:
    _, draft = approved(world, (product, "2"), (product, "1"))
    write(world.session, "UPDATE company SET cogs_timing = 'at_invoice'")
    shipments = Shipments(world.session, [draft])
    shipped = {pair.line.id: pair.line.quantity for pair in shipments.pairs}
    first = next(iter(shipped))

    worth = amounts_of(world.session, shipments, shipped, on=TODAY)
    write_amounts(world.session, shipments, shipped, worth, {first: D("8.00")}, on=TODAY)

    row = world.row("shipment", draft)
    assert (row.net, row.vat, row.gross, row.cogs_timing) == (30, 6, 36, "at_invoice")
    lines = world.lines_of("shipment_line", "shipment_id", draft)
    assert [(line.quantity, line.gross, line.cost) for line in lines] == [(2, 24, 8), (1, 12, 0)]
