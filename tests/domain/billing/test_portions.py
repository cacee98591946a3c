"""Invoices of chosen lines and quantities: parts that add up, drafts that are rewritten, and what is refused."""

import pytest

from app.domain.billing.drafts import delete_invoices
from app.domain.billing.invoicing import issue_invoices
from app.domain.billing.portions import NewInvoice, add_invoices, draft_invoices, edit_invoice
from app.domain.fulfilment.shipping import cancel_shipments
from app.domain.kernel.errors import DomainError, Invalid, Stale, WrongState
from app.domain.kernel.rows import read
from app.domain.sales.orders import NewLine
from tests.domain.billing.ground import draft, invoiced, lines, owed, part, seven
from tests.world import TODAY, D, World


def test_seven_pieces_of_a_hundred_in_three_portions_add_up_to_the_cent(world: World) -> None:
    _, shipment, line = seven(world)

    made = [part(world, shipment, {line: quantity}) for quantity in ("3", "2", "2")]
    world.do(issue_invoices, made, on=TODAY)

    assert [lines(world, invoice)[0][2:] for invoice in made] == [
        (D("42.86"), D("8.57"), D("51.43")), (D("28.57"), D("5.71"), D("34.28")), (D("28.57"), D("5.71"), D("34.28")),
    ]  # fmt: skip
    assert (invoiced(world, shipment), owed(world, shipment)) == ([7], [0])
    world.prove()


def test_each_part_is_the_rounded_whole_up_to_it_less_the_earlier_parts(world: World) -> None:
    product = world.add_product("THIRD", None)
    world.receive(product, "3")
    _, shipment = world.shipped_order(NewLine(product, D(3), D("0.3333")))
    line = world.lines_of("shipment_line", "shipment_id", shipment)[0].id

    made = [part(world, shipment, {line: "1"}) for _ in range(3)]

    assert [lines(world, invoice)[0][2] for invoice in made] == [D("0.33"), D("0.34"), D("0.33")]
    world.prove()


def test_where_prices_have_vat_the_gross_is_divided(session) -> None:  # type: ignore[no-untyped-def]
    world = World(session, vat_included=True)
    _, shipment, line = seven(world)

    made = [part(world, shipment, {line: quantity}) for quantity in ("3", "2", "2")]

    assert [lines(world, invoice)[0][4] for invoice in made] == [D("42.86"), D("28.57"), D("28.57")]
    world.prove()


def test_what_is_left_of_a_shipment_is_its_gross_less_what_was_invoiced(world: World) -> None:
    order, shipment, line = seven(world)
    drafted = part(world, shipment, {line: "3"})
    assert owed(world, shipment) == [D("120.00")], "a draft holds pieces, and owes nothing yet"

    world.do(issue_invoices, [drafted], on=TODAY)

    assert (owed(world, shipment), owed(world, drafted), owed(world, order)) == ([D("68.57")], [D("51.43")], [0])
    assert [world.paid(document) for document in (order, shipment, drafted)] == ["unpaid"] * 3
    world.prove()


def test_a_portion_takes_the_lines_that_are_chosen(world: World, product: int) -> None:
    other = world.add_product("B", "5.00", tax=9)
    world.receive(other, "9")
    _, shipment = world.shipped_order((product, "4"), (other, "3"), (product, "1"))
    first, second, third = (line.id for line in world.lines_of("shipment_line", "shipment_id", shipment))

    invoice = part(world, shipment, {third: "1", second: "2"})

    assert [line[:3] for line in lines(world, invoice)] == [("B", 2, D("10.00")), ("A", 1, D("10.00"))]
    assert invoiced(world, shipment) == [0, 2, 1]
    world.do(issue_invoices, [invoice, draft(world, shipment)], on=TODAY)
    assert (invoiced(world, shipment), owed(world, shipment), first) == ([4, 3, 1], [0, 0, 0], first)
    world.prove()


def test_the_parts_of_one_line_are_issued_together_or_one_by_one(world: World) -> None:
    _, shipment, line = seven(world)
    first, second = part(world, shipment, {line: "3"}), part(world, shipment, {line: "2"})

    world.do(issue_invoices, [second], on=TODAY)
    assert owed(world, shipment) == [D("85.72")]
    world.do(issue_invoices, [first, draft(world, shipment)], on=TODAY)

    assert owed(world, shipment) == [0]
    world.prove()


def test_a_service_given_back_is_left_to_the_last_part(world: World, product: int) -> None:
    fee = world.add_product("FEE", None, kind="service")
    _, shipment = world.shipped_order((product, "2"), NewLine(fee, D(1), D("-3.00")))
    goods, back = (line.id for line in world.lines_of("shipment_line", "shipment_id", shipment))

    alone = world.refusal(add_invoices, [NewInvoice([shipment], {back: D(1)})])
    world.do(issue_invoices, [part(world, shipment, {goods: "1"})], on=TODAY)

    assert (alone.code, owed(world, shipment)) == ("negative_total", [D("8.40"), 0])
    world.do(issue_invoices, [draft(world, shipment)], on=TODAY)
    world.prove()


def test_what_a_deleted_draft_held_is_in_the_next_parts(world: World) -> None:
    _, shipment, line = seven(world)
    first, second = part(world, shipment, {line: "3"}), part(world, shipment, {line: "2"})
    world.do(delete_invoices, [first])

    rest = part(world, shipment, {line: "5"})

    assert [lines(world, invoice)[0][2] for invoice in (second, rest)] == [D("28.57"), D("71.43")]
    world.prove()


def test_a_draft_is_rewritten_whole_and_its_history_says_what_changed(world: World) -> None:
    _, shipment, line = seven(world)
    invoice = part(world, shipment, {line: "3"})

    world.do(edit_invoice, invoice, NewInvoice([shipment], {line: D(5)}, note="As agreed"), version=1)

    assert (lines(world, invoice)[0][1:3], invoiced(world, shipment)) == ((5, D("71.43")), [5])
    row = world.row("invoice", invoice)
    assert (row.version, row.note, row.gross) == (2, "As agreed", D("85.72"))
    [history] = read(world.session, "SELECT changes FROM document_history WHERE step = 'edit'")
    assert history.changes == {
        "note": ["", "As agreed"], "gross": ["51.43", "85.72"],
        "line 1": ["3 × SEVEN at 14.2857", "5 × SEVEN at 14.2857"],
    }  # fmt: skip
    world.do(issue_invoices, [invoice], on=TODAY)
    world.prove()


def test_a_draft_may_take_another_shipment_instead(world: World, product: int) -> None:
    (_, one), (_, two) = world.shipped_order((product, "1")), world.shipped_order((product, "2"))
    invoice = draft(world, one)

    world.do(edit_invoice, invoice, NewInvoice([two]), version=1)

    assert (invoiced(world, one), invoiced(world, two)) == ([0], [2])
    world.do(issue_invoices, [invoice, draft(world, one)], on=TODAY)
    world.prove()


def test_a_draft_that_somebody_else_saved_or_issued_is_not_rewritten(world: World) -> None:
    _, shipment, line = seven(world)
    invoice = part(world, shipment, {line: "3"})
    world.do(edit_invoice, invoice, NewInvoice([shipment], {line: D(4)}), version=1)

    stale = world.refusal(edit_invoice, invoice, NewInvoice([shipment]), version=1)
    world.do(issue_invoices, [invoice], on=TODAY)
    issued = world.refusal(edit_invoice, invoice, NewInvoice([shipment]), version=3)

    assert (type(stale), type(issued)) == (Stale, WrongState)


def test_a_draft_stays_its_customers(world: World, product: int) -> None:
    _, mine = world.shipped_order((product, "1"))
    _, other = world.shipped_order((product, "1"), customer=world.add_customer("C002"))
    invoice = draft(world, mine)

    assert world.refusal(edit_invoice, invoice, NewInvoice([other]), version=1).code == "other_customer"


@pytest.mark.parametrize(("quantity", "code"), [
    ("0", "quantity_not_positive"), ("-1", "quantity_not_positive"), ("NaN", "out_of_range"),
    ("1.5", "too_many_decimals"), ("7.000001", "too_many_decimals"), ("8", "more_than_shipped"),
])  # fmt: skip
def test_a_quantity_that_cannot_be_is_refused(world: World, quantity: str, code: str) -> None:
    _, shipment, line = seven(world)

    assert world.refusal(add_invoices, [NewInvoice([shipment], {line: D(quantity)})]).code == code


def test_no_more_than_is_left_is_taken_and_no_other_shipments_line(world: World) -> None:
    _, shipment, line = seven(world)
    part(world, shipment, {line: "5"})
    other = world.add_product("B")
    world.receive(other, "1")
    _, elsewhere = world.shipped_order((other, "1"))

    too_many = world.refusal(add_invoices, [NewInvoice([shipment], {line: D(3)})])
    foreign = world.refusal(add_invoices, [NewInvoice([elsewhere], {line: D(1)})])
    nothing = world.refusal(add_invoices, [NewInvoice([elsewhere], {})])

    assert (too_many.code, too_many.facts["left"]) == ("more_than_shipped", 2)
    assert (foreign.code, nothing.code) == ("foreign_line", "nothing_chosen")


def test_portions_of_a_cancelled_shipment_of_two_customers_or_of_two_vat_modes_are_refused(
    world: World, product: int
) -> None:
    _, cancelled = world.shipped_order((product, "1"))
    gone = world.lines_of("shipment_line", "shipment_id", cancelled)[0].id
    world.do(cancel_shipments, [cancelled], on=TODAY, reason="no")
    _, mine = world.shipped_order((product, "1"))
    _, other = world.shipped_order((product, "1"), customer=world.add_customer("C002"))
    both = {world.lines_of("shipment_line", "shipment_id", shipment)[0].id: D(1) for shipment in (mine, other)}

    refused = world.refused(add_invoices, [NewInvoice([cancelled], {gone: D(1)}), NewInvoice([mine, other], both)])

    assert {place: error.code for place, error in refused.items()} == {0: "not_shipped", 1: "mixed_shipments"}


def test_a_draft_portion_blocks_the_cancellation_of_its_shipment_by_name(world: World) -> None:
    _, shipment, line = seven(world)
    invoice = part(world, shipment, {line: "3"})

    error = world.refusal(cancel_shipments, [shipment], on=TODAY, reason="no")

    assert (error.code, error.facts["id"], isinstance(error, DomainError)) == ("invoiced", invoice, True)


def test_the_whole_of_what_is_left_is_drafted_after_a_portion(world: World) -> None:
    _, shipment, line = seven(world)
    part(world, shipment, {line: "3"})

    [rest] = world.do(draft_invoices, [[shipment]])

    assert lines(world, rest)[0][1:3] == (4, D("57.14"))
    assert isinstance(world.refusal(draft_invoices, [[]]), Invalid)
    world.prove()
