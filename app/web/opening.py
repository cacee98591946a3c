"""Stock with which a warehouse begins."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from app.domain.kernel.document import Document
from app.domain.lifecycles import OPENING_STOCK
from app.domain.stock.models import Warehouse
from app.domain.warehousing.models import OpeningStock, OpeningStockLine
from app.domain.warehousing.opening import (
    NewOpening,
    NewOpeningLine,
    add_openings,
    cancel_openings,
    delete_openings,
    edit_opening,
    process_openings,
)
from app.web.kit.anew import AnewView
from app.web.kit.correcting import correct_button
from app.web.kit.documents import Button, delete_button
from app.web.kit.drafting import Cell
from app.web.kit.forms import LONGEST_TEXT, CardForm, RelationField
from app.web.kit.lines import Head, lines_of
from app.web.kit.listing import Column
from app.web.kit.rights import mine
from app.web.kit.scope import ScopedInterface

LINES = """
FROM opening_stock_line line JOIN product ON product.id = line.product_id JOIN unit ON unit.id = product.unit_id
WHERE line.opening_id = %(id)s ORDER BY line.position
"""


class OpeningForm(CardForm):
    warehouse = RelationField(_("Warehouse"), target=Warehouse, blank=False, validators=[InputRequired()])
    note = StringField(_("Note"), validators=[Length(max=LONGEST_TEXT)])


class OpeningView(AnewView):
    datamodel = ScopedInterface(OpeningStock)
    lifecycle = OPENING_STOCK
    resource = "Opening stock"
    route_base = "/opening-stock"
    title = _("Opening stock")
    noun = _("opening stock")
    empty = _("Nothing was there at the start. What the old books say of the stock is written down with New.")
    head = OpeningForm
    cells = (
        Cell("quantity", _("Quantity"), 3, needed=True),
        Cell("value", _("Value"), 3, offered=lambda: mine().sees("costs"), money=True),
        Cell("cost", _("or cost of one"), 4, offered=lambda: mine().sees("costs"), money=True),
    )
    said_head = """
        SELECT document.warehouse_id AS warehouse, opening.note, opening.version::text
        FROM opening_stock opening JOIN document ON document.id = opening.id WHERE opening.id = %(id)s
    """
    said_lines = """
        SELECT line.position - 1 AS place, line.product_id::text AS product,
               product.sku || ' ' || product.name AS label, trim_scale(line.quantity)::text AS quantity,
               trim_scale(line.value)::text AS value, trim_scale(line.unit_cost)::text AS cost
        FROM opening_stock_line line JOIN product ON product.id = line.product_id
        WHERE line.opening_id = %(id)s ORDER BY line.position
    """
    steps = {
        "process": Button(process_openings, "process", _("Process"), ("on",), "check"),
        "cancel": Button(cancel_openings, "cancel", _("Cancel"), ("on", "reason"), "ban", danger=True),
        "correct": correct_button(OPENING_STOCK, "Opening stock"),
        "delete": delete_button(delete_openings),
    }  # fmt: skip
    columns = {
        "number": Column(_("Number"), Document.number),
        "on": Column(_("Date"), OpeningStock.on, "date"),
        "warehouse": Column(_("Warehouse"), Warehouse.code),
        "note": Column(_("Note"), OpeningStock.note),
        "value": Column(
            _("Value"),
            select(func.sum(OpeningStockLine.value))
            .where(OpeningStockLine.opening_id == OpeningStock.id)
            .scalar_subquery(),
            "money", "costs",
        ),
        "state": Column(_("State"), OpeningStock.state, "state"),
    }  # fmt: skip
    list_columns = ["number", "on", "warehouse", "note", "state", "value"]

    def make(self, values: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> NewOpening:
        there = [
            NewOpeningLine(line["product"], line["quantity"], line.get("cost"), line.get("value")) for line in lines
        ]
        return NewOpening(values["warehouse"], there, note=values["note"] or "")

    def store(self, session: Session, new: NewOpening, by: int) -> int:
        return add_openings(session, [new], by=by)[0]

    def store_anew(self, session: Session, pk: int, new: NewOpening, version: int, by: int) -> None:
        edit_opening(session, pk, new, version=version, by=by)

    def lines(self, pk: int) -> dict[str, Any]:
        heads = [
            Head("product.sku", _("SKU")),
            Head("product.name", _("Name")),
            Head("line.quantity", _("Quantity"), "number"),
            Head("unit.code", _("Unit")),
            Head("line.unit_cost", _("Cost of one"), "price", "costs"),
            Head("line.value", _("Value"), "money", "costs"),
        ]
        return lines_of(self._session, heads, LINES, pk, self.resource)
