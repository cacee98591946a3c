"""What waits for a person is tried again: one message, all of them, or those that a new mapping helps."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.domain.intake.eshop import dialects
from app.domain.intake.eshop.jobs import ask_to_apply
from app.domain.intake.eshop.messages import mark
from app.domain.intake.eshop.reading import Unreadable
from app.domain.kernel.errors import DomainError, refuse
from app.domain.kernel.rows import read, write

FOUND = """
SELECT message.id, message.shop_id, message.order_ref, message.topic, message.outcome, shop.dialect,
       message.body IS NULL AS forgotten, message.body = '' AND message.order_ref <> '' AS untold,
       CASE WHEN message.order_ref = '' THEN message.body END AS body
FROM inbound_message message JOIN shop ON shop.id = message.shop_id
WHERE message.id = ANY(%(ids)s::bigint[]) ORDER BY message.id FOR NO KEY UPDATE OF message
"""
WAITING = """
SELECT message.id FROM inbound_message message JOIN shop ON shop.id = message.shop_id
WHERE message.outcome = 'waiting'
      AND (%(places)s::bigint[] IS NULL OR shop.warehouse_id = ANY(%(places)s::bigint[])) ORDER BY message.id
"""
NAMED = """
SELECT id FROM inbound_message
WHERE shop_id = %(shop)s AND outcome = 'waiting' AND reason ->> 'code' = 'unknown_sku'
      AND upper(reason #>> '{facts,unknown}')::jsonb ? upper(%(sku)s)
"""
# Of these nothing is written but how often they were asked for; what was told since is asked for no more.
ASK_ANEW = """
UPDATE inbound_message SET deliveries = 0, outcome = 'waiting'
WHERE id = ANY(%(ids)s::bigint[]) AND outcome IN ('waiting', 'noticed')
"""
READABLE = """
UPDATE inbound_message SET order_ref = %(ref)s, outcome = 'received', reason = NULL
WHERE id = %(id)s AND NOT EXISTS (
    SELECT FROM inbound_message other WHERE other.shop_id = %(shop)s AND other.order_ref = %(ref)s
           AND other.digest = inbound_message.digest AND other.outcome <> 'refused'
)
RETURNING id
"""


def retry(session: Session, ids: Sequence[int]) -> int:
    """Has messages applied again, whatever became of them, and tells how many orders that is about; what a shop did
    not tell when it was asked is asked for again.

    Raises Refused for those that were never believed, or are kept no longer.
    """
    rows = read(session, FOUND, ids=sorted(set(ids)))
    refuse({
        row.id: DomainError("never_believed", "It was refused: nobody knows whether the shop sent it.")
        for row in rows if row.outcome == "refused"
    } | {
        row.id: DomainError("forgotten", "What was sent is kept no longer.") for row in rows if row.forgotten
    })  # fmt: skip
    write(session, ASK_ANEW, ids=[row.id for row in rows if row.untold])
    orders = [(row.shop_id, row.order_ref or _read_again(session, row)) for row in rows]
    wanted = list(dict.fromkeys(order for order in orders if order[1]))
    if wanted:
        ask_to_apply(session, wanted)
    return len(wanted)


def _read_again(session: Session, row: Any) -> str:
    """The order that a message is about which could not be read, where it can be by now."""
    try:
        told = dialects.read(row.dialect, row.body, row.topic)
    except Unreadable as why:
        mark(session, {row.id: ("waiting", why)})
        return ""
    if not told.ref:
        mark(session, {row.id: ("ignored", None)})
    elif not read(session, READABLE, id=row.id, shop=row.shop_id, ref=told.ref):
        mark(session, {row.id: ("superseded", None)})
    return told.ref


def retry_waiting(session: Session, places: Collection[int] | None = None) -> int:
    """Has all that waits applied again, of shops that sell from these warehouses (None: all), and tells how many orders
    that is about.
    """
    wanted = None if places is None else sorted(places)
    return retry(session, [row.id for row in read(session, WAITING, places=wanted)])


def retry_named(session: Session, shop: int, sku: str) -> int:
    """Has applied again what waited because nobody knew what a shop means by an SKU."""
    return retry(session, [row.id for row in read(session, NAMED, shop=shop, sku=sku)])
