"""Taking an order back with the debit notes that made some of it owed again."""

import pytest

from app.domain.billing.credit_notes import add_credit_notes, issue_credit_notes
from app.domain.billing.crediting import NewCreditLine, NewCreditNote
from app.domain.billing.debiting import NewDebitNote, add_debit_notes
from app.domain.billing.invoicing import issue_invoices
from app.domain.billing.returns import delete_returns
from app.domain.kernel.rows import read
from app.domain.undo import undo_chains
from tests.world import TODAY, D, World

BACK = {"on": TODAY, "reason": "all of it was a mistake"}


@pytest.fixture
def debited(world: World) -> tuple[int, int, int]:
    """An order of 60.00, credited whole by mistake, with a draft of the debit note: (order, invoice, debit note)."""
    product = world.add_product("A")
    world.receive(product, "10")
    order, shipment = world.shipped_order((product, "5"))
    invoice = world.invoice(shipment)
    note = world.do(add_credit_notes, [NewCreditNote(invoice, "dented", kind="goods_back")])[0]
    world.do(issue_credit_notes, [note], on=TODAY)
    world.do(delete_returns, world.ids("SELECT id FROM customer_return WHERE credit_note_id = %(id)s", id=note))
    return order, invoice, world.do(add_debit_notes, [NewDebitNote(note, "not dented")])[0]


def test_its_draft_is_deleted(world: World) -> None:
    product = world.add_product("A")
    world.receive(product, "10")
    order, shipment = world.shipped_order((product, "5"))
    invoice = world.invoice(shipment)
    line = world.lines_of("invoice_line", "invoice_id", invoice)[0].id
    lines = [NewCreditLine(line, "allowance", amount=D(10))]
    note = world.do(add_credit_notes, [NewCreditNote(invoice, "scratched", lines)])[0]
    world.do(issue_credit_notes, [note], on=TODAY)
    debit = world.do(add_debit_notes, [NewDebitNote(note, "not scratched")])[0]

    world.do(undo_chains, [order], **BACK)

    assert world.ids("SELECT id FROM invoice WHERE id = %(id)s", id=debit) == []
    world.prove()


def test_money_on_it_is_the_customers_again_and_the_new_credit_settles_it(
    world: World, debited: tuple[int, int, int]
) -> None:
    order, invoice, debit = debited
    world.do(issue_invoices, [debit], on=TODAY)
    payment = world.pay(debit, "60.00")

    world.do(undo_chains, [order], **BACK)

    assert (world.state("sales_order", order), world.paid(invoice), world.paid(debit)) == ("cancelled", "paid", "paid")
    left = read(world.session, "SELECT document_id, role FROM credit WHERE amount > used")
    assert [(row.document_id, row.role) for row in left] == [(payment, "customer_advances")]
    sql = """SELECT sum(debit - credit) AS sum FROM journal_line line JOIN account ON account.id = line.account_id
             WHERE account.role = 'receivables'"""
    assert read(world.session, sql)[0].sum == D(0)
    world.prove()
