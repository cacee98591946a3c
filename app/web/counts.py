"""Counting what is there: a sheet is drawn, filled in on one page, and processed."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from app.domain.catalog.models import ProductGroup
from app.domain.kernel.document import Document
from app.domain.kernel.errors import DomainError, Invalid
from app.domain.kernel.rows import read
from app.domain.kernel.unit import deed
from app.domain.kernel.values import exact
from app.domain.lifecycles import STOCK_COUNT
from app.domain.stock.models import Warehouse
from app.domain.warehousing.counts import cancel_counts, process_counts
from app.domain.warehousing.models import StockCount, StockCountLine
from app.domain.warehousing.sheets import Counted, NewCount, add_counts, delete_counts, write_counted
from app.web.kit.correcting import correct_button
from app.web.kit.documents import Button, delete_button
from app.web.kit.drafting import DraftingView, said
from app.web.kit.forms import LONGEST_TEXT, CardForm, RelationField
from app.web.kit.lines import Head, lines_of
from app.web.kit.listing import Column
from app.web.kit.rights import mine
from app.web.kit.scope import LARGEST_ID, ScopedInterface, as_id, in_scope

LINES = """
FROM stock_count_line line JOIN product ON product.id = line.product_id JOIN unit ON unit.id = product.unit_id
WHERE line.count_id = %(id)s ORDER BY line.position
"""
SHEET = """
SELECT line.id, product.sku, product.name, unit.code AS unit, unit.decimals, line.expected,
       trim_scale(line.counted)::text AS counted, trim_scale(line.unit_cost)::text AS cost, stock_count.version
FROM stock_count_line line JOIN stock_count ON stock_count.id = line.count_id
JOIN product ON product.id = line.product_id JOIN unit ON unit.id = product.unit_id
WHERE line.count_id = %(id)s ORDER BY line.position
"""


class SheetForm(CardForm):
    warehouse = RelationField(_("Warehouse"), target=Warehouse, blank=False, validators=[InputRequired()])
    group = RelationField(_("Product group"), target=ProductGroup, description=_("Empty: all that is there."))
    note = StringField(_("Note"), validators=[Length(max=LONGEST_TEXT)])


class CountView(DraftingView):
    datamodel = ScopedInterface(StockCount)
    lifecycle = STOCK_COUNT
    resource = "Stock counts"
    route_base = "/counts"
    title = _("Stock counts")
    noun = _("stock count")
    empty = _("Nothing was counted yet. New draws a sheet of what should lie there.")
    head = SheetForm
    method_permission_name = {**DraftingView.method_permission_name, "fill": "edit"}
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

    def make(self, values: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> NewCount:
        return NewCount(values["warehouse"], group_id=values["group"], note=values["note"] or "")

    def store(self, session: Session, new: NewCount, by: int) -> int:
        return add_counts(session, [new], by=by)[0]

    def makers(self, document: Any) -> Sequence[dict[str, Any]]:
        if not self._fillable(document):
            return []
        return [{"text": gettext("Fill in"), "icon": "writing", "url": url_for(".fill", pk=document.id)}]

    def _fillable(self, document: Any) -> bool:
        may = mine().may("edit", self.resource) and in_scope(self._session, StockCount, [document.id], "edit")
        return bool(document.state == STOCK_COUNT.initial and may)

    @expose("/<id:pk>/fill", methods=["GET", "POST"])
    @has_access
    def fill(self, pk: int) -> Any:
        """The whole sheet on one page; the Enter key goes down to the next line."""
        document = self._found(pk)
        if not self._fillable(document):
            return redirect(url_for(".show", pk=pk))
        errors: dict[str, str] = {}
        if request.method == "POST":
            version = as_id(request.form.get("version", "")) or abort(400)
            errors = self._save(pk, version)
            if not errors:
                flash(gettext("Written down."), "success")
                return redirect(url_for(".show", pk=pk))
        rows = read(self._session, SHEET, id=pk)
        page = self.render_template(
            "stockbook/sheet.html", view=self, document=document, rows=rows, errors=errors, given=request.form,
            costs=mine().sees("costs"), version=rows[0].version,
        )  # fmt: skip
        return page, 422 if errors else 200

    def _save(self, pk: int, version: int) -> dict[str, str]:
        by = current_user.actor_id
        try:
            counted = written(request.form, costs=mine().sees("costs"))
            self._session.rollback()
            deed(lambda session: write_counted(session, pk, counted, version=version, by=by))
        except DomainError as refusal:
            return {"": said(refusal)}
        return {}

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


def written(given: Mapping[str, str], *, costs: bool) -> dict[int, Counted]:
    """What was written on a sheet, by line; an emptied line is not counted. Invalid for what is no number."""
    found: dict[int, Counted] = {}
    for name, text in given.items():
        match = re.fullmatch(r"counted_([1-9]\d{0,18})", name)
        if match and int(match[1]) <= LARGEST_ID:
            cost = given.get(f"cost_{match[1]}", "").strip() if costs else ""
            found[int(match[1])] = Counted(_number(text, gettext("Counted"), 3), _number(cost, gettext("Cost"), 4))
    if not found:
        raise Invalid("nothing", gettext("Nothing came with the form."))
    return found


def _number(text: str, what: str, decimals: int) -> Decimal | None:
    return exact(text.strip(), decimals, what) if text.strip() else None
