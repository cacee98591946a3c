"""What all messages of an order mean together, in whatever order they came: the furthest state is the one that holds.

Pure: the same messages give the same, so that a message that comes late, twice or in between changes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from app.domain.intake.eshop.value import BEFORE_ALL, CANCELLED, OPEN, PLACED, Refund, ShopOrder, Told
from app.domain.kernel.values import ZERO

# How far messages may be behind each other that were sent at the same moment.
ON_THE_WAY = timedelta(minutes=1)


class Heard(NamedTuple):
    """A message that could be read, when it came first, and its digest."""

    id: int
    told: Told
    received: datetime
    digest: bytes


class Taken(NamedTuple):
    """What an order came to when its shop said first (`told`) that it was paid at that moment (`at`)."""

    told: datetime
    at: datetime
    amount: Decimal


@dataclass(frozen=True)
class Merged:
    """The furthest state and the message that told it; what is wanted here: `placed`, `cancelled`, or `open` where it
    was never ordered, or nothing came of it; and up to when that is known.

    Where a shop says no amount, what was paid of it is what it came to when that was said first: `taken`.
    """

    order: ShopOrder
    message: int
    wanted: str
    refunds: Sequence[Refund]
    at: datetime
    taken: Taken | None = None


def merge(heard: Iterable[Heard], *, known: bool = False, taken: Taken | None = None) -> Merged | None:
    """All that was heard of one order; None where no message tells a state of it.

    One that is `known` here was placed once, and what was `taken` for it is known, though the messages that told so may
    be kept no longer.
    """
    every = list(heard)
    states = [(one, one.told.order) for one in every if one.told.order is not None]
    if not states:
        return None
    changed = _moments(states)
    last, order = max(states, key=lambda state: (changed[state[0].id], state[1].advance, state[0].digest))
    # Of a clock that is ahead nobody knows what came just before a deletion, and what after it.
    unsure = ON_THE_WAY if changed[last.id] < order.modified else timedelta(0)
    deletions = [one.received for one in every if one.told.deleted and one.received > changed[last.id] - unsure]
    orders = [order for _, order in states]
    # Money that was taken came of an order, even where the shop told of it only when it was over.
    placed = known or any(one.status == PLACED or one.paid for one in orders)
    # A paid order that waits for money again, as it was added to, is none of which nothing came.
    over = bool(deletions) or order.status == CANCELLED or (order.status == OPEN and not order.paid)
    wanted = (CANCELLED if over else PLACED) if placed else OPEN
    at = max([changed[last.id], *deletions])
    if taken := _taken(order, states, changed, taken):
        order = replace(order, paid=taken.amount)
    deleted = _deleted(last, states, every, changed)
    refunds = [one for one in _refunds(every) if one.ref not in deleted]
    return Merged(replace(order, refunds=()), last.id, wanted, refunds, at, taken)


def _taken(
    order: ShopOrder, states: Iterable[tuple[Heard, ShopOrder]], changed: Mapping[int, datetime], before: Taken | None
) -> Taken | None:  # fmt: skip
    """Nobody pays by having the order changed: a total that rose since is not paid by the word that stayed."""
    if not order.paid_by_word or order.paid_at is None:
        return None
    told = [
        Taken(changed[one.id], its.paid_at, its.gross) for one, its in states
        if its.paid_by_word and its.paid_at == order.paid_at
    ]  # fmt: skip
    return min([*told, *([before] if before is not None and before.at == order.paid_at else [])])


def _moments(states: Sequence[tuple[Heard, ShopOrder]]) -> dict[int, datetime]:
    """When each state came to be, by the shop's clock as far as that can be: nothing is told before it happens.

    What a clock that is ahead stamped is of the moment when it came; and where a later stamp of the same clock came
    first, having overtaken it on the way, of that moment.
    """
    ahead = [(one, order, order.modified - one.received) for one, order in states if order.modified > one.received]
    found = {one.id: order.modified for one, order in states}
    for one, order, lead in ahead:
        found[one.id] = min(
            other.received for other, its, far in ahead
            if its.modified >= order.modified and abs(far - lead) <= ON_THE_WAY
        )  # fmt: skip
    return found


def _refunds(heard: Iterable[Heard]) -> list[Refund]:
    """Every refund once; one whose lines are told before one without."""
    found: dict[str, Refund] = {}
    for one in heard:
        for refund in (*one.told.refunds, *(one.told.order.refunds if one.told.order else ())):
            known = found.get(refund.ref)
            if known is None or _said(refund) > _said(known):
                found[refund.ref] = refund
    return [found[ref] for ref in sorted(found, key=lambda ref: (len(ref), ref))]


def _deleted(last: Heard, states: Sequence[tuple[Heard, ShopOrder]], heard: Iterable[Heard],
             changed: Mapping[int, datetime]) -> set[str]:  # fmt: skip
    """Refunds that were told of and are there no longer. A shop that was asked for them tells all that there are by
    then; else its last state does, but not of one that only an answer told of, which may be younger.

    Not every shop stamps an order anew for a refund that it deletes: of states of one moment nobody knows which is the
    last, so that what any of them tells stays, until the shop is asked.
    """
    every = list(heard)
    answers = [one for one in every if one.told.all_refunds and one.received >= changed[last.id]]
    if answers:
        answer = max(answers, key=lambda one: (one.received, one.digest))
        return {one.ref for one in _refunds(every)} - {one.ref for one in answer.told.refunds}
    latest = [order for one, order in states if changed[one.id] == changed[last.id]]
    if not all(order.all_refunds for order in latest):
        return set()
    return _refs(order for _, order in states) - _refs(latest)


def _refs(orders: Iterable[ShopOrder]) -> set[str]:
    return {refund.ref for order in orders for refund in order.refunds}


def _said(refund: Refund) -> tuple[bool, timedelta, Decimal, str]:
    """How much it says: lines before none, the earlier date, since an order tells its own for its refunds, and what
    never left, which is known only beside its order.
    """
    unsent = sum((line.quantity for line in refund.lines or () if line.unsent), ZERO)
    return refund.lines is not None, BEFORE_ALL - refund.at, unsent, str(refund.amount)
