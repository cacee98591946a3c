"""What is in stock: now, at the close of a business date, or as it was recorded at a moment."""

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.domain.kernel.errors import Invalid
from app.domain.kernel.rows import read
from app.domain.kernel.values import ZERO
from app.reports.query import Query, check_stretch, ids

# Each product's state at a time is the first row of an index read backwards.
NOW = """
SELECT on_hand, value, reserved, on_hand - reserved AS available
"""
CLOSING = """
SELECT quantity AS on_hand, value, NULL::numeric AS reserved, NULL::numeric AS available FROM stock_day day
WHERE day.warehouse_id = balance.warehouse_id AND day.product_id = balance.product_id AND day."on" <= %(on)s
ORDER BY day."on" DESC LIMIT 1
"""
RECORDED = """
SELECT on_hand_after AS on_hand, value_after AS value, NULL::numeric AS reserved, NULL::numeric AS available
FROM stock_move move
WHERE move.warehouse_id = balance.warehouse_id AND move.product_id = balance.product_id AND move.at <= %(at)s
ORDER BY move.at DESC, move.id DESC LIMIT 1
"""
STOCK = """
SELECT warehouse.code AS warehouse, warehouse.id AS warehouse_id, product.sku, product.id AS product_id, product.name,
       unit.code AS unit, state.on_hand, state.value, state.reserved, state.available
FROM stock_balance balance
JOIN warehouse ON warehouse.id = balance.warehouse_id
JOIN product ON product.id = balance.product_id JOIN unit ON unit.id = product.unit_id
CROSS JOIN LATERAL ({state}) state
WHERE (%(warehouses)s::bigint[] IS NULL OR balance.warehouse_id = ANY(%(warehouses)s::bigint[]))
  AND (%(products)s::bigint[] IS NULL OR balance.product_id = ANY(%(products)s::bigint[]))
  AND (%(after)s::bigint[] IS NULL
       OR (balance.warehouse_id, balance.product_id) > ((%(after)s::bigint[])[1], (%(after)s::bigint[])[2]))
  AND (state.on_hand <> 0 OR state.value <> 0 OR state.reserved <> 0)
ORDER BY {order}
"""
BY_KEY, BY_PLACE = "warehouse.code, product.sku", "balance.warehouse_id, balance.product_id"
MOVES = """
SELECT move."on", move.at, document.kind, document.id AS document_id, document.number,
       document.kind || CASE WHEN move.is_mirror THEN '.cancelled' ELSE '' END AS event,
       customer.code AS customer, document.customer_id,
       greatest(move.quantity, 0) AS received, greatest(-move.quantity, 0) AS issued,
       %(quantity)s::numeric + sum(move.quantity) OVER (ORDER BY move."on", move.id) AS on_hand,
       move.value, %(value)s::numeric + sum(move.value) OVER (ORDER BY move."on", move.id) AS value_after
FROM stock_move move JOIN document ON document.id = move.document_id
LEFT JOIN customer ON customer.id = document.customer_id
WHERE move.warehouse_id = %(warehouse)s AND move.product_id = %(product)s AND move."on" BETWEEN %(since)s AND %(until)s
ORDER BY move."on", move.id
"""
CLOSED = """
SELECT quantity, value FROM stock_day
WHERE warehouse_id = %(warehouse)s AND product_id = %(product)s AND "on" {before} %(on)s ORDER BY "on" DESC LIMIT 1
"""


def stock(
    *, on: date | None = None, at: datetime | None = None, warehouses: Collection[int] | None = None,
    products: Collection[int] | None = None,
) -> Query:  # fmt: skip
    """Stock by warehouse and SKU, of the named warehouses and products or of all; what is not there has no row.

    `on` asks for the close of a business date, whenever its documents were recorded; `at`, a moment with its time
    zone, for what was recorded by then, whatever the dates of the documents; neither for now. What was held in the
    past is not kept: `reserved` and `available` are told of now only. Raises Invalid for both at once, and for a
    moment without a time zone.
    """
    return _stock(BY_KEY, on, at, warehouses, products, None)


def stock_after(
    place: tuple[int, int] | None, *, on: date | None = None, at: datetime | None = None,
    warehouses: Collection[int] | None = None, products: Collection[int] | None = None,
) -> Query:  # fmt: skip
    """The same in the order of (warehouse, product) ids, from behind such a pair on: an index leads straight there."""
    return _stock(BY_PLACE, on, at, warehouses, products, place)


def _stock(
    order: str, on: date | None, at: datetime | None, warehouses: Collection[int] | None,
    products: Collection[int] | None, place: tuple[int, int] | None,
) -> Query:  # fmt: skip
    if on is not None and at is not None:
        raise Invalid("date_or_moment", "Ask for a business date or for a moment of recording, not for both.")
    if at is not None and at.tzinfo is None:
        raise Invalid("no_time_zone", "{at} could be any of many moments: add its time zone.", at=at)
    state = CLOSING if on is not None else RECORDED if at is not None else NOW
    after = None if place is None else list(place)
    values = {"on": on, "at": at, "warehouses": ids(warehouses), "products": ids(products), "after": after}
    return Query(STOCK.format(state=state, order=order), values)


class ItemCard(NamedTuple):
    """What happened to a product in a warehouse: how many there were and what they were worth before and after."""

    opening: Decimal
    opening_value: Decimal
    moves: Query
    closing: Decimal
    closing_value: Decimal


def item_card(session: Session, warehouse: int, product: int, since: date, until: date) -> ItemCard:
    """The moves of a stretch of business dates, both included, with quantity and value after each of them.

    They run by date, then as recorded: what was recorded later for an earlier day stands under that day. Raises
    Invalid where the stretch ends before it starts.
    """
    check_stretch(since, until)
    asked = {"warehouse": warehouse, "product": product}
    before, after = (
        next(iter(read(session, CLOSED.format(before=sign), on=on, **asked)), None)
        for sign, on in (("<", since), ("<=", until))
    )
    start, end = ((row.quantity, row.value) if row else (ZERO, ZERO) for row in (before, after))
    values = {**asked, "since": since, "until": until, "quantity": start[0], "value": start[1]}
    return ItemCard(*start, Query(MOVES, values), *end)


class Holder(NamedTuple):
    """An order, or an internal one, that holds goods of a product in a warehouse or waits for them.

    `customer` is for whom it is, which may be a warehouse; `since` is the moment of its approval, `until` the last day
    for which the goods are held (none: for good).
    """

    warehouse: str
    sku: str
    name: str
    order_id: int
    order: str
    customer: str
    held: Decimal
    waiting: Decimal
    since: datetime
    until: date | None
    lapsed_on: date | None


HOLDERS = """
SELECT warehouse.code AS warehouse, product.sku, product.name, reservation.document_id AS order_id,
       document.number AS "order", coalesce(customer.name, place.code) AS customer,
       reservation.quantity AS held, reservation.waiting, approved.at AS since, reservation.expires_on AS until,
       reservation.lapsed_on
FROM reservation
JOIN warehouse ON warehouse.id = reservation.warehouse_id JOIN product ON product.id = reservation.product_id
JOIN document ON document.id = reservation.document_id LEFT JOIN customer ON customer.id = document.customer_id
LEFT JOIN warehouse place ON place.id = document.warehouse_id
CROSS JOIN LATERAL (
    SELECT history.id, history.at FROM document_history history
    WHERE history.document_id = reservation.document_id AND history.step = 'approve' ORDER BY history.id DESC LIMIT 1
) approved
WHERE (%(warehouses)s::bigint[] IS NULL OR reservation.warehouse_id = ANY(%(warehouses)s::bigint[]))
  AND (%(products)s::bigint[] IS NULL OR reservation.product_id = ANY(%(products)s::bigint[]))
ORDER BY product.sku, warehouse.code, reservation.lapsed_on NULLS FIRST, approved.id,
         coalesce(reservation.line_id, reservation.internal_line_id)
LIMIT %(most)s
"""


def holders(
    session: Session, *, warehouses: Collection[int] | None = None, products: Collection[int] | None = None,
    most: int = 500,
) -> list[Holder]:  # fmt: skip
    """Who holds goods and who waits for them, by product and warehouse, in the order in which they get them.

    Of the named warehouses and products or of all; at most so many rows.
    """
    rows = read(session, HOLDERS, warehouses=ids(warehouses), products=ids(products), most=most)
    return [Holder._make(row) for row in rows]


RUN_OUT = """
SELECT count(DISTINCT document_id) AS orders FROM reservation WHERE expires_on < %(on)s AND quantity > 0
  AND (%(warehouses)s::bigint[] IS NULL OR warehouse_id = ANY(%(warehouses)s::bigint[]))
"""


def run_out(session: Session, on: date, warehouses: Collection[int] | None = None) -> int:
    """How many orders hold goods for longer than the days of their warehouse, of the named warehouses or of all."""
    orders: int = read(session, RUN_OUT, on=on, warehouses=ids(warehouses))[0].orders
    return orders
