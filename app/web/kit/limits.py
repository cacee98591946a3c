"""Conditions on a right that depend on the document: only where one person sells and ships, only on the same day."""

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _

from app.domain.kernel.rows import read
from app.web.kit import look

# Each gives the ids among %(ids)s on which the right holds.
CONDITIONS = {
    "manager_seller": """
        SELECT shipment.id FROM shipment JOIN sales_order ON sales_order.id = shipment.order_id
        JOIN document ON document.id = shipment.id JOIN warehouse ON warehouse.id = document.warehouse_id
        WHERE shipment.id = ANY(%(ids)s::bigint[]) AND coalesce(sales_order.way, warehouse.way) = 'manager_seller'
          AND %(today)s::date IS NOT NULL
    """,
    "same_day": """
        SELECT id FROM shipment WHERE id = ANY(%(ids)s::bigint[]) AND "on" = %(today)s::date
    """,
}
SENTENCES = {
    "manager_seller": _("A storekeeper ships this one: your role ships only where one person sells and ships."),
    "same_day": _("Your role cancels only on the day of the shipment: ask a manager."),
}


def forbidden(session: Any, limits: frozenset[str], ids: Sequence[int]) -> dict[int, str]:
    """Which of these documents are beyond the limits, each with its sentence."""
    found: dict[int, str] = {}
    for limit in sorted(limits):
        allowed = {row.id for row in read(session, CONDITIONS[limit], ids=list(ids), today=look.today())}
        found |= {i: str(SENTENCES[limit]) for i in ids if i not in allowed}
    return found
