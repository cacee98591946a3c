"""Credits of what was invoiced in advance and left in part: where pieces are taken from, and what becomes of them."""

from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from app.domain.billing.advances import NewAdvance, add_advances
from app.domain.billing.ahead import Ahead, Delivered, Goods, shared
from app.domain.billing.credit_notes import issue_credit_notes
from app.domain.billing.crediting import (
    NewCreditLine,
    NewCreditNote,
    add_credit_notes,
    credit_invoices,
    credit_lines,
    edit_credit_note,
    left_to_credit,
    parts_of,
)
from app.domain.billing.debiting import debit_credit_notes
from app.domain.billing.deferred import Deferred
from app.domain.billing.invoicing import issue_invoices
from app.domain.billing.portions import draft_invoices
from app.domain.billing.returns import delete_returns, process_returns
from app.domain.fulfilment.shipping import cancel_shipments, process_shipments
from app.domain.kernel.rows import read, write
from app.domain.undo import undo_chains
from tests.domain.billing.ground import draft, invoiced, lines, owed, part
from tests.world import TODAY, D, World

AGAIN, BACK = "invoice_again", "goods_back"


def ahead(world: World, quantity: str = "7", price: str = "14.2857", *shipped: str) -> tuple[int, int, list[int]]:
    """An advance invoice of so many pieces, of which some left: (invoice, its line, shipments)."""
    product = world.add_product("SEVEN", price)
    world.receive(product, quantity)
    order = world.order((product, quantity))
    world.approve(order)
    [invoice] = world.do(add_advances, [NewAdvance(order)])
    world.do(issue_invoices, [invoice], on=TODAY)
    shipments = []
    for pieces in shipped:
        [shipment] = world.drafts(order)
        line = world.lines_of("shipment_line", "shipment_id", shipment)[0].id
        world.do(process_shipments, [shipment], on=TODAY, quantities={line: D(pieces)})
        shipments.append(shipment)
    return invoice, world.lines_of("invoice_line", "invoice_id", invoice)[0].id, shipments


def drafted(world: World, invoice: int, *wanted: NewCreditLine, kind: str = BACK) -> int:
    note: int = world.do(add_credit_notes, [NewCreditNote(invoice, "wrong", list(wanted) or None, kind)])[0]
    return note


def credit(world: World, invoice: int, *wanted: NewCreditLine, kind: str = BACK) -> int:
    note = drafted(world, invoice, *wanted, kind=kind)
    world.do(issue_credit_notes, [note], on=TODAY)
    return note


def taken(world: World, note: int) -> list[tuple[object, ...]]:
    """(kind, quantity, net, gross, shipment) of the lines of a credit note."""
    shipments = {row.id: row.shipment_id for row in read(world.session, "SELECT id, shipment_id FROM shipment_line")}
    rows = world.lines_of("credit_note_line", "credit_note_id", note)
    return [(row.kind, row.quantity, row.net, row.gross, shipments.get(row.shipment_line_id)) for row in rows]


def test_what_did_not_leave_is_invoiced_again_first_then_what_left(world: World) -> None:
    invoice, line, [first, second] = ahead(world, "7", "14.2857", "3", "2")

    note = credit(world, invoice, NewCreditLine(line, AGAIN, D(6)))

    assert taken(world, note) == [
        (AGAIN, 2, D("28.57"), D("34.28"), None), (AGAIN, 3, D("42.86"), D("51.44"), first),
        (AGAIN, 1, D("14.29"), D("17.14"), second),
    ]  # fmt: skip
    assert world.entry(note, "credit_note.issued")[:2] == [("4000", "57.15", "0.00"), ("2110", "28.57", "0.00")]
    assert [invoiced(world, it) for it in (first, second)] == [[0], [1]]
    world.prove()


def test_only_what_left_comes_back_and_a_draft_return_waits_for_it(world: World) -> None:
    invoice, line, [shipment] = ahead(world, "7", "14.2857", "3")
    too_many = NewCreditNote(invoice, "wrong", [NewCreditLine(line, BACK, D(4))])
    assert world.refusal(add_credit_notes, [too_many]).facts["left"] == 3

    note = credit(world, invoice, NewCreditLine(line, BACK, D(2)))

    assert taken(world, note) == [(BACK, 2, D("28.57"), D("34.28"), shipment)]
    assert world.entry(note, "credit_note.issued")[0] == ("4000", "28.57", "0.00")
    [back] = world.ids("SELECT id FROM customer_return WHERE credit_note_id = %(id)s AND state = 'draft'", id=note)
    world.do(process_returns, [back], on=TODAY)
    assert (world.row("customer_return", back).state, invoiced(world, shipment)) == ("processed", [3])
    assert world.ids("SELECT id FROM credit_note WHERE return_id IS NOT NULL") == []
    world.prove()


def test_what_is_credited_of_a_delivery_is_a_part_of_what_it_delivered(world: World) -> None:
    invoice, line, [first, second] = ahead(world, "7", "14.2857", "2", "5")

    notes = [credit(world, invoice, NewCreditLine(line, kind, D(1))) for kind in (BACK, AGAIN, AGAIN, BACK)]

    assert [taken(world, note)[0][2::2] for note in notes] == [
        (D("14.29"), first), (D("14.28"), first), (D("14.29"), second), (D("14.28"), second),
    ]  # fmt: skip
    credit(world, invoice, kind=AGAIN)
    row = world.row("invoice_line", line)
    assert (row.credited, row.credited_net, row.credited_vat) == (7, row.net, row.vat)
    world.prove()


def test_a_piece_that_left_is_credited_with_what_it_took_to_revenue(world: World) -> None:
    invoice, line, [first, second, _] = ahead(world, "3", "33.3333", "1", "1", "1")
    left_with = world.lines_of("shipment_line", "shipment_id", second)[0].id

    note = credit(world, invoice, NewCreditLine(line, AGAIN, D(1), shipment_line_id=left_with))

    assert taken(world, note) == [(AGAIN, 1, D("33.34"), D("40.01"), second)]
    assert (invoiced(world, first), invoiced(world, second)) == ([1], [0])
    world.prove()


def test_what_left_and_is_invoiced_again_is_owed_for_its_shipment_and_invoiced_from_it(world: World) -> None:
    invoice, line, [shipment] = ahead(world, "7", "14.2857", "7")
    world.pay(invoice, "120.00")
    assert world.refusal(draft_invoices, [[shipment]]).code == "already_invoiced"

    credit(world, invoice, NewCreditLine(line, AGAIN, D(3)))

    assert (owed(world, shipment), world.paid(shipment)) == ([D("51.43")], "unpaid")
    again = draft(world, shipment)
    assert lines(world, again) == [("SEVEN", 3, D("42.86"), D("8.57"), D("51.43"))]
    world.do(issue_invoices, [again], on=TODAY)
    assert (owed(world, shipment), invoiced(world, shipment)) == ([0], [7])
    world.prove()


def test_a_whole_credit_takes_each_piece_for_what_became_of_it(world: World) -> None:
    invoice, _, [first, second] = ahead(world, "10", "9.99", "4", "2")
    [line] = [its.id for its in world.lines_of("shipment_line", "shipment_id", first)]
    world.bring_back((line, "1"))
    [waiting] = world.ids("SELECT id FROM credit_note WHERE return_id IS NOT NULL")
    assert taken(world, waiting) == [(BACK, 1, D("9.99"), D("11.99"), first)]

    again, back, money = (taken(world, drafted(world, invoice, kind=kind)) for kind in (AGAIN, BACK, "allowance"))

    assert [row[:2] + row[4:] for row in again] == [
        (AGAIN, 4, None), (BACK, 1, first), (AGAIN, 3, first), (AGAIN, 2, second),
    ]  # fmt: skip
    assert [row[:2] + row[4:] for row in back] == [(AGAIN, 4, None), (BACK, 4, first), (BACK, 2, second)]
    assert money == [("allowance", 0, D("99.90"), D("119.88"), None)]
    credit(world, invoice, kind=AGAIN)
    assert world.row("invoice_line", world.lines_of("invoice_line", "invoice_id", invoice)[0].id).credited == 10
    world.prove()


def test_services_of_an_advance_do_not_come_back(world: World) -> None:
    care = world.add_product("CARE", "15.00", kind="service")
    order = world.order((care, "3"))
    world.approve(order)
    [invoice] = world.do(add_advances, [NewAdvance(order)])
    world.do(issue_invoices, [invoice], on=TODAY)
    [shipment] = world.drafts(order)
    its = world.lines_of("shipment_line", "shipment_id", shipment)[0].id
    world.do(process_shipments, [shipment], on=TODAY, quantities={its: D(1)})
    line = world.lines_of("invoice_line", "invoice_id", invoice)[0].id

    back = NewCreditNote(invoice, "late", [NewCreditLine(line, BACK, D(1))])

    assert world.refusal(add_credit_notes, [back]).code == "nothing_to_return"
    note = credit(world, invoice)
    assert [row[:3] for row in taken(world, note)] == [(AGAIN, 2, D("30.00")), ("allowance", 0, D("15.00"))]
    world.prove()


def test_pieces_of_a_draft_that_is_written_anew_are_those_that_left_with_the_same_shipment(world: World) -> None:
    invoice, line, [first, second] = ahead(world, "7", "14.2857", "3", "2")
    left_with = world.lines_of("shipment_line", "shipment_id", second)[0].id
    note = drafted(world, invoice, NewCreditLine(line, BACK, D(2), shipment_line_id=left_with))

    world.do(edit_credit_note, note, NewCreditNote(invoice, "one", [NewCreditLine(line, BACK, D(1))]), version=1)
    less = taken(world, note)
    both = [NewCreditLine(line, BACK, D(4)), NewCreditLine(line, "allowance", amount=D(1))]
    world.do(edit_credit_note, note, NewCreditNote(invoice, "more", both), version=2)

    assert [row[::4] for row in less] == [(BACK, second)]
    assert [(row[0], row[1], row[4]) for row in taken(world, note)][:2] == [(BACK, 1, second), (BACK, 3, first)]
    sources = world.ids("SELECT from_id FROM document_link WHERE to_id = %(id)s ORDER BY from_id", id=note)
    assert sources == sorted([invoice, first, second])
    world.do(issue_credit_notes, [note], on=TODAY)
    world.prove()


@pytest.mark.parametrize("pieces", ["7", "1"])
def test_what_did_not_leave_is_invoiced_again_first_by_a_draft_that_is_written_anew_too(
    world: World, pieces: str
) -> None:  # fmt: skip
    invoice, line, [first, second] = ahead(world, "7", "14.2857", "3", "2")
    [note] = world.do(credit_invoices, [invoice], reason="wrong", kind=AGAIN).answer

    world.do(edit_credit_note, note, NewCreditNote(invoice, "wrong", parts_of({}, {line: D(pieces)}, {})), version=1)

    whole = [(2, None), (3, first), (2, second)]
    assert [row[1::3] for row in taken(world, note)] == (whole if pieces == "7" else [(1, None)])
    world.do(issue_credit_notes, [note], on=TODAY)
    world.prove()


def test_what_was_invoiced_again_of_a_shipment_is_of_the_same_where_it_is_written_anew(world: World) -> None:
    invoice, line, [_, second] = ahead(world, "5", "14.2857", "3", "2")
    left_with = world.lines_of("shipment_line", "shipment_id", second)[0].id
    note = drafted(world, invoice, NewCreditLine(line, AGAIN, D(2), shipment_line_id=left_with))

    world.do(edit_credit_note, note, NewCreditNote(invoice, "wrong", parts_of({}, {line: D(2)}, {})), version=1)

    assert [row[1::3] for row in taken(world, note)] == [(2, second)]


def test_pieces_of_a_draft_that_are_gone_from_their_shipment_are_taken_from_the_next(world: World) -> None:
    invoice, line, [first, second] = ahead(world, "7", "14.2857", "3", "2")
    left_with = world.lines_of("shipment_line", "shipment_id", second)[0].id
    its = NewCreditLine(line, BACK, D(2), shipment_line_id=left_with)
    note = drafted(world, invoice, its)
    credit(world, invoice, replace(its, quantity=D(1)))

    world.do(edit_credit_note, note, NewCreditNote(invoice, "wrong", parts_of({line: D(2)}, {}, {})), version=1)

    assert [row[1::3] for row in taken(world, note)] == [(1, second), (1, first)]


def test_pieces_of_a_draft_that_is_written_anew_are_kept_once(world: World) -> None:
    invoice, line, [first, second] = ahead(world, "7", "14.2857", "3", "4")
    left_with = world.lines_of("shipment_line", "shipment_id", second)[0].id
    note = drafted(world, invoice, NewCreditLine(line, BACK, D(1), shipment_line_id=left_with))
    one = NewCreditLine(line, BACK, D(1))

    world.do(edit_credit_note, note, NewCreditNote(invoice, "two", [one, one]), version=1)
    two = [row[1::3] for row in taken(world, note)]
    both = [NewCreditLine(line, BACK, D(2)), NewCreditLine(line, BACK, D(3))]
    world.do(edit_credit_note, note, NewCreditNote(invoice, "five", both), version=2)

    assert two == [(1, second), (1, first)]
    assert [row[1::3] for row in taken(world, note)] == [(1, first), (1, second), (2, first), (1, second)]


def test_a_draft_that_no_longer_fits_is_refused_when_it_is_issued(world: World) -> None:
    invoice, line, [shipment] = ahead(world, "7", "14.2857", "3")
    late = [drafted(world, invoice, NewCreditLine(line, kind, D(pieces))) for kind, pieces in (
        (AGAIN, 4), (AGAIN, 5), (BACK, 3),
    )]  # fmt: skip
    world.do(cancel_shipments, [shipment], on=TODAY, reason="wrong truck")
    codes = [world.refusal(issue_credit_notes, [note], on=TODAY).code for note in late[1:]]
    order = world.row("shipment", shipment).order_id
    world.ship(*world.drafts(order))

    assert [*codes, world.refusal(issue_credit_notes, late[:1], on=TODAY).code] == ["moved_since"] * 3
    world.prove()


def test_a_shipment_is_not_cancelled_once_what_it_delivered_is_credited(world: World) -> None:
    invoice, line, [shipment] = ahead(world, "7", "14.2857", "3")
    note = credit(world, invoice, NewCreditLine(line, BACK, D(1)))

    error = world.refusal(cancel_shipments, [shipment], on=TODAY, reason="wrong truck")

    assert (error.code, error.facts["number"]) == ("credited", world.number(note))
    chain = world.refusal(undo_chains, [invoice], on=TODAY, reason="wrong")
    assert chain.code == "credited"
    world.do(delete_returns, world.ids("SELECT id FROM customer_return WHERE state = 'draft'"))
    debit = world.do(debit_credit_notes, [note], reason="they stay after all").answer
    world.do(issue_invoices, debit, on=TODAY)
    assert [world.paid(its) for its in (invoice, shipment)] == ["partly_paid", "paid"], "it was not owed for that"
    world.prove()
    world.do(cancel_shipments, [shipment], on=TODAY, reason="wrong truck")
    world.prove()


def test_an_allowance_on_what_was_invoiced_in_advance_is_taken_from_revenue(world: World) -> None:
    invoice, line, [_] = ahead(world, "7", "14.2857", "3")

    note = credit(world, invoice, NewCreditLine(line, "allowance", amount=D(10)))

    assert world.entry(note, "credit_note.issued")[0] == ("4000", "10.00", "0.00")
    credit(world, invoice, kind=AGAIN)
    world.prove()


def test_the_cost_of_what_is_invoiced_again_waits_again(session: Session) -> None:
    world = World(session)
    write(session, "UPDATE company SET cogs_timing = 'at_invoice'")
    invoice, line, [shipment] = ahead(world, "7", "14.2857", "7")
    held = "SELECT coalesce(sum(debit - credit), 0)::text FROM journal_line JOIN account ON account.id = account_id" \
           " WHERE role = 'goods_shipped_not_invoiced'"  # fmt: skip
    cost = world.lines_of("shipment_line", "shipment_id", shipment)[0].cost

    credit(world, invoice, NewCreditLine(line, AGAIN, D(3)))

    assert D(read(session, held)[0][0]) == (cost * 3 / 7).quantize(D("0.01"))
    world.do(issue_invoices, [draft(world, shipment)], on=TODAY)
    assert D(read(session, held)[0][0]) == 0
    world.prove()


def test_parts_of_the_cost_of_an_advance_add_up() -> None:
    """Six of seven pieces of 10.00 in all were invoiced before they left."""
    its = Deferred(D("10.00"), D(7), D(6), D("8.57"), D(6), D("8.57"), D(0), D(0), ahead=D(6), ahead_cost=D("8.57"))

    assert [its.credit_ahead(D(pieces)) for pieces in (1, 2, 3)] == [D("1.43"), D("2.86"), D("4.28")]


def test_all_that_left_is_invoiced_again_and_then_in_parts(world: World) -> None:
    invoice, _, [shipment] = ahead(world, "7", "14.2857", "7")
    credit(world, invoice, kind=AGAIN)
    [line] = [its.id for its in world.lines_of("shipment_line", "shipment_id", shipment)]

    first = part(world, shipment, {line: "3"})
    second = draft(world, shipment)

    assert [lines(world, it)[0][1:3] for it in (first, second)] == [(3, D("42.86")), (4, D("57.14"))]
    world.do(issue_invoices, [first, second], on=TODAY)
    world.prove()


def test_an_invoice_is_credited_by_line_and_kind(world: World) -> None:
    invoice, line, [_] = ahead(world, "7", "14.2857", "5")

    [left] = left_to_credit(world.session, invoice)
    [note] = world.do(
        credit_lines, [invoice], reason="wrong", goods_back={line: D(1)}, invoice_again={line: D(3)},
        amounts={line: D(5)},
    ).answer  # fmt: skip

    assert (left.goods_back, left.invoice_again, left.amount) == (5, 7, D("100.00"))
    assert [row[:2] for row in taken(world, note)] == [(BACK, 1), (AGAIN, 2), (AGAIN, 1), ("allowance", 0)]


def test_pieces_are_shared_over_their_sources_in_order() -> None:
    goods = {1: Goods(D(5), D(1), D(0)), 2: Goods(D(5), D(2), D(2))}
    left = Ahead(D(9), D(9), D(9), D(6), D(6), D(6), {
        1: Delivered(11, D(4), D(4), D(4), D(1)), 2: Delivered(12, D(2), D(2), D(2), D(0)),
    })  # fmt: skip

    assert left.sources(AGAIN, goods) == [(None, 3), (1, 3), (2, 2)]
    assert shared(left.sources(BACK, goods), D(4)) == ({1: 3, 2: 1}, 0)
    assert shared(left.sources(AGAIN, goods), D(9)) == ({None: 3, 1: 3, 2: 2}, 1)


@pytest.mark.parametrize("mode", [False, True])
def test_parts_of_an_advance_add_up_in_any_order(session: Session, mode: bool) -> None:
    world = World(session, vat_included=mode)
    invoice, line, [first, *_] = ahead(world, "7", "14.2857", "1", "2")
    credit(world, invoice, NewCreditLine(line, AGAIN, D(1)))
    world.bring_back((world.lines_of("shipment_line", "shipment_id", first)[0].id, "1"))
    [broken] = world.ids("SELECT id FROM credit_note WHERE return_id IS NOT NULL")
    world.do(issue_credit_notes, [broken], on=TODAY)
    world.ship(*world.drafts(world.row("shipment", first).order_id))
    world.prove()

    credit(world, invoice, kind=AGAIN)

    row = world.row("invoice_line", line)
    assert (row.credited_net, row.credited_vat) == (row.net, row.vat)
    world.prove()
