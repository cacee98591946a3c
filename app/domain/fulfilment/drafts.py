"""Draft shipments: what waits to leave a warehouse for an order, made by approving and by what was left over."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.domain.fulfilment.models import Shipment, ShipmentLine
from app.domain.kernel.document import links, record, register
from app.domain.kernel.drafts import remove_rows
from app.domain.kernel.rows import read, write
from app.domain.lifecycles import SHIPMENT


class Piece(NamedTuple):
    """So much of an order line is to leave a warehouse."""

    order_id: int
    customer_id: int
    warehouse_id: int
    order_line_id: int
    quantity: Decimal


Drafts = dict[tuple[int, int], int]

OPEN_DRAFTS = """
SELECT shipment.id, shipment.order_id, document.warehouse_id
FROM shipment JOIN document ON document.id = shipment.id
WHERE shipment.order_id = ANY(%(orders)s::bigint[]) AND shipment.state = 'draft'
ORDER BY shipment.id
"""
ADD_PIECES = """
WITH changed AS (
    UPDATE shipment SET version = version + 1 WHERE id = ANY(%(shipments)s::bigint[])
)
INSERT INTO shipment_line (shipment_id, position, order_line_id, quantity)
SELECT shipment_id, position + coalesce((SELECT max(position) FROM shipment_line line
                                         WHERE line.shipment_id = given.shipment_id), 0), order_line_id, quantity
FROM unnest(%(shipments)s::bigint[], %(positions)s::bigint[], %(lines)s::bigint[], %(quantities)s::numeric[])
     AS given (shipment_id, position, order_line_id, quantity)
ON CONFLICT (shipment_id, order_line_id) DO UPDATE SET quantity = shipment_line.quantity + excluded.quantity
"""

TAKE_OUT = """
WITH changed AS (
    UPDATE shipment SET version = version + 1
    WHERE id IN (SELECT shipment_id FROM shipment_line WHERE order_line_id = ANY(%(lines)s::bigint[])
                 AND shipment_id = ANY(%(drafts)s::bigint[]))
)
DELETE FROM shipment_line
WHERE order_line_id = ANY(%(lines)s::bigint[]) AND shipment_id = ANY(%(drafts)s::bigint[]) RETURNING shipment_id
"""
EMPTIED = """
SELECT id AS shipment_id FROM shipment
WHERE id = ANY(%(ids)s::bigint[]) AND NOT EXISTS (SELECT FROM shipment_line line WHERE line.shipment_id = shipment.id)
"""


def add_drafts(session: Session, pieces: Sequence[Piece], *, by: int) -> list[int]:
    """Leaves one new draft for each order and warehouse, and gives their ids."""
    by_place: dict[tuple[int, int], list[Piece]] = defaultdict(list)
    for piece in pieces:
        by_place[piece.order_id, piece.warehouse_id].append(piece)
    first = [its[0] for its in by_place.values()]
    heads = [{"customer_id": piece.customer_id, "warehouse_id": piece.warehouse_id} for piece in first]
    ids = register(session, SHIPMENT.kind, heads, lambda ids: [
        (Shipment, [{"id": i, "order_id": piece.order_id} for i, piece in zip(ids, first, strict=True)]),
        (ShipmentLine, [
            {"shipment_id": i, "position": position, "order_line_id": piece.order_line_id, "quantity": piece.quantity}
            for i, its in zip(ids, by_place.values(), strict=True) for position, piece in enumerate(its, 1)
        ]),
        links((piece.order_id, i, "ships") for i, piece in zip(ids, first, strict=True)),
    ])  # fmt: skip
    record(session, "create", [{"document_id": i, "to_state": SHIPMENT.initial} for i in ids], by=by)
    return ids


def put_back(session: Session, pieces: Sequence[Piece], *, by: int) -> None:
    """Puts pieces into the open draft of their order and warehouse, made where there is none.

    A draft that takes some is at its next version, and its history tells what it took.
    """
    drafts = open_drafts(session, {piece.order_id for piece in pieces})
    add_drafts(session, [piece for piece in pieces if (piece.order_id, piece.warehouse_id) not in drafts], by=by)
    positions: dict[int, int] = defaultdict(int)
    added = []
    for piece in pieces:
        if shipment := drafts.get((piece.order_id, piece.warehouse_id)):
            positions[shipment] += 1
            added.append((shipment, positions[shipment], piece.order_line_id, piece.quantity))
    if added:
        shipments, numbers, lines, quantities = (list(column) for column in zip(*added, strict=True))
        write(session, ADD_PIECES, shipments=shipments, positions=numbers, lines=lines, quantities=quantities)
        changes: dict[int, dict[str, str]] = defaultdict(dict)
        for shipment, _, line, quantity in added:
            changes[shipment][f"order line {line}"] = f"+{quantity}"
        state = SHIPMENT.initial
        record(session, "edit", [
            {"document_id": i, "from_state": state, "to_state": state, "changes": told} for i, told in changes.items()
        ], by=by)  # fmt: skip


def open_drafts(session: Session, orders: Iterable[int]) -> Drafts:
    """The open draft of each (order, warehouse)."""
    rows = read(session, OPEN_DRAFTS, orders=sorted(set(orders)))
    return {(row.order_id, row.warehouse_id): row.id for row in rows}


def take_out(session: Session, order_lines: Iterable[int], drafts: Iterable[int], *, by: int) -> None:
    """Takes order lines out of open drafts; a draft that is left without lines goes too."""
    removed = read(session, TAKE_OUT, lines=sorted(order_lines), drafts=sorted(drafts))
    emptied = [row.shipment_id for row in read(session, EMPTIED, ids=sorted({row.shipment_id for row in removed}))]
    _remove(session, emptied, by=by)


def remove_drafts(session: Session, orders: Sequence[int], *, by: int) -> None:
    """Removes the open drafts of orders that are cancelled or opened again."""
    _remove(session, list(open_drafts(session, orders).values()), by=by)


def _remove(session: Session, drafts: Sequence[int], *, by: int) -> None:
    remove_rows(session, SHIPMENT, drafts, lines=((ShipmentLine, "shipment_id"),))
    record(session, "delete", [{"document_id": i, "from_state": SHIPMENT.initial} for i in drafts], by=by)
