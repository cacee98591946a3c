"""Goods that come back: customers' returns."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import abort
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from app.domain.billing.loose_returns import LooseLine, LooseReturn, add_loose_returns
from app.domain.billing.models import CustomerReturn, CustomerReturnLine
from app.domain.billing.returns import cancel_returns, delete_returns, process_returns
from app.domain.kernel.document import Document
from app.domain.lifecycles import CUSTOMER_RETURN
from app.domain.parties.models import Customer
from app.domain.stock.models import Warehouse
from app.web.kit.correcting import correct_button
from app.web.kit.documents import Button, delete_button
from app.web.kit.drafting import Cell, DraftingView
from app.web.kit.forms import LONGEST_TEXT, CardForm, RelationField
from app.web.kit.lines import Head, lines_of
from app.web.kit.listing import Column
from app.web.kit.rights import mine
from app.web.kit.scope import ScopedInterface

LINES = """
FROM customer_return_line line JOIN product ON product.id = line.product_id JOIN unit ON unit.id = product.unit_id
LEFT JOIN shipment_line shipped ON shipped.id = line.shipment_line_id
LEFT JOIN document left_with ON left_with.id = shipped.shipment_id
WHERE line.return_id = %(id)s ORDER BY line.position
"""


class LooseReturnForm(CardForm):
    customer = RelationField(
        _("Customer"), target=Customer, source="ReturnView.choices_of", blank=False, validators=[InputRequired()]
    )
    warehouse = RelationField(_("Warehouse"), target=Warehouse, blank=False, validators=[InputRequired()])
    note = StringField(_("Note"), validators=[Length(max=LONGEST_TEXT)])


class ReturnView(DraftingView):
    """Returns are drafted from their shipment; whoever may consent writes down those of which nobody knows it."""

    datamodel = ScopedInterface(CustomerReturn)
    lifecycle = CUSTOMER_RETURN
    resource = "Returns"
    route_base = "/returns"
    title = _("Returns")
    noun = _("return")
    empty = _("No returns here. Draft one from a processed shipment.")
    head = LooseReturnForm
    cells = (
        Cell("quantity", _("Quantity"), 3, needed=True),
        Cell("cost", _("Cost of one"), 4, offered=lambda: mine().sees("costs")),
    )
    steps = {
        "process": Button(process_returns, "process", _("Process"), ("on",), "check"),
        "cancel": Button(cancel_returns, "cancel", _("Cancel"), ("on", "reason"), "ban", danger=True),
        "correct": correct_button(CUSTOMER_RETURN, "Returns"),
        "delete": delete_button(delete_returns),
    }  # fmt: skip
    columns = {
        "number": Column(_("Number"), Document.number),
        "on": Column(_("Date"), CustomerReturn.on, "date"),
        "customer": Column(_("Customer"), Customer.name),
        "warehouse": Column(_("Warehouse"), Warehouse.code),
        "note": Column(_("Note"), CustomerReturn.note),
        "value": Column(
            _("Value"),
            select(func.sum(CustomerReturnLine.value))
            .where(CustomerReturnLine.return_id == CustomerReturn.id)
            .scalar_subquery(),
            "money", "costs",
        ),
        "state": Column(_("State"), CustomerReturn.state, "state"),
    }  # fmt: skip
    list_columns = ["number", "on", "customer", "warehouse", "note", "state", "value"]

    @expose("/new", methods=["GET", "POST"])
    @has_access
    def new(self) -> Any:
        if not mine().may("process", "Consent"):
            abort(403)
        return super().new()

    def list_makers(self) -> Sequence[dict[str, Any]]:
        return super().list_makers() if mine().may("process", "Consent") else []

    def make(self, values: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> LooseReturn:
        back = [LooseLine(line["product"], line["quantity"], line.get("cost")) for line in lines]
        return LooseReturn(values["customer"], values["warehouse"], back, values["note"] or "")

    def store(self, session: Session, new: LooseReturn, by: int) -> int:
        return add_loose_returns(session, [new], by=by)[0]

    def lines(self, pk: int) -> dict[str, Any]:
        heads = [
            Head("product.sku", _("SKU")),
            Head("product.name", _("Name")),
            Head("line.quantity", _("Quantity"), "number"),
            Head("unit.code", _("Unit")),
            Head("left_with.number", _("Shipment")),
            Head("line.uninvoiced", _("Not invoiced"), "number", "prices"),
            Head("line.value", _("Value"), "money", "costs"),
        ]
        return lines_of(self._session, heads, LINES, pk, self.resource)
