"""When how much of an invoice is due. Payments and credits reduce its instalments in the order of their dates."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.kernel.rows import Rows, read, write

# What is open of each instalment: what is open of the whole document is that of its latest ones. `{documents}` narrows
# the open items, as "document_id = ANY(…)" does.
OPEN = """
SELECT instalment.document_id, instalment.position, instalment.due_on, instalment.amount,
       greatest(least(instalment.amount, item.open - coalesce(sum(instalment.amount) OVER (
           PARTITION BY instalment.document_id ORDER BY instalment.due_on DESC, instalment.position DESC
           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)), 0) AS open
FROM (SELECT document_id, sum(amount - allocated) AS open FROM open_item
      WHERE invoice_id = document_id AND {documents} GROUP BY document_id) item
JOIN instalment ON instalment.document_id = item.document_id
"""
OF_DOCUMENTS = OPEN.format(documents="document_id = ANY(%(ids)s::bigint[])") + " ORDER BY document_id, due_on, position"
MOVE = """
UPDATE instalment SET due_on = given.due_on
FROM unnest(%(documents)s::bigint[], %(positions)s::bigint[], %(due_ons)s::date[])
     AS given (document_id, position, due_on)
WHERE instalment.document_id = given.document_id AND instalment.position = given.position
"""


def instalment_rows(document: int, instalments: Iterable[tuple[date, Decimal]]) -> Rows:
    """The rows of a document's instalments (due date, amount), in their order."""
    return [
        {"document_id": document, "position": position, "due_on": due_on, "amount": amount}
        for position, (due_on, amount) in enumerate(instalments, 1)
    ]


def open_instalments(session: Session, documents: Iterable[int]) -> Sequence[Row[Any]]:
    """The instalments of documents in due order: `document_id`, `position`, `due_on`, `amount` and what is `open`."""
    return read(session, OF_DOCUMENTS, ids=list(documents))


def move_due_dates(session: Session, due: Mapping[tuple[int, int], date]) -> None:
    """Gives instalments (document, position) other due dates."""
    documents, positions = [document for document, _ in due], [position for _, position in due]
    write(session, MOVE, documents=documents, positions=positions, due_ons=list(due.values()))
