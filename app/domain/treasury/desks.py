"""What is in a desk, by date: it is never below zero, today or on any later day.

Money that comes in asks nobody. Whoever takes money out, or takes back that some came in, holds the desk until the
deed ends and sees what everybody before has taken; the database says the same of every day that it keeps.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.kernel.errors import DomainError, refuse
from app.domain.kernel.rows import read
from app.domain.ledger.chain import without_place

LOCK = "SELECT id FROM cash_desk WHERE id = ANY(%(desks)s::bigint[]) ORDER BY id FOR NO KEY UPDATE"
# Beside what is kept of each day there is what this deed has posted, which gets there when it is sealed.
LOWEST = """
WITH posted AS (
    SELECT coalesce(cash_order.cash_desk_id, opening.cash_desk_id) AS cash_desk_id, entry."on",
           line.debit - line.credit AS amount
    FROM journal_entry entry JOIN journal_line line ON line.entry_id = entry.id
    JOIN account ON account.id = line.account_id AND account.role = 'cash'
    LEFT JOIN cash_order ON cash_order.id = entry.document_id
    LEFT JOIN opening_balance opening ON opening.id = entry.document_id
    WHERE entry.id = ANY(%(waiting)s::bigint[])
), days AS (
    SELECT desk, %(on)s::date AS "on" FROM unnest(%(desks)s::bigint[]) AS desk
    UNION SELECT cash_desk_id, "on" FROM desk_day WHERE cash_desk_id = ANY(%(desks)s::bigint[]) AND "on" > %(on)s
    UNION SELECT cash_desk_id, "on" FROM posted WHERE cash_desk_id = ANY(%(desks)s::bigint[]) AND "on" > %(on)s
), closings AS (
    SELECT days.desk, days."on", coalesce(kept.balance, 0) + coalesce(own.amount, 0) AS closing
    FROM days LEFT JOIN LATERAL (
        SELECT balance FROM desk_day day
        WHERE day.cash_desk_id = days.desk AND day."on" <= days."on" ORDER BY day."on" DESC LIMIT 1
    ) kept ON true
    CROSS JOIN LATERAL (
        SELECT sum(amount) AS amount FROM posted WHERE cash_desk_id = days.desk AND posted."on" <= days."on"
    ) own
)
SELECT DISTINCT ON (desk.id) desk.id AS cash_desk_id, desk.code, closings."on", closing
FROM closings JOIN cash_desk desk ON desk.id = closings.desk ORDER BY desk.id, closing, closings."on"
"""


def lowest(session: Session, desks: Iterable[int], *, on: date) -> dict[int, Row[Any]]:
    """The day from `on` on when each desk has least, with its closing, all that this deed has posted included."""
    rows = read(session, LOWEST, desks=sorted(set(desks)), on=on, waiting=without_place(session))
    return {row.cash_desk_id: row for row in rows}


def check_desks(
    session: Session, coming: Mapping[int, tuple[int, Decimal]], going: Mapping[int, tuple[int, Decimal]], *, on: date
) -> None:
    """Refused, by document, for what a desk does not have: those that money comes or goes by, with desk and amount.

    They take in the order of their ids, after all that comes in with them. The desks are held until the deed ends.
    """
    if not going:
        return
    desks: Sequence[int] = sorted({desk for desk, _ in going.values()})
    read(session, LOCK, desks=desks)
    days = lowest(session, desks, on=on)
    left = {desk: day.closing for desk, day in days.items()}
    for desk, amount in coming.values():
        if desk in left:
            left[desk] += amount
    errors: dict[int, DomainError] = {}
    for order, (desk, amount) in sorted(going.items()):
        if amount > left[desk]:
            errors[order] = DomainError(
                "more_than_in_desk", "{desk}: {amount} is more than the {left} that it has on {on}.",
                desk=days[desk].code, amount=amount, left=left[desk], on=days[desk].on,
            )  # fmt: skip
        else:
            left[desk] -= amount
    refuse(errors)
