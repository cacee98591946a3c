"""Orders that shops were asked for: kept like those that they send, unless the same is here already."""

import json
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from app.domain.intake.eshop import dialects
from app.domain.intake.eshop.dialects import REFUNDS
from app.domain.intake.eshop.messages import UNTOLD, Sent, digest_of, mark, store_all
from app.domain.intake.eshop.reading import Unreadable, mapping, parse, ref
from app.domain.kernel import clock
from app.domain.kernel.errors import DomainError
from app.domain.kernel.rows import read, write

# Who begins to ask hears of what went wrong just before; older orders were dealt with otherwise.
BEGINS_BEFORE = timedelta(hours=1)
# Links to other answers differ between what is sent and what is asked for.
LINKS = "_links"
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
# What was told so long ago was asked about since, or never will be.
RECENT = timedelta(days=7)

CURSOR = "SELECT polled_until FROM shop WHERE id = %(shop)s"
MOVE = "UPDATE shop SET polled_until = greatest(polled_until, %(until)s) WHERE id = %(shop)s"
HERE = f"""
SELECT order_ref, topic, body FROM inbound_message
WHERE shop_id = %(shop)s AND order_ref = ANY(%(refs)s::text[]) AND outcome <> 'refused'
      AND body IS NOT NULL AND NOT {UNTOLD}
"""
# What a shop was asked for and did not tell; it is applied where somebody has seen to that.
RESTS = f"outcome IN ('waiting', 'noticed', 'applied') AND {UNTOLD}"
# What was asked in vain so many times rests for 1, 2, 4, 8 … minutes; what was given up rests for good. An empty body
# that the shop sent by itself is about no order: nothing is asked for.
AWAITED = f"""
SELECT order_ref, outcome = 'waiting' AND (
           deliveries = 0 OR last_at + power(2, least(deliveries, 13) - 1) * %(minute)s <= %(now)s
       ) AS due
FROM inbound_message
WHERE shop_id = %(shop)s AND order_ref <> '' AND {RESTS}
ORDER BY last_at, id
"""
TOLD_AT_LAST = f"""
UPDATE inbound_message SET outcome = 'superseded', reason = NULL, deliveries = 0
WHERE shop_id = %(shop)s AND order_ref = ANY(%(refs)s::text[]) AND topic = ANY(%(topics)s::text[])
      AND {RESTS}
"""
LINES_HERE = f"""
SELECT order_ref, topic, body FROM inbound_message
WHERE shop_id = %(shop)s AND order_ref = ANY(%(refs)s::text[]) AND topic = %(asked)s || order_ref
      AND outcome <> 'refused' AND body IS NOT NULL AND NOT {UNTOLD}
"""
# What a shop said last of an order's refunds, whose date is that of the last time: they are all that there are by then.
ANSWERED = f"""
SELECT DISTINCT ON (order_ref) order_ref, digest FROM inbound_message
WHERE shop_id = %(shop)s AND order_ref = ANY(%(refs)s::text[]) AND topic = %(asked)s || order_ref
      AND outcome <> 'refused' AND NOT coalesce({UNTOLD}, false)
ORDER BY order_ref, received_at DESC, id DESC
"""
ANSWERED_NOW = """
UPDATE inbound_message message SET received_at = message.last_at, body = given.body
FROM unnest(%(ids)s::bigint[], %(bodies)s::bytea[]) AS given (id, body) WHERE message.id = given.id
"""
# A shop that deletes a refund may tell of its order with the date of before, or nothing at all. So it is asked of which
# refunds there are whenever it tells of an order that had some, and once a day as long as they are proposals only.
UNSURE = f"""
SELECT refunded.order_ref FROM (
    SELECT refund.order_ref, bool_or(coalesce(note.state = 'draft' OR line.state = 'draft', false)) AS drafted
    FROM shop_refund refund LEFT JOIN credit_note note ON note.id = refund.credit_note_id
    LEFT JOIN bank_line line ON line.id = refund.payment_id
    WHERE refund.shop_id = %(shop)s AND (note.state = 'draft' OR line.state = 'draft' OR refund.order_ref IN (
        SELECT order_ref FROM inbound_message WHERE shop_id = %(shop)s AND last_at > %(now)s - %(recent)s
    )) GROUP BY refund.order_ref
) refunded CROSS JOIN LATERAL (
    SELECT max(last_at) FILTER (WHERE topic = %(asked)s || order_ref AND NOT coalesce({UNTOLD}, false)) AS answered,
           max(last_at) FILTER (WHERE topic <> %(asked)s || order_ref) AS told,
           bool_or(coalesce({RESTS}, false)) AS rests
    FROM inbound_message message
    WHERE shop_id = %(shop)s AND message.order_ref = refunded.order_ref AND outcome <> 'refused'
) heard
WHERE NOT heard.rests AND (heard.told > coalesce(heard.answered, '-infinity')
                           OR (refunded.drafted AND heard.answered < %(now)s - %(day)s))
ORDER BY heard.answered NULLS FIRST, refunded.order_ref LIMIT %(most)s
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

    @property
    def is_answer(self) -> bool:
        """Whether it tells all refunds of an order."""
        return self.topic.startswith(REFUNDS)


def asked_until(session: Session, shop: int) -> datetime:
    """Up to which moment of change a shop's orders are here."""
    return read(session, CURSOR, shop=shop)[0].polled_until or clock.now() - BEGINS_BEFORE


def keep_found(session: Session, shop: int, found: Sequence[Found], *, until: datetime | None = None) -> list[str]:
    """Keeps what is not here yet, and the moment up to which was asked; gives the orders that something is new of.

    What the shop does not tell of one order waits with its reason until it is told, or was asked for often enough, and
    holds up no other; nor does what nobody can read, which waits like what is sent so. What it says of refunds is new
    where it said otherwise last.
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
    new = [it for it in found if it.is_answer or (it.ref, _plain(it.body)) not in here]
    before = read(session, ANSWERED, shop=shop, refs=[it.ref for it in new], asked=REFUNDS)
    again = store_all(session, shop, [Sent(it.ref, it.topic, it.body) for it in new])
    answers = {its.id: it for it, its in zip(new, again, strict=True) if it.is_answer}
    write(session, ANSWERED_NOW, ids=list(answers), bodies=[it.body for it in answers.values()])
    if until is not None:
        # A shop whose clock is ahead would have us pass by all that comes before that moment.
        write(session, MOVE, shop=shop, until=min(until, clock.now()))
    # Of what was forgotten the same again is nothing new.
    last = {row.order_ref: bytes(row.digest) for row in before}
    return list(dict.fromkeys(
        it.ref for it, its in zip(new, again, strict=True)
        if its.is_new or (it.is_answer and last.get(it.ref) != digest_of(it.body))
    ))  # fmt: skip


def _never_told(why: DomainError | None) -> DomainError:
    return DomainError("refunds_never_told", "The shop never said which lines it refunded, however often it was asked, "
                       "so they are taken by amount: compare the credit note with the shop. {why}",
                       why=str(why))  # fmt: skip


class Awaited(NamedTuple):
    """Orders of which the shop did not tell what it was asked: those that are to be asked for again, asked for longest
    ago first, with those of which it may say otherwise by now; and those that rest.
    """

    due: Sequence[str]
    resting: Collection[str]


def awaited(session: Session, shop: int) -> Awaited:
    """What a shop has yet to tell of orders: asked for less and less often, and in the end no more."""
    rows = read(session, AWAITED, shop=shop, now=clock.now(), minute=MINUTE)
    due = [row.order_ref for row in rows if row.due]
    unsure = read(session, UNSURE, shop=shop, asked=REFUNDS, now=clock.now(), recent=RECENT, day=DAY,
                  most=MOST_AWAITED)  # fmt: skip
    its = [*due[:MOST_AWAITED], *(row.order_ref for row in unsure)]
    return Awaited(its, {row.order_ref for row in rows} - {*due})


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
