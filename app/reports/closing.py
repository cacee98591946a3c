"""What is left to do in a stretch of dates before it is closed: drafts, goods without invoice, money not used."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.domain.kernel.rows import read
from app.domain.ledger.balances import check_stretch
from app.domain.lifecycles import LIFECYCLES

MOST = 500

# A draft without a date is of the day on which it was written down.
DRAFTS = " UNION ALL ".join(
    f"SELECT id, \"on\" FROM {lifecycle.kind} WHERE state = '{lifecycle.initial}'"
    for lifecycle in LIFECYCLES if lifecycle.initial == "draft"
)  # fmt: skip
LEFT = f"""
SELECT 'draft' AS what, draft.id, document.kind, document.number, dated."on", customer.code AS customer_code,
       customer.name AS customer, NULL::numeric AS amount
FROM ({DRAFTS}) draft JOIN document ON document.id = draft.id CROSS JOIN company
CROSS JOIN LATERAL (
    SELECT coalesce(draft."on", (document.created_at AT TIME ZONE company.time_zone)::date) AS "on"
) dated LEFT JOIN customer ON customer.id = document.customer_id
WHERE dated."on" BETWEEN %(since)s AND %(until)s
UNION ALL
SELECT 'not_invoiced', document.id, document.kind, document.number, shipment."on", customer.code, customer.name,
       sum(item.amount)
FROM open_item item JOIN shipment ON shipment.id = item.document_id AND shipment.state = 'processed'
JOIN document ON document.id = shipment.id JOIN customer ON customer.id = document.customer_id
WHERE item.amount > 0 AND item.invoice_id IS NULL AND shipment."on" BETWEEN %(since)s AND %(until)s
GROUP BY document.id, shipment.id, customer.id
UNION ALL
SELECT 'unmatched', document.id, document.kind, document.number, credit."on", customer.code, customer.name,
       credit.amount - credit.used
FROM credit JOIN document ON document.id = credit.document_id JOIN customer ON customer.id = credit.customer_id
WHERE credit.amount > credit.used AND credit."on" BETWEEN %(since)s AND %(until)s
"""
CHECKLIST = f"""
SELECT * FROM (
    SELECT *, count(*) OVER (PARTITION BY what) AS in_all,
           row_number() OVER (PARTITION BY what ORDER BY "on", id) AS place
    FROM ({LEFT}) it
) it WHERE place <= %(most)s ORDER BY what, place
"""


class Left(NamedTuple):
    """A document that is still a `draft`, `not_invoiced` or `unmatched`; its amount is what is not done of it."""

    what: str
    id: int
    kind: str
    number: str | None
    on: date
    customer_code: str | None
    customer: str | None
    amount: Decimal | None
    in_all: int


def closing_checklist(session: Session, since: date, until: date) -> dict[str, Sequence[Left]]:
    """What is left of each sort in the stretch, both dates included, the oldest first; at most MOST of each are told.

    Invalid where the stretch ends before it starts.
    """
    check_stretch(since, until)
    found: dict[str, list[Left]] = {"draft": [], "not_invoiced": [], "unmatched": []}
    for row in read(session, CHECKLIST, since=since, until=until, most=MOST):
        found[row.what].append(Left(*row[:-1]))
    return dict(found)
