"""What is in a desk, by date: it is never below zero, today or on any later day.

Money that comes in asks nobody. Whoever takes money out, or takes back that some came in, holds the desk until the
deed ends and sees what everybody before has taken; the database says the same of every row.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.kernel.errors import DomainError, refuse
from app.domain.kernel.rows import read

LOCK = "SELECT id FROM cash_desk WHERE id = ANY(%(desks)s::bigint[]) ORDER BY id FOR NO KEY UPDATE"
# What is cancelled came and went: its mirror tells when it went.
LOWEST = """
WITH moved AS (
    SELECT cash_desk_id, "on", CASE kind WHEN 'income' THEN amount ELSE -amount END AS amount
    FROM cash_order WHERE state <> 'draft' AND cash_desk_id = ANY(%(desks)s::bigint[])
    UNION ALL
    SELECT cash_desk_id, "on", amount FROM opening_balance
    WHERE state <> 'draft' AND cash_desk_id = ANY(%(desks)s::bigint[])
    UNION ALL
    SELECT cash_desk_id, mirror."on", -amount
    FROM opening_balance JOIN journal_entry mirror ON mirror.document_id = opening_balance.id
         AND mirror.event = 'opening_balance.processed.cancelled'
    WHERE state = 'cancelled' AND cash_desk_id = ANY(%(desks)s::bigint[])
    UNION ALL
    SELECT cash_desk_id, mirror."on", CASE kind WHEN 'income' THEN -amount ELSE amount END
    FROM cash_order JOIN journal_entry mirror ON mirror.document_id = cash_order.id
         AND mirror.event IN ('cash_order.processed.cancelled', 'cash_order.paid_out.cancelled')
    WHERE state = 'cancelled' AND cash_desk_id = ANY(%(desks)s::bigint[])
    UNION ALL
    SELECT desk, %(on)s::date, 0 FROM unnest(%(desks)s::bigint[]) AS desk
), closings AS (
    SELECT cash_desk_id, "on", sum(sum(amount)) OVER (PARTITION BY cash_desk_id ORDER BY "on") AS closing
    FROM moved GROUP BY cash_desk_id, "on"
)
SELECT DISTINCT ON (cash_desk_id) cash_desk_id, desk.code, closings."on", closing
FROM closings JOIN cash_desk desk ON desk.id = cash_desk_id
WHERE closings."on" >= %(on)s ORDER BY cash_desk_id, closing, closings."on"
"""


def lowest(session: Session, desks: Iterable[int], *, on: date) -> dict[int, Row[Any]]:
    """The day from `on` on when each desk has least, with its closing."""
    return {row.cash_desk_id: row for row in read(session, LOWEST, desks=sorted(set(desks)), on=on)}


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
