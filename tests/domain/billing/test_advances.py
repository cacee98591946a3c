"""Invoices in advance: pieces that did not leave yet, what shipping makes of them, and what is refused."""

from datetime import timedelta

import pytest

from app.domain.billing.advances import NewAdvance, add_advances, edit_advance
from app.domain.billing.drafts import delete_invoices
from app.domain.billing.invoicing import issue_invoices
from app.domain.billing.portions import draft_invoices
from app.domain.fulfilment.ordering import cancel_orders
from app.domain.fulfilment.shipping import cancel_shipments, process_shipments
from app.domain.kernel.rows import read
from app.domain.sales.orders import NewLine
from tests.domain.billing.ground import draft, invoiced, lines, owed
from tests.world import TODAY, D, World

YESTERDAY = TODAY - timedelta(1)
DELIVERED = "shipment.advance_delivered"


def ordered(world: World, quantity: str = "7", price: str = "14.2857") -> tuple[int, int]:
    """An approved order of seven pieces for 100.00, which are there: (order, line)."""
    product = world.add_product("SEVEN", None)
    world.receive(product, quantity)
    order = world.order(NewLine(product, D(quantity), D(price)))
    world.approve(order)
    return order, world.lines_of("sales_order_line", "order_id", order)[0].id


def ahead(world: World, order: int, line: int, quantity: str, *, issued: bool = True) -> int:
    invoice: int = world.do(add_advances, [NewAdvance(order, {line: D(quantity)})])[0]
    if issued:
        world.do(issue_invoices, [invoice], on=TODAY)
    return invoice


def ship(world: World, order: int, quantity: str, **more: object) -> int:
    [shipment] = world.drafts(order)
    line = world.lines_of("shipment_line", "shipment_id", shipment)[0].id
    world.ship(shipment, quantities={line: D(quantity)}, **more)
    return shipment


def test_an_advance_is_owed_and_waits_for_its_delivery(world: World) -> None:
    order, line = ordered(world)

    invoice = ahead(world, order, line, "3")

    assert lines(world, invoice) == [("SEVEN", 3, D("42.86"), D("8.57"), D("51.43"))]
    assert world.entry(invoice, "invoice.issued") == [
        ("1100", "51.43", "0.00"), ("2110", "0.00", "42.86"), ("2200", "0.00", "8.57"),
    ]  # fmt: skip
    assert (owed(world, order), owed(world, invoice)) == ([D("68.57")], [D("51.43")])
    row = world.row("sales_order_line", line)
    assert (row.pre_invoiced, row.pre_shipped) == (3, 0)
    assert [world.paid(document) for document in (order, invoice)] == ["unpaid"] * 2
    world.prove()


def test_a_draft_in_advance_holds_pieces_and_owes_nothing(world: World) -> None:
    order, line = ordered(world)

    invoice = ahead(world, order, line, "3", issued=False)

    assert (owed(world, order), world.row("sales_order_line", line).pre_invoiced) == ([D("120.00")], 3)
    assert world.refusal(add_advances, [NewAdvance(order, {line: D(5)})]).facts["left"] == 4
    world.do(delete_invoices, [invoice])
    assert world.row("sales_order_line", line).pre_invoiced == 0
    world.prove()


def test_shipping_covers_what_was_invoiced_first_and_moves_its_net_to_revenue(world: World) -> None:
    order, line = ordered(world)
    ahead(world, order, line, "3")

    shipment = ship(world, order, "5")

    assert world.entry(shipment, DELIVERED) == [("2110", "42.86", "0.00"), ("4000", "0.00", "42.86")]
    assert (invoiced(world, shipment), owed(world, shipment), owed(world, order)) == ([3], [D("34.29")], [D("34.28")])
    rest = draft(world, shipment)
    assert lines(world, rest) == [("SEVEN", 2, D("28.57"), D("5.71"), D("34.28"))]
    world.do(issue_invoices, [rest], on=TODAY)
    assert owed(world, shipment) == [0]
    world.prove()


def test_an_advance_is_delivered_by_several_shipments_and_adds_up(world: World) -> None:
    order, line = ordered(world)
    ahead(world, order, line, "7")

    moved = [world.entry(ship(world, order, quantity), DELIVERED)[0][1] for quantity in ("3", "2", "2")]

    assert moved == ["42.86", "28.57", "28.57"]
    assert (owed(world, order), world.state("sales_order", order)) == ([0], "performed")
    assert world.row("sales_order_line", line).pre_shipped == 7
    balance = "SELECT sum(credit - debit) FROM journal_line JOIN account ON account.id = account_id AND code = '2110'"
    assert read(world.session, balance)[0][0] == 0
    world.prove()


def test_the_oldest_advance_is_delivered_first(world: World) -> None:
    order, line = ordered(world)
    for quantity in ("2", "3"):
        ahead(world, order, line, quantity)

    shipment = ship(world, order, "4")

    deliveries = "SELECT quantity, net FROM advance_delivery ORDER BY advance_id"
    assert [tuple(row) for row in read(world.session, deliveries)] == [(2, D("28.57")), (2, D("28.57"))]
    assert world.entry(shipment, DELIVERED)[0][1] == "57.14"
    assert world.refusal(draft_invoices, [[shipment]]).code == "already_invoiced"
    world.prove()


def test_cancelling_the_shipment_mirrors_the_delivery(world: World) -> None:
    order, line = ordered(world)
    ahead(world, order, line, "3")
    shipment = ship(world, order, "5")

    world.do(cancel_shipments, [shipment], on=TODAY, reason="wrong truck")

    assert world.entry(shipment, f"{DELIVERED}.cancelled") == [("2110", "0.00", "42.86"), ("4000", "42.86", "0.00")]
    assert (owed(world, order), owed(world, shipment), invoiced(world, shipment)) == ([D("68.57")], [0], [0])
    world.prove()
    again = ship(world, order, "7")
    assert (world.entry(again, DELIVERED)[0][1], owed(world, again), owed(world, order)) == ("42.86", [D("68.57")], [0])
    world.prove()


def test_after_an_advance_and_a_shipment_the_rest_may_be_invoiced_in_advance(world: World) -> None:
    order, line = ordered(world)
    ship(world, order, "3")

    [invoice] = world.do(add_advances, [NewAdvance(order)])
    world.do(issue_invoices, [invoice], on=TODAY)

    assert (lines(world, invoice)[0][1:3], owed(world, order)) == ((4, D("57.14")), [0])
    shipment = ship(world, order, "4")
    assert (owed(world, shipment), world.row("sales_order_line", line).pre_shipped) == ([0], 4)
    world.prove()


def test_where_prices_have_vat_the_gross_is_divided(session) -> None:  # type: ignore[no-untyped-def]
    world = World(session, vat_included=True)
    order, line = ordered(world)
    ahead(world, order, line, "3")

    shipment = ship(world, order, "7")

    assert (owed(world, shipment), world.entry(shipment, DELIVERED)[0][1]) == ([D("57.14")], "35.72")
    world.do(issue_invoices, [draft(world, shipment)], on=TODAY)
    world.prove()


def test_what_left_since_the_draft_was_written_is_not_issued_in_advance(world: World) -> None:
    order, line = ordered(world)
    invoice = ahead(world, order, line, "3", issued=False)
    shipment = ship(world, order, "5")
    assert invoiced(world, shipment) == [0]

    error = world.refusal(issue_invoices, [invoice], on=TODAY)

    assert (error.code, error.facts["left"]) == ("not_in_advance", 2)
    world.do(edit_advance, invoice, NewAdvance(order, {line: D(2)}), version=1)
    world.do(issue_invoices, [invoice], on=TODAY)
    world.prove()


def test_of_invoices_of_one_line_only_those_are_refused_for_which_too_little_is_left(world: World) -> None:
    order, line = ordered(world)
    three, two, other = (ahead(world, order, line, quantity, issued=False) for quantity in ("3", "2", "2"))
    ship(world, order, "5")

    refused = world.refused(issue_invoices, [three, two, other], on=TODAY)

    assert {i: (error.code, error.facts["left"]) for i, error in refused.items()} == {
        three: ("not_in_advance", 2), other: ("not_in_advance", 0),
    }  # fmt: skip
    world.do(issue_invoices, [two], on=TODAY)
    world.prove()


def test_an_order_is_not_cancelled_nor_given_up_while_pieces_are_invoiced_in_advance(world: World) -> None:
    order, line = ordered(world)
    ahead(world, order, line, "3")
    [shipment] = world.drafts(order)
    its = world.lines_of("shipment_line", "shipment_id", shipment)[0].id

    cancelled = world.refusal(cancel_orders, [order], on=TODAY, reason="no")
    given_up = world.refusal(process_shipments, [shipment], on=TODAY, quantities={its: D(2)}, rest="give_up")
    world.do(process_shipments, [shipment], on=TODAY, quantities={its: D(3)}, rest="give_up")

    assert (cancelled.code, given_up.code, given_up.facts["quantity"]) == ("invoiced_in_advance",) * 2 + (1,)
    assert (owed(world, order), owed(world, shipment)) == ([0], [0])
    world.prove()


def test_an_advance_is_paid_like_any_invoice_and_its_order_with_it(world: World) -> None:
    order, line = ordered(world)
    invoice = ahead(world, order, line, "7")

    world.pay(invoice, "120.00")
    shipment = ship(world, order, "7")

    assert [world.paid(document) for document in (order, invoice, shipment)] == ["paid"] * 3
    world.prove()


@pytest.mark.parametrize(("quantity", "code"), [
    ("0", "quantity_not_positive"), ("NaN", "out_of_range"), ("0.5", "too_many_decimals"), ("8", "more_than_ordered"),
])  # fmt: skip
def test_a_quantity_that_cannot_be_is_refused(world: World, quantity: str, code: str) -> None:
    order, line = ordered(world)

    assert world.refusal(add_advances, [NewAdvance(order, {line: D(quantity)})]).code == code


def test_orders_that_are_not_agreed_unknown_twice_or_done_are_refused_by_their_place(world: World) -> None:
    order, line = ordered(world)
    product = world.add_product("B", "1.00")
    estimate = world.order((product, "1"))
    world.receive(product, "1")
    done, _ = world.shipped_order((product, "1"))

    refused = world.refused(add_advances, [
        NewAdvance(estimate), NewAdvance(order), NewAdvance(order), NewAdvance(done), NewAdvance(999_999_999),
    ])  # fmt: skip
    foreign = world.refusal(add_advances, [NewAdvance(order, {line + 10_000: D(1)})])
    nothing = world.refusal(add_advances, [NewAdvance(order, {})])

    assert {place: error.code for place, error in refused.items()} == {
        0: "not_approved", 2: "order_twice", 3: "not_approved", 4: "not_found",
    }  # fmt: skip
    assert (foreign.code, nothing.code) == ("foreign_line", "nothing_chosen")


def test_a_piece_whose_money_came_at_two_rates_is_not_drafted_in_advance_but_shipped_first(world: World) -> None:
    product = world.add_product("A", "100.00")
    world.receive(product, "1", on=YESTERDAY)
    world.change_rate(20, "19", TODAY)
    order = world.order((product, "1"), on=YESTERDAY)
    world.approve(order, on=YESTERDAY)
    world.pay(order, "60.00", on=YESTERDAY)
    line = world.lines_of("sales_order_line", "order_id", order)[0].id
    drafted = world.do(add_advances, [NewAdvance(order)])[0]
    world.pay(order, "60.00", on=TODAY)

    world.do(edit_advance, drafted, NewAdvance(order, note="as agreed"), version=1)
    assert world.row("invoice", drafted).note == "as agreed"
    refusals = [world.refusal(issue_invoices, [drafted], on=TODAY)]
    world.do(delete_invoices, [drafted])
    refusals += [world.refusal(add_advances, [NewAdvance(order, pieces)]) for pieces in (None, {line: D(1)})]

    assert {(refusal.code, "ship it first" in str(refusal)) for refusal in refusals} == {
        ("received_at_two_rates", True)
    }
    [shipment] = world.drafts(order)
    world.ship(shipment)
    assert [line.tax_percent for line in world.lines_of("invoice_line", "invoice_id", world.invoice(shipment))] == [19]
    world.prove()
