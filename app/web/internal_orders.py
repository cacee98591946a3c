"""What warehouses send each other: asked for by one, sent by the other, received by the first."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from app.domain.kernel.document import Document
from app.domain.kernel.rows import read
from app.domain.lifecycles import INTERNAL_ORDER
from app.domain.stock.models import Warehouse
from app.domain.warehousing.asking import (
    NewInternalLine,
    NewInternalOrder,
    add_internal_orders,
    approve_internal_orders,
    delete_internal_orders,
    edit_internal_order,
)
from app.domain.warehousing.models import InternalOrder, InternalOrderLine
from app.domain.warehousing.transit import cancel_internal_orders, receive_internal_orders, send_internal_orders
from app.web.kit.anew import AnewView
from app.web.kit.correcting import correct_button
from app.web.kit.documents import Button, delete_button
from app.web.kit.drafting import Cell
from app.web.kit.forms import LONGEST_TEXT, CardForm, RelationField
from app.web.kit.lines import Head, lines_of
from app.web.kit.listing import Column
from app.web.kit.rights import mine
from app.web.kit.scope import OpenInterface, ScopedInterface

RESOURCE = "Internal orders"
LINES = """
FROM internal_order_line line JOIN product ON product.id = line.product_id JOIN unit ON unit.id = product.unit_id
WHERE line.internal_order_id = %(id)s ORDER BY line.position
"""
PIECES = """
SELECT line.id, product.sku, product.name, coalesce(line.sent, line.quantity) AS quantity
FROM internal_order_line line JOIN product ON product.id = line.product_id
WHERE line.internal_order_id = %(id)s ORDER BY line.position
"""
PLACES = """
SELECT its.id, its.state, its.source_id, document.warehouse_id
FROM internal_order its JOIN document ON document.id = its.id WHERE its.id = ANY(%(ids)s::bigint[])
"""
_Source = aliased(Warehouse)


def _asker(row: Any) -> set[int]:
    return {row.warehouse_id}


def _sender(row: Any) -> set[int]:
    return {row.source_id}


def _moved(row: Any) -> set[int]:
    """The warehouses whose goods a cancellation moves; before anything left, either may call it off."""
    return {"in_transit": {row.source_id}, "performed": {row.source_id, row.warehouse_id}}.get(row.state, set())


def _moved_or_asked(row: Any) -> set[int]:
    """Those of a cancellation, and the warehouse for which it is asked anew."""
    return _moved(row) | _asker(row)


def people_of(right: str, places: Callable[[Any], set[int]]) -> Callable[[Any, Sequence[int]], dict[int, str]]:
    """Leaves a step to those to whom all these warehouses of an order are assigned."""

    def beyond(session: Any, ids: Sequence[int]) -> dict[int, str]:
        rights = mine()
        if not rights.is_own(RESOURCE, right):
            return {}
        sentence = gettext("This is for the people of the other warehouse.")
        rows = read(session, PLACES, ids=list(ids))
        return {row.id: sentence for row in rows if not places(row) <= rights.warehouses}

    return beyond


class InternalOrderForm(CardForm):
    warehouse = RelationField(_("For warehouse"), target=Warehouse, blank=False, validators=[InputRequired()])
    source = RelationField(
        _("From warehouse"), target=Warehouse, door=OpenInterface, blank=False, validators=[InputRequired()]
    )
    note = StringField(_("Note"), validators=[Length(max=LONGEST_TEXT)])


class InternalOrderView(AnewView):
    datamodel = ScopedInterface(InternalOrder)
    lifecycle = INTERNAL_ORDER
    resource = RESOURCE
    route_base = "/internal-orders"
    title = _("Internal orders")
    noun = _("internal order")
    empty = _("No warehouse asked for goods of another yet. Ask with New.")
    head = InternalOrderForm
    cells = (Cell("quantity", _("Quantity"), 3, needed=True),)
    said_head = """
        SELECT document.warehouse_id AS warehouse, its.source_id AS source, its.note, its.version::text
        FROM internal_order its JOIN document ON document.id = its.id WHERE its.id = %(id)s
    """
    said_lines = """
        SELECT line.position - 1 AS place, line.product_id::text AS product,
               product.sku || ' ' || product.name AS label, trim_scale(line.quantity)::text AS quantity
        FROM internal_order_line line JOIN product ON product.id = line.product_id
        WHERE line.internal_order_id = %(id)s ORDER BY line.position
    """
    leading = ("approve", "send", "receive")
    steps = {
        "approve": Button(
            approve_internal_orders, "edit", _("Ask"), ("on",), "check", beyond=people_of("edit", _asker)
        ),
        "send": Button(
            send_internal_orders, "process", _("Send"), ("on", "quantities"), "truck-loading",
            beyond=people_of("process", _sender),
        ),
        "receive": Button(
            receive_internal_orders, "process", _("Receive"), ("on", "quantities"), "package-import",
            beyond=people_of("process", _asker),
        ),
        "cancel": Button(
            cancel_internal_orders, "cancel", _("Cancel"), ("on", "reason"), "ban", danger=True,
            beyond=people_of("cancel", _moved),
        ),
        "correct": correct_button(INTERNAL_ORDER, RESOURCE, people_of("cancel", _moved_or_asked)),
        "delete": delete_button(delete_internal_orders, beyond=people_of("delete", _asker)),
    }  # fmt: skip
    columns = {
        "number": Column(_("Number"), Document.number),
        "on": Column(_("Date"), InternalOrder.on, "date"),
        "warehouse": Column(_("For"), Warehouse.code),
        "source": Column(
            _("From"), select(_Source.code).where(_Source.id == InternalOrder.source_id).scalar_subquery()
        ),
        "sent_on": Column(_("Sent"), InternalOrder.sent_on, "date"),
        "received_on": Column(_("Received"), InternalOrder.received_on, "date"),
        "note": Column(_("Note"), InternalOrder.note),
        "cost": Column(
            _("Value"),
            select(func.sum(InternalOrderLine.cost)).where(InternalOrderLine.internal_order_id == InternalOrder.id)
            .scalar_subquery(),
            "money", "costs",
        ),
        "state": Column(_("State"), InternalOrder.state, "state"),
    }  # fmt: skip
    list_columns = ["number", "on", "warehouse", "source", "sent_on", "received_on", "note", "state", "cost"]

    def make(self, values: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> NewInternalOrder:
        wanted = [NewInternalLine(line["product"], line["quantity"]) for line in lines]
        return NewInternalOrder(values["warehouse"], values["source"], wanted, note=values["note"] or "")

    def store(self, session: Session, new: NewInternalOrder, by: int) -> int:
        return add_internal_orders(session, [new], by=by)[0]

    def store_anew(self, session: Session, pk: int, new: NewInternalOrder, version: int, by: int) -> None:
        edit_internal_order(session, pk, new, version=version, by=by)

    def hides(self, pk: int) -> bool:
        """It is written by the people of the warehouse that asks."""
        return super().hides(pk) or bool(people_of("edit", _asker)(self._session, [pk]))

    def pieces(self, name: str, pk: int) -> dict[str, Any]:
        """What leaves of what was asked for, or what arrives of what was sent."""
        label = gettext("Quantities that leave") if name == "send" else gettext("Quantities that arrive")
        return {"label": label, "rows": read(self._session, PIECES, id=pk)}

    def lines(self, pk: int) -> dict[str, Any]:
        heads = [
            Head("product.sku", _("SKU")),
            Head("product.name", _("Name")),
            Head("line.quantity", _("Asked for"), "number"),
            Head("line.sent", _("Sent"), "number"),
            Head("line.received", _("Received"), "number"),
            Head("unit.code", _("Unit")),
            Head("line.cost", _("Value sent"), "money", "costs"),
            Head("line.value", _("Value received"), "money", "costs"),
        ]
        return lines_of(self._session, heads, LINES, pk, self.resource)
