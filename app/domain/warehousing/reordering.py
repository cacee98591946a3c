"""What runs low: the points at which goods are ordered again, and internal orders that fill up to them."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.catalog.products import products
from app.domain.kernel.errors import Invalid
from app.domain.kernel.rows import read
from app.domain.warehousing.asking import NewInternalLine, NewInternalOrder, add_internal_orders
from app.domain.warehousing.goods import goods_quantity
from app.domain.warehousing.models import ReorderPoint

# What is there for whoever comes next, and what is asked for or on the way already.
LOW = """
SELECT point.id, point.warehouse_id, point.product_id, point.source_id, point.minimum, point.maximum,
       warehouse.code AS warehouse, source.code AS source, product.sku, product.name, there.quantity AS there,
       coming.quantity AS coming, point.maximum - there.quantity - coming.quantity AS wanted
FROM reorder_point point JOIN warehouse ON warehouse.id = point.warehouse_id AND warehouse.active
JOIN product ON product.id = point.product_id AND product.active
LEFT JOIN warehouse source ON source.id = point.source_id
CROSS JOIN LATERAL (
    SELECT coalesce((SELECT on_hand - reserved FROM stock_balance balance
                     WHERE balance.warehouse_id = point.warehouse_id AND balance.product_id = point.product_id), 0)
           - coalesce((SELECT sum(waiting) FROM reservation
                       WHERE reservation.warehouse_id = point.warehouse_id
                             AND reservation.product_id = point.product_id AND waiting > 0), 0) AS quantity
) there
CROSS JOIN LATERAL (
    SELECT coalesce(sum(coalesce(line.sent, line.quantity)), 0) AS quantity
    FROM internal_order_line line JOIN internal_order its ON its.id = line.internal_order_id
    JOIN document ON document.id = its.id
    WHERE line.product_id = point.product_id AND document.warehouse_id = point.warehouse_id
          AND its.state IN ('draft', 'approved', 'in_transit')
) coming
WHERE there.quantity + coming.quantity < point.minimum
      AND (%(ids)s::bigint[] IS NULL OR point.id = ANY(%(ids)s::bigint[]))
      AND (%(warehouses)s::bigint[] IS NULL OR point.warehouse_id = ANY(%(warehouses)s::bigint[]))
ORDER BY warehouse.code, source.code NULLS FIRST, product.sku
"""
# Who proposes for the same points at the same time waits, and then finds the drafts of the first.
LOCK = "SELECT id FROM reorder_point WHERE id = ANY(%(ids)s::bigint[]) ORDER BY id FOR NO KEY UPDATE"


def to_order(session: Session, *, warehouses: Collection[int] | None = None) -> Sequence[Row[Any]]:
    """Goods below their point, of the named warehouses or of all, with how many are wanted up to the maximum."""
    return read(session, LOW, ids=None, warehouses=None if warehouses is None else sorted(warehouses))


def propose_internal_orders(session: Session, points: Collection[int], *, by: int) -> list[int]:
    """Drafts an internal order for each warehouse and its source, of what is below these points; gives their ids.

    What is not below its point, or is asked for already, is left out. Raises Invalid where a source is missing.
    """
    read(session, LOCK, ids=sorted(points))
    wanted: dict[tuple[int, int], list[NewInternalLine]] = {}
    for row in read(session, LOW, ids=sorted(points), warehouses=None):
        if row.source_id is None:
            raise Invalid("no_source", "{sku} comes to {warehouse} from no warehouse of ours: order it from outside.",
                          sku=row.sku, warehouse=row.warehouse)  # fmt: skip
        lines = wanted.setdefault((row.warehouse_id, row.source_id), [])
        lines.append(NewInternalLine(row.product_id, row.wanted))
    orders = [NewInternalOrder(place, source, lines, note="Reorder") for (place, source), lines in wanted.items()]
    return add_internal_orders(session, orders, by=by)


def change_reorder_point(session: Session, point: ReorderPoint, values: Mapping[str, Any]) -> None:
    """Writes values of a point by their names; Invalid for what is no goods, too fine, or not what can be filled."""
    for name, value in values.items():
        setattr(point, name, value)
    product = products(session, [point.product_id]).get(point.product_id)
    minimum, maximum = (goods_quantity(product, point.product_id, it) for it in (point.minimum, point.maximum))
    if not Decimal(0) < minimum <= maximum:
        raise Invalid("not_above", "The minimum must be above 0, and the maximum not below it.")
    if point.source_id == point.warehouse_id:
        raise Invalid("same_warehouse", "A warehouse is not filled from itself: choose another one.")
