"""Periods: whether a date may be posted on, and closing and reopening a stretch of dates.

Whoever posts holds the period table in ROW SHARE until its deed ends, and whoever closes takes it in EXCLUSIVE, which
waits for the first and keeps out the next: nothing slips into a period while it is being closed. Each closing and
reopening is told in the history.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.kernel import clock
from app.domain.kernel.company import SETTINGS, company, remember
from app.domain.kernel.errors import DomainError, Invalid, NotFound
from app.domain.kernel.rows import insert, read, write
from app.domain.ledger.models import LedgerHistory

# FOR KEY SHARE takes the table's lock even where no row matches. The settings are asked for along the way.
CLOSED = f"""
SELECT {SETTINGS}, closed.starts_on, closed.ends_on
FROM company LEFT JOIN LATERAL (
    SELECT starts_on, ends_on FROM period
    WHERE state = 'closed' AND %(on)s BETWEEN starts_on AND ends_on FOR KEY SHARE
) closed ON true
"""
# Closed periods may follow each other.
OPEN_FROM = """
WITH RECURSIVE tried ("on") AS (
    SELECT %(on)s::date
    UNION ALL
    SELECT period.ends_on + 1 FROM tried JOIN period ON state = 'closed' AND tried."on" BETWEEN starts_on AND ends_on
)
SELECT max("on") AS "on" FROM tried
"""
LOCK = "LOCK TABLE period IN EXCLUSIVE MODE"
OVERLAPPING = """
SELECT id, starts_on, ends_on, state FROM period
WHERE starts_on <= %(ends_on)s AND ends_on >= %(starts_on)s ORDER BY starts_on
"""
ADD = """
INSERT INTO period (starts_on, ends_on, state, changed_at, changed_by_id)
VALUES (%(starts_on)s, %(ends_on)s, 'closed', %(at)s, %(by)s) RETURNING id
"""
CHANGE = """
UPDATE period SET state = %(state)s, changed_at = %(at)s, changed_by_id = %(by)s, version = version + 1
WHERE starts_on = %(starts_on)s AND state <> %(state)s RETURNING id
"""


def check_date(session: Session, *, on: date, **_: Any) -> None:
    """Lets a deed go on whose business date may be posted on, and keeps it so until the deed ends.

    Raises Invalid for what is no date, and DomainError for a date in the future of the company's time zone
    (`in_the_future`) and in a closed period (`closed_period`).
    """
    check_is_date(on)
    rows = read(session, CLOSED, on=on)
    today = remember(session, rows).today()
    if on > today:
        raise DomainError(
            "in_the_future", "{on} is in the future: choose {today} or an earlier date.", on=on, today=today
        )
    period = rows[0]
    if period.starts_on is not None:
        raise DomainError(
            "closed_period",
            "{on} is in the period {starts_on} to {ends_on}, which is closed: choose another date, or have the period "
            "reopened.",
            on=on,
            starts_on=period.starts_on,
            ends_on=period.ends_on,
        )


def open_from(session: Session, on: date) -> date:
    """This date, or the first one after the closed periods that it is in; it may be in the future."""
    found: date = read(session, OPEN_FROM, on=on)[0].on
    return found


def close_period(session: Session, starts_on: date, ends_on: date, *, by: int) -> None:
    """Closes the stretch from the first to the last date, both included; closing it again changes nothing.

    Waits for the deeds that are posting. Raises DomainError where the dates are in the wrong order or not over yet,
    or where they overlap another period in part.
    """
    check_is_date(starts_on)
    check_is_date(ends_on)
    if ends_on < starts_on:
        raise Invalid(
            "wrong_order",
            "A period cannot end on {ends_on} before it starts on {starts_on}.",
            starts_on=starts_on,
            ends_on=ends_on,
        )
    if ends_on > company(session).today():
        raise DomainError(
            "not_over", "The period ends on {ends_on}, which is still to come: close it then.", ends_on=ends_on
        )
    write(session, LOCK)
    overlapping = read(session, OVERLAPPING, starts_on=starts_on, ends_on=ends_on)
    others = [row for row in overlapping if (row.starts_on, row.ends_on) != (starts_on, ends_on)]
    if others:
        raise DomainError(
            "period_overlaps",
            "The dates overlap the period {starts_on} to {ends_on}: close the stretch beside it.",
            starts_on=others[0].starts_on,
            ends_on=others[0].ends_on,
        )
    now = clock.now()
    if overlapping:
        changed = read(session, CHANGE, starts_on=starts_on, state="closed", at=now, by=by)
    else:
        changed = read(session, ADD, starts_on=starts_on, ends_on=ends_on, at=now, by=by)
    _tell(session, "close", changed, at=now, by=by)


def reopen_period(session: Session, starts_on: date, *, by: int, reason: str) -> None:
    """Lets deeds post again into the period that starts on this date; reopening it again changes nothing.

    Raises NotFound where no period starts there, and Invalid for no reason.
    """
    check_is_date(starts_on)
    if not reason.strip():
        raise Invalid("no_reason", "Say why the period is reopened.")
    write(session, LOCK)
    if not read(session, "SELECT id FROM period WHERE starts_on = %(starts_on)s", starts_on=starts_on):
        raise NotFound("no_period", "No period starts on {starts_on}.", starts_on=starts_on)
    now = clock.now()
    changed = read(session, CHANGE, starts_on=starts_on, state="open", at=now, by=by)
    _tell(session, "reopen", changed, at=now, by=by, reason=reason.strip())


def _tell(
    session: Session, step: str, periods: Sequence[Row[Any]], *, at: datetime, by: int, reason: str = ""
) -> None:  # fmt: skip
    insert(session, LedgerHistory, [
        {"at": at, "actor_id": by, "step": step, "period_id": period.id, "reason": reason} for period in periods
    ])  # fmt: skip


def check_is_date(on: object) -> None:
    """Invalid for anything that is no plain date."""
    if not isinstance(on, date) or isinstance(on, datetime):
        raise Invalid("not_a_date", "{value!r} is not a date: write one like 2026-03-31.", value=on)
