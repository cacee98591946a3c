"""What goods are worth that have no cost of their own: found in a count, or brought back without a shipment."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from sqlalchemy.orm import Session

from app.domain.kernel.rows import read
from app.domain.stock.moves import Key

# The average now, else what the last piece was worth that came or went, else what the product is planned to cost.
COSTS = """
SELECT key.warehouse_id, key.product_id,
       coalesce(balance.value / nullif(balance.on_hand, 0), last.cost, product.planned_cost) AS cost
FROM unnest(%(warehouses)s::bigint[], %(products)s::bigint[]) AS key (warehouse_id, product_id)
JOIN product ON product.id = key.product_id
LEFT JOIN stock_balance balance
       ON balance.warehouse_id = key.warehouse_id AND balance.product_id = key.product_id
LEFT JOIN LATERAL (
    SELECT value / quantity AS cost FROM stock_move move
    WHERE move.warehouse_id = key.warehouse_id AND move.product_id = key.product_id AND move.quantity <> 0
    ORDER BY move.at DESC, move.id DESC LIMIT 1
) last ON true
"""


def source_costs(session: Session, keys: Iterable[Key]) -> Mapping[Key, Decimal | None]:
    """The cost of one, not rounded, for each (warehouse, product); None where nothing tells it."""
    wanted = sorted(set(keys))
    rows = read(session, COSTS, warehouses=[key[0] for key in wanted], products=[key[1] for key in wanted])
    return {(row.warehouse_id, row.product_id): row.cost for row in rows}
