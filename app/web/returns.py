"""Goods that come back: customers' returns."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import abort, request
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from app.domain.billing.loose_returns import LooseLine, LooseReturn, add_loose_returns, edit_loose_return
from app.domain.billing.models import CustomerReturn, CustomerReturnLine
from app.domain.billing.returning import ReturnOf, edit_return
from app.domain.billing.returns import cancel_returns, delete_returns, process_returns
from app.domain.kernel.document import Document
from app.domain.kernel.rows import read
from app.domain.lifecycles import CUSTOMER_RETURN, SHIPMENT
from app.domain.parties.models import Customer
from app.domain.stock.models import Warehouse
from app.web.kit import trails
from app.web.kit.anew import AnewView
from app.web.kit.correcting import correct_button
from app.web.kit.documents import Button, delete_button
from app.web.kit.drafting import Cell
from app.web.kit.forms import LONGEST_TEXT, CardForm, RelationField
from app.web.kit.lines import Head, lines_of
from app.web.kit.listing import Column
from app.web.kit.rights import mine
from app.web.kit.scope import ScopedInterface
from app.web.kit.writing import Offer, Picked, Picks, Store, WritingView

LINES = """
FROM customer_return_line line JOIN product ON product.id = line.product_id JOIN unit ON unit.id = product.unit_id
LEFT JOIN shipment_line shipped ON shipped.id = line.shipment_line_id
LEFT JOIN document left_with ON left_with.id = shipped.shipment_id
WHERE line.return_id = %(id)s ORDER BY line.position
"""
SHIPPED_WITH = """
SELECT DISTINCT shipped.shipment_id AS id FROM customer_return_line line
JOIN shipment_line shipped ON shipped.id = line.shipment_line_id WHERE line.return_id = %(id)s
"""
# The goods of a draft's shipments that are not back, or that the draft names, and what it says of them.
NOT_BACK = """
SELECT line.id, shipment.id AS document_id, document.number, shipment."on", wanted.sku, wanted.name, wanted.unit,
       line.quantity, line.quantity - line.returned AS left, own.quantity AS taken
FROM shipment JOIN document ON document.id = shipment.id JOIN shipment_line line ON line.shipment_id = shipment.id
JOIN sales_order_line wanted ON wanted.id = line.order_line_id
JOIN product ON product.id = wanted.product_id AND product.kind <> 'service'
LEFT JOIN customer_return_line own ON own.shipment_line_id = line.id AND own.return_id = %(id)s
WHERE shipment.id = ANY(%(shipments)s::bigint[]) AND (line.quantity > line.returned OR own.quantity > 0)
ORDER BY shipment.id, line.position
"""
COMES_BACK = Picked("quantity", _("Comes back"), _("Not back"))
OF_SHIPMENTS = Store(None, edit_return)


class PiecesForm(CardForm):
    warehouse = RelationField(_("Into warehouse"), target=Warehouse, blank=False, validators=[InputRequired()])
    note = StringField(_("Note"), validators=[Length(max=LONGEST_TEXT)])


class LooseReturnForm(CardForm):
    customer = RelationField(
        _("Customer"), target=Customer, source="ReturnView.choices_of", blank=False, validators=[InputRequired()]
    )
    warehouse = RelationField(_("Warehouse"), target=Warehouse, blank=False, validators=[InputRequired()])
    note = StringField(_("Note"), validators=[Length(max=LONGEST_TEXT)])


class ReturnView(AnewView, WritingView):
    """Returns are drafted from their shipment; whoever may consent writes down those of which nobody knows it."""

    datamodel = ScopedInterface(CustomerReturn)
    lifecycle = CUSTOMER_RETURN
    resource = "Returns"
    route_base = "/returns"
    title = _("Returns")
    noun = _("return")
    empty = _("No returns here. Draft one from a processed shipment.")
    head = LooseReturnForm
    said_head = """
        SELECT document.customer_id AS customer, document.warehouse_id AS warehouse, its.note, its.version::text
        FROM customer_return its JOIN document USING (id) WHERE its.id = %(id)s
    """
    said_lines = """
        SELECT line.position - 1 AS place, line.product_id::text AS product,
               product.sku || ' ' || product.name AS label, trim_scale(line.quantity)::text AS quantity,
               trim_scale(line.unit_cost)::text AS cost
        FROM customer_return_line line JOIN product ON product.id = line.product_id
        WHERE line.return_id = %(id)s ORDER BY line.position
    """
    cells = (
        Cell("quantity", _("Quantity"), 3, needed=True),
        Cell("cost", _("Cost of one"), 4, offered=lambda: mine().sees("costs"), money=True),
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

    @expose("/<id:pk>/edit", methods=["GET", "POST"])
    @has_access
    def edit(self, pk: int) -> Any:
        """What comes back of shipments is picked from them; what nobody knows the shipment of is written anew."""
        document = self.found(pk)
        # The version is read before all that it stands for: what is saved meanwhile is newer then, and told.
        head = self.said(pk)
        shipments = self._shipments(pk)
        if not shipments or not self.editable(document):
            return super().edit(pk)
        form = PiecesForm(data=head if request.method == "GET" else None)

        def offered() -> Offer:
            rows = read(self._session, NOT_BACK, id=pk, shipments=shipments)
            said = {f"quantity_{row.id}": row.taken for row in rows if row.taken}
            return Offer(rows, [COMES_BACK], {f"quantity_{row.id}": row.left for row in rows}, said)

        def make(picked: Picks, form: Any, _rows: Sequence[Any]) -> ReturnOf:
            return ReturnOf(shipments, picked["quantity"], form.note.data or "", form.warehouse.data)

        return self.pick(form, offered, OF_SHIPMENTS, make, pk)

    def editable(self, document: Any) -> bool:
        """A draft of shipments that one sees; whoever may consent, one of which nobody knows the shipment."""
        if not super().editable(document):
            return False
        shipments = dict.fromkeys(self._shipments(document.id), SHIPMENT.kind)
        if not shipments:
            return mine().may("process", "Consent")
        return shipments.keys() == trails.seen(self._session, shipments)

    def _shipments(self, pk: int) -> list[int]:
        return [row.id for row in read(self._session, SHIPPED_WITH, id=pk)]

    def list_makers(self) -> Sequence[dict[str, Any]]:
        return super().list_makers() if mine().may("process", "Consent") else []

    def make(self, values: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> LooseReturn:
        back = [LooseLine(line["product"], line["quantity"], line.get("cost")) for line in lines]
        return LooseReturn(values["customer"], values["warehouse"], back, values["note"] or "")

    def store(self, session: Session, new: LooseReturn, by: int) -> int:
        return add_loose_returns(session, [new], by=by)[0]

    def store_anew(self, session: Session, pk: int, new: LooseReturn, version: int, by: int) -> None:
        edit_loose_return(session, pk, new, version=version, by=by)

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
