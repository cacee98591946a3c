"""Credit notes that are issued: what the customer owes then, what comes back, and what can be invoiced again."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from app.domain.billing.advances import NewAdvance, add_advances
from app.domain.billing.credit_notes import NewCreditLine, NewCreditNote, add_credit_notes, issue_credit_notes
from app.domain.billing.freehand import FreeLine, NewFreeInvoice, add_free_invoices
from app.domain.billing.invoicing import issue_invoices
from app.domain.billing.portions import draft_invoices
from app.domain.billing.returning import NewReturn, NewReturnLine, add_returns
from app.domain.billing.returns import cancel_returns, process_returns
from app.domain.fulfilment.ordering import cancel_orders
from app.domain.fulfilment.shipping import cancel_shipments
from app.domain.kernel.errors import Invalid
from app.domain.kernel.rows import read, write
from app.domain.sales.orders import NewLine
from app.domain.settlement.allocations import Wish, allocate_payments
from tests.domain.billing.ground import owed, seven
from tests.domain.billing.test_crediting import amounts, draft, invoiced
from tests.world import TODAY, World

D = Decimal
BEFORE = TODAY - timedelta(3)


def issue(world: World, *notes: int) -> int:
    world.do(issue_credit_notes, notes, on=TODAY)
    return notes[0]


def credit(world: World, invoice: int, *lines: NewCreditLine, kind: str = "goods_back") -> int:
    return issue(world, draft(world, invoice, *lines, kind=kind))


def left_of(world: World, document: int) -> Decimal:
    """What a document gives that is not used."""
    [row] = read(world.session, "SELECT amount - used AS left FROM credit WHERE document_id = %(id)s", id=document)
    return Decimal(row.left)


def drafts(world: World, table: str, column: str, document: int) -> list[int]:
    return world.ids(f"SELECT id FROM {table} WHERE {column} = %(id)s AND state = 'draft' ORDER BY id", id=document)


@pytest.mark.parametrize("chart", ["ifrs", "bg"])
def test_a_credit_note_turns_the_invoice_round_and_settles_it(session: Session, chart: str) -> None:
    world = World(session, chart=chart)
    _, _, invoice, line = invoiced(world)

    note = credit(world, invoice, kind="allowance")

    revenue, vat, customers = {"ifrs": ("4000", "2200", "1100"), "bg": ("702", "4532", "411")}[chart]
    assert world.entry(note, "credit_note.issued") == [
        (revenue, "100.00", "0.00"), (vat, "20.00", "0.00"), (customers, "0.00", "120.00"),
    ]  # fmt: skip
    row = world.row("credit_note", note)
    assert (world.number(note), row.state, row.on, row.gross) == ("CN-000001", "issued", TODAY, D("120.00"))
    assert (row.seller["name"], row.buyer["code"]) == ("Ada & Sons", "C001")
    its = world.row("invoice_line", line)
    assert (its.credited, its.credited_net, its.credited_vat) == (0, D("100.00"), D("20.00"))
    assert (world.paid(invoice), left_of(world, note)) == ("paid", 0)
    world.prove()


def test_what_is_left_over_is_the_customers_credit_and_settles_another_invoice(world: World) -> None:
    _, _, invoice, _ = invoiced(world)
    world.pay(invoice, "100.00")
    product = world.add_product("B", "10.00")
    world.receive(product, "5")
    other = world.invoice(world.shipped_order((product, "5"))[1])

    note = credit(world, invoice, kind="allowance")
    assert (world.paid(invoice), left_of(world, note)) == ("paid", D("100.00"))
    world.do(allocate_payments, [Wish(note, other, D("60.00"))], on=TODAY)

    assert (world.paid(other), left_of(world, note)) == ("paid", D("40.00"))
    world.prove()


def test_parts_of_a_line_add_up_in_net_and_vat(world: World) -> None:
    _, _, invoice, line = invoiced(world)

    notes = [credit(world, invoice, NewCreditLine(line, "invoice_again", D(pieces))) for pieces in (3, 2, 2)]

    assert [amounts(world, note)[0][2:] for note in notes] == [
        (D("42.86"), D("8.57"), D("51.43")), (D("28.57"), D("5.72"), D("34.29")), (D("28.57"), D("5.71"), D("34.28")),
    ]  # fmt: skip
    assert world.refusal(add_credit_notes, [NewCreditNote(invoice, "again")]).code == "nothing_left"
    world.prove()


def test_pieces_after_an_allowance_take_no_more_than_is_left(world: World) -> None:
    _, shipment, _ = seven(world)
    invoice = world.invoice(shipment)
    line = world.lines_of("invoice_line", "invoice_id", invoice)[0].id
    credit(world, invoice, NewCreditLine(line, "allowance", amount=D("30.00")))

    note = credit(world, invoice, kind="invoice_again")

    assert amounts(world, note) == [("invoice_again", 7, D("70.00"), D("14.00"), D("84.00"))]
    assert owed(world, shipment) == [D("120.00")]
    again = world.invoice(shipment)
    assert world.row("invoice", again).gross == D("120.00")
    world.prove()


def test_pieces_to_be_invoiced_again_are_owed_for_the_shipment_and_invoiced(world: World) -> None:
    shipment, line, invoice, its = invoiced(world)

    credit(world, invoice, NewCreditLine(its, "invoice_again", D(3)))

    assert (world.row("shipment_line", line).invoiced, owed(world, shipment)) == (4, [D("51.43")])
    again = world.invoice(shipment)
    [row] = world.lines_of("invoice_line", "invoice_id", again)
    assert (row.quantity, row.net, owed(world, shipment)) == (3, D("42.86"), [0])
    world.prove()


def test_a_shipment_credited_to_be_invoiced_again_can_be_cancelled(world: World) -> None:
    shipment, _, invoice, _ = invoiced(world)
    assert world.refusal(cancel_shipments, [shipment], on=TODAY, reason="wrong").code == "invoiced"

    credit(world, invoice, kind="invoice_again")
    world.do(cancel_shipments, [shipment], on=TODAY, reason="wrong")

    world.prove()


def test_goods_to_come_back_are_a_draft_return_that_takes_invoiced_pieces(world: World) -> None:
    shipment, line, invoice, its = invoiced(world)

    note = credit(world, invoice, NewCreditLine(its, "goods_back", D(2)))

    [back] = drafts(world, "customer_return", "credit_note_id", note)
    world.do(process_returns, [back], on=TODAY)
    row = world.row("shipment_line", line)
    assert (row.returned, row.returned_uninvoiced, row.invoiced) == (2, 0, 7)
    assert world.ids("SELECT id FROM credit_note WHERE state = 'draft'") == []
    assert owed(world, shipment) == [0]
    world.prove()


def test_invoiced_pieces_that_came_back_are_a_draft_credit_note_that_opens_no_return(world: World) -> None:
    _, line, invoice, _ = invoiced(world)
    back = world.bring_back((line, "2"))

    [note] = drafts(world, "credit_note", "return_id", back)
    assert amounts(world, note) == [("goods_back", 2, D("28.57"), D("5.71"), D("34.28"))]
    issue(world, note)

    assert world.ids("SELECT id FROM customer_return WHERE state = 'draft'") == []
    assert world.row("credit_note", note).invoice_id == invoice
    world.prove()


def test_only_what_was_invoiced_of_a_return_is_credited_by_invoice(world: World) -> None:
    _, shipment, line = seven(world)
    first = world.invoice(shipment, quantities={line: D(2)})
    second = world.invoice(shipment, quantities={line: D(3)})

    back = world.bring_back((line, "6"))

    notes = drafts(world, "credit_note", "return_id", back)
    assert [world.row("credit_note", note).invoice_id for note in notes] == [first, second]
    assert [amounts(world, note)[0][:2] for note in notes] == [("goods_back", 2), ("goods_back", 2)]
    world.prove()


def test_crediting_whole_takes_what_is_back_as_goods_back(world: World) -> None:
    _, line, invoice, _ = invoiced(world)
    back = world.bring_back((line, "2"))
    [note] = drafts(world, "credit_note", "return_id", back)
    issue(world, note)
    world.bring_back((line, "1"))
    write(world.session, "DELETE FROM credit_note_line line USING credit_note note"
          " WHERE note.id = credit_note_id AND state = 'draft'")  # fmt: skip

    whole = draft(world, invoice, kind="invoice_again")

    assert [row[:2] for row in amounts(world, whole)] == [("goods_back", 1), ("invoice_again", 4)]


def test_pieces_that_are_back_or_promised_back_are_not_invoiced_again(world: World) -> None:
    _, line, invoice, its = invoiced(world)
    world.bring_back((line, "2"))

    too_many = NewCreditNote(invoice, "again", [NewCreditLine(its, "invoice_again", D(6))])
    assert world.refusal(add_credit_notes, [too_many]).code == "pieces_back"
    credit(world, invoice, NewCreditLine(its, "invoice_again", D(5)))
    world.prove()


def test_a_return_that_is_credited_is_not_cancelled(world: World) -> None:
    _, line, _, _ = invoiced(world)
    back = world.bring_back((line, "2"))
    [note] = drafts(world, "credit_note", "return_id", back)

    assert world.refusal(cancel_returns, [back], on=TODAY, reason="kept").facts["id"] == note
    issue(world, note)
    assert world.refusal(cancel_returns, [back], on=TODAY, reason="kept").facts["number"] == "CN-000001"


def test_drafts_hold_nothing_so_that_the_second_is_refused_when_it_is_issued(world: World) -> None:
    _, _, invoice, its = invoiced(world)
    one, two = (draft(world, invoice, NewCreditLine(its, "goods_back", D(pieces))) for pieces in (5, 3))
    issue(world, one)

    assert world.refusal(issue_credit_notes, [two], on=TODAY).code == "more_than_invoiced"


def test_a_draft_is_reckoned_anew_when_it_is_issued(world: World) -> None:
    _, _, invoice, its = invoiced(world)
    one, two = (draft(world, invoice, NewCreditLine(its, "goods_back", D(1))) for _ in range(2))
    assert amounts(world, two)[0][2] == D("14.29")
    issue(world, one)

    issue(world, two)

    assert (amounts(world, two)[0][2], world.row("credit_note", two).net) == (D("14.28"), D("14.28"))
    world.prove()


def test_of_a_batch_only_what_is_too_much_is_refused_and_it_is_issued_once(world: World) -> None:
    _, _, invoice, its = invoiced(world)
    one, two, three = (draft(world, invoice, NewCreditLine(its, "invoice_again", D(n))) for n in (5, 3, 2))

    assert list(world.refused(issue_credit_notes, [one, two, three], on=TODAY)) == [two]
    issue(world, one, three)
    again = world.do(issue_credit_notes, [one], on=TODAY)

    assert (again.done, list(again.already)) == ([], [one])
    world.prove()


def test_a_credit_note_is_not_dated_before_its_invoice_nor_in_the_future(world: World) -> None:
    _, _, invoice, its = invoiced(world)
    note = draft(world, invoice, NewCreditLine(its, "goods_back", D(1)))

    assert isinstance(world.refusal(issue_credit_notes, [note], on=BEFORE), Invalid)
    assert world.refusal(issue_credit_notes, [note], on=TODAY + timedelta(3)).code == "in_the_future"


def test_credit_notes_may_share_the_series_of_the_invoices(world: World) -> None:
    _, _, invoice, _ = invoiced(world)
    write(world.session, "UPDATE company SET credit_series = 'invoices'")

    note = credit(world, invoice)

    assert (world.number(invoice), world.number(note)) == ("0000000001", "0000000002")
    world.prove()


def test_pieces_invoiced_in_advance_that_did_not_leave_are_credited_from_invoiced_not_delivered(world: World) -> None:
    product = world.add_product("A", "9.99")
    world.receive(product, "4")
    order = world.order((product, "4"))
    world.approve(order)
    line = world.lines_of("sales_order_line", "order_id", order)[0].id
    [invoice] = world.do(add_advances, [NewAdvance(order, {line: D(3)})])
    world.do(issue_invoices, [invoice], on=TODAY)
    [shipment] = world.drafts(order)
    world.ship(shipment, quantities={world.lines_of("shipment_line", "shipment_id", shipment)[0].id: D(2)})
    its = world.lines_of("invoice_line", "invoice_id", invoice)[0].id

    back = NewCreditNote(invoice, "again", [NewCreditLine(its, "goods_back", D(3))])
    assert world.refusal(add_credit_notes, [back]).code == "not_delivered"
    note = credit(world, invoice, NewCreditLine(its, "invoice_again", D(1)))

    assert world.entry(note, "credit_note.issued")[0] == ("2110", "9.99", "0.00")
    assert world.row("sales_order_line", line).pre_invoiced == 2
    world.prove()
    credit(world, invoice, NewCreditLine(its, "allowance", amount=D("1.00")))
    world.prove()


def test_an_order_whose_advance_is_credited_can_be_cancelled(world: World) -> None:
    product = world.add_product("A", "9.99")
    world.receive(product, "4")
    order = world.order((product, "4"))
    world.approve(order)
    [invoice] = world.do(add_advances, [NewAdvance(order)])
    world.do(issue_invoices, [invoice], on=TODAY)

    credit(world, invoice, kind="invoice_again")
    world.do(cancel_orders, [order], on=TODAY, reason="changed their mind")

    world.prove()


def test_a_text_on_an_account_is_credited_from_that_account(world: World) -> None:
    vouchers = world.ids("SELECT min(id) FROM account WHERE role = 'vouchers'")[0]
    new = NewFreeInvoice(world.customer, [FreeLine(D(1), D(50), text="Voucher", account_id=vouchers)])
    [invoice] = world.do(add_free_invoices, [new])
    world.do(issue_invoices, [invoice], on=TODAY)

    note = credit(world, invoice)

    code = world.row("account", vouchers).code
    assert world.entry(note, "credit_note.issued") == [(code, "50.00", "0.00"), ("1100", "0.00", "50.00")]
    world.prove()


def test_a_line_of_less_than_nothing_is_credited_with_the_others(world: World) -> None:
    product, deposit = world.add_product("A", "10.00"), world.add_product("BACK", None, kind="service")
    world.receive(product, "3")
    _, shipment = world.shipped_order((product, "3"), NewLine(deposit, D(1), D("-5")))
    invoice = world.invoice(shipment)

    note = credit(world, invoice, kind="invoice_again")

    assert (world.row("credit_note", note).gross, owed(world, shipment)) == (D("30.00"), [D("30.00"), 0])
    world.prove()


def test_a_draft_return_beside_the_promise_is_credited_only_once(world: World) -> None:
    """Two pieces are credited and promised back; two others come back by themselves before them."""
    _, line, invoice, its = invoiced(world)
    note = credit(world, invoice, NewCreditLine(its, "goods_back", D(2)))
    [promised] = drafts(world, "customer_return", "credit_note_id", note)

    [other] = world.do(add_returns, [NewReturn([NewReturnLine(line, D(2))])])
    world.do(process_returns, [other], on=TODAY)
    world.do(process_returns, [promised], on=TODAY)

    assert [amounts(world, it)[0][:2] for it in world.ids("SELECT id FROM credit_note WHERE state = 'draft'")] == [
        ("goods_back", 2)
    ]  # fmt: skip
    assert world.refusal(draft_invoices, [[world.row("shipment_line", line).shipment_id]]).code == "already_invoiced"
    world.prove()
