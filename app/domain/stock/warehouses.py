"""What documents need to know of warehouses, many at once, and what may become of one."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.kernel.rows import read
from app.domain.stock.models import Warehouse
from app.domain.stock.moves import hold_moves
from app.domain.stock.reservations import fill_waiting, shed

WANTED = "SELECT DISTINCT product_id FROM reservation WHERE warehouse_id = %(id)s"


def warehouses(session: Session, ids: Iterable[int]) -> dict[int, Row[Any]]:
    """Code, way of working and stock rule of active warehouses; others are left out."""
    sql = "SELECT id, code, way, negative_available FROM warehouse WHERE active AND id = ANY(%(ids)s::bigint[])"
    return {row.id: row for row in read(session, sql, ids=sorted(set(ids)))}


def change_warehouse(session: Session, warehouse: Warehouse, values: Mapping[str, object]) -> None:
    """Writes values of a warehouse's card by their names.

    Where it may no longer promise more than is there, the youngest reservations above that wait again; where it now
    may, who waited has what they wait for.
    """
    before = warehouse.negative_available
    turned = warehouse.id is not None and values.get("negative_available", before) != before
    if turned:
        hold_moves(session)
    for name, value in values.items():
        setattr(warehouse, name, value)
    if turned:
        session.flush()
        keys = [(warehouse.id, row.product_id) for row in read(session, WANTED, id=warehouse.id)]
        shed(session, keys)
        fill_waiting(session, keys, lapsed=False)
