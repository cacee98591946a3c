"""Shipments with their lines and the whole orders behind them: two reads for any number."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.kernel.company import company
from app.domain.kernel.rows import read
from app.domain.kernel.values import ZERO, rounded

LINES = """
SELECT line.id, line.shipment_id, line.order_line_id, line.quantity, line.net, line.gross, line.cost, line.invoiced,
       line.pre_invoiced, line.returned, shipment.order_id, document.warehouse_id
FROM shipment_line line JOIN shipment ON shipment.id = line.shipment_id JOIN document ON document.id = shipment.id
WHERE line.shipment_id = ANY(%(ids)s::bigint[])
ORDER BY line.shipment_id, line.position
"""
# `taken_net` and `taken_gross` are what processed shipments took of a line so far. The state is looked at in the sums:
# as a condition, a planner without fresh statistics would go through all processed shipments for each line.
ORDER_LINES = """
SELECT line.id, line.order_id, line.product_id, product.kind, line.sku, unit.decimals, line.quantity, line.shipped,
       line.given_up, line.pre_invoiced, line.pre_shipped, line.net, line.gross, line.tax_rate_id, line.tax_percent,
       document.customer_id, sales_order.state, sales_order."on", sales_order.currency, sales_order.prices_include_vat,
       coalesce(taken.net, 0) AS taken_net, coalesce(taken.gross, 0) AS taken_gross
FROM sales_order_line line
JOIN sales_order ON sales_order.id = line.order_id
JOIN document ON document.id = line.order_id
JOIN product ON product.id = line.product_id JOIN unit ON unit.id = product.unit_id
LEFT JOIN LATERAL (
    SELECT sum(part.net) FILTER (WHERE shipment.state = 'processed') AS net,
           sum(part.gross) FILTER (WHERE shipment.state = 'processed') AS gross
    FROM shipment_line part JOIN shipment ON shipment.id = part.shipment_id
    WHERE part.order_line_id = line.id
) taken ON true
WHERE line.order_id IN (SELECT order_id FROM shipment WHERE id = ANY(%(ids)s::bigint[]))
ORDER BY line.order_id, line.position
"""


class Pair(NamedTuple):
    """A line of a shipment and the order line it is part of."""

    line: Row[Any]
    order_line: Row[Any]

    @property
    def is_goods(self) -> bool:
        return bool(self.order_line.kind != "service")


class Shipments:
    """Shipments by id with their lines, and the lines of their orders."""

    def __init__(self, session: Session, ids: Sequence[int]) -> None:
        self.ids = list(ids)
        self.decimals = company(session).decimals
        self.order_lines: dict[int, list[Row[Any]]] = defaultdict(list)
        of_line: dict[int, Row[Any]] = {}
        for row in read(session, ORDER_LINES, ids=self.ids):
            self.order_lines[row.order_id].append(row)
            of_line[row.id] = row
        self.lines: dict[int, list[Pair]] = {shipment: [] for shipment in self.ids}
        for row in read(session, LINES, ids=self.ids):
            self.lines[row.shipment_id].append(Pair(row, of_line[row.order_line_id]))

    @property
    def pairs(self) -> Iterator[Pair]:
        """Every line of every shipment, in order."""
        return (pair for pairs in self.lines.values() for pair in pairs)

    @property
    def goods(self) -> Iterator[Pair]:
        """Every line that touches stock."""
        return (pair for pair in self.pairs if pair.is_goods)

    def remaining(
        self, done: Mapping[int, tuple[Decimal, Decimal]], gross: Mapping[int, Decimal],
        ahead: Mapping[int, Row[Any]],
    ) -> dict[int, list[tuple[int, Decimal]]]:  # fmt: skip
        """What is left to pay on each order's lines, after changes to (shipped, given up) and to the gross taken.

        `ahead` is what is invoiced in advance of a line and did not leave yet, after the change.
        """
        return {
            order: [
                (line.id, gross_left(line, done.get(line.id), gross.get(line.id), ahead.get(line.id), self.decimals))
                for line in lines
            ]
            for order, lines in self.order_lines.items()
        }


def gross_left(
    line: Row[Any], done: tuple[Decimal, Decimal] | None, taken: Decimal | None, ahead: Row[Any] | None, decimals: int
) -> Decimal:  # fmt: skip
    """Nothing once no piece is left; what was given up, shipped or invoiced ahead is taken off, and never more than
    there is.
    """
    shipped, given_up = done or (ZERO, ZERO)
    pieces, gross = (ahead.quantity, ahead.gross) if ahead else (ZERO, ZERO)
    wanted = line.quantity - line.given_up - given_up
    if wanted == line.shipped + shipped + pieces:
        return ZERO
    left: Decimal = rounded(line.gross * wanted / line.quantity, decimals) - line.taken_gross - (taken or ZERO) - gross
    return max(left, ZERO) if line.gross >= 0 else min(left, ZERO)
