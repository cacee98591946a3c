"""Counting what is there: a sheet is drawn, filled in on one page, and processed."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from app.domain.catalog.models import ProductGroup
from app.domain.kernel.document import Document
from app.domain.kernel.rows import read
from app.domain.lifecycles import STOCK_COUNT
from app.domain.stock.models import Warehouse
from app.domain.warehousing.counts import cancel_counts, process_counts
from app.domain.warehousing.models import StockCount, StockCountLine
from app.domain.warehousing.sheets import Counted, NewCount, add_counts, delete_counts, write_counted
from app.web.kit import look
from app.web.kit.correcting import correct_button
from app.web.kit.documents import Button, delete_button
from app.web.kit.drafting import Cell, DraftingView
from app.web.kit.forms import LONGEST_TEXT, CardForm, RelationField
from app.web.kit.lines import Head, lines_of
from app.web.kit.listing import Column
from app.web.kit.rights import mine
from app.web.kit.scope import ScopedInterface
from app.web.kit.sheets import Numbers, Sheet, SheetView

LINES = """
FROM stock_count_line line JOIN product ON product.id = line.product_id JOIN unit ON unit.id = product.unit_id
WHERE line.count_id = %(id)s ORDER BY line.position
"""
SHEET = """
SELECT line.id, product.sku, product.name, unit.code AS unit, line.expected AS told,
       trim_scale(line.counted)::text AS counted, trim_scale(line.unit_cost)::text AS cost, stock_count.version
FROM stock_count_line line JOIN stock_count ON stock_count.id = line.count_id
JOIN product ON product.id = line.product_id JOIN unit ON unit.id = product.unit_id
WHERE line.count_id = %(id)s ORDER BY line.position
"""
BEGUN = "SELECT id FROM stock_count_line WHERE count_id = %(id)s AND counted IS NOT NULL LIMIT 1"
# What others typed stays where the person does not see it.
COSTS = "SELECT id, unit_cost FROM stock_count_line WHERE count_id = %(id)s"


class SheetForm(CardForm):
    warehouse = RelationField(_("Warehouse"), target=Warehouse, blank=False, validators=[InputRequired()])
    group = RelationField(_("Product group"), target=ProductGroup, description=_("Empty: all that is there."))
    note = StringField(_("Note"), validators=[Length(max=LONGEST_TEXT)])


class CountView(SheetView, DraftingView):
    datamodel = ScopedInterface(StockCount)
    lifecycle = STOCK_COUNT
    resource = "Stock counts"
    route_base = "/counts"
    title = _("Stock counts")
    noun = _("stock count")
    empty = _("Nothing was counted yet. New draws a sheet of what should lie there.")
    head = SheetForm
    sheet = Sheet(
        _("Fill in"), _("What lies there"), _("0 where nothing does; empty lines are left alone."), _("Expected"),
        (Cell("counted", _("Counted"), 3),
         Cell("cost", _("Cost of one, if more was found"), 4, offered=lambda: mine().sees("costs"), money=True)),
        SHEET,
    )  # fmt: skip
    method_permission_name = {**DraftingView.method_permission_name, **SheetView.method_permission_name}
    steps = {
        "process": Button(process_counts, "process", _("Process"), ("on",), "check"),
        "cancel": Button(cancel_counts, "cancel", _("Cancel"), ("on", "reason"), "ban", danger=True),
        "correct": correct_button(STOCK_COUNT, "Stock counts"),
        "delete": delete_button(delete_counts),
    }  # fmt: skip
    columns = {
        "number": Column(_("Number"), Document.number),
        "on": Column(_("Date"), StockCount.on, "date"),
        "warehouse": Column(_("Warehouse"), Warehouse.code),
        "sheet_at": Column(_("Sheet drawn"), StockCount.sheet_at),
        "note": Column(_("Note"), StockCount.note),
        "value": Column(
            _("Value"),
            select(func.sum(StockCountLine.value)).where(StockCountLine.count_id == StockCount.id).scalar_subquery(),
            "money", "costs",
        ),
        "state": Column(_("State"), StockCount.state, "state"),
    }  # fmt: skip
    list_columns = ["number", "on", "warehouse", "sheet_at", "note", "state", "value"]

    def is_whole(self) -> bool:
        """Nothing is counted yet."""
        return False

    def make(self, values: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> NewCount:
        return NewCount(values["warehouse"], group_id=values["group"], note=values["note"] or "")

    def store(self, session: Session, new: NewCount, by: int) -> int:
        return add_counts(session, [new], by=by)[0]

    def fill_in(self, session: Session, pk: int, numbers: Numbers, version: int, by: int) -> None:
        kept = {} if mine().sees("costs") else {row.id: row.unit_cost for row in read(session, COSTS, id=pk)}
        counted = {line: Counted(its["counted"], its.get("cost", kept.get(line))) for line, its in numbers.items()}
        write_counted(session, pk, counted, version=version, by=by)

    def next_of(self, document: Any, buttons: Sequence[dict[str, Any]], makers: Sequence[dict[str, Any]]) -> str:
        """First something is counted."""
        if makers and not read(self._session, BEGUN, id=document.id):
            return str(makers[0]["url"])
        return super().next_of(document, buttons, makers)

    def sheet_title(self, document: Any) -> str:
        return f"{document.warehouse} {look.moment(document.sheet_at)}"

    def lines(self, pk: int) -> dict[str, Any]:
        heads = [
            Head("product.sku", _("SKU")),
            Head("product.name", _("Name")),
            Head("line.expected", _("Expected"), "number"),
            Head("line.counted", _("Counted"), "number"),
            Head("line.counted - line.expected", _("Difference"), "number"),
            Head("unit.code", _("Unit")),
            Head("line.value", _("Value"), "money", "costs"),
        ]
        return lines_of(self._session, heads, LINES, pk, self.resource)
