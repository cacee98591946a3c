"""Open items, the only account of what is owed for which line, and the payment statuses that follow from them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.domain.kernel.rows import Rows, insert_together, read, write
from app.domain.settlement.matching import payable
from app.domain.settlement.models import Instalment, OpenItem


class Item(NamedTuple):
    """A line with its gross; `order_id`, `shipment_id` and `invoice_id` are its chain up to its own document, which is
    dated `on`. Of a debit note they are those of what it makes owed again; without an invoice it is its own.
    """

    document_id: int
    line_id: int
    customer_id: int
    order_id: int | None
    shipment_id: int | None
    invoice_id: int | None
    currency: str
    on: date
    gross: Decimal


# No item falls below what is allocated to it until `following` has moved or released that: the rows tell which.
CHANGE = """
WITH changed AS (
    UPDATE open_item SET amount = greatest(given.amount, open_item.allocated)
    FROM unnest(%(documents)s::bigint[], %(lines)s::bigint[], %(amounts)s::numeric[])
         AS given (document_id, line_id, amount)
    WHERE open_item.document_id = given.document_id AND open_item.line_id = given.line_id
          AND open_item.amount <> given.amount
    RETURNING open_item.id, open_item.document_id, open_item.line_id, given.amount AS payable, open_item.allocated
)
SELECT id, document_id, line_id, payable FROM changed WHERE allocated > 0 ORDER BY document_id, id
"""
CLOSE = """
WITH closed AS (
    UPDATE open_item SET amount = allocated WHERE document_id = ANY(%(documents)s::bigint[]) AND amount <> 0
    RETURNING id, document_id, line_id, 0::numeric AS payable, allocated
)
SELECT id, document_id, line_id, payable FROM closed WHERE allocated > 0 ORDER BY document_id, id
"""
# What was ever allocated to an item keeps it.
REMOVE = """
WITH removed AS (
    DELETE FROM open_item item WHERE document_id = ANY(%(documents)s::bigint[])
           AND NOT EXISTS (SELECT FROM allocation_line line WHERE line.open_item_id = item.id)
), closed AS (
    UPDATE open_item item SET amount = allocated WHERE document_id = ANY(%(documents)s::bigint[])
           AND EXISTS (SELECT FROM allocation_line line WHERE line.open_item_id = item.id)
    RETURNING id, document_id, line_id, 0::numeric AS payable, allocated
)
SELECT id, document_id, line_id, payable FROM closed WHERE allocated > 0 ORDER BY document_id, id
"""
LOWER = """
UPDATE open_item SET amount = given.amount
FROM unnest(%(items)s::bigint[], %(amounts)s::numeric[]) AS given (id, amount)
WHERE open_item.id = given.id AND open_item.amount <> given.amount
"""
LOCK_SHIPMENTS = """
SELECT FROM open_item WHERE shipment_id = ANY(%(shipments)s::bigint[]) ORDER BY document_id, id FOR NO KEY UPDATE
"""
PAID = "SELECT document_id FROM payment_status WHERE document_id = ANY(%(documents)s::bigint[]) AND status = 'paid'"
TOUCHED = """
    SELECT unnest(%(documents)s::bigint[]) AS id
    UNION
    SELECT unnest(ARRAY[order_id, shipment_id, invoice_id])
    FROM open_item WHERE document_id = ANY(%(documents)s::bigint[])
"""
LOCK_STATUSES = f"""
SELECT FROM payment_status WHERE document_id = ANY(ARRAY({TOUCHED})) ORDER BY document_id FOR NO KEY UPDATE
"""
# The status of a document sums over its own lines and over all that was made from them; one without lines is paid.
REFRESH = f"""
WITH touched AS ({TOUCHED})
INSERT INTO payment_status (document_id, status)
SELECT touched.id, CASE WHEN item.allocated < item.amount AND item.allocated = 0 THEN 'unpaid'
                        WHEN item.allocated < item.amount THEN 'partly_paid' ELSE 'paid' END
FROM touched CROSS JOIN LATERAL (
    SELECT sum(amount) AS amount, sum(allocated) AS allocated
    FROM (
        SELECT amount, allocated FROM open_item WHERE order_id = touched.id
        UNION ALL
        SELECT amount, allocated FROM open_item WHERE shipment_id = touched.id
        UNION ALL
        SELECT amount, allocated FROM open_item WHERE document_id = touched.id AND invoice_id IS NOT NULL
        UNION ALL
        SELECT amount, allocated FROM open_item WHERE invoice_id = touched.id AND invoice_id <> document_id
    ) its
) item
WHERE touched.id IS NOT NULL
ON CONFLICT (document_id) DO UPDATE SET status = excluded.status WHERE payment_status.status <> excluded.status
"""


def open_items(session: Session, items: Sequence[Item], instalments: Rows = ()) -> None:
    """Opens an item for each line; negative lines of a document are set against its positive ones.

    `instalments` are the rows that say when invoices among the documents are due; they go with the same statement.
    """
    rows = []
    for its in by_document(items).values():
        for item, amount in zip(its, payable([item.gross for item in its]), strict=True):
            values = item._asdict()
            del values["gross"]
            rows.append(values | {"amount": amount})
    insert_together(session, (OpenItem, rows), (Instalment, instalments))


def by_document(items: Sequence[Item]) -> Mapping[int, list[Item]]:
    """Items by their document, in order."""
    documents: dict[int, list[Item]] = defaultdict(list)
    for item in items:
        documents[item.document_id].append(item)
    return documents


class Settled(NamedTuple):
    """An item that changed though something is allocated to it; `payable` is what it comes to from now on."""

    id: int
    document_id: int
    line_id: int
    payable: Decimal


def change_items(session: Session, remaining: Mapping[int, Sequence[tuple[int, Decimal]]]) -> Sequence[Settled]:
    """Sets what is left to pay of documents: for each all its lines in order, with the gross that is left of them.

    Gives the changed items that something is allocated to: whoever calls lets that follow the goods.
    """
    documents: list[int] = []
    lines: list[int] = []
    amounts: list[Decimal] = []
    for document, its in remaining.items():
        documents.extend([document] * len(its))
        lines.extend(line for line, _ in its)
        amounts.extend(payable([gross for _, gross in its]))
    return read(session, CHANGE, documents=documents, lines=lines, amounts=amounts)


def close_items(session: Session, documents: Iterable[int]) -> Sequence[Settled]:
    """Nothing is to be paid on these documents any more; gives the items that something is allocated to."""
    return read(session, CLOSE, documents=list(documents))


def remove_items(session: Session, documents: Iterable[int]) -> Sequence[Settled]:
    """Forgets the items of drafts whose lines are written anew; gives those that something is allocated to."""
    return read(session, REMOVE, documents=list(documents))


def lower_items(session: Session, items: Iterable[Settled]) -> None:
    """Sets items to what they come to, once no more than that is allocated to them."""
    payables = {item.id: item.payable for item in items}
    write(session, LOWER, items=list(payables), amounts=list(payables.values()))


def lock_shipments(session: Session, shipments: Iterable[int]) -> None:
    """Locks what is owed for shipments and for what was invoiced of them: nobody else settles any of it meanwhile."""
    read(session, LOCK_SHIPMENTS, shipments=sorted(set(shipments)))


def paid_of(session: Session, documents: Iterable[int]) -> set[int]:
    """Those of the documents that are paid."""
    return {row.document_id for row in read(session, PAID, documents=sorted(set(documents)))}


def lock_statuses(session: Session, documents: Iterable[int]) -> None:
    """Locks the payment statuses of documents whose items are changed or locked, and of all they were made from."""
    read(session, LOCK_STATUSES, documents=sorted(set(documents)))


def refresh_statuses(session: Session, documents: Iterable[int]) -> None:
    """Makes the payment status true again of documents whose items changed, and of all they were made from.

    Others may change other items of the same order or shipment at the same moment: whoever comes later sums anew.
    """
    wanted = sorted(set(documents))
    lock_statuses(session, wanted)
    write(session, REFRESH, documents=wanted)
