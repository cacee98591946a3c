"""Ten lamps, of which five are invoiced before the rate of VAT rises and five after: what is shown as payable at each
step is what will be invoiced.
"""

import pytest
from sqlalchemy.orm import Session

from app.domain.billing.advances import NewAdvance, add_advances
from app.domain.billing.credit_notes import NewCreditLine, NewCreditNote, add_credit_notes, issue_credit_notes
from app.domain.billing.invoicing import issue_invoices
from app.domain.fulfilment.ending import give_up_orders
from app.domain.fulfilment.shipping import cancel_shipments
from tests.domain.billing.ground import lines, owed
from tests.stories.reading import FRIDAY, MONDAY, THURSDAY, TUESDAY, WEDNESDAY
from tests.world import D, World


def lamps(session: Session, price: str = "10.00", *, vat_included: bool = False) -> tuple[World, int]:
    """Agreed on Monday at 20 %, which is 24 % from Wednesday on: (the company, the order)."""
    world = World(session, vat_included=vat_included)
    lamp = world.add_product("LAMP", price)
    world.receive(lamp, "10", on=MONDAY)
    world.change_rate(20, "24", WEDNESDAY)
    order = world.order((lamp, "10"), on=MONDAY)
    world.approve(order, on=MONDAY)
    return world, order


def ahead(world: World, order: int, quantity: str, on: object) -> int:
    """An issued invoice in advance of so many."""
    line = world.lines_of("sales_order_line", "order_id", order)[0].id
    invoice: int = world.do(add_advances, [NewAdvance(order, {line: D(quantity)})])[0]
    world.do(issue_invoices, [invoice], on=on)
    return invoice


def some(world: World, shipment: int, quantity: str) -> dict[int, object]:
    return {world.lines_of("shipment_line", "shipment_id", shipment)[0].id: D(quantity)}


def test_five_are_invoiced_ahead_at_20_percent_and_all_leave_at_24(session: Session) -> None:
    world, order = lamps(session)

    first = ahead(world, order, "5", TUESDAY)
    assert (lines(world, first)[0][2:], owed(world, order)) == ((50, 10, 60), [60])
    world.pay(first, "60.00", on=TUESDAY)

    [shipment] = world.drafts(order)
    world.ship(shipment, on=WEDNESDAY)
    assert (owed(world, order), owed(world, shipment)) == ([0], [62])

    world.pay(shipment, "62.00", on=WEDNESDAY)
    second = world.invoice(shipment, on=THURSDAY)
    assert (lines(world, second)[0][2:], owed(world, shipment)) == ((50, 12, 62), [0])
    assert [world.paid(it) for it in (order, shipment, first, second)] == ["paid"] * 4

    line = world.lines_of("invoice_line", "invoice_id", first)[0].id
    notes = world.do(add_credit_notes, [NewCreditNote(first, "wrong", [NewCreditLine(line, "invoice_again", D(2))])])
    world.do(issue_credit_notes, notes, on=FRIDAY)
    assert (world.row("credit_note", notes[0]).gross, owed(world, shipment)) == (24, [D("24.80")])
    third = world.invoice(shipment, on=FRIDAY)
    assert lines(world, third)[0][2:] == (20, D("4.80"), D("24.80"))
    world.prove()


def test_the_order_goes_on_at_what_was_agreed_whatever_left_at_another_rate(session: Session) -> None:
    world, order = lamps(session)
    first = ahead(world, order, "2", TUESDAY)

    [shipment] = world.drafts(order)
    world.ship(shipment, on=WEDNESDAY, quantities=some(world, shipment, "5"))
    assert (owed(world, order), owed(world, shipment)) == ([60], [D("37.20")])

    second = ahead(world, order, "2", WEDNESDAY)
    assert (lines(world, second)[0][2:], owed(world, order)) == ((20, D("4.80"), D("24.80")), [36])
    world.prove()

    world.do(cancel_shipments, [shipment], on=WEDNESDAY, reason="came back")
    assert owed(world, order) == [72], "six of ten are on no invoice"
    world.prove()

    [again] = world.drafts(order)
    world.ship(again, on=THURSDAY, quantities=some(world, again, "9"))
    assert (owed(world, order), owed(world, again)) == ([12], [62])
    world.do(give_up_orders, [order], on=THURSDAY)
    assert owed(world, order) == [0]
    assert lines(world, world.invoice(again, on=THURSDAY))[0][2:] == (50, 12, 62)
    assert [world.row("invoice", it).gross for it in (first, second)] == [24, D("24.80")]
    world.prove()


def test_a_shipment_in_portions_of_two_rates_shows_the_rest_at_its_own(session: Session) -> None:
    """The rise is written down late: what left was reckoned at 20 %, its first portion is invoiced at 24 %."""
    world = World(session)
    lamp = world.add_product("LAMP")
    world.receive(lamp, "10", on=MONDAY)
    _, shipment = world.shipped_order((lamp, "10"), on=WEDNESDAY)
    world.change_rate(20, "24", WEDNESDAY)

    invoice = world.invoice(shipment, on=WEDNESDAY, quantities=some(world, shipment, "5"))  # type: ignore[arg-type]
    world.bring_back((next(iter(some(world, shipment, "1"))), "1"), on=THURSDAY)

    assert (lines(world, invoice)[0][2:], owed(world, shipment)) == ((50, 12, 62), [48])
    world.prove()


@pytest.mark.parametrize("quantity", ["5", "3"])
def test_where_prices_include_vat_the_gross_was_agreed(session: Session, quantity: str) -> None:
    world, order = lamps(session, "12.40", vat_included=True)

    ahead(world, order, quantity, TUESDAY)
    [shipment] = world.drafts(order)
    world.ship(shipment, on=WEDNESDAY)

    left = 124 - D(quantity) * D("12.40")
    assert owed(world, shipment) == [left]
    assert world.row("invoice", world.invoice(shipment, on=WEDNESDAY)).gross == left
    world.prove()
