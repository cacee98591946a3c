"""Cancelling a shipment: the mirror, what is held and owed again, and what stands in the way."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from app.domain.billing.advances import NewAdvance, add_advances
from app.domain.billing.credit_notes import NewCreditLine, NewCreditNote, add_credit_notes, issue_credit_notes
from app.domain.billing.invoicing import delete_invoices, draft_invoices, issue_invoices
from app.domain.fulfilment.shipping import cancel_shipments
from app.domain.kernel.errors import WrongState
from app.domain.kernel.rows import read
from app.domain.ledger.periods import close_period
from app.domain.sales.orders import NewLine
from tests.domain.fulfilment.ground import approved, order_lines, owed, part, pieces, progress, reservations
from tests.world import TODAY, D, World

YESTERDAY = TODAY - timedelta(1)


def cancel(world: World, *shipments: int, on=TODAY) -> None:  # type: ignore[no-untyped-def]
    world.do(cancel_shipments, shipments, on=on, reason="wrong goods")


def test_the_goods_are_back_held_again_and_wait_in_a_new_draft(world: World, product: int) -> None:
    order, shipment = world.shipped_order((product, "4"))

    cancel(world, shipment)

    assert (world.state("shipment", shipment), world.number(shipment)) == ("cancelled", "SH-000001")
    assert (world.balance(product), reservations(world, order)) == ((10, 4, D("40.00")), [(4, 0)])
    [draft] = world.drafts(order)
    assert pieces(world, draft) == [(order_lines(world, order)[0], 4)]
    assert (world.state("sales_order", order), progress(world, order)) == ("approved", [(0, 0)])
    assert (owed(world, shipment), owed(world, order)) == ([0], [D("48.00")])
    world.prove()


def test_the_mirror_is_exact(world: World, product: int) -> None:
    _, shipment = world.shipped_order((product, "3"))
    world.receive(product, "1", "100.00")

    cancel(world, shipment)

    moves = read(world.session, "SELECT quantity, value, is_mirror FROM stock_move WHERE document_id = %(id)s "
                 "ORDER BY id", id=shipment)  # fmt: skip
    assert [tuple(move) for move in moves] == [(-3, D("-12.00"), False), (3, D("12.00"), True)]
    assert world.entry(shipment, "shipment.processed") == [("5000", "12.00", "0.00"), ("1200", "0.00", "12.00")]
    assert world.entry(shipment, "shipment.processed.cancelled") == [
        ("5000", "0.00", "12.00"), ("1200", "12.00", "0.00"),
    ]  # fmt: skip


def test_the_lines_go_into_the_open_draft(world: World, product: int) -> None:
    other = world.add_product("B")
    world.receive(other, "5")
    order, shipment = approved(world, (product, "5"), (other, "2"))
    world.ship(shipment, quantities=part(world, shipment, "2", "2"))
    [draft] = world.drafts(order)

    cancel(world, shipment)

    assert world.drafts(order) == [draft]
    one, two = order_lines(world, order)
    assert pieces(world, draft) == [(one, 5), (two, 2)]
    assert reservations(world, order) == [(5, 0), (2, 0)]
    world.prove()


def test_two_parts_of_one_order_line_are_cancelled_together(world: World, product: int) -> None:
    order, first = approved(world, (product, "7"))
    world.ship(first, quantities=part(world, first, "3"))
    [second] = world.drafts(order)
    world.ship(second)

    cancel(world, first, second)

    assert (progress(world, order), world.balance(product)) == ([(0, 0)], (10, 7, D("40.00")))
    [draft] = world.drafts(order)
    assert pieces(world, draft) == [(order_lines(world, order)[0], 7)]
    assert owed(world, order) == [D("84.00")]
    world.prove()


def test_each_warehouse_has_its_goods_back(world: World, product: int) -> None:
    store = world.add_warehouse("STORE")
    world.receive(product, "5", warehouse=store)
    order = world.order((product, "4"), NewLine(product, D(2), warehouse_id=store))
    world.approve(order)
    shipments = world.drafts(order)
    world.ship(*shipments)

    cancel(world, *shipments)

    assert (world.balance(product)[:2], world.balance(product, store)[:2]) == ((10, 4), (5, 2))
    places = {world.row("document", draft).warehouse_id for draft in world.drafts(order)}
    assert places == {world.warehouse, store}
    world.prove()


def test_what_was_given_up_stays_given_up(world: World, product: int) -> None:
    order, shipment = approved(world, (product, "8"))
    world.ship(shipment, quantities=part(world, shipment, "3"), rest="give_up")

    cancel(world, shipment)

    assert (progress(world, order), owed(world, order)) == ([(0, 5)], [D("36.00")])
    assert [quantity for draft in world.drafts(order) for _, quantity in pieces(world, draft)] == [3]
    world.prove()


def test_what_is_shipped_again_costs_what_is_left_of_the_line(world: World) -> None:
    """100.00 in 7 pieces: after 3 + 2, the 3 are cancelled and the last 5 leave together."""
    product = world.add_product("SEVEN", None)
    world.receive(product, "7")
    order, first = approved(world, NewLine(product, D(7), D("14.2857")))
    world.ship(first, quantities=part(world, first, "3"))
    [second] = world.drafts(order)
    world.ship(second, quantities=part(world, second, "2"))

    cancel(world, first)
    [last] = world.drafts(order)
    world.ship(last)

    assert [world.row("shipment", shipment).net for shipment in (first, second, last)] == [
        D("42.86"), D("28.57"), D("71.43"),
    ]  # fmt: skip
    world.prove()


def test_services_come_back_without_stock(world: World) -> None:
    order, shipment = world.shipped_order((world.add_product("S", kind="service"), "2"))

    cancel(world, shipment)

    assert (progress(world, order), len(world.drafts(order))) == ([(0, 0)], 1)
    world.prove()


def test_a_line_of_nothing_is_not_put_back(world: World, product: int) -> None:
    other = world.add_product("B")
    world.receive(other, "5")
    order, shipment = approved(world, (product, "2"), (other, "5"))
    world.ship(shipment, quantities=part(world, shipment, "2", "0"), rest="give_up")

    cancel(world, shipment)

    [draft] = world.drafts(order)
    assert pieces(world, draft) == [(order_lines(world, order)[0], 2)]
    world.prove()


# What stands in the way


def test_an_issued_invoice_blocks_by_its_number(world: World, product: int) -> None:
    _, shipment = world.shipped_order((product, "1"))
    invoice = world.invoice(shipment)

    error = world.refusal(cancel_shipments, [shipment], on=TODAY, reason="wrong goods")

    assert (error.code, error.facts["number"]) == ("invoiced", world.number(invoice))
    assert world.number(invoice) in str(error)


def test_a_draft_invoice_blocks_by_its_id_until_it_is_deleted(world: World, product: int) -> None:
    _, shipment = world.shipped_order((product, "1"))
    invoice = world.do(draft_invoices, [[shipment]])[0]

    error = world.refusal(cancel_shipments, [shipment], on=TODAY, reason="wrong goods")
    world.do(delete_invoices, [invoice])
    cancel(world, shipment)

    assert (error.code, error.facts["id"], world.state("shipment", shipment)) == ("invoiced", invoice, "cancelled")


def test_of_two_shipments_only_the_invoiced_one_is_named(world: World, product: int) -> None:
    (_, one), (_, two) = world.shipped_order((product, "1")), world.shipped_order((product, "1"))
    world.invoice(two)

    assert list(world.refused(cancel_shipments, [one, two], on=TODAY, reason="wrong goods")) == [two]


def test_a_draft_is_not_cancelled_and_a_second_time_is_already_done(world: World, product: int) -> None:
    _, shipment = world.shipped_order((product, "1"))
    _, draft = approved(world, (product, "1"))
    cancel(world, shipment)

    error = world.refusal(cancel_shipments, [draft], on=TODAY, reason="wrong goods")
    again = world.do(cancel_shipments, [shipment], on=TODAY, reason="once more")

    assert (isinstance(error, WrongState), again.done, again.already[shipment].by) == (True, [], "Sonia Seller")
    assert world.balance(product)[0] == 10


@pytest.mark.parametrize("reason", ["", "\t"])
def test_it_needs_a_reason(world: World, product: int, reason: str) -> None:
    _, shipment = world.shipped_order((product, "1"))

    assert world.refusal(cancel_shipments, [shipment], on=TODAY, reason=reason).code == "no_reason"


def test_it_is_not_dated_before_the_shipment_in_a_closed_period_or_in_the_future(world: World, product: int) -> None:
    early = world.add_product("EARLY")
    world.receive(early, "5", on=TODAY - timedelta(3))
    _, shipment = world.shipped_order((early, "1"), on=TODAY - timedelta(2))
    world.do(close_period, TODAY - timedelta(1), TODAY - timedelta(1))
    told = {"reason": "wrong goods"}

    before = world.refusal(cancel_shipments, [shipment], on=TODAY - timedelta(3), **told)
    closed = world.refusal(cancel_shipments, [shipment], on=YESTERDAY, **told)
    future = world.refusal(cancel_shipments, [shipment], on=TODAY + timedelta(9), **told)

    assert (before.code, closed.code, future.code) == ("before_document", "closed_period", "in_the_future")
    assert before.facts["document_on"] == TODAY - timedelta(2)


def test_it_may_be_dated_back_to_the_day_of_the_shipment(world: World) -> None:
    early = world.add_product("EARLY")
    world.receive(early, "5", on=TODAY - timedelta(3))
    _, shipment = world.shipped_order((early, "1"), on=TODAY - timedelta(2))

    cancel(world, shipment, on=TODAY - timedelta(2))

    rows = read(world.session, """SELECT "on", quantity FROM stock_day ORDER BY "on" """)
    assert [((TODAY - row.on).days, row.quantity) for row in rows] == [(3, 5), (2, 5)]
    world.prove()


@pytest.mark.parametrize("kind", ["returns", "invoices", "credits"])
def test_what_became_of_its_pieces_stands_in_the_way_though_no_link_names_it(
    world: World, product: int, behind_the_back: Callable[..., object], kind: str
) -> None:
    order, shipment = approved(world, (product, "4"))
    if kind == "credits":
        [invoice] = world.do(add_advances, [NewAdvance(order)])
        world.do(issue_invoices, [invoice], on=TODAY)
    world.ship(shipment)
    if kind == "returns":
        world.bring_back((world.lines_of("shipment_line", "shipment_id", shipment)[0].id, "1"))
    elif kind == "invoices":
        world.invoice(shipment)
    else:
        line = world.lines_of("invoice_line", "invoice_id", invoice)[0].id
        new = NewCreditNote(invoice, "dented", [NewCreditLine(line, "goods_back", D(1))])
        world.do(issue_credit_notes, world.do(add_credit_notes, [new]), on=TODAY)
    behind_the_back("DELETE FROM document_link WHERE from_id = %(id)s AND kind = %(kind)s", id=shipment, kind=kind)

    refusal = world.refusal(cancel_shipments, [shipment], on=TODAY, reason="wrong goods")

    assert refusal.code == {"returns": "returned", "invoices": "invoiced", "credits": "credited"}[kind]
