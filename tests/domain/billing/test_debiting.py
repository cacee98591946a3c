"""Debit notes: what a credit note took off by mistake is owed again."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.domain.billing.credit_notes import NewCreditLine, add_credit_notes, issue_credit_notes
from app.domain.billing.crediting import NewCreditNote
from app.domain.billing.debiting import (
    NewDebitLine,
    NewDebitNote,
    add_debit_notes,
    debit_credit_notes,
    edit_debit_note,
    left_to_debit,
)
from app.domain.billing.freehand import FreeLine, NewFreeInvoice, add_free_invoices
from app.domain.billing.invoicing import delete_invoices, issue_invoices
from app.domain.billing.returns import cancel_returns, delete_returns
from app.domain.kernel.rows import read, write
from app.domain.treasury.cash import cancel_cash_orders
from tests.domain.billing.ground import owed, seven
from tests.domain.billing.test_crediting import draft, invoiced
from tests.world import TODAY, D, World

LATER = TODAY - timedelta(3)


def credit(world: World, invoice: int, *lines: NewCreditLine, kind: str = "goods_back") -> int:
    """An issued credit note without the draft of the return that it opens."""
    note = draft(world, invoice, *lines, kind=kind)
    world.do(issue_credit_notes, [note], on=TODAY)
    world.do(delete_returns, world.ids("SELECT id FROM customer_return WHERE credit_note_id = %(id)s", id=note))
    return note


def credit_line(world: World, note: int, position: int = 1) -> int:
    line: int = world.lines_of("credit_note_line", "credit_note_id", note)[position - 1].id
    return line


def debit(world: World, note: int, *lines: NewDebitLine) -> int:
    """A draft of a debit note, of all or of some lines."""
    made: int = world.do(add_debit_notes, [NewDebitNote(note, "credited by mistake", list(lines) or None)])[0]
    return made


def issued(world: World, note: int, *lines: NewDebitLine) -> int:
    made = debit(world, note, *lines)
    world.do(issue_invoices, [made], on=TODAY)
    return made


def amounts(world: World, invoice: int) -> list[tuple[object, ...]]:
    """(quantity, unit price, net, VAT) of a debit note's lines."""
    rows = world.lines_of("invoice_line", "invoice_id", invoice)
    return [(row.quantity, row.unit_price, row.net, row.vat) for row in rows]


@pytest.mark.parametrize("chart", ["ifrs", "bg"])
def test_a_debit_note_makes_owed_again_what_a_credit_note_took_off(session: Session, chart: str) -> None:
    world = World(session, chart=chart)
    _, _, invoice, line = invoiced(world)
    note = credit(world, invoice, NewCreditLine(line, "goods_back", D(3)))

    made = issued(world, note)

    customers, revenue, vat = {"ifrs": ("1100", "4000", "2200"), "bg": ("411", "702", "4532")}[chart]
    assert world.entry(made, "invoice.issued") == [
        (customers, "51.43", "0.00"), (revenue, "0.00", "42.86"), (vat, "0.00", "8.57"),
    ]  # fmt: skip
    row = world.row("invoice", made)
    assert (world.number(made), row.kind, row.credit_note_id, row.note) == (
        "0000000002", "debit", note, "credited by mistake",
    )  # fmt: skip
    assert amounts(world, made) == [(3, D("14.2857"), D("42.86"), D("8.57"))]
    its = world.row("invoice_line", line)
    assert (its.credited, its.credited_net, its.credited_vat) == (0, 0, 0)
    assert (owed(world, made), world.paid(made)) == ([D("51.43")], "unpaid")
    world.prove()


def test_what_is_owed_again_is_open_on_all_that_it_comes_of(world: World) -> None:
    order, shipment, _ = seven(world)
    invoice = world.invoice(shipment)
    line = world.lines_of("invoice_line", "invoice_id", invoice)[0].id
    note = credit(world, invoice, NewCreditLine(line, "goods_back", D(3)))
    world.pay(invoice, "68.57")
    sold = (order, shipment, invoice)
    assert [world.paid(its) for its in sold] == ["paid"] * 3

    made = issued(world, note)

    assert [world.paid(its) for its in (*sold, made)] == [*["partly_paid"] * 3, "unpaid"]
    world.prove()
    payment = world.pay(made, "51.43")
    assert [world.paid(its) for its in (*sold, made)] == ["paid"] * 4
    world.do(cancel_cash_orders, [payment], on=TODAY, reason="false coin")
    assert [world.paid(its) for its in (*sold, made)] == [*["partly_paid"] * 3, "unpaid"]
    credit(world, invoice, NewCreditLine(line, "goods_back", D(3)))
    assert [world.paid(its) for its in (*sold, made)] == ["paid"] * 4
    world.prove()


def test_it_says_who_bought_as_its_credit_note_does(world: World) -> None:
    _, _, invoice, line = invoiced(world)
    note = credit(world, invoice, NewCreditLine(line, "goods_back", D(3)))
    write(world.session, "UPDATE customer SET name = 'Another name'")

    made = issued(world, note)

    assert world.row("invoice", made).buyer == world.row("credit_note", note).buyer


def test_pieces_and_amounts_are_taken_back_in_parts_that_add_up(world: World) -> None:
    _, _, invoice, line = invoiced(world)
    note = credit(
        world, invoice, NewCreditLine(line, "goods_back", D(3)), NewCreditLine(line, "allowance", amount=D("10.01"))
    )
    pieces, amount = credit_line(world, note), credit_line(world, note, 2)

    parts = [
        issued(world, note, NewDebitLine(pieces, D(1)), NewDebitLine(amount, amount=D("3.33"))),
        issued(world, note, NewDebitLine(pieces, D(1)), NewDebitLine(amount, amount=D("3.33"))),
        issued(world, note),
    ]

    assert [amounts(world, its) for its in parts] == [
        [(1, D("14.2857"), D("14.29"), D("2.86")), (1, D("3.33"), D("3.33"), D("0.67"))],
        [(1, D("14.2857"), D("14.28"), D("2.85")), (1, D("3.33"), D("3.33"), D("0.66"))],
        [(1, D("14.2857"), D("14.29"), D("2.86")), (1, D("3.35"), D("3.35"), D("0.67"))],
    ]
    assert world.refusal(add_debit_notes, [NewDebitNote(note, "again")]).code == "nothing_left"
    its = world.row("invoice_line", line)
    assert (its.credited, its.credited_net, its.credited_vat) == (0, 0, 0)
    world.prove()


def test_a_draft_is_written_anew_for_the_same_credit_note(world: World) -> None:
    _, _, invoice, line = invoiced(world)
    parts = NewCreditLine(line, "goods_back", D(2)), NewCreditLine(line, "allowance", amount=D("10.01"))
    note, other = credit(world, invoice, *parts), credit(world, invoice, NewCreditLine(line, "goods_back", D(1)))
    pieces, amount = credit_line(world, note), credit_line(world, note, 2)
    made = debit(world, note)

    def anew(of: int, *lines: NewDebitLine) -> tuple[object, ...]:
        return made, NewDebitNote(of, "counted again", lines, [TODAY + timedelta(9)])

    world.do(
        edit_debit_note, *anew(note, NewDebitLine(pieces, D(1)), NewDebitLine(amount, amount=D("3.33"))), version=1
    )
    refused = [
        world.refusal(edit_debit_note, *anew(of, NewDebitLine(pieces, D(quantity))), version=version).code
        for of, quantity, version in ((note, 1, 1), (other, 1, 2), (note, 3, 2))
    ]

    assert refused == ["stale", "other_credit_note", "more_than_credited"]
    assert [(its.quantity, its.amount) for its in left_to_debit(world.session, note)] == [(2, 0), (0, D("10.01"))]
    assert amounts(world, made) == [(1, D("14.2857"), D("14.29"), D("2.86")), (1, D("3.33"), D("3.33"), D("0.67"))]
    assert world.ids("SELECT from_id FROM document_link WHERE to_id = %(id)s", id=made) == [note]
    world.do(issue_invoices, [made], on=TODAY)
    row = world.row("invoice", made)
    assert (row.note, row.due_on, row.credit_note_id) == ("counted again", TODAY + timedelta(9), note)
    assert world.refusal(edit_debit_note, *anew(note), version=3).code == "not_editable"
    world.prove()


def test_amounts_have_vat_where_the_prices_have_it(session: Session) -> None:
    world = World(session, vat_included=True)
    product = world.add_product("A", "12.00")
    world.receive(product, "2")
    invoice = world.invoice(world.shipped_order((product, "2"))[1])
    line = world.lines_of("invoice_line", "invoice_id", invoice)[0].id
    note = credit(world, invoice, NewCreditLine(line, "allowance", amount=D("6.00")))

    made = issued(world, note, NewDebitLine(credit_line(world, note), amount=D("3.00")))

    assert amounts(world, made) == [(1, D("3.00"), D("2.50"), D("0.50"))]
    world.prove()


@pytest.mark.parametrize(
    ("taken_back", "pieces", "nets"),
    [((0, 1, 2), (2, 1), ("28.57", "14.29")), ((0, 2), (1, 1), ("14.28", "14.30"))],
)
def test_what_is_taken_back_is_credited_anew_and_the_last_piece_takes_all_that_is_left(
    world: World, taken_back: tuple[int, ...], pieces: tuple[int, ...], nets: tuple[str, ...]
) -> None:
    _, _, invoice, line = invoiced(world)
    notes = [credit(world, invoice, NewCreditLine(line, "goods_back", D(1))) for _ in range(7)]
    before = [world.row("credit_note", note).net for note in notes]
    assert before == [D("14.29"), D("14.28"), D("14.29"), D("14.28"), D("14.29"), D("14.28"), D("14.29")]
    debits = [issued(world, notes[place]) for place in taken_back]
    left = sum(net for place, net in enumerate(before) if place not in taken_back)
    assert world.row("invoice_line", line).credited_net == left

    last = [credit(world, invoice, NewCreditLine(line, "goods_back", D(quantity))) for quantity in pieces]

    assert [world.row("credit_note", note).net for note in last] == [D(net) for net in nets]
    its = world.row("invoice_line", line)
    assert (its.credited, its.credited_net, its.credited_vat) == (7, D("100.00"), D("20.00"))
    assert {world.paid(made) for made in debits} == {"paid"}
    world.prove()


def test_the_credit_of_one_line_does_not_settle_what_is_owed_again_of_another(world: World) -> None:
    products = [world.add_product(sku, "100.00") for sku in ("ONE", "TWO")]
    for product in products:
        world.receive(product, "1")
    _, shipment = world.shipped_order(*[(product, "1") for product in products])
    invoice = world.invoice(shipment)
    one, two = (line.id for line in world.lines_of("invoice_line", "invoice_id", invoice))
    world.pay(invoice, "120.00", line=two)
    again = issued(world, credit(world, invoice, NewCreditLine(one, "allowance", amount=D("50.00"))))

    note = credit(world, invoice, NewCreditLine(one, "allowance", amount=D("50.00")),
                  NewCreditLine(two, "allowance", amount=D("30.00")))  # fmt: skip

    left = read(world.session, "SELECT amount - used AS left FROM credit WHERE document_id = %(id)s", id=note)[0].left
    assert (left, owed(world, again), world.paid(again)) == (D("36.00"), [D("60.00")], "unpaid")
    world.prove()


def test_pieces_that_came_back_after_all_are_credited_again(world: World) -> None:
    _, line, invoice, its = invoiced(world)
    note = credit(world, invoice, NewCreditLine(its, "goods_back", D(2)))
    issued(world, note)

    back = world.bring_back((line, "2"))

    drafts = world.ids("SELECT id FROM credit_note WHERE return_id = %(id)s", id=back)
    assert [world.row("credit_note", draft).gross for draft in drafts] == [D("34.28")]
    world.do(issue_credit_notes, drafts, on=TODAY)
    assert world.row("invoice_line", its).credited == 2
    world.prove()


def test_pieces_that_are_back_or_awaited_are_not_owed_again(world: World) -> None:
    _, line, invoice, its = invoiced(world)
    note = draft(world, invoice, NewCreditLine(its, "goods_back", D(3)))
    world.do(issue_credit_notes, [note], on=TODAY)
    awaited = world.ids("SELECT id FROM customer_return WHERE credit_note_id = %(id)s", id=note)
    assert world.refusal(add_debit_notes, [NewDebitNote(note, "mistake")]).code == "pieces_back"

    world.do(delete_returns, awaited)
    back = world.bring_back((line, "2"))

    pieces = credit_line(world, note)
    refusal = world.refusal(add_debit_notes, [NewDebitNote(note, "mistake", [NewDebitLine(pieces, D(2))])])
    assert refusal.code == "pieces_back"
    issued(world, note, NewDebitLine(pieces, D(1)))
    world.prove()
    world.do(cancel_returns, [back], on=TODAY, reason="not ours")
    issued(world, note)
    world.prove()


def test_pieces_to_be_invoiced_again_are_invoiced_not_debited(world: World) -> None:
    shipment, _, invoice, its = invoiced(world)
    note = credit(
        world, invoice, NewCreditLine(its, "invoice_again", D(3)), NewCreditLine(its, "allowance", amount=D("7.00"))
    )
    again = NewDebitLine(credit_line(world, note), D(3))
    assert world.refusal(add_debit_notes, [NewDebitNote(note, "mistake", [again])]).code == "invoiced_again"

    made = issued(world, note)

    assert amounts(world, made) == [(1, D("7.00"), D("7.00"), D("1.40"))]
    world.invoice(shipment)
    world.prove()


def test_a_debit_note_is_put_right_by_crediting_its_invoice(world: World) -> None:
    _, _, invoice, its = invoiced(world)
    made = issued(world, credit(world, invoice, NewCreditLine(its, "goods_back", D(3))))
    assert world.refusal(add_credit_notes, [NewCreditNote(made, "wrong")]).code == "debit_note"

    credit(world, invoice, NewCreditLine(its, "goods_back", D(3)))

    assert world.row("invoice_line", its).credited == 3
    world.prove()


def test_what_a_free_hand_invoice_put_on_an_account_goes_there_again(world: World) -> None:
    line = FreeLine(D(1), D(40), text="Voucher", account_id=world.account("2120"))
    [invoice] = world.do(add_free_invoices, [NewFreeInvoice(world.customer, [line])])
    world.do(issue_invoices, [invoice], on=TODAY)
    its = world.lines_of("invoice_line", "invoice_id", invoice)[0].id
    note = credit(world, invoice, NewCreditLine(its, "allowance", amount=D("15.00")))

    made = issued(world, note)

    assert world.entry(made, "invoice.issued") == [("1100", "15.00", "0.00"), ("2120", "0.00", "15.00")]
    world.prove()


def test_drafts_hold_nothing_so_that_the_second_is_refused_when_it_is_issued(world: World) -> None:
    _, _, invoice, its = invoiced(world)
    note = credit(world, invoice, NewCreditLine(its, "goods_back", D(3)))
    first, second = debit(world, note), debit(world, note)
    world.do(issue_invoices, [first], on=TODAY)

    assert world.refusal(issue_invoices, [second], on=TODAY).code == "more_than_credited"
    world.do(delete_invoices, [second])
    world.prove()


def test_a_draft_whose_share_is_another_by_now_is_to_be_written_anew(world: World) -> None:
    _, _, invoice, its = invoiced(world)
    note = credit(world, invoice, NewCreditLine(its, "goods_back", D(3)))
    part = NewDebitLine(credit_line(world, note), D(1))
    first, second = debit(world, note, part), debit(world, note, part)
    world.do(issue_invoices, [first], on=TODAY)

    assert world.refusal(issue_invoices, [second], on=TODAY).code == "put_right_since"


def test_a_debit_note_is_not_dated_before_its_credit_note(world: World) -> None:
    product = world.add_product("A")
    world.receive(product, "1", on=LATER)
    invoice = world.invoice(world.shipped_order((product, "1"), on=LATER)[1], on=LATER)
    line = world.lines_of("invoice_line", "invoice_id", invoice)[0].id
    made = debit(world, credit(world, invoice, NewCreditLine(line, "goods_back", D(1))))

    assert world.refusal(issue_invoices, [made], on=LATER).code == "before_credit_note"


def test_what_cannot_be_debited_is_refused_by_its_place(world: World) -> None:
    _, _, invoice, its = invoiced(world)
    note = credit(
        world, invoice, NewCreditLine(its, "goods_back", D(2)), NewCreditLine(its, "allowance", amount=D("5.00"))
    )
    unissued = draft(world, invoice)
    pieces, amount = credit_line(world, note), credit_line(world, note, 2)
    wanted = [
        NewDebitNote(note, " "), NewDebitNote(10**9, "mistake"), NewDebitNote(unissued, "mistake"),
        NewDebitNote(note, "mistake", []), NewDebitNote(note, "mistake", [NewDebitLine(pieces, D(3))]),
        NewDebitNote(note, "mistake", [NewDebitLine(pieces, D(0))]),
        NewDebitNote(note, "mistake", [NewDebitLine(pieces, D("0.5"))]),
        NewDebitNote(note, "mistake", [NewDebitLine(amount, amount=D("5.01"))]),
        NewDebitNote(note, "mistake", [NewDebitLine(amount, amount=D(0))]),
        NewDebitNote(note, "mistake", [NewDebitLine(credit_line(world, unissued), D(1))]),
    ]  # fmt: skip

    errors = world.refused(add_debit_notes, wanted)

    assert [errors[place].code for place in range(len(wanted))] == [
        "no_reason", "not_found", "not_issued", "no_lines", "more_than_credited", "quantity_not_positive",
        "too_many_decimals", "more_than_credited", "amount_not_positive", "foreign_line",
    ]  # fmt: skip


def test_many_credit_notes_are_taken_back_at_once_whole_or_by_their_lines(world: World) -> None:
    _, _, invoice, its = invoiced(world)
    notes = [credit(world, invoice, NewCreditLine(its, "goods_back", D(1))) for _ in range(2)]

    outcome = world.do(debit_credit_notes, notes, reason="mistake")

    assert outcome.done == notes
    world.do(issue_invoices, outcome.answer, on=TODAY)
    assert world.row("invoice_line", its).credited == 0
    world.prove()
    lines = {credit_line(world, notes[0]): D(1)}
    assert list(world.refused(debit_credit_notes, notes[:1], reason="mistake", quantities=lines)) == notes[:1]
    assert world.refusal(debit_credit_notes, notes[1:], reason="mistake", quantities=lines).code == "foreign_line"


def test_crediting_the_rest_of_an_invoice_counts_what_was_taken_back(world: World) -> None:
    _, shipment, _ = seven(world)
    invoice = world.invoice(shipment)
    its = world.lines_of("invoice_line", "invoice_id", invoice)[0].id
    issued(world, credit(world, invoice, NewCreditLine(its, "goods_back", D(5))))

    note = credit(world, invoice, kind="invoice_again")

    sql = "SELECT amount - used AS left FROM credit WHERE document_id = %(id)s"
    assert (world.row("credit_note", note).gross, read(world.session, sql, id=note)[0].left) == (
        D("120.00"), D("0.00"),
    )  # fmt: skip
    world.prove()


@pytest.mark.parametrize("kind", ["goods_back", "invoice_again"])
def test_an_allowance_on_pieces_that_were_credited_since_is_not_owed_again(world: World, kind: str) -> None:
    _, _, invoice, line = invoiced(world)
    allowed = credit(world, invoice, NewCreditLine(line, "allowance", amount=D("5.00")))
    draft_debit = debit(world, allowed)
    credit(world, invoice, kind=kind)

    assert world.refusal(add_debit_notes, [NewDebitNote(allowed, "mistake")]).code == "nothing_left"
    named = NewDebitNote(allowed, "mistake", [NewDebitLine(credit_line(world, allowed), amount=D(1))])
    assert world.refusal(add_debit_notes, [named]).code == "credited_since"
    assert world.refusal(issue_invoices, [draft_debit], on=TODAY).code == "credited_since"
