"""How far orders have come: what shipping tells them, and the steps that follow from it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.kernel.errors import DomainError, refuse
from app.domain.kernel.rows import read, write
from app.domain.lifecycles import SALES_ORDER

ADVANCE = """
UPDATE sales_order_line line SET shipped = line.shipped + given.shipped, given_up = line.given_up + given.given_up
FROM unnest(%(lines)s::bigint[], %(shipped)s::numeric[], %(given_up)s::numeric[]) AS given (id, shipped, given_up)
WHERE line.id = given.id
"""
COMPLETENESS = """
SELECT sales_order.id,
       bool_and(line.shipped + line.given_up = line.quantity) AND bool_or(line.shipped > 0) AS is_complete
FROM sales_order JOIN sales_order_line line ON line.order_id = sales_order.id
WHERE sales_order.id = ANY(%(ids)s::bigint[])
GROUP BY sales_order.id
"""


def record_progress(
    session: Session, orders: Mapping[int, Sequence[Row[Any]]], lines: Mapping[int, tuple[Decimal, Decimal]], *, by: int
) -> None:
    """Adds to what was (shipped, given up) of order lines, and moves their orders on, or back, accordingly.

    `orders` are all lines of each order as they were before.
    """
    ids = sorted(lines)
    shipped, given_up = [lines[line][0] for line in ids], [lines[line][1] for line in ids]
    write(session, ADVANCE, lines=ids, shipped=shipped, given_up=given_up)
    complete = {order for order, its in orders.items() if _is_complete(its, lines)}
    performed = {order for order, its in orders.items() if its[0].state == "performed"}
    if complete - performed:
        perform_orders(session, complete - performed, by=by)
    if performed - complete:
        resume_orders(session, performed - complete, by=by)


def _is_complete(lines: Sequence[Row[Any]], more: Mapping[int, tuple[Decimal, Decimal]]) -> bool:
    shipped = {line.id: line.shipped + more.get(line.id, (0, 0))[0] for line in lines}
    given_up = {line.id: line.given_up + more.get(line.id, (0, 0))[1] for line in lines}
    return any(shipped.values()) and all(shipped[line.id] + given_up[line.id] == line.quantity for line in lines)


def completeness(session: Session, ids: Sequence[int]) -> Sequence[Row[Any]]:
    """Whether all of every line of orders was shipped or given up and something was shipped."""
    return read(session, COMPLETENESS, ids=list(ids))


@SALES_ORDER.step("perform", load=completeness)
def perform_orders(session: Session, orders: Sequence[Row[Any]], /, *, by: int) -> None:
    """All was shipped or given up; Refused where that is not true."""
    refuse({
        order.id: DomainError("not_performed", "Something is still to be shipped or given up.")
        for order in orders if not order.is_complete
    })  # fmt: skip


@SALES_ORDER.step("resume", load=completeness)
def resume_orders(session: Session, orders: Sequence[Row[Any]], /, *, by: int) -> None:
    """A shipment of a performed order was cancelled, so something is to be shipped again; Refused where it is not."""
    refuse({
        order.id: DomainError("still_performed", "All of it is shipped or given up.")
        for order in orders if order.is_complete
    })  # fmt: skip
