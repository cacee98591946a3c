"""Shipments with their lines and the whole orders behind them: two reads for any number."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.catalog.tax_rates import PERCENTAGES
from app.domain.kernel.company import company
from app.domain.kernel.errors import Invalid
from app.domain.kernel.rows import read
from app.domain.kernel.values import ZERO, exact, rounded
from app.domain.sales.totals import Made, left_to_pay
from app.domain.stock.moves import Line

LINES = """
SELECT line.id, line.shipment_id, line.order_line_id, line.quantity, line.net, line.gross, line.cost, line.invoiced,
       line.pre_invoiced, line.pre_credited, line.returned, line.tax_percent, shipment.order_id, document.warehouse_id
FROM shipment_line line JOIN shipment ON shipment.id = line.shipment_id JOIN document ON document.id = shipment.id
WHERE line.shipment_id = ANY(%(ids)s::bigint[])
ORDER BY line.shipment_id, line.position
"""
# `taken_net` and `taken_gross` are what processed shipments took of a line so far, `taken_otherwise` the net of it that
# left at another percentage of VAT than was agreed. The state is looked at in the sums:
# as a condition, a planner without fresh statistics would go through all processed shipments for each line.
ORDER_LINES = f"""
SELECT line.id, line.order_id, line.product_id, product.kind, line.sku, unit.decimals, line.quantity, line.shipped,
       line.given_up, line.pre_invoiced, line.pre_shipped, line.net, line.gross, line.tax_rate_id, line.tax_percent,
       document.customer_id, sales_order.state, sales_order."on", sales_order.currency, sales_order.prices_include_vat,
       coalesce(taken.net, 0) AS taken_net, coalesce(taken.gross, 0) AS taken_gross,
       coalesce(taken.otherwise, 0) AS taken_otherwise, {PERCENTAGES}
FROM sales_order_line line
JOIN sales_order ON sales_order.id = line.order_id
JOIN document ON document.id = line.order_id
JOIN tax_rate ON tax_rate.id = line.tax_rate_id
JOIN product ON product.id = line.product_id JOIN unit ON unit.id = product.unit_id
LEFT JOIN LATERAL (
    SELECT sum(part.net) FILTER (WHERE shipment.state = 'processed') AS net,
           sum(part.gross) FILTER (WHERE shipment.state = 'processed') AS gross,
           sum(part.net) FILTER (WHERE shipment.state = 'processed' AND part.tax_percent <> line.tax_percent)
               AS otherwise
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

    @property
    def left(self) -> Decimal:
        """What is still to be shipped of the order line."""
        left: Decimal = self.order_line.quantity - self.order_line.shipped - self.order_line.given_up
        return left

    def exactly(self, quantity: Decimal) -> Decimal:
        """A quantity in the unit's decimals; Invalid for less than nothing and for more than is left."""
        sku = self.order_line.sku
        wanted = exact(quantity, self.order_line.decimals, f"{sku}: quantity")
        if wanted < 0:
            raise Invalid("negative_quantity", "{sku}: the quantity must not be negative.", sku=sku)
        if wanted > self.left:
            raise Invalid("more_than_ordered", "{sku}: {wanted} is more than the {left} still to be shipped.",
                          sku=sku, wanted=wanted, left=self.left)  # fmt: skip
        return wanted


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

    def to_issue(self, quantities: Mapping[int, Decimal]) -> list[Line]:
        """The goods as lines that leave stock; `quantities` by shipment line."""
        return [
            Line(pair.line.shipment_id, pair.line.id, pair.line.warehouse_id, pair.order_line.product_id,
                 quantities[pair.line.id])
            for pair in self.goods
        ]  # fmt: skip

    def remaining(
        self, done: Mapping[int, tuple[Decimal, Decimal]], made: Mapping[int, Made], ahead: Mapping[int, Row[Any]]
    ) -> dict[int, list[tuple[int, Decimal]]]:  # fmt: skip
        """What is left to pay on each order's lines, after changes to (shipped, given up) and to what was made of them.

        `ahead` is what is invoiced in advance of a line and did not leave yet, after the change.
        """
        return {
            order: [
                (line.id, gross_left(line, done.get(line.id), made.get(line.id), ahead.get(line.id), self.decimals))
                for line in lines
            ]
            for order, lines in self.order_lines.items()
        }


def gross_left(
    line: Row[Any], done: tuple[Decimal, Decimal] | None, made: Made | None, ahead: Row[Any] | None, decimals: int
) -> Decimal:  # fmt: skip
    """Nothing once no piece is left; what was given up, shipped or invoiced ahead is taken off, and never more than
    there is. What is left has the percentage of VAT that was agreed.
    """
    shipped, given_up = done or (ZERO, ZERO)
    pieces = ahead.quantity if ahead else ZERO
    wanted = line.quantity - line.given_up - given_up
    if wanted == line.shipped + shipped + pieces:
        return ZERO
    taken = Made(line.taken_net, line.taken_gross, line.taken_otherwise).and_also(made or Made())
    if ahead:
        taken = taken.and_also(Made(ahead.net, ahead.gross, ahead.otherwise))
    net, gross = (rounded(whole * wanted / line.quantity, decimals) for whole in (line.net, line.gross))
    return left_to_pay(
        net, gross, taken, line.tax_percent, vat_included=line.prices_include_vat, decimals=decimals
    )  # fmt: skip
