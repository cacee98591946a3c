"""Which payment settles how much of which line."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.kernel import clock
from app.domain.kernel.document import links, register
from app.domain.kernel.errors import DomainError, refuse
from app.domain.kernel.rows import read, write
from app.domain.kernel.values import ZERO
from app.domain.settlement.items import refresh_statuses
from app.domain.settlement.matching import share_in_order
from app.domain.settlement.models import Allocation, AllocationLine


class Wish(NamedTuple):
    """A payment of a customer is to settle so much of a document, or of one of its lines."""

    payment_id: int
    customer_id: int
    currency: str
    target_id: int
    amount: Decimal
    line_id: int | None = None


class Share(NamedTuple):
    payment_id: int
    target_id: int
    item_id: int
    amount: Decimal


ITEMS = """
SELECT item.id, item.document_id, item.line_id, item.customer_id, item.invoice_id, item.currency,
       item.amount - item.allocated AS open, document.number
FROM open_item item JOIN document ON document.id = item.document_id
WHERE item.document_id = ANY(%(targets)s::bigint[])
ORDER BY item.document_id, item.id FOR NO KEY UPDATE OF item
"""
RAISE = """
UPDATE open_item SET allocated = allocated + given.amount
FROM unnest(%(items)s::bigint[], %(amounts)s::numeric[]) AS given (id, amount)
WHERE open_item.id = given.id
"""
LIVE = """
SELECT allocation.id, allocation.payment_id, allocation.target_id, line.open_item_id, line.amount
FROM allocation JOIN allocation_line line ON line.allocation_id = allocation.id
WHERE allocation.payment_id = ANY(%(payments)s::bigint[]) AND allocation.released_on IS NULL
ORDER BY allocation.id, line.open_item_id
"""
RELEASE = "UPDATE allocation SET released_on = %(on)s WHERE id = ANY(%(ids)s::bigint[])"


def allocate(session: Session, wishes: Sequence[Wish], *, on: date) -> dict[int, Decimal]:
    """Settles what payments are meant for, in the order of the wishes; gives the sum allocated of each payment.

    Raises Refused, by payment, for more than is open, another customer's or another currency's document, and for what
    is no invoice.
    """
    items: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in read(session, ITEMS, targets=sorted({wish.target_id for wish in wishes})):
        items[row.document_id].append(row)
    left = {row.id: row.open for rows in items.values() for row in rows}
    errors: dict[int, DomainError] = {}
    shares: list[Share] = []
    for wish in wishes:
        rows = [row for row in items[wish.target_id] if wish.line_id in (None, row.line_id)]
        if refusal := _refusal(wish, rows, sum((left[row.id] for row in rows), ZERO)):
            errors.setdefault(wish.payment_id, refusal)
            continue
        for row, amount in zip(rows, share_in_order(wish.amount, [left[row.id] for row in rows]), strict=True):
            left[row.id] -= amount
            shares.append(Share(wish.payment_id, wish.target_id, row.id, amount))
    refuse(errors)
    return _write(session, [share for share in shares if share.amount], on)


def _refusal(wish: Wish, rows: Sequence[Row[Any]], is_open: Decimal) -> DomainError | None:
    if not rows or rows[0].invoice_id is None:
        return DomainError(
            "not_payable", "Document {target} is no issued invoice with such a line: name an invoice that is open.",
            target=wish.target_id,
        )  # fmt: skip
    if (rows[0].customer_id, rows[0].currency) != (wish.customer_id, wish.currency):
        return DomainError(
            "foreign_document", "Invoice {number} is another customer's, or in another currency.", number=rows[0].number
        )
    if wish.amount > is_open:
        return DomainError(
            "more_than_open", "Invoice {number}: {amount} is more than the {open} that is open.",
            number=rows[0].number, amount=wish.amount, open=is_open,
        )  # fmt: skip
    return None


def _write(session: Session, shares: Sequence[Share], on: date) -> dict[int, Decimal]:
    """One act for each payment and document, with its lines."""
    acts: dict[tuple[int, int], dict[int, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))
    totals: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for share in shares:
        acts[share.payment_id, share.target_id][share.item_id] += share.amount
        totals[share.payment_id] += share.amount
    if not acts:
        return totals
    at = clock.now()
    register(session, "allocation", [{} for _ in acts], lambda ids: [
        (Allocation, [
            {"id": act, "payment_id": payment, "target_id": target, "on": on, "at": at}
            for act, (payment, target) in zip(ids, acts, strict=True)
        ]),
        (AllocationLine, [
            {"allocation_id": act, "open_item_id": item, "amount": amount}
            for act, lines in zip(ids, acts.values(), strict=True) for item, amount in lines.items()
        ]),
        links((payment, act, "allocates") for act, (payment, _) in zip(ids, acts, strict=True)),
    ])  # fmt: skip
    _raise(session, [(item, amount) for lines in acts.values() for item, amount in lines.items()])
    refresh_statuses(session, (target for _, target in acts))
    return totals


def _raise(session: Session, amounts: Iterable[tuple[int, Decimal]]) -> None:
    sums: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for item, amount in amounts:
        sums[item] += amount
    write(session, RAISE, items=list(sums), amounts=list(sums.values()))


def release_payments(session: Session, payments: Sequence[int], *, on: date) -> Mapping[int, Decimal]:
    """Releases all that these payments settle; gives what each act had settled, by the act's id."""
    rows = read(session, LIVE, payments=list(payments))
    amounts: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for row in rows:
        amounts[row.id] += row.amount
    if rows:
        write(session, RELEASE, ids=list(amounts), on=on)
        _raise(session, ((row.open_item_id, -row.amount) for row in rows))
        refresh_statuses(session, (row.target_id for row in rows))
    return amounts
