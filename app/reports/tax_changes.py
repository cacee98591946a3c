"""Where VAT is charged at another percentage than was agreed: on drafts by what holds on their date, else as it is."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.billing.supply import Advance, Receipts
from app.domain.catalog.tax_rates import PERCENTAGES, percent_on
from app.domain.kernel.rows import read

# What was agreed is on the order; of lines by hand it is what the draft says. Debit notes keep to their credit notes,
# and these to their invoices.
CHARGED = f"""
SELECT document.id, document.kind, document.number, tax_rate.code, line.agreed, line.charged, line.supplied_on,
       line.prices_include_vat, line.order_id, line.order_line_id, line.taxed, line.tax_rate_id, {PERCENTAGES}
FROM (
    SELECT its.shipment_id AS document_id, its.position, ordered.tax_rate_id, ordered.tax_percent AS agreed,
           CASE WHEN shipment.state <> 'draft' THEN its.tax_percent END AS charged, NULL::date AS supplied_on,
           NULL::bigint AS order_id, NULL::bigint AS order_line_id, NULL::numeric AS taxed,
           sales_order.prices_include_vat
    FROM shipment_line its JOIN shipment ON shipment.id = its.shipment_id
    JOIN sales_order ON sales_order.id = shipment.order_id
    JOIN sales_order_line ordered ON ordered.id = its.order_line_id
    WHERE its.shipment_id = ANY(%(ids)s::bigint[]) AND its.quantity > 0
    UNION ALL
    SELECT its.invoice_id, its.position, its.tax_rate_id, coalesce(ordered.tax_percent, its.tax_percent),
           CASE WHEN invoice.state <> 'draft' THEN its.tax_percent END, shipment."on",
           CASE its.kind WHEN 'advance' THEN ordered.order_id END, ordered.id,
           CASE WHEN invoice.prices_include_vat THEN its.gross ELSE its.net END, invoice.prices_include_vat
    FROM invoice_line its JOIN invoice ON invoice.id = its.invoice_id AND invoice.kind = 'invoice'
    LEFT JOIN sales_order_line ordered ON ordered.id = its.order_line_id
    LEFT JOIN shipment_line shipped ON shipped.id = its.shipment_line_id
    LEFT JOIN shipment ON shipment.id = shipped.shipment_id
    WHERE its.invoice_id = ANY(%(ids)s::bigint[])
    UNION ALL
    SELECT its.credit_note_id, its.position, its.tax_rate_id, its.tax_percent,
           CASE WHEN note.state <> 'draft' THEN its.tax_percent END, note.supply_on, NULL, NULL, NULL,
           note.prices_include_vat
    FROM credit_note_line its JOIN credit_note note ON note.id = its.credit_note_id
    WHERE its.credit_note_id = ANY(%(ids)s::bigint[]) AND its.invoice_line_id IS NULL
) line JOIN document ON document.id = line.document_id JOIN tax_rate ON tax_rate.id = line.tax_rate_id
ORDER BY document.id, line.position
"""


class Changed(NamedTuple):
    """A tax rate of a document, by its code: what was agreed, and what is or will be charged."""

    document_id: int
    kind: str
    number: str | None
    rate: str
    agreed: Decimal
    charged: Decimal
    prices_include_vat: bool


def rates_changed(session: Session, documents: Sequence[int], on: date) -> list[Changed]:
    """The rates of shipments, invoices and credit notes that changed since they were agreed, each once.

    Drafts are judged as if they were processed or issued on a date.
    """
    rows = read(session, CHARGED, ids=list(documents))
    received = _received(session, [row for row in rows if row.order_id and row.charged is None], on)
    found = []
    for row in rows:
        charged = row.charged
        if charged is None:
            charged = percent_on(row, row.supplied_on or received.get(row.id, on))
        if charged != row.agreed:
            found.append(Changed(row.id, row.kind, row.number, row.code, row.agreed, charged, row.prices_include_vat))
    return list(dict.fromkeys(found))


def _received(session: Session, lines: Sequence[Row[Any]], on: date) -> dict[int, date]:
    """The days by which drafts in advance were paid, of those that are, by their ids."""
    drafts: dict[int, list[Row[Any]]] = defaultdict(list)
    for line in lines:
        drafts[line.id].append(line)
    advances = {
        draft: Advance(its, [line.order_line_id for line in its], [line.taxed for line in its],
                       its[0].prices_include_vat)
        for draft, its in drafts.items()
    }  # fmt: skip
    if not advances:
        return {}
    receipts = Receipts(session, advances.values())
    days = {draft: receipts.days(advance, on) for draft, advance in advances.items()}
    return {draft: its[-1] for draft, its in days.items() if its}
