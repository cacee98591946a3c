"""Drafts of credit notes, which hold nothing."""

import pytest

from app.domain.billing.credit_notes import issue_credit_notes
from app.domain.billing.crediting import (
    NewCreditLine,
    NewCreditNote,
    add_credit_notes,
    credit_invoices,
    credit_lines,
    delete_credit_notes,
    edit_credit_note,
)
from app.domain.billing.freehand import NewFreeInvoice, add_free_invoices
from app.domain.billing.freelines import FreeLine
from app.domain.billing.invoicing import issue_invoices
from app.domain.billing.loose_credits import LooseCredit, add_loose_credits
from app.domain.billing.portions import draft_invoices
from app.domain.kernel.errors import DomainError, Invalid, NotFound, Stale, WrongState
from tests.domain.billing.ground import seven
from tests.world import TODAY, D, World


def invoiced(world: World) -> tuple[int, int, int, int]:
    """Seven pieces of 100.00 that are invoiced: (shipment, its line, invoice, its line)."""
    _, shipment, line = seven(world)
    invoice = world.invoice(shipment)
    return shipment, line, invoice, world.lines_of("invoice_line", "invoice_id", invoice)[0].id


def draft(world: World, invoice: int, *lines: NewCreditLine, kind: str = "goods_back") -> int:
    new = NewCreditNote(invoice, "dented", list(lines) or None, kind)
    made: int = world.do(add_credit_notes, [new])[0]
    return made


def amounts(world: World, note: int) -> list[tuple[object, ...]]:
    """(kind, quantity, net, VAT, gross) of a credit note's lines."""
    rows = world.lines_of("credit_note_line", "credit_note_id", note)
    return [(row.kind, row.quantity, row.net, row.vat, row.gross) for row in rows]


def test_a_whole_invoice_is_credited_with_its_stored_amounts_and_nothing_moves_yet(world: World) -> None:
    _, _, invoice, line = invoiced(world)

    note = draft(world, invoice)

    assert amounts(world, note) == [("goods_back", 7, D("100.00"), D("20.00"), D("120.00"))]
    row = world.row("credit_note", note)
    assert (row.state, row.invoice_id, row.reason, row.gross) == ("draft", invoice, "dented", D("120.00"))
    assert (world.number(note), world.row("document", note).customer_id) == (None, world.customer)
    assert world.row("invoice_line", line).credited == 0
    assert world.ids("SELECT from_id FROM document_link WHERE to_id = %(id)s", id=note) == [invoice]
    world.prove()


def test_pieces_and_amounts_of_one_line_go_together(world: World) -> None:
    _, _, invoice, line = invoiced(world)

    note = draft(
        world, invoice, NewCreditLine(line, "goods_back", D(3)), NewCreditLine(line, "invoice_again", D(2)),
        NewCreditLine(line, "allowance", amount=D("10.00")),
    )  # fmt: skip

    assert amounts(world, note) == [
        ("goods_back", 3, D("42.86"), D("8.57"), D("51.43")),
        ("invoice_again", 2, D("28.57"), D("5.72"), D("34.29")),
        ("allowance", 0, D("10.00"), D("2.00"), D("12.00")),
    ]


@pytest.mark.parametrize(
    ("kind", "quantity", "amount", "code"),
    [
        ("goods_back", "0", None, "quantity_not_positive"),
        ("goods_back", "-1", None, "quantity_not_positive"),
        ("goods_back", "1.5", None, "too_many_decimals"),
        ("goods_back", "NaN", None, "out_of_range"),
        ("goods_back", "8", None, "more_than_invoiced"),
        ("invoice_again", "8", None, "more_than_invoiced"),
        ("allowance", None, "0", "amount_not_positive"),
        ("allowance", None, "-1", "amount_not_positive"),
        ("allowance", None, "0.001", "too_many_decimals"),
        ("allowance", None, "NaN", "out_of_range"),
        ("allowance", None, "100.01", "more_than_invoiced"),
        ("gift", "1", None, "unknown_kind"),
    ],
)
def test_what_cannot_be_credited_is_refused(
    world: World, kind: str, quantity: str | None, amount: str | None, code: str
) -> None:
    _, _, invoice, line = invoiced(world)
    wanted = NewCreditLine(line, kind, D(quantity) if quantity else None, D(amount) if amount else None)

    assert world.refusal(add_credit_notes, [NewCreditNote(invoice, "dented", [wanted])]).code == code


def test_an_allowance_is_with_vat_where_the_prices_have_it(session) -> None:  # type: ignore[no-untyped-def]
    world = World(session, vat_included=True)
    product = world.add_product("A", "12.00")
    world.receive(product, "5")
    invoice = world.invoice(world.shipped_order((product, "5"))[1])
    line = world.lines_of("invoice_line", "invoice_id", invoice)[0].id

    note = draft(world, invoice, NewCreditLine(line, "allowance", amount=D("60.00")))

    assert amounts(world, note) == [("allowance", 0, D("50.00"), D("10.00"), D("60.00"))]
    too_much = NewCreditNote(invoice, "dented", [NewCreditLine(line, "allowance", amount=D("60.01"))])
    assert world.refusal(add_credit_notes, [too_much]).code == "more_than_invoiced"


def test_every_bad_credit_of_a_batch_is_named_by_its_position(world: World) -> None:
    _, _, invoice, _ = invoiced(world)
    product = world.add_product("B")
    world.receive(product, "1")
    [waiting] = world.do(draft_invoices, [[world.shipped_order((product, "1"))[1]]])
    foreign = world.lines_of("invoice_line", "invoice_id", waiting)[0].id

    refused = world.refused(add_credit_notes, [
        NewCreditNote(999_999, "dented"), NewCreditNote(waiting, "dented"), NewCreditNote(invoice, " "),
        NewCreditNote(invoice, "dented", [NewCreditLine(foreign, "goods_back", D(1))]), NewCreditNote(invoice, "x", []),
    ])  # fmt: skip

    assert {place: error.code for place, error in refused.items()} == {
        0: "not_found", 1: "not_issued", 2: "no_reason", 3: "foreign_line", 4: "nothing_chosen",
    }  # fmt: skip
    assert isinstance(refused[0], NotFound)
    assert isinstance(refused[2], Invalid)


def test_services_and_texts_do_not_come_back(world: World) -> None:
    care = world.add_product("CARE", "15.00", kind="service")
    invoice = world.invoice(world.shipped_order((care, "2"))[1])
    line = world.lines_of("invoice_line", "invoice_id", invoice)[0].id

    back = NewCreditNote(invoice, "late", [NewCreditLine(line, "goods_back", D(1))])

    assert world.refusal(add_credit_notes, [back]).code == "nothing_to_return"
    assert amounts(world, draft(world, invoice)) == [("allowance", 0, D("30.00"), D("6.00"), D("36.00"))]


def test_an_invoice_is_credited_from_its_page_whole_or_in_part(world: World) -> None:
    _, _, invoice, line = invoiced(world)

    whole = world.do(credit_invoices, [invoice], reason="wrong", kind="invoice_again").answer
    part = world.do(credit_lines, [invoice], reason="dented", goods_back={line: D(1)}, amounts={line: D(5)}).answer

    assert amounts(world, whole[0]) == [("invoice_again", 7, D("100.00"), D("20.00"), D("120.00"))]
    assert [row[:2] for row in amounts(world, part[0])] == [("goods_back", 1), ("allowance", 0)]
    error = world.refusal(credit_lines, [invoice], reason="dented", invoice_again={999_999: D(1)})
    assert error.code == "foreign_line"
    assert world.refusal(credit_lines, [invoice], reason="dented").code == "nothing_chosen"
    assert list(world.refused(credit_invoices, [invoice], reason="")) == [invoice]


def test_a_draft_is_deleted(world: World) -> None:
    _, _, invoice, _ = invoiced(world)
    note = draft(world, invoice)

    world.do(delete_credit_notes, [note])

    assert world.ids("SELECT id FROM credit_note") == []
    assert isinstance(world.refusal(delete_credit_notes, [note]), NotFound | WrongState)
    world.prove()


def test_a_draft_is_written_anew_for_its_own_invoice(world: World) -> None:
    _, _, invoice, line = invoiced(world)
    note = draft(world, invoice)
    part = [NewCreditLine(line, "goods_back", D(3)), NewCreditLine(line, "allowance", amount=D("10.00"))]

    world.do(edit_credit_note, note, NewCreditNote(invoice, "scratched", part), version=1)

    assert amounts(world, note) == [
        ("goods_back", 3, D("42.86"), D("8.57"), D("51.43")), ("allowance", 0, D("10.00"), D("2.00"), D("12.00")),
    ]  # fmt: skip
    row = world.row("credit_note", note)
    assert (row.reason, row.gross, row.version, row.invoice_id) == ("scratched", D("63.43"), 2, invoice)
    assert world.ids("SELECT from_id FROM document_link WHERE to_id = %(id)s", id=note) == [invoice]
    assert world.ids("SELECT count(*) FROM document_history WHERE step = 'edit'") == [1]
    with pytest.raises(Stale):
        world.do(edit_credit_note, note, NewCreditNote(invoice, "late"), version=1)
    world.do(edit_credit_note, note, NewCreditNote(invoice, "all of it"), version=2)
    assert amounts(world, note) == [("goods_back", 7, D("100.00"), D("20.00"), D("120.00"))]
    world.do(issue_credit_notes, [note], on=TODAY)
    with pytest.raises(WrongState):
        world.do(edit_credit_note, note, NewCreditNote(invoice, "late"), version=4)
    world.prove()


def test_a_draft_is_not_written_anew_for_another_invoice_or_for_none(world: World) -> None:
    _, _, invoice, _ = invoiced(world)
    note = draft(world, invoice)
    rent = FreeLine(D(1), D(5), text="Rent", account_id=world.account("2000"))
    [loose] = world.do(add_loose_credits, [LooseCredit(world.customer, "bonus", [rent])])
    [other] = world.do(add_free_invoices, [NewFreeInvoice(world.customer, [rent])])
    world.do(issue_invoices, [other], on=TODAY)

    codes = []
    for document, named in ((note, other), (loose, invoice)):
        with pytest.raises(DomainError) as refusal:
            world.do(edit_credit_note, document, NewCreditNote(named, "dented"), version=1)
        codes.append(refusal.value.code)

    assert codes == ["other_invoice", "without_invoice"]
