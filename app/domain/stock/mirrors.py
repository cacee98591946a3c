"""Cancelling moves: the exact mirror, and what average cost then leaves over."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.domain.kernel.company import company
from app.domain.kernel.rows import read
from app.domain.kernel.values import ZERO
from app.domain.stock.costing import correction
from app.domain.stock.moves import Key, Line, lock_balances, undo_moves

MOVES = """
SELECT document_id, line_id, warehouse_id, product_id, -quantity AS quantity, -value AS value, true AS is_mirror
FROM stock_move WHERE document_id = ANY(%(ids)s::bigint[]) AND NOT is_mirror ORDER BY document_id, id
"""
# What came in last, received, sent by another warehouse or there at the start, and was not taken back; else the planned
# cost.
LAST_COSTS = """
SELECT key.warehouse_id, key.product_id, coalesce(standing.cost, product.planned_cost) AS cost
FROM unnest(%(warehouses)s::bigint[], %(products)s::bigint[]) AS key (warehouse_id, product_id)
JOIN product ON product.id = key.product_id
LEFT JOIN LATERAL (
    SELECT value / quantity AS cost FROM stock_move move
    JOIN document ON document.id = move.document_id
         AND document.kind IN ('stock_receipt', 'internal_order', 'opening_stock')
    WHERE move.warehouse_id = key.warehouse_id AND move.product_id = key.product_id
          AND move.quantity > 0 AND NOT move.is_mirror AND move.document_id <> ALL(%(ids)s::bigint[])
          AND NOT EXISTS (SELECT FROM stock_move mirror WHERE mirror.document_id = move.document_id
                          AND mirror.line_id = move.line_id AND mirror.is_mirror)
    ORDER BY move.at DESC, move.id DESC LIMIT 1
) standing ON true
"""


class Correction(NamedTuple):
    """What a cancelled document added to a product's value so that it stays possible."""

    document_id: int
    product_id: int
    value: Decimal


def mirror_moves(session: Session, documents: Sequence[int], *, on: date) -> list[Correction]:
    """Writes the opposite of all moves of the documents, at the same values.

    Where that leaves a negative value, or a value at nothing on hand, a move without quantity brings it right; it is
    told, so that the books can follow. Raises Refused as undo_moves does.
    """
    lines = [Line(**row._asdict()) for row in read(session, MOVES, ids=list(documents))]
    balances = lock_balances(session, (line.key for line in lines))
    after = {key: (balance.on_hand, balance.value) for key, balance in balances.items()}
    last: dict[Key, Line] = {}
    for line in lines:
        on_hand, value = after[line.key]
        after[line.key] = (on_hand + line.quantity, value + (line.value or ZERO))
        last[line.key] = line
    wrong = {key for key, (on_hand, value) in after.items() if value < 0 or (on_hand == 0 and value)}
    corrections = _corrections(session, {key: after[key] for key in sorted(wrong)}, last, documents)
    undo_moves(session, [*lines, *corrections], on=on)
    return [Correction(line.document_id, line.product_id, line.value or ZERO) for line in corrections]


def _corrections(
    session: Session, wrong: dict[Key, tuple[Decimal, Decimal]], last: dict[Key, Line], documents: Sequence[int]
) -> list[Line]:
    if not wrong:
        return []
    warehouses, products = [key[0] for key in wrong], [key[1] for key in wrong]
    rows = read(session, LAST_COSTS, warehouses=warehouses, products=products, ids=list(documents))
    costs = {(row.warehouse_id, row.product_id): row.cost for row in rows}
    decimals = company(session).decimals
    return [
        last[key]._replace(quantity=ZERO, value=correction(on_hand, value, costs[key], decimals))
        for key, (on_hand, value) in wrong.items()
    ]
