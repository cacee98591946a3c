"""Taking allocations back: single acts, whose money is then the customer's advance, and whole payments."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.kernel.document import lock_documents, record
from app.domain.kernel.errors import DomainError, Invalid, NotFound, refuse
from app.domain.kernel.lifecycle import Outcome, done_before
from app.domain.kernel.rows import read
from app.domain.ledger.periods import check_date
from app.domain.settlement.acts import lines_of, mirror_releases, release_acts
from app.domain.settlement.credits import close_credits, lock_credits, refuse_repaid, summed
from app.domain.settlement.items import lock_statuses, refresh_statuses
from app.domain.settlement.rounding import resting_on, take_unpaid_roundings_back

ACTS = """
SELECT act.id, act.payment_id, act.target_id, act."on", act.released_on, act.posted, payment.number
FROM allocation act JOIN document payment ON payment.id = act.payment_id
WHERE act.id = ANY(%(acts)s::bigint[]) ORDER BY act.id
"""
OF_PAYMENTS = """
SELECT id, payment_id, "on", released_on, posted FROM allocation
WHERE payment_id = ANY(%(payments)s::bigint[]) ORDER BY id
"""
LOCK_ITEMS = """
SELECT id FROM open_item
WHERE id = ANY(ARRAY(SELECT open_item_id FROM allocation_line WHERE allocation_id = ANY(%(acts)s::bigint[])))
      OR document_id = ANY(%(invoices)s::bigint[])
ORDER BY document_id, id FOR NO KEY UPDATE
"""


def release_allocations(session: Session, acts: Iterable[int], *, on: date, reason: str, by: int) -> Outcome:
    """Takes back that payments settle documents, by whole acts: the documents are open again, the money an advance.

    Acts released before are told as already done. Raises Refused, by act, for what is no act and for a date before it,
    and Invalid or DomainError for the date and for no reason.
    """
    check_date(session, on=on)
    if not reason.strip():
        raise Invalid("no_reason", "Say why this is released.")
    wanted = sorted(set(acts))
    found = {row.id: row for row in read(session, ACTS, acts=wanted)}
    lock_documents(session, {i for row in found.values() for i in (row.payment_id, row.target_id)} | found.keys())
    lines = _locked(session, found, {row.payment_id for row in found.values()})
    live = {line.id for line in lines}
    outcome = Outcome(done=[i for i in wanted if i in live])
    outcome.already = done_before(session, "release", [i for i in wanted if i in found and i not in live])
    refuse(
        {i: NotFound("not_found", "There is no such allocation.") for i in wanted if i not in found}
        | {i: _gone(found[i].number) for i in wanted if i in found and i not in live and i not in outcome.already}
        | {i: _before(found[i].on, on) for i in outcome.done if found[i].on > on}
    )
    release_acts(session, lines, on=on, by=by)
    refresh_statuses(session, (line.target_id for line in lines))
    take_unpaid_roundings_back(session, (line.target_id for line in lines), on=on, by=by)
    _record(session, lines, on=on, reason=reason, by=by)
    return outcome


def _locked(session: Session, acts: Iterable[int], payments: Iterable[int]) -> Sequence[Row[Any]]:
    """The lines of those acts that are still live; locked, in the one order, are their items, the money of the payments
    and the statuses, also of what goes with them where a shipment is not paid any more.
    """
    wanted = sorted(acts)
    rounded, on_rounded = resting_on(session, wanted)
    read(session, LOCK_ITEMS, acts=wanted, invoices=sorted(rounded))
    lock_credits(session, {*payments, *on_rounded})
    lines = lines_of(session, wanted)
    if rounded:
        lock_statuses(session, rounded.union(line.target_id for line in lines))
    return lines


def _gone(number: str | None) -> DomainError:
    return DomainError(
        "moved_on", "This money of {number} followed the goods to another document: release it there.", number=number
    )


def _before(made: date, on: date) -> Invalid:
    return Invalid("before_document", "It is settled since {made}, so it cannot be released on {on}.", made=made, on=on)


def _record(session: Session, lines: Sequence[Row[Any]], *, on: date, reason: str, by: int) -> None:
    amounts = summed((line.id, line.amount) for line in lines)
    told = {line.id: (line.payment_id, line.target_id) for line in lines}
    record(session, "release", [
        {"document_id": document, "changes": {"on": str(on), "reason": reason, "amount": str(amounts[act])}}
        for act, documents in told.items() for document in (act, *documents)
    ], by=by)  # fmt: skip


def release_payments(session: Session, payments: Sequence[int], *, on: date, by: int) -> None:
    """Payments, or other documents that gave money, are cancelled: what they settled is open again, and they give
    nothing any more.

    Whoever calls mirrors their own entries next and then the releases', by `mirror_payments`. Raises Refused for what
    was paid back, and for a date before what the money settled or was released from.
    """
    acts = read(session, OF_PAYMENTS, payments=list(payments))
    lines = _locked(session, _live(acts), payments)
    # Money that followed the goods while it was waited for is where it went.
    while _live(acts := read(session, OF_PAYMENTS, payments=list(payments))) - {line.id for line in lines}:
        lines = _locked(session, _live(acts), payments)
    refuse({
        act.payment_id: Invalid(
            "before_document", "What it settled is dated {last}, so it cannot be cancelled on {on}.",
            last=max(act.on, act.released_on or act.on), on=on,
        )
        for act in acts if max(act.on, act.released_on or act.on) > on
    })  # fmt: skip
    release_acts(session, lines, on=on, by=by)
    if lines:
        refresh_statuses(session, (line.target_id for line in lines))
        take_unpaid_roundings_back(session, (line.target_id for line in lines), on=on, by=by)
    refuse_repaid(session, lock_credits(session, payments))
    close_credits(session, payments)


def _live(acts: Iterable[Row[Any]]) -> set[int]:
    return {act.id for act in acts if act.released_on is None}


def mirror_payments(session: Session, payments: Sequence[int], *, on: date, by: int) -> None:
    """Takes back the entries of all releases of what these payments' own entries had settled, which are mirrored."""
    acts = read(session, OF_PAYMENTS, payments=list(payments))
    mirror_releases(session, [act.id for act in acts if act.posted == "with_payment"], on=on, by=by)
