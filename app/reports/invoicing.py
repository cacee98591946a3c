"""What is still to be invoiced: goods that left, and money that came before its invoice."""

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.domain.kernel.rows import read
from app.reports.query import ids

# What is owed for a shipment itself is what of it is on no issued invoice.
SHIPPED = """
SELECT document.id, document.kind, document.number, shipment."on", customer.code AS customer_code,
       customer.name AS customer, sum(item.amount) AS amount, %(until)s - shipment."on" AS days
FROM open_item item JOIN shipment ON shipment.id = item.document_id AND shipment.state = 'processed'
JOIN document ON document.id = shipment.id JOIN customer ON customer.id = document.customer_id
WHERE item.amount > 0 AND item.invoice_id IS NULL AND shipment."on" <= %(until)s
GROUP BY document.id, shipment.id, customer.id
"""
# Payments, less what of them was paid back and what settles issued invoices. What was paid before the start was the
# old books' to invoice.
ADVANCES = """
SELECT document.id, document.kind, document.number, credit."on", customer.code AS customer_code,
       customer.name AS customer, credit.amount - coalesce(invoiced.amount, 0) - coalesce(back.amount, 0) AS amount,
       %(until)s - credit."on" AS days
FROM credit JOIN document ON document.id = credit.document_id JOIN customer ON customer.id = credit.customer_id
LEFT JOIN LATERAL (
    SELECT sum(line.amount) AS amount
    FROM allocation JOIN allocation_line line ON line.allocation_id = allocation.id
    JOIN open_item item ON item.id = line.open_item_id AND item.invoice_id IS NOT NULL
    WHERE allocation.payment_id = credit.document_id AND allocation.released_on IS NULL
) invoiced ON true
LEFT JOIN LATERAL (
    SELECT sum(amount) AS amount FROM repayment
    WHERE repayment.source_id = credit.document_id AND cancelled_on IS NULL
) back ON true
WHERE credit.role = 'customer_advances' AND document.kind <> 'opening_balance' AND credit."on" <= %(until)s
      AND credit.amount > coalesce(invoiced.amount, 0) + coalesce(back.amount, 0)
"""
OLDEST = 'SELECT * FROM ({sql}) it WHERE {which} ORDER BY "on", id LIMIT 500'
OF_WAREHOUSES = """
%(warehouses)s::bigint[] IS NULL
OR (SELECT warehouse_id FROM document WHERE document.id = it.id) = ANY(%(warehouses)s::bigint[])
"""


class Waiting(NamedTuple):
    """A shipment or a payment without an invoice: since when, how many days, and how much of it, VAT included."""

    id: int
    kind: str
    number: str | None
    on: date
    customer_code: str
    customer: str
    amount: Decimal
    days: int


def shipped_not_invoiced(session: Session, until: date, warehouses: Collection[int] | None = None) -> Sequence[Waiting]:
    """Shipments up to a date, of the named warehouses or of all, that are not wholly on issued invoices: the oldest
    500; days count up to the date.
    """
    sql = OLDEST.format(sql=SHIPPED, which=OF_WAREHOUSES)
    return [Waiting(*row) for row in read(session, sql, until=until, warehouses=ids(warehouses))]


def advances_without_invoice(session: Session, until: date) -> Sequence[Waiting]:
    """Payments up to a date that are not wholly used for issued invoices nor paid back: the oldest 500."""
    return [Waiting(*row) for row in read(session, OLDEST.format(sql=ADVANCES, which="true"), until=until)]
