"""The due dates of one invoice: written on the draft, and put off after it was issued."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.kernel.document import lock_documents, record
from app.domain.kernel.errors import DomainError, Invalid, NotFound, WrongState, refuse
from app.domain.kernel.lifecycle import Outcome
from app.domain.kernel.rows import read, write
from app.domain.parties.terms import DueAmount, Term, instalments
from app.domain.settlement.instalments import move_due_dates


def instalments_of(
    term: Term, total: Decimal, on: date, written: Sequence[str] = (), decimals: int = 2
) -> list[DueAmount]:
    """The instalments of an invoice by its term, on the dates `written` on its draft where there are any.

    Raises DomainError where the term does not fit the total, where the dates are not one for all of it or one for
    each instalment, and where one is before the invoice.
    """
    by_term = instalments(term, total, on, decimals)
    if not written:
        return by_term
    dates = [date.fromisoformat(text) for text in written]
    _check_dates(dates, len(by_term), on)
    if len(dates) == 1:
        return [DueAmount(dates[0], total)] if total else []
    return [DueAmount(day, its.amount) for day, its in zip(dates, by_term, strict=True)]


def _check_dates(dates: Sequence[date], wanted: int, on: date) -> None:
    if len(dates) not in (1, wanted):
        raise Invalid("due_dates", "{given} due dates are given: give one, or one for each of {wanted} instalments.",
                      given=len(dates), wanted=wanted)  # fmt: skip
    if min(dates) < on:
        raise Invalid("due_before_invoice", "Due on {due_on}, before the invoice of {on}: choose {on} or later.",
                      due_on=min(dates), on=on)  # fmt: skip


DUE = """
SELECT invoice.id, invoice.state, invoice."on", array_agg(instalment.due_on ORDER BY position) AS due_ons,
       array_agg(instalment.position ORDER BY position) AS positions
FROM invoice LEFT JOIN instalment ON instalment.document_id = invoice.id
WHERE invoice.id = ANY(%(ids)s::bigint[]) GROUP BY invoice.id
"""
WRITE_LAST = """
UPDATE invoice SET due_on = given.due_on, version = version + 1
FROM unnest(%(ids)s::bigint[], %(due_ons)s::date[]) AS given (id, due_on) WHERE invoice.id = given.id
"""


def reschedule_invoices(
    session: Session, ids: Iterable[int], /, *, by: int, due_dates: Sequence[date], reason: str
) -> Outcome:
    """Puts off, or brings forward, what is due of issued invoices: only when they are overdue is another thing now.

    `due_dates` is one date for all, or one for each instalment. The printed terms stay. Raises Refused for what is
    not issued, has another number of instalments, or would be due before its own date.
    """
    if not reason.strip():
        raise Invalid("no_reason", "Say why it is due on another date.")
    if not due_dates:
        raise Invalid("no_dates", "Say when it is due.")
    wanted = sorted(set(ids))
    lock_documents(session, wanted)
    rows = {row.id: row for row in read(session, DUE, ids=wanted)}
    refuse({i: error for i in wanted if (error := _refusal(rows.get(i), due_dates))})
    due = {i: [*due_dates] * (len(rows[i].positions) if len(due_dates) == 1 else 1) for i in wanted}
    move_due_dates(session, {
        (i, position): day for i in wanted for position, day in zip(rows[i].positions, due[i], strict=True)
    })  # fmt: skip
    write(session, WRITE_LAST, ids=wanted, due_ons=[max(due[i]) for i in wanted])
    record(session, "reschedule", [
        {"document_id": i, "from_state": "issued", "to_state": "issued",
         "changes": {"due_dates": [_told(rows[i].due_ons), _told(due[i])], "reason": reason}}
        for i in wanted
    ], by=by)  # fmt: skip
    return Outcome(done=wanted)


def _refusal(row: Row[Any] | None, dates: Sequence[date]) -> DomainError | None:
    if row is None:
        return NotFound("not_found", "There is no such invoice.")
    if row.state != "issued":
        return WrongState("not_issued", "The invoice is {state}: write its due dates on the draft.", state=row.state)
    if row.positions == [None]:
        return DomainError("nothing_due", "Nothing was ever due of it.")
    try:
        _check_dates(dates, len(row.positions), row.on)
    except Invalid as refusal:
        return refusal
    return None


def _told(dates: Sequence[date]) -> str:
    return ", ".join(day.isoformat() for day in dates)
