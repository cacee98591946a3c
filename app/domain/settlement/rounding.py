"""Cents that are owed beside the gross of an invoice, because its shipments were paid, and go with what they rest on.

An invoice rounds what its shipments were paid for and what all their invoices come to. Once such a shipment is not paid
any more, or not all of it invoiced, or the invoice is credited whole, what is owed is the gross again. It stays
so: whoever pays then pays what the invoices say, and nothing of that is over or short.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.kernel.rows import insert, read
from app.domain.ledger.periods import check_date
from app.domain.ledger.posting import post_mirrors
from app.domain.settlement.following import follow
from app.domain.settlement.items import Item, by_document, change_items, refresh_statuses
from app.domain.settlement.matching import payable
from app.domain.settlement.models import Rounding

# All that is owed for shipments and invoices, and for the invoices that round these shipments.
LOCK = """
SELECT FROM open_item
WHERE shipment_id = ANY(%(shipments)s::bigint[]) OR document_id = ANY(%(invoices)s::bigint[] || ARRAY(
    SELECT invoice_id FROM rounding WHERE taken_back_on IS NULL AND shipment_id = ANY(%(shipments)s::bigint[])
))
ORDER BY document_id, id FOR NO KEY UPDATE
"""
STANDING = """
SELECT DISTINCT invoice_id FROM rounding WHERE taken_back_on IS NULL
       AND (invoice_id = ANY(%(invoices)s::bigint[]) OR shipment_id = ANY(%(shipments)s::bigint[]))
"""
# Of the shipments behind these documents, those with cents that are not paid by now.
UNPAID = """
SELECT DISTINCT rounding.invoice_id FROM open_item item
JOIN rounding ON rounding.shipment_id = item.shipment_id AND rounding.taken_back_on IS NULL
JOIN payment_status paid ON paid.document_id = item.shipment_id AND paid.status <> 'paid'
WHERE item.document_id = ANY(%(documents)s::bigint[])
"""
# The invoices with cents of the shipments that these acts pay for, and whose money is on them.
RESTING = """
SELECT rounding.invoice_id, act.payment_id
FROM (
    SELECT DISTINCT rounding.invoice_id
    FROM allocation_line line JOIN open_item item ON item.id = line.open_item_id
    JOIN rounding ON rounding.shipment_id = item.shipment_id AND rounding.taken_back_on IS NULL
    WHERE line.allocation_id = ANY(%(acts)s::bigint[])
) rounding
LEFT JOIN open_item item ON item.document_id = rounding.invoice_id
LEFT JOIN allocation_line line ON line.open_item_id = item.id
LEFT JOIN allocation act ON act.id = line.allocation_id AND act.released_on IS NULL
"""
# Not before the invoice.
TAKE_BACK = """
UPDATE rounding SET taken_back_on = greatest(%(on)s, item."on") FROM open_item item
WHERE rounding.invoice_id = ANY(%(invoices)s::bigint[]) AND rounding.taken_back_on IS NULL
      AND item.document_id = rounding.invoice_id AND item.line_id = rounding.line_id
RETURNING rounding.invoice_id, rounding.line_id, item.amount AS owed, rounding.amount, rounding.taken_back_on
"""


def add_roundings(session: Session, items: Sequence[Item], rounding: Mapping[int, Decimal]) -> None:
    """Writes by how much the cents of lines, which the gross of the items has in it, changed what is owed for each line
    of their invoices: where negative lines are set against others it may be another one.
    """
    rows: list[dict[str, object]] = []
    for invoice, its in by_document(items).items():
        grosses = {item.line_id: item.gross for item in its}
        for item in its:
            if not (amount := rounding.get(item.line_id)):
                continue
            owed = payable([*grosses.values()])
            grosses[item.line_id] -= amount
            rows += [
                {"invoice_id": invoice, "line_id": line, "shipment_id": item.shipment_id, "amount": more - less}
                for line, more, less in zip(grosses, owed, payable([*grosses.values()]), strict=True) if more != less
            ]  # fmt: skip
    insert(session, Rounding, rows)


def take_roundings_back(
    session: Session, *, invoices: Iterable[int] = (), shipments: Iterable[int] = (), on: date, by: int
) -> None:  # fmt: skip
    """Takes back the cents of these invoices, and of those that round these shipments, whole invoice by invoice.

    What was paid of them is the customer's advance; the entries are mirrored, not before the date of the invoice.
    Raises DomainError where that is in a closed period.
    """
    of, behind = sorted(set(invoices)), sorted(set(shipments))
    lock_roundings(session, invoices=of, shipments=behind)
    _take_back(session, read(session, STANDING, invoices=of, shipments=behind), on=on, by=by)


def lock_roundings(session: Session, *, invoices: Collection[int] = (), shipments: Collection[int] = ()) -> None:
    """Locks what is owed for these invoices and shipments, and for the invoices that round these shipments."""
    if invoices or shipments:
        read(session, LOCK, invoices=sorted(invoices), shipments=sorted(shipments))


def resting_on(session: Session, acts: Iterable[int]) -> tuple[set[int], set[int]]:
    """The invoices whose cents may be taken back once these acts are released, and the payments that are on them."""
    rows = read(session, RESTING, acts=sorted(set(acts)))
    return {row.invoice_id for row in rows}, {row.payment_id for row in rows if row.payment_id}


def take_unpaid_roundings_back(session: Session, documents: Iterable[int], *, on: date, by: int) -> None:
    """Takes back the cents of shipments that are not paid any more, now that money on these documents is released, or
    that these make something of them owed again.
    """
    _take_back(session, read(session, UNPAID, documents=sorted(set(documents))), on=on, by=by)


def _take_back(session: Session, found: Sequence[Row[Any]], *, on: date, by: int) -> None:
    if not found:
        return
    rows = read(session, TAKE_BACK, invoices=sorted(row.invoice_id for row in found), on=on)
    by_date: dict[date, set[int]] = defaultdict(set)
    owed: dict[int, dict[int, Decimal]] = defaultdict(dict)
    for row in rows:
        by_date[row.taken_back_on].add(row.invoice_id)
        owed[row.invoice_id][row.line_id] = owed[row.invoice_id].get(row.line_id, row.owed) - row.amount
    for day in sorted(by_date):
        if day != on:
            check_date(session, on=day)
        post_mirrors(session, "invoice.rounded", by_date[day], on=day, by=by)
    settled = change_items(session, {invoice: [*lines.items()] for invoice, lines in owed.items()})
    follow(session, settled, on=on, by=by)
    refresh_statuses(session, owed)
