"""What shops send is stored before anything else, and is never lost; here nothing is applied."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.intake.eshop.value import BEFORE_ALL
from app.domain.kernel import clock
from app.domain.kernel.errors import DomainError
from app.domain.kernel.rows import as_json, read, write

# What was refused is kept to look at, not to be applied: so much of each body, so many of each shop, for so long.
KEPT_OF_REFUSED = 64 * 1024
REFUSED_KEPT = 100
REFUSED_FOR = timedelta(days=30)
FORGOTTEN_AT_ONCE = 200
# They say who somebody is, and nothing of the order.
UNTOLD_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})

# What a shop did not tell when it was asked is kept as a message that says nothing.
UNTOLD = "body = ''"

STORE = """
INSERT INTO inbound_message (shop_id, order_ref, topic, digest, headers, body, received_at, last_at, outcome, reason)
SELECT %(shop)s, ref, topic, digest, headers, body, %(at)s, %(at)s, outcome, reason
FROM unnest(%(refs)s::text[], %(topics)s::text[], %(digests)s::bytea[], %(headers)s::text[]::jsonb[],
            %(bodies)s::bytea[], %(outcomes)s::text[], %(reasons)s::text[]::jsonb[])
     AS given (ref, topic, digest, headers, body, outcome, reason)
ORDER BY ref, digest
ON CONFLICT (shop_id, order_ref, digest) WHERE outcome <> 'refused'
DO UPDATE SET deliveries = inbound_message.deliveries + 1, last_at = excluded.last_at
RETURNING id, deliveries, order_ref, digest
"""
FORGET_REFUSED = """
DELETE FROM inbound_message WHERE outcome = 'refused' AND shop_id = %(shop)s AND (last_at < %(before)s OR id IN (
    SELECT id FROM inbound_message WHERE outcome = 'refused' AND shop_id = %(shop)s ORDER BY id DESC OFFSET %(kept)s
))
"""
OF_ORDER = f"""
SELECT id, topic, body, received_at, digest FROM inbound_message
WHERE shop_id = %(shop)s AND order_ref = %(ref)s AND outcome <> 'refused' AND body IS NOT NULL AND NOT {UNTOLD}
ORDER BY id
"""
MARK = """
UPDATE inbound_message message
SET outcome = given.outcome, reason = given.reason,
    applied_at = CASE WHEN given.outcome IN ('applied', 'noticed') THEN coalesce(applied_at, %(at)s) ELSE applied_at END
FROM unnest(%(ids)s::bigint[], %(outcomes)s::text[], %(reasons)s::text[]::jsonb[]) AS given (id, outcome, reason)
WHERE message.id = given.id AND (message.outcome, message.reason) IS DISTINCT FROM (given.outcome, given.reason)
"""

GIVE_UP = """
UPDATE inbound_message SET outcome = 'waiting', reason = %(reason)s::jsonb
WHERE shop_id = %(shop)s AND order_ref = %(ref)s AND outcome IN ('received', 'waiting')
"""

# All messages of an order together, once it is over and nothing of it is open: what comes later is merged with them.
# What says nothing has nothing to forget: it is used again, should the shop once more not tell what it was asked. A
# notice says all that it is about, and is looked at again without what was sent; but money that is yet to be booked,
# as no day was open for it, stands nowhere else.
FORGET = """
WITH old AS MATERIALIZED (
    SELECT message.id, message.last_at, message.order_ref
    FROM inbound_message message JOIN shop ON shop.id = message.shop_id
    LEFT JOIN shop_order link ON link.shop_id = message.shop_id AND link.ref = message.order_ref
    LEFT JOIN sales_order ON sales_order.id = link.document_id
    WHERE message.body <> '' AND message.outcome IN ('applied', 'superseded', 'ignored', 'noticed')
          AND (message.last_at, message.id) > (%(after)s, %(after_id)s)
          AND message.last_at < %(now)s - make_interval(days => shop.keep_days::int)
          AND coalesce(sales_order.state, 'cancelled') IN ('performed', 'cancelled')
          AND (message.order_ref = '' OR NOT EXISTS (
              SELECT FROM inbound_message other
              WHERE other.shop_id = message.shop_id AND other.order_ref = message.order_ref
                    AND (other.outcome IN ('received', 'waiting')
                         OR (other.outcome = 'noticed' AND other.reason @? '$.**.code ? (@ == "nothing_open")')
                         OR other.last_at >= %(now)s - make_interval(days => shop.keep_days::int))
          ))
    ORDER BY message.last_at, message.id LIMIT %(most)s FOR NO KEY UPDATE OF message SKIP LOCKED
), gone AS (
    DELETE FROM inbound_message WHERE id IN (SELECT id FROM old WHERE order_ref = '')
), emptied AS (
    UPDATE inbound_message SET body = NULL, headers = '{}' WHERE id IN (SELECT id FROM old WHERE order_ref <> '')
)
SELECT last_at, id FROM old ORDER BY last_at, id
"""


class Sent(NamedTuple):
    """What a shop sent about the order that it calls `ref`; what cannot be read waits with that reason.

    The same body is the same message, unless what sets it `apart` is another.
    """

    ref: str
    topic: str
    body: bytes
    headers: Mapping[str, str] = MappingProxyType({})
    unreadable: DomainError | None = None
    apart: str = ""

    @property
    def digest(self) -> bytes:
        """By which the same is known again."""
        return digest_of(self.body, self.apart)


class Stored(NamedTuple):
    """A message, and how often it has come by now."""

    id: int
    deliveries: int

    @property
    def is_new(self) -> bool:
        """Whether it came for the first time."""
        return self.deliveries == 1


def store(
    session: Session, shop: int, body: bytes, headers: Mapping[str, str], *, ref: str, topic: str,
    unreadable: DomainError | None = None, apart: str = "",
) -> Stored:  # fmt: skip
    """Keeps one message; see `Sent`."""
    return store_all(session, shop, [Sent(ref, topic, body, headers, unreadable, apart)])[0]


def store_all(session: Session, shop: int, sent: Sequence[Sent]) -> list[Stored]:
    """Keeps what a shop sent, by one statement, and gives each in its place; the same again is counted, once of those
    that come together.
    """
    once = {(it.ref, it.digest): it for it in sent}
    outcomes = ["waiting" if it.unreadable else "received" for it in once.values()]
    rows = _stored(session, shop, list(once.values()), [it.body for it in once.values()], outcomes)
    found = {(row.order_ref, bytes(row.digest)): Stored(row.id, row.deliveries) for row in rows}
    return [found[it.ref, it.digest] for it in sent]


def _stored(
    session: Session, shop: int, sent: Sequence[Sent], bodies: Sequence[bytes], outcomes: Sequence[str]
) -> Sequence[Row[Any]]:  # fmt: skip
    """Writes messages with so much of their bodies."""
    if not sent:
        return []
    return read(
        session, STORE, shop=shop, at=clock.now(), bodies=bodies, outcomes=outcomes,
        refs=[it.ref for it in sent], topics=[_storable(it.topic) for it in sent],
        digests=[it.digest for it in sent], headers=[_headers(it.headers) for it in sent],
        reasons=[as_json(told(it.unreadable)) if it.unreadable else None for it in sent],
    )  # fmt: skip


def refuse_message(
    session: Session, shop: int, body: bytes, headers: Mapping[str, str], why: DomainError, *, topic: str
) -> None:  # fmt: skip
    """Keeps what was not believed: the beginning of it, and only the last of many."""
    write(session, FORGET_REFUSED, shop=shop, before=clock.now() - REFUSED_FOR, kept=REFUSED_KEPT - 1)
    _stored(session, shop, [Sent("", topic, body, headers, why)], [body[:KEPT_OF_REFUSED]], ["refused"])


def of_order(session: Session, shop: int, ref: str) -> Sequence[Row[Any]]:
    """All that a shop sent about an order, in the order in which it came first."""
    return read(session, OF_ORDER, shop=shop, ref=ref)


def mark(session: Session, outcomes: Mapping[int, tuple[str, DomainError | None]]) -> None:
    """Writes what became of messages: the outcome, and the reason where there is one to tell."""
    if not outcomes:
        return
    reasons = [as_json(told(why)) if why is not None else None for _, why in outcomes.values()]
    write(session, MARK, ids=list(outcomes), outcomes=[outcome for outcome, _ in outcomes.values()], reasons=reasons,
          at=clock.now())  # fmt: skip


def forget_old(session: Session, after: tuple[datetime, int] | None = None) -> tuple[datetime, int] | None:
    """Throws away the next bodies that their shops' settings keep no longer; where it stopped, None at the end.

    A digest stays for each order's message, so that the same is still known; of what is about no order nothing stays.
    """
    at, message = after or (BEFORE_ALL, 0)
    rows = read(session, FORGET, after=at, after_id=message, now=clock.now(), most=FORGOTTEN_AT_ONCE)
    return (rows[-1].last_at, rows[-1].id) if rows else None


def give_up(session: Session, shop: int, ref: str, why: DomainError) -> None:
    """Has all that was not applied yet of an order wait for a person."""
    write(session, GIVE_UP, shop=shop, ref=ref, reason=as_json(told(why)))


def told(error: DomainError) -> dict[str, Any]:
    """A refusal as it is kept: its sentence can still be translated."""
    facts = {name: value if isinstance(value, (str, int, list)) else str(value) for name, value in error.facts.items()}
    kept: dict[str, Any] = _storable({"code": error.code, "template": error.template, "facts": facts})
    return kept


def digest_of(body: bytes, apart: str = "") -> bytes:
    """The digest of a body, and of what sets it apart from others that say the same."""
    return hashlib.sha256(body + (b"\0" + _storable(apart).encode() if apart else b"")).digest()


def _headers(headers: Mapping[str, str]) -> str | None:
    return as_json(_storable({name: its for name, its in headers.items() if name.lower() not in UNTOLD_HEADERS}))


def _storable(value: Any) -> Any:
    """The same with another character for each that no text in the database has: NUL, and halves of pairs."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode().replace("\x00", "?")
    if isinstance(value, dict):
        return {_storable(name): _storable(its) for name, its in value.items()}
    return [_storable(its) for its in value] if isinstance(value, list) else value
