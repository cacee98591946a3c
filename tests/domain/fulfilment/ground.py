"""What orders, their shipments and their reservations say."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app.domain.kernel.rows import read
from app.domain.sales.orders import NewLine
from tests.world import TODAY, World

AGREED = {"agreed_by": "Mr Client", "agreed_how": "phone"}


def pieces(world: World, shipment: int) -> list[tuple[int, object]]:
    """(order line, quantity) of a shipment."""
    return [(line.order_line_id, line.quantity) for line in world.lines_of("shipment_line", "shipment_id", shipment)]


def order_lines(world: World, order: int) -> list[int]:
    return [line.id for line in world.lines_of("sales_order_line", "order_id", order)]


def reservations(world: World, order: int) -> list[tuple[object, object]]:
    """(held, waiting) of an order's lines."""
    sql = "SELECT quantity, waiting FROM reservation WHERE document_id = %(id)s ORDER BY line_id"
    return [(row.quantity, row.waiting) for row in read(world.session, sql, id=order)]


def part(world: World, shipment: int, *quantities: str) -> Mapping[int, Decimal]:
    """`quantities` of a shipment: so much of its first lines."""
    lines = world.lines_of("shipment_line", "shipment_id", shipment)
    return {line.id: Decimal(quantity) for line, quantity in zip(lines, quantities, strict=False)}


def progress(world: World, order: int) -> list[tuple[object, object]]:
    """(shipped, given up) of an order's lines."""
    return [(line.shipped, line.given_up) for line in world.lines_of("sales_order_line", "order_id", order)]


def owed(world: World, document: int) -> list[Decimal]:
    """What is payable on each line of a document."""
    sql = "SELECT amount FROM open_item WHERE document_id = %(id)s ORDER BY line_id"
    return [row.amount for row in read(world.session, sql, id=document)]


def approved(world: World, *lines: tuple[int, str] | NewLine, **more: Any) -> tuple[int, int]:
    """An approved order with one draft, at whatever price: (order, draft)."""
    order = world.order(*lines, **more)
    world.approve(order, on=more.get("on", TODAY), consent=["below_cost"])
    [draft] = world.drafts(order)
    return order, draft
