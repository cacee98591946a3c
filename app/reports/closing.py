"""What is left to do before a stretch of dates is closed: drafts, goods and advances without invoice, money not used.

All of it is told up to the last date of the stretch, however old it is: what an earlier closing left is still left.
What waits for its invoice is late where it waited longer than the company's days by then.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.domain.kernel.rows import read
from app.domain.lifecycles import LIFECYCLES
from app.reports.invoicing import ADVANCES, SHIPPED
from app.reports.query import check_stretch

MOST = 500

# A draft without a date is of the day on which it was written down.
DRAFTS = " UNION ALL ".join(
    f"SELECT id, \"on\" FROM {lifecycle.kind} WHERE state = '{lifecycle.initial}'"
    for lifecycle in LIFECYCLES if lifecycle.initial == "draft"
)  # fmt: skip
LEFT = f"""
SELECT 'draft' AS what, draft.id, document.kind, document.number, dated."on", customer.code AS customer_code,
       customer.name AS customer, NULL::numeric AS amount, NULL::int AS days
FROM ({DRAFTS}) draft JOIN document ON document.id = draft.id CROSS JOIN company
CROSS JOIN LATERAL (
    SELECT coalesce(draft."on", (document.created_at AT TIME ZONE company.time_zone)::date) AS "on"
) dated LEFT JOIN customer ON customer.id = document.customer_id
WHERE dated."on" <= %(until)s
UNION ALL SELECT 'not_invoiced', shipped.* FROM ({SHIPPED}) shipped
UNION ALL SELECT 'advance', advance.* FROM ({ADVANCES}) advance
UNION ALL
SELECT 'unmatched', document.id, document.kind, document.number, credit."on", customer.code, customer.name,
       credit.amount - credit.used, NULL
FROM credit JOIN document ON document.id = credit.document_id JOIN customer ON customer.id = credit.customer_id
WHERE credit.amount > credit.used AND credit."on" <= %(until)s
"""
CHECKLIST = f"""
SELECT what, id, kind, number, "on", customer_code, customer, amount, days, late, in_all, late_in_all FROM (
    SELECT *, count(*) OVER its AS in_all, count(*) FILTER (WHERE late) OVER its AS late_in_all,
           row_number() OVER (PARTITION BY what ORDER BY "on", id) AS place
    FROM (SELECT it.*, coalesce(it.days > company.invoice_days, false) AS late FROM ({LEFT}) it, company) it
    WINDOW its AS (PARTITION BY what)
) it WHERE place <= %(most)s ORDER BY what, place
"""


class Left(NamedTuple):
    """A document that is still a `draft`, `not_invoiced`, an `advance` without invoice, or `unmatched`.

    `amount` is what is not done of it, and `days` how long it waited for its invoice by the end of the stretch.
    """

    what: str
    id: int
    kind: str
    number: str | None
    on: date
    customer_code: str | None
    customer: str | None
    amount: Decimal | None
    days: int | None
    late: bool
    in_all: int
    late_in_all: int


def closing_checklist(session: Session, since: date, until: date) -> dict[str, Sequence[Left]]:
    """What is left of each sort by the end of the stretch, the oldest first; at most MOST of each are told.

    Invalid where the stretch ends before it starts.
    """
    check_stretch(since, until)
    found: dict[str, list[Left]] = {"draft": [], "not_invoiced": [], "advance": [], "unmatched": []}
    for row in read(session, CHECKLIST, until=until, most=MOST):
        found[row.what].append(Left(*row))
    return dict(found)
