"""How far orders have come: what shipping tells them, and the steps that follow from it."""

from collections.abc import Iterable, Mapping, Sequence
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
SELECT sales_order.id, sales_order.state,
       bool_and(line.shipped + line.given_up = line.quantity) AND bool_or(line.shipped > 0) AS is_complete
FROM sales_order JOIN sales_order_line line ON line.order_id = sales_order.id
WHERE sales_order.id = ANY(%(ids)s::bigint[])
GROUP BY sales_order.id, sales_order.state
"""


def record_progress(
    session: Session, orders: Iterable[int], lines: Mapping[int, tuple[Decimal, Decimal]], *, by: int
) -> None:
    """Adds to what was (shipped, given up) of order lines, and moves their orders on, or back, accordingly."""
    ids = sorted(lines)
    shipped, given_up = [lines[line][0] for line in ids], [lines[line][1] for line in ids]
    write(session, ADVANCE, lines=ids, shipped=shipped, given_up=given_up)
    rows = completeness(session, sorted(set(orders)))
    complete = [row.id for row in rows if row.is_complete and row.state == "approved"]
    begun_again = [row.id for row in rows if not row.is_complete and row.state == "performed"]
    if complete:
        perform_orders(session, complete, by=by)
    if begun_again:
        resume_orders(session, begun_again, by=by)


def completeness(session: Session, ids: Sequence[int]) -> Sequence[Row[Any]]:
    """State of orders, and whether all of every line was shipped or given up and something was shipped."""
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
