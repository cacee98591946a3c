"""What is in stock: now, at the close of a business date, or as it was recorded at a moment."""

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.domain.kernel.errors import Invalid
from app.domain.kernel.rows import read


class StockRow(NamedTuple):
    """A product in a warehouse: how many and, all together, what they are worth.

    `reserved` and `available` are told of now only: what was held in the past is not kept.
    """

    warehouse_id: int
    warehouse: str
    product_id: int
    sku: str
    name: str
    on_hand: Decimal
    value: Decimal
    reserved: Decimal | None
    available: Decimal | None


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
SELECT warehouse.id AS warehouse_id, warehouse.code AS warehouse, product.id AS product_id, product.sku, product.name,
       state.on_hand, state.value, state.reserved, state.available
FROM stock_balance balance
JOIN warehouse ON warehouse.id = balance.warehouse_id JOIN product ON product.id = balance.product_id
CROSS JOIN LATERAL ({state}) state
WHERE (%(warehouses)s::bigint[] IS NULL OR balance.warehouse_id = ANY(%(warehouses)s::bigint[]))
  AND (%(products)s::bigint[] IS NULL OR balance.product_id = ANY(%(products)s::bigint[]))
  AND (state.on_hand <> 0 OR state.value <> 0 OR state.reserved <> 0)
ORDER BY warehouse.code, product.sku
"""


def stock(
    session: Session, *, on: date | None = None, at: datetime | None = None,
    warehouses: Collection[int] | None = None, products: Collection[int] | None = None,
) -> list[StockRow]:  # fmt: skip
    """Stock by warehouse and SKU, of the named warehouses and products or of all; what is not there has no row.

    `on` asks for the close of a business date, whenever its documents were recorded; `at`, a moment with its time
    zone, for what was recorded by then, whatever the dates of the documents; neither for now. Raises Invalid for both
    at once, and for a moment without a time zone.
    """
    if on is not None and at is not None:
        raise Invalid("date_or_moment", "Ask for a business date or for a moment of recording, not for both.")
    if at is not None and at.tzinfo is None:
        raise Invalid("no_time_zone", "{at} could be any of many moments: add its time zone.", at=at)
    state = CLOSING if on is not None else RECORDED if at is not None else NOW
    sql = STOCK.format(state=state)
    rows = read(session, sql, on=on, at=at, warehouses=_ids(warehouses), products=_ids(products))
    return [StockRow._make(row) for row in rows]


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
    rows = read(session, HOLDERS, warehouses=_ids(warehouses), products=_ids(products), most=most)
    return [Holder._make(row) for row in rows]


RUN_OUT = "SELECT count(DISTINCT document_id) AS orders FROM reservation WHERE expires_on < %(on)s AND quantity > 0"


def run_out(session: Session, on: date) -> int:
    """How many orders hold goods for longer than the days of their warehouse."""
    orders: int = read(session, RUN_OUT, on=on)[0].orders
    return orders


def _ids(wanted: Collection[int] | None) -> list[int] | None:
    return None if wanted is None else sorted(wanted)
