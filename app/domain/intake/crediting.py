"""What happens to the rest of a day of a trade export: credits, losses, fees and gift vouchers.

What is assumed beyond the export: goods of a credit note come back on its day, in good order; guests have their money
back at once, a customer with an id keeps it as credit. Stock that is written off and is not there came in that day.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.domain.billing.credit_notes import NewCreditLine, NewCreditNote, add_credit_notes, issue_credit_notes
from app.domain.billing.freehand import FreeLine, NewFreeInvoice, add_free_invoices
from app.domain.billing.invoicing import issue_invoices
from app.domain.billing.returns import process_returns
from app.domain.intake.cards import Cards, customers, products
from app.domain.intake.matching import Back
from app.domain.intake.plan import GUEST, Chunk, Plan
from app.domain.intake.reading import Line
from app.domain.intake.selling import Issued, facts_of, receive
from app.domain.kernel.rows import read
from app.domain.kernel.values import ZERO, rounded
from app.domain.treasury.cash import NewCashOrder, Target, add_cash_orders, process_cash_orders
from app.domain.warehousing.write_offs import NewWriteOff, NewWriteOffLine, add_write_offs, process_write_offs

VOUCHERS_OF = " vouchers"
INVOICE_LINES = """
SELECT id, invoice_id, position FROM invoice_line WHERE invoice_id = ANY(%(invoices)s::bigint[])
"""


class Taken(NamedTuple):
    """A credit note's number of the file, and the sale of which it takes something."""

    number: str
    sale: str


def sell_vouchers(session: Session, plan: Plan, cards: Cards, chunk: Chunk, *, by: int) -> dict[str, Issued]:
    """A free-hand invoice for each sale of vouchers, outside VAT; gives the invoices by the export's own numbers."""
    buyers = {sale.customer: plan.customers.get(sale.customer, "") for sale in chunk.vouchers}
    ids = customers(session, cards, buyers)
    account = read(session, "SELECT min(id) AS id FROM account WHERE role = 'vouchers'")[0].id
    invoices = add_free_invoices(session, [
        NewFreeInvoice(ids[sale.customer], [
            FreeLine(line.quantity, line.price, text=line.description or line.code, account_id=account)
            for line in sale.lines
        ])
        for sale in chunk.vouchers
    ], by=by)  # fmt: skip
    issue_invoices(session, invoices, by=by, on=chunk.on)
    facts = facts_of(session, invoices)
    return {
        sale.invoice + VOUCHERS_OF: facts[document] for sale, document in zip(chunk.vouchers, invoices, strict=True)
    }


def credit(session: Session, chunk: Chunk, issued: Mapping[str, Issued], *, by: int) -> list[int]:
    """A credit note for each sale that a credit note of the file takes something of; gives their ids."""
    parts: dict[Taken, list[Back]] = defaultdict(list)
    for its in chunk.credits:
        for back in its.backs:
            parts[Taken(its.invoice, back.sale)].append(back)
    invoices = sorted({issued[taken.sale].id for taken in parts})
    lines = {(row.invoice_id, row.position): row.id for row in read(session, INVOICE_LINES, invoices=invoices)}
    notes = add_credit_notes(session, [
        NewCreditNote(issued[taken.sale].id, f"Credit note {taken.number} of the export", [
            _credit_line(lines[issued[taken.sale].id, back.place + 1], back) for back in backs
        ])
        for taken, backs in parts.items()
    ], by=by)  # fmt: skip
    issue_credit_notes(session, notes, by=by, on=chunk.on)
    return notes


def _credit_line(line: int, back: Back) -> NewCreditLine:
    if back.quantity:
        return NewCreditLine(line, "goods_back", quantity=back.quantity)
    return NewCreditLine(line, "allowance", amount=back.amount)


RETURNS = """
SELECT id FROM customer_return WHERE credit_note_id = ANY(%(notes)s::bigint[]) AND state = 'draft' ORDER BY id
"""
TO_REFUND = """
SELECT credit.document_id, credit.amount - credit.used AS amount
FROM credit JOIN customer ON customer.id = credit.customer_id
WHERE credit.document_id = ANY(%(notes)s::bigint[]) AND credit.amount > credit.used AND customer.id = %(guest)s
ORDER BY credit.document_id
"""


def take_back(session: Session, chunk: Chunk, notes: Sequence[int], *, by: int) -> list[int]:
    """The goods that credit notes let come back are in stock again, at what they left for."""
    returns = [row.id for row in read(session, RETURNS, notes=list(notes))]
    process_returns(session, returns, by=by, on=chunk.on)
    return returns


def refund(session: Session, cards: Cards, chunk: Chunk, notes: Sequence[int], *, by: int) -> list[int]:
    """Guests have paid at once, and have back what credit notes leave them; gives the payments."""
    guest = customers(session, cards, {GUEST: ""})[GUEST]
    refunds = [
        NewCashOrder(cards.desk, guest, row.amount, purpose="Refund", targets=[Target(row.document_id, row.amount)],
                     on=chunk.on, kind="expense")
        for row in read(session, TO_REFUND, notes=list(notes), guest=guest)
    ]  # fmt: skip
    return _pay_out(session, chunk, refunds, by=by)


def _pay_out(session: Session, chunk: Chunk, orders: Sequence[NewCashOrder], *, by: int) -> list[int]:
    made = add_cash_orders(session, orders, by=by)
    process_cash_orders(session, made, by=by, on=chunk.on)
    return made


def write_off(session: Session, plan: Plan, cards: Cards, chunk: Chunk, *, by: int) -> tuple[list[int], list[int]]:
    """One write-off for the day; gives it, and the receipt of what was not there, if one was needed."""
    ids = products(session, cards, {line.code.upper(): plan.products[line.code.upper()] for line in chunk.written_off})
    gone: dict[int, Decimal] = defaultdict(lambda: ZERO)
    prices: dict[int, Decimal] = {}
    for line in chunk.written_off:
        product = ids[line.code.upper()]
        gone[product] -= line.quantity
        prices[product] = plan.prices.get(line.code.upper(), ZERO)
    receipts = receive(session, cards, chunk, gone, prices, by=by)
    lines = [NewWriteOffLine(ids[line.code.upper()], -line.quantity) for line in chunk.written_off]
    written = add_write_offs(
        session, [NewWriteOff(cards.warehouse, "other", lines, on=chunk.on, note="as the export says")], by=by
    )
    process_write_offs(session, written, by=by, on=chunk.on)
    return written, receipts


def pay_fees(session: Session, cards: Cards, chunk: Chunk, *, by: int) -> list[int]:
    """What the marketplace and the bank charged, out of the desk onto an account of other expenses; the payments."""
    account = read(session, "SELECT id FROM account WHERE role = 'other' ORDER BY code DESC LIMIT 1")[0].id
    orders = [
        NewCashOrder(cards.desk, None, _amount(line), purpose=line.description or line.code, on=chunk.on,
                     kind="expense", about="account", account_id=account)
        for line in chunk.fees if _amount(line)
    ]  # fmt: skip
    return _pay_out(session, chunk, orders, by=by)


def _amount(line: Line) -> Decimal:
    return rounded(-line.amount)
