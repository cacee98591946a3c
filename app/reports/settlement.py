"""What pays what, for people: the documents a payment settles, the payments of a document, and what could be paid."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.kernel.rows import read

MOST = 500

CREDIT = """
SELECT credit.document_id, credit.customer_id, credit.currency, credit.amount, credit.amount - credit.used AS left,
       document.kind, document.number
FROM credit JOIN document ON document.id = credit.document_id WHERE credit.document_id = %(id)s
"""
ACTS = """
SELECT act.id, act."on", act.payment_id, act.target_id, other.id AS other_id, other.kind, other.number,
       sum(line.amount) AS amount, count(*) AS lines
FROM allocation act JOIN allocation_line line ON line.allocation_id = act.id
JOIN document other ON other.id = act.{other}
WHERE {which}
GROUP BY act.id, other.id ORDER BY act.id LIMIT %(most)s
"""
SETTLES = ACTS.format(other="target_id", which="act.payment_id = %(id)s AND act.released_on IS NULL")
PAID_BY = ACTS.format(other="payment_id", which="act.target_id = %(id)s AND act.released_on IS NULL")
ACT = ACTS.format(other="target_id", which="act.id = %(id)s")
# What is owed for a line in words: what was ordered, whatever became of it.
OPEN = """
SELECT document.id AS document_id, document.kind, document.number, item."on", item.line_id,
       item.amount - item.allocated AS open,
       coalesce(invoiced.sku, ordered.sku, '') AS sku, coalesce(invoiced.name, ordered.name, '') AS name
FROM open_item item JOIN document ON document.id = item.document_id
LEFT JOIN invoice_line invoiced ON invoiced.id = item.line_id AND invoiced.invoice_id = item.document_id
LEFT JOIN shipment_line shipped
       ON shipped.id = item.line_id AND item.invoice_id IS NULL AND item.shipment_id = item.document_id
LEFT JOIN sales_order_line ordered ON ordered.id = CASE WHEN item.document_id = item.order_id THEN item.line_id
                                                        ELSE shipped.order_line_id END
WHERE item.customer_id = %(customer)s AND item.currency = %(currency)s AND item.amount > item.allocated
ORDER BY item."on", document.id, item.id LIMIT %(most)s
"""


OWES = """
SELECT id FROM open_item WHERE customer_id = %(customer)s AND currency = %(currency)s AND amount > allocated LIMIT 1
"""
OWED = "SELECT coalesce(sum(amount - allocated), 0) AS open FROM open_item WHERE document_id = %(id)s"


def owed_for(session: Session, document: int) -> Decimal:
    """What is open on a document's own lines."""
    open_amount: Decimal = read(session, OWED, id=document)[0].open
    return open_amount


def owes(session: Session, customer: int, currency: str) -> bool:
    """Whether a customer owes anything in a currency."""
    return bool(read(session, OWES, customer=customer, currency=currency))


def credit_of(session: Session, document: int) -> Row[Any] | None:
    """What a document gives its customer and how much of it is left; None where it gives nothing."""
    return next(iter(read(session, CREDIT, id=document)), None)


def settled_by(session: Session, payment: int) -> Sequence[Row[Any]]:
    """The acts by which a payment settles documents, the oldest first: `other_id`, `kind` and `number` are theirs."""
    return read(session, SETTLES, id=payment, most=MOST)


def paid_by(session: Session, document: int) -> Sequence[Row[Any]]:
    """The acts that settle a document, the oldest first: `other_id`, `kind` and `number` are the payment's."""
    return read(session, PAID_BY, id=document, most=MOST)


def act_of(session: Session, act: int) -> Row[Any] | None:
    """An act, released or not, with the document that it settles; None where there is none."""
    return next(iter(read(session, ACT, id=act, most=1)), None)


def open_lines(session: Session, customer: int, currency: str) -> Sequence[Row[Any]]:
    """The lines for which a customer owes something, document by document, the oldest first."""
    return read(session, OPEN, customer=customer, currency=currency, most=MOST)
