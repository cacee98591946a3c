"""Lines of less than nothing are credited with the others: nobody is owed what was taken off an invoice."""

import pytest

from app.domain.billing.credit_notes import NewCreditLine, NewCreditNote, add_credit_notes, issue_credit_notes
from app.domain.billing.debiting import NewDebitLine, NewDebitNote, add_debit_notes
from app.domain.billing.invoicing import issue_invoices
from app.domain.billing.portions import draft_invoices
from app.domain.billing.returning import NewReturn, NewReturnLine, add_returns
from app.domain.billing.returns import process_returns
from app.domain.sales.orders import NewLine
from tests.domain.billing.ground import owed
from tests.domain.billing.test_credit_notes import credit, drafts, issue, left_of
from tests.domain.billing.test_crediting import amounts, draft
from tests.world import TODAY, D, World


def less_five(world: World) -> tuple[int, int, int, int]:
    """Three pieces of 10.00 less 5.00 that are invoiced: (shipment, invoice, its line of pieces, its line of less)."""
    product, deposit = world.add_product("A", "10.00"), world.add_product("BACK", None, kind="service")
    world.receive(product, "3")
    _, shipment = world.shipped_order((product, "3"), NewLine(deposit, D(1), D("-5")))
    invoice = world.invoice(shipment)
    pieces, less = world.lines_of("invoice_line", "invoice_id", invoice)
    return shipment, invoice, pieces.id, less.id


@pytest.mark.parametrize("kind", ["goods_back", "allowance"])
def test_what_was_taken_off_is_credited_with_a_whole_invoice_and_is_not_to_be_invoiced_again(
    world: World, kind: str
) -> None:
    shipment, invoice, _, less = less_five(world)

    note = credit(world, invoice, kind=kind)

    assert [line[1:] for line in amounts(world, note)] == [
        (3 if kind == "goods_back" else 0, D("30.00"), D("6.00"), D("36.00")),
        (0, D("-5.00"), D("-1.00"), D("-6.00")),
    ]  # fmt: skip
    assert (world.paid(invoice), left_of(world, note), owed(world, shipment)) == ("paid", 0, [0, 0])
    row = world.row("invoice_line", less)
    assert (row.credited, row.credited_net, row.credited_vat) == (0, D("-5.00"), D("-1.00"))
    assert world.refusal(draft_invoices, [[shipment]]).code == "already_invoiced"
    assert world.refusal(add_credit_notes, [NewCreditNote(invoice, "again", None, kind)]).code == "nothing_left"
    world.prove()


def test_no_more_is_credited_than_is_left_of_the_invoice_as_a_document(world: World) -> None:
    _, invoice, pieces, less = less_five(world)
    all_back, two, one = (NewCreditLine(pieces, "goods_back", D(quantity)) for quantity in (3, 2, 1))

    alone = world.refusal(add_credit_notes, [NewCreditNote(invoice, "back", [all_back])])
    first, last = draft(world, invoice, two), draft(world, invoice, one)
    issue(world, first)
    late = world.refusal(issue_credit_notes, [last], on=TODAY)
    with_it = credit(world, invoice, one, NewCreditLine(less, "allowance", amount=D("-5.00")))

    assert [(it.code, it.facts["gross"], it.facts["left"]) for it in (alone, late)] == [
        ("more_than_left", D("36.00"), D("30.00")), ("more_than_left", D("12.00"), D("6.00")),
    ]  # fmt: skip
    assert (world.row("credit_note", with_it).gross, world.paid(invoice)) == (D("6.00"), "paid")
    world.prove()


@pytest.mark.parametrize(
    ("amount", "code"), [("5", "amount_not_negative"), ("0", "amount_not_negative"), ("-5.01", "more_than_invoiced")]
)
def test_of_what_was_taken_off_only_what_was_is_credited(world: World, amount: str, code: str) -> None:
    _, invoice, pieces, less = less_five(world)
    lines = [NewCreditLine(pieces, "goods_back", D(3)), NewCreditLine(less, "allowance", amount=D(amount))]

    assert world.refusal(add_credit_notes, [NewCreditNote(invoice, "back", lines)]).code == code


@pytest.mark.parametrize(("pieces", "gross"), [("2", "24.00"), ("3", "30.00")])
def test_what_comes_back_is_credited_with_what_was_taken_off_as_far_as_it_is_more_than_is_left(
    world: World, pieces: str, gross: str
) -> None:
    shipment, invoice, _, _ = less_five(world)
    line = world.lines_of("shipment_line", "shipment_id", shipment)[0].id

    [back] = world.do(add_returns, [NewReturn([NewReturnLine(line, D(pieces))])])
    world.do(process_returns, [back], on=TODAY)

    [note] = drafts(world, "credit_note", "invoice_id", invoice)
    issue(world, note)
    assert (world.row("credit_note", note).gross, left_of(world, note)) == (D(gross), 0)
    world.prove()


def test_no_more_is_owed_again_than_a_credit_note_takes_off_as_a_document(world: World) -> None:
    _, invoice, _, _ = less_five(world)
    note = credit(world, invoice, kind="allowance")
    pieces = world.lines_of("credit_note_line", "credit_note_id", note)[0].id

    def owed_again(amount: str) -> NewDebitNote:
        return NewDebitNote(note, "not so bad", [NewDebitLine(pieces, amount=D(amount))])

    first, second = (world.do(add_debit_notes, [owed_again(amount)])[0] for amount in ("20", "10"))
    world.do(issue_invoices, [first], on=TODAY)

    refusals = [
        world.refusal(add_debit_notes, [owed_again("10")]), world.refusal(issue_invoices, [second], on=TODAY),
    ]  # fmt: skip
    assert [(it.code, it.facts["over"]) for it in refusals] == [("more_than_left", D("6.00"))] * 2
    world.prove()


def test_a_debit_note_takes_back_what_was_taken_off_with_the_rest(world: World) -> None:
    _, invoice, _, _ = less_five(world)
    note = credit(world, invoice, kind="allowance")

    [debit] = world.do(add_debit_notes, [NewDebitNote(note, "they keep paying")])
    world.do(issue_invoices, [debit], on=TODAY)

    assert (world.row("invoice", debit).gross, owed(world, debit)) == (D("30.00"), [D("30.00"), 0])
    world.prove()
