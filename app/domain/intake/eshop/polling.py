"""Orders that shops were asked for: kept like those that they send, unless the same is here already."""

import json
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from app.domain.intake.eshop import dialects
from app.domain.intake.eshop.dialects import REFUNDS
from app.domain.intake.eshop.messages import UNTOLD, Sent, mark, store_all
from app.domain.intake.eshop.reading import Unreadable, mapping, parse, ref
from app.domain.kernel import clock
from app.domain.kernel.errors import DomainError
from app.domain.kernel.rows import read, write

# Who begins to ask hears of what went wrong just before; older orders were dealt with otherwise.
BEGINS_BEFORE = timedelta(hours=1)
# Links to other answers differ between what is sent and what is asked for.
LINKS = "_links"
MINUTE = timedelta(minutes=1)

CURSOR = "SELECT polled_until FROM shop WHERE id = %(shop)s"
MOVE = "UPDATE shop SET polled_until = greatest(polled_until, %(until)s) WHERE id = %(shop)s"
HERE = f"""
SELECT order_ref, topic, body FROM inbound_message
WHERE shop_id = %(shop)s AND order_ref = ANY(%(refs)s::text[]) AND outcome <> 'refused'
      AND body IS NOT NULL AND NOT {UNTOLD}
"""
# What was asked in vain so many times rests for 1, 2, 4, 8 … minutes; what was given up rests for good. An empty body
# that the shop sent by itself is about no order: nothing is asked for.
AWAITED = f"""
SELECT order_ref, outcome = 'waiting' AND (
           deliveries = 0 OR last_at + power(2, least(deliveries, 13) - 1) * %(minute)s <= %(now)s
       ) AS due
FROM inbound_message
WHERE shop_id = %(shop)s AND order_ref <> '' AND outcome IN ('waiting', 'noticed') AND {UNTOLD}
ORDER BY last_at, id
"""
TOLD_AT_LAST = f"""
UPDATE inbound_message SET outcome = 'superseded', reason = NULL, deliveries = 0
WHERE shop_id = %(shop)s AND order_ref = ANY(%(refs)s::text[]) AND topic = ANY(%(topics)s::text[])
      AND outcome IN ('waiting', 'noticed') AND {UNTOLD}
"""
LINES_HERE = f"""
SELECT order_ref, topic, body FROM inbound_message
WHERE shop_id = %(shop)s AND order_ref = ANY(%(refs)s::text[]) AND topic = %(asked)s || order_ref
      AND outcome <> 'refused' AND body IS NOT NULL AND NOT {UNTOLD}
"""
# So many are asked for again at once, and each so many times, which is for a day and a half.
MOST_AWAITED = 20
MOST_ASKED = 12


class Found(NamedTuple):
    """An answer about one order: the shop's id of it, what was asked, the JSON of the answer, `why` there is none."""

    ref: str
    topic: str
    body: bytes
    why: DomainError | None = None


def asked_until(session: Session, shop: int) -> datetime:
    """Up to which moment of change a shop's orders are here."""
    return read(session, CURSOR, shop=shop)[0].polled_until or clock.now() - BEGINS_BEFORE


def keep_found(session: Session, shop: int, found: Sequence[Found], *, until: datetime | None = None) -> list[str]:
    """Keeps what is not here yet, and the moment up to which was asked; gives the orders that something is new of.

    What the shop does not tell of one order waits with its reason until it is told, or was asked for often enough, and
    holds up no other; nor does what nobody can read, which waits like what is sent so.
    """
    kept = [it for it in found if it.why is not None]
    stored = store_all(session, shop, [Sent(it.ref, it.topic, b"" if it.ref else it.body, unreadable=it.why)
                                       for it in kept])  # fmt: skip
    mark(session, {
        its.id: ("waiting", it.why) if its.deliveries < MOST_ASKED else ("noticed", _never_told(it.why))
        for it, its in zip(kept, stored, strict=True) if it.ref
    })  # fmt: skip
    found = [it for it in found if it.why is None]
    write(session, TOLD_AT_LAST, shop=shop, refs=[it.ref for it in found], topics=[it.topic for it in found])
    rows = read(session, HERE, shop=shop, refs=sorted({it.ref for it in found}))
    here = {(row.order_ref, _plain(row.body)) for row in rows}
    new = [it for it in found if (it.ref, _plain(it.body)) not in here]
    again = store_all(session, shop, [Sent(it.ref, it.topic, it.body) for it in new])
    if until is not None:
        # A shop whose clock is ahead would have us pass by all that comes before that moment.
        write(session, MOVE, shop=shop, until=min(until, clock.now()))
    # Of what was forgotten the same again is nothing new.
    return list(dict.fromkeys(it.ref for it, its in zip(new, again, strict=True) if its.is_new))


def _never_told(why: DomainError | None) -> DomainError:
    return DomainError("refunds_never_told", "The shop never said which lines it refunded, however often it was asked, "
                       "so they are taken by amount: compare the credit note with the shop. {why}",
                       why=str(why))  # fmt: skip


class Awaited(NamedTuple):
    """Orders of which the shop did not tell what it was asked: those that are to be asked for again, asked for longest
    ago first, and those that rest.
    """

    due: Sequence[str]
    resting: Collection[str]


def awaited(session: Session, shop: int) -> Awaited:
    """What a shop has yet to tell of orders: asked for less and less often, and in the end no more."""
    rows = read(session, AWAITED, shop=shop, now=clock.now(), minute=MINUTE)
    due = [row.order_ref for row in rows if row.due]
    return Awaited(due[:MOST_AWAITED], {row.order_ref for row in rows} - {*due})


def refunds_told(session: Session, shop: int, dialect: str, refs: Sequence[str]) -> dict[str, set[str]]:
    """Which refunds of orders a shop has told with their lines: what it does not change any more."""
    found = dict[str, set[str]]()
    for row in read(session, LINES_HERE, shop=shop, refs=sorted(set(refs)), asked=REFUNDS):
        with suppress(Unreadable):
            its = dialects.read(dialect, row.body, row.topic).refunds
            found.setdefault(row.order_ref, set()).update(one.ref for one in its)
    return found


def as_body(answer: Any) -> bytes:
    """An answer as it is kept."""
    return json.dumps(answer, separators=(",", ":"), default=str).encode()


def as_found(answer: Any, topic: str) -> Found:
    """One order of those that a shop told of when it was asked."""
    body = as_body(answer)
    try:
        its = mapping(parse(body), "order")
        return Found(ref(its.get("id"), "id"), topic, body)
    except Unreadable as why:
        return Found("", topic, body, why)


def _plain(body: bytes) -> str:
    """What a body says, however it is written."""
    said = parse(body)
    if isinstance(said, dict):
        said = {name: value for name, value in said.items() if name != LINKS}
    return json.dumps(said, sort_keys=True, default=str)
