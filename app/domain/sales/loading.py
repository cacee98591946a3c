"""Orders with their lines, as steps work on them: two reads for any number."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.kernel.rows import read

HEADS = """
SELECT sales_order.id, sales_order.state, sales_order."on", sales_order.valid_until, sales_order.currency,
       sales_order.prices_include_vat, coalesce(sales_order.way, warehouse.way) AS way,
       document.customer_id, document.warehouse_id, document.number, customer.code AS customer, customer.active,
       customer.credit_limit
FROM sales_order JOIN document ON document.id = sales_order.id
JOIN warehouse ON warehouse.id = document.warehouse_id
JOIN customer ON customer.id = document.customer_id
WHERE sales_order.id = ANY(%(ids)s::bigint[])
ORDER BY sales_order.id
"""
LINES = """
SELECT line.id, line.order_id, line.position, line.product_id, product.kind, line.sku,
       coalesce(line.warehouse_id, document.warehouse_id) AS warehouse_id, line.quantity, line.unit_price,
       line.discount, line.tax_rate_id, line.tax_percent, line.net, line.vat, line.gross, line.shipped, line.given_up,
       line.pre_invoiced, line.pre_shipped,
       line.explanation ->> 'list' AS price_list, (line.explanation ->> 'base_price')::numeric AS base_price,
       line.price_source
FROM sales_order_line line JOIN document ON document.id = line.order_id JOIN product ON product.id = line.product_id
WHERE line.order_id = ANY(%(ids)s::bigint[])
ORDER BY line.order_id, line.position
"""


class Orders:
    """Orders by id (`heads`) and their lines in order (`lines`)."""

    def __init__(self, session: Session, ids: Sequence[int]) -> None:
        self.ids = list(ids)
        self.heads: dict[int, Row[Any]] = {row.id: row for row in read(session, HEADS, ids=self.ids)}
        self.lines: dict[int, list[Row[Any]]] = {order: [] for order in self.ids}
        for row in read(session, LINES, ids=self.ids):
            self.lines[row.order_id].append(row)

    def all_lines(self) -> list[Row[Any]]:
        """Every line of every order, in order."""
        return [line for lines in self.lines.values() for line in lines]
