"""What one warehouse asks of another: an internal order from its draft to its approval, which holds the goods."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.catalog.products import products
from app.domain.kernel.document import record, register
from app.domain.kernel.drafts import delete_drafts, lock_draft
from app.domain.kernel.errors import DomainError, Invalid, refuse
from app.domain.kernel.numbering import ask_number
from app.domain.kernel.rows import insert, read, write
from app.domain.ledger.periods import check_date
from app.domain.lifecycles import INTERNAL_ORDER
from app.domain.stock.moves import Key
from app.domain.stock.reservations import Claim, reserve
from app.domain.stock.warehouses import warehouses
from app.domain.warehousing.goods import goods_quantity
from app.domain.warehousing.models import InternalOrder, InternalOrderLine


@dataclass(frozen=True)
class NewInternalLine:
    product_id: int
    quantity: Decimal


@dataclass(frozen=True)
class NewInternalOrder:
    """What a warehouse wants from another, the source."""

    warehouse_id: int
    source_id: int
    lines: Sequence[NewInternalLine]
    note: str = ""


LINES = """
SELECT line.id, line.internal_order_id, line.product_id, line.quantity, line.sent, line.cost, product.sku,
       unit.decimals, document.warehouse_id, its.source_id, its."on", its.sent_on, its.received_on
FROM internal_order_line line JOIN internal_order its ON its.id = line.internal_order_id
JOIN document ON document.id = its.id
JOIN product ON product.id = line.product_id JOIN unit ON unit.id = product.unit_id
WHERE line.internal_order_id = ANY(%(ids)s::bigint[])
ORDER BY line.internal_order_id, line.position
"""
WRITE_ANEW = """
WITH moved AS (UPDATE document SET warehouse_id = %(warehouse)s WHERE id = %(id)s),
     gone AS (DELETE FROM internal_order_line WHERE internal_order_id = %(id)s)
UPDATE internal_order SET source_id = %(source)s, note = %(note)s, version = version + 1 WHERE id = %(id)s
"""


class InternalOrders:
    """Internal orders with their lines, as the steps work on them."""

    def __init__(self, session: Session, ids: Sequence[int]) -> None:
        self.ids = list(ids)
        self.lines: Sequence[Row[Any]] = read(session, LINES, ids=self.ids)

    def of(self, document: int) -> list[Row[Any]]:
        return [line for line in self.lines if line.internal_order_id == document]

    @property
    def from_keys(self) -> set[Key]:
        """The (warehouse, product) pairs that goods leave."""
        return {(line.source_id, line.product_id) for line in self.lines}

    @property
    def to_keys(self) -> set[Key]:
        """The (warehouse, product) pairs that goods come to."""
        return {(line.warehouse_id, line.product_id) for line in self.lines}


def add_internal_orders(session: Session, orders: Sequence[NewInternalOrder], *, by: int) -> list[int]:
    """Writes drafts and gives their ids; Refused names what is wrong by position in the batch."""
    known = products(session, (line.product_id for order in orders for line in order.lines))
    places = warehouses(session, (place for order in orders for place in (order.warehouse_id, order.source_id)))
    errors: dict[int, DomainError] = {}
    exact_lines: list[list[NewInternalLine]] = []
    for position, order in enumerate(orders):
        try:
            exact_lines.append(_exact_lines(order, known, places))
        except DomainError as error:
            errors[position] = error
    refuse(errors)
    heads = [{"warehouse_id": order.warehouse_id} for order in orders]
    ids = register(session, INTERNAL_ORDER.kind, heads, lambda ids: [
        (InternalOrder, [
            {"id": i, "source_id": order.source_id, "note": order.note} for i, order in zip(ids, orders, strict=True)
        ]),
        (InternalOrderLine, [row for i, lines in zip(ids, exact_lines, strict=True) for row in _rows(i, lines)]),
    ])  # fmt: skip
    record(session, "create", [{"document_id": i, "to_state": INTERNAL_ORDER.initial} for i in ids], by=by)
    return ids


def edit_internal_order(session: Session, order_id: int, order: NewInternalOrder, *, version: int, by: int) -> None:
    """Writes a whole draft anew.

    Raises Stale where it is no longer at `version`, WrongState once it is approved, and Invalid for what is wrong.
    """
    state = lock_draft(session, INTERNAL_ORDER, order_id, states=(INTERNAL_ORDER.initial,), version=version)
    known = products(session, (line.product_id for line in order.lines))
    lines = _exact_lines(order, known, warehouses(session, [order.warehouse_id, order.source_id]))
    write(
        session, WRITE_ANEW, id=order_id, warehouse=order.warehouse_id, source=order.source_id, note=order.note,
    )  # fmt: skip
    insert(session, InternalOrderLine, _rows(order_id, lines))
    record(session, "edit", [{"document_id": order_id, "from_state": state, "to_state": state}], by=by)


def _rows(order: int, lines: Sequence[NewInternalLine]) -> list[dict[str, object]]:
    return [
        {"internal_order_id": order, "position": position, "product_id": line.product_id, "quantity": line.quantity}
        for position, line in enumerate(lines, 1)
    ]


def _exact_lines(
    order: NewInternalOrder, known: Mapping[int, Row[Any]], places: Mapping[int, Row[Any]]
) -> list[NewInternalLine]:
    """The lines with exact numbers; raises Invalid for what no warehouse can want from another like this."""
    for place in (order.warehouse_id, order.source_id):
        if place not in places:
            raise Invalid("unknown_warehouse", "There is no active warehouse {id}.", id=place)
    if order.warehouse_id == order.source_id:
        raise Invalid("same_warehouse", "{code} cannot ask itself: choose another warehouse.",
                      code=places[order.source_id].code)  # fmt: skip
    return [_exact_line(line, known.get(line.product_id)) for line in order.lines]


def _exact_line(line: NewInternalLine, product: Row[Any] | None) -> NewInternalLine:
    quantity = goods_quantity(product, line.product_id, line.quantity)
    if not quantity:
        raise Invalid("quantity_not_positive", "{what}: the quantity must be above 0.",
                      what=product.sku if product else line.product_id)  # fmt: skip
    return replace(line, quantity=quantity)


def delete_internal_orders(session: Session, ids: Sequence[int], *, by: int) -> None:
    """Removes drafts; Refused for anything else."""
    delete_drafts(session, INTERNAL_ORDER, ids, lines=((InternalOrderLine, "internal_order_id"),), by=by)


@INTERNAL_ORDER.step("approve", load=InternalOrders, first=check_date)
def approve_internal_orders(session: Session, orders: InternalOrders, /, *, by: int, on: date) -> None:
    """The source holds what it has for the order; the rest waits for goods there."""
    filled = {line.internal_order_id for line in orders.lines}
    refuse({
        i: Invalid("no_lines", "Nothing is asked for: enter at least one product.")
        for i in orders.ids if i not in filled
    })  # fmt: skip
    reserve(session, [
        Claim(line.internal_order_id, line.id, line.source_id, line.product_id, line.quantity, is_internal=True)
        for line in orders.lines
    ], may_wait=orders.ids)  # fmt: skip
    ask_number(session, "internal_orders", dict.fromkeys(orders.ids, on))
