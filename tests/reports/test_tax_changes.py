"""Where VAT is charged at another percentage than was agreed."""

from datetime import timedelta

import pytest

from app.domain.billing.advances import NewAdvance, add_advances
from app.domain.billing.credit_notes import issue_credit_notes
from app.domain.billing.freehand import FreeLine, NewFreeInvoice, add_free_invoices
from app.domain.billing.invoicing import draft_invoices, issue_invoices
from app.domain.billing.loose_credits import LooseCredit, add_loose_credits
from app.reports.tax_changes import rates_changed
from tests.traces import statements
from tests.world import TODAY, D, World

YESTERDAY = TODAY - timedelta(1)


@pytest.fixture
def order(world: World) -> int:
    """Agreed yesterday at 20 %, which is 21 % today."""
    product, other = world.add_product("A"), world.add_product("B", tax=9)
    for its in (product, other):
        world.receive(its, "9", on=YESTERDAY)
    world.change_rate(20, "21", TODAY)
    made = world.order((product, "1"), (product, "1"), (other, "1"), on=YESTERDAY)
    world.approve(made, on=YESTERDAY)
    return made


def told(world: World, document: int, on: object = TODAY) -> list[tuple[object, ...]]:
    rows = rates_changed(world.session, [document], on)  # type: ignore[arg-type]
    return [(row.document_id, row.rate, row.agreed, row.charged) for row in rows]


def test_a_draft_is_told_as_if_it_went_on_that_day(world: World, order: int) -> None:
    [shipment] = world.drafts(order)
    [ahead] = world.do(add_advances, [NewAdvance(order, {world.lines_of("sales_order_line", "order_id", order)[0].id:
                                                         D(1)})])  # fmt: skip

    assert told(world, shipment) == [(shipment, "A", 20, 21)]
    assert told(world, ahead) == [(ahead, "A", 20, 21)]
    assert told(world, shipment, YESTERDAY) == told(world, ahead, YESTERDAY) == []


def test_what_left_and_is_invoiced_is_told_as_it_is_whatever_day_it_is(world: World, order: int) -> None:
    [shipment] = world.drafts(order)
    world.ship(shipment)
    [invoice] = world.do(draft_invoices, [[shipment]])
    drafted = told(world, invoice, YESTERDAY)
    world.do(issue_invoices, [invoice], on=TODAY)
    world.change_rate(20, "19", TODAY + timedelta(1))

    assert told(world, shipment, YESTERDAY) == [(shipment, "A", 20, 21)]
    assert drafted == told(world, invoice, TODAY + timedelta(1)) == [(invoice, "A", 20, 21)]


def test_an_advance_that_was_received_before_has_the_rate_of_that_day(world: World, order: int) -> None:
    first = world.lines_of("sales_order_line", "order_id", order)[0].id
    world.pay(order, "10.00", on=YESTERDAY)
    [ahead] = world.do(add_advances, [NewAdvance(order, {first: D(1)})])
    in_part = told(world, ahead)
    world.pay(order, "2.00", on=YESTERDAY)

    assert (in_part, told(world, ahead)) == ([(ahead, "A", 20, 21)], [])


def test_a_draft_by_hand_is_told_against_what_it_says_itself(world: World) -> None:
    service = world.add_product("CARE", None, kind="service")
    line = FreeLine(D(1), D(10), product_id=service)
    [invoice] = world.do(add_free_invoices, [NewFreeInvoice(world.customer, [line])])
    note, dated = world.do(add_loose_credits, [
        LooseCredit(world.customer, "agreed", [line]),
        LooseCredit(world.customer, "agreed", [line], supply_on=YESTERDAY),
    ])  # fmt: skip
    world.change_rate(20, "21", TODAY)

    assert told(world, invoice) == [(invoice, "A", 20, 21)]
    assert (told(world, note), told(world, dated)) == ([(note, "A", 20, 21)], [])
    world.do(issue_credit_notes, [note], on=TODAY)
    assert told(world, note) == []


def test_what_is_no_shipment_nor_invoice_has_none_and_many_are_asked_at_once(world: World, order: int) -> None:
    with statements() as sent:
        found = rates_changed(world.session, [order, *world.drafts(order)], TODAY)

    assert ([row.kind for row in found], len([sql for sql in sent if "first_percent" in sql])) == (["shipment"], 1)
