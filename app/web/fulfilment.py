"""Goods that leave: shipments."""

from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from app.domain.billing.invoicing import draft_invoices
from app.domain.billing.returning import return_shipments
from app.domain.fulfilment.editing import edit_shipment
from app.domain.fulfilment.models import Shipment
from app.domain.fulfilment.shipping import cancel_shipments, process_shipments
from app.domain.kernel.document import Document
from app.domain.kernel.errors import Refused
from app.domain.kernel.lifecycle import Outcome
from app.domain.kernel.rows import read
from app.domain.lifecycles import SHIPMENT
from app.domain.parties.models import Customer
from app.domain.settlement.models import PaymentStatus
from app.domain.stock.models import Warehouse
from app.web.kit.documents import Button
from app.web.kit.drafting import Cell
from app.web.kit.lines import Head, lines_of
from app.web.kit.listing import Column
from app.web.kit.overdue import overdue_flag
from app.web.kit.rights import mine
from app.web.kit.scope import ScopedInterface
from app.web.kit.settled import paid, takers
from app.web.kit.sheets import Numbers, Sheet, SheetView
from app.web.kit.undoing import undo_button

LINES = """
FROM shipment_line line JOIN sales_order_line wanted ON wanted.id = line.order_line_id
WHERE line.shipment_id = %(id)s ORDER BY line.position
"""
SHEET = """
SELECT line.id, wanted.sku, wanted.name, wanted.unit, wanted.quantity - wanted.shipped - wanted.given_up AS told,
       trim_scale(line.quantity)::text AS quantity, shipment.version
FROM shipment_line line JOIN shipment ON shipment.id = line.shipment_id
JOIN sales_order_line wanted ON wanted.id = line.order_line_id
WHERE line.shipment_id = %(id)s ORDER BY line.position
"""
BACK = """
SELECT line.id, wanted.sku, wanted.name, line.quantity - line.returned AS quantity
FROM shipment_line line JOIN sales_order_line wanted ON wanted.id = line.order_line_id
JOIN product ON product.id = wanted.product_id AND product.kind <> 'service'
WHERE line.shipment_id = %(id)s AND line.quantity > line.returned ORDER BY line.position
"""
TO_INVOICE = """
SELECT id FROM shipment_line WHERE shipment_id = %(id)s AND quantity > invoiced + returned_uninvoiced LIMIT 1
"""
_Ordered = aliased(Document)


def invoice_each(session: Any, ids: Any, /, *, by: int) -> Outcome:
    """A draft invoice for each shipment; what cannot be invoiced is refused under the shipment's own id."""
    shipments = list(ids)
    try:
        draft_invoices(session, [[shipment] for shipment in shipments], by=by)
    except Refused as refusal:
        raise Refused({shipments[i]: error for i, error in refusal.errors.items()}) from None
    return Outcome(done=shipments)


class ShipmentView(SheetView):
    datamodel = ScopedInterface(Shipment)
    lifecycle = SHIPMENT
    resource = "Shipments"
    route_base = "/shipments"
    title = _("Shipments")
    noun = _("shipment")
    empty = _("No shipments here. They appear when an order is approved.")
    pays = "shipment_id"
    sheet = Sheet(
        _("Edit"), _("What leaves now"),
        _("0 where nothing does; empty lines are left alone. The order keeps the rest."),
        _("Still to be shipped"), (Cell("quantity", _("Leaves"), 3),), SHEET,
    )  # fmt: skip
    leading = ("process", "invoice")
    steps = {
        "process": Button(
            process_shipments, "process", _("Process"), ("on", "quantities", "rest"), "check",
        ),
        "invoice": Button(
            invoice_each, "edit", _("Draft invoice"), (), "file-invoice", ("processed",), resource="Invoices",
            opens="invoices",
        ),
        "return": Button(
            return_shipments, "edit", _("Take back"), ("quantities",), "arrow-back-up", ("processed",),
            resource="Returns", opens="returns",
        ),
        "cancel": Button(cancel_shipments, "cancel", _("Cancel"), ("on", "reason"), "ban", danger=True),
        "undo": undo_button("processed"),
    }  # fmt: skip
    columns = {
        "number": Column(_("Number"), Document.number),
        "on": Column(_("Date"), Shipment.on, "date"),
        "order": Column(
            _("Order"), select(_Ordered.number).where(_Ordered.id == Shipment.order_id).scalar_subquery()
        ),
        "customer": Column(_("Customer"), Customer.name),
        "warehouse": Column(_("Warehouse"), Warehouse.code),
        "net": Column(_("Net"), Shipment.net, "money", "prices"),
        "vat": Column(_("VAT"), Shipment.vat, "money", "prices"),
        "gross": Column(_("Total"), Shipment.gross, "money", "prices"),
        "payment": Column(_("Payment"), PaymentStatus.status, "payment", "prices"),
        "overdue": Column(_("Overdue"), overdue_flag("shipment_id", Shipment.id), "flag", "prices"),
        "state": Column(_("State"), Shipment.state, "state"),
    }  # fmt: skip
    list_columns = ["number", "on", "order", "customer", "warehouse", "state", "payment", "gross"]
    order_columns = ["number", "on", "customer", "gross"]

    def fill_in(self, session: Session, pk: int, numbers: Numbers, version: int, by: int) -> None:
        quantities = {line: its["quantity"] for line, its in numbers.items() if its["quantity"] is not None}
        edit_shipment(session, pk, quantities, version=version, by=by)

    def sheet_title(self, document: Any) -> str:
        return f"{document.order} {document.customer}"

    def makers(self, document: Any) -> Sequence[dict[str, Any]]:
        """A draft is edited; lines of what left can be picked for an invoice, and what is owed for it can be paid."""
        if edits := super().makers(document):
            return edits
        takes = takers(self._session, document.id)
        if mine().may("edit", "Invoices"):
            # To whom writes invoices it is paid when it is on one.
            takes = [maker | {"next": False} for maker in takes]
        if not (document.state == "processed" and mine().may("edit", "Invoices") and self.offers("invoice", document)):
            return takes
        address = url_for("InvoiceView.portion", shipment=document.id)
        return [{"text": gettext("Invoice in part"), "icon": "list-check", "url": address}, *takes]

    def offers(self, name: str, document: Any) -> bool:
        """What is on an invoice, or back, is not invoiced or taken back again."""
        left = {"invoice": TO_INVOICE, "return": BACK}.get(name)
        return left is None or bool(read(self._session, left, id=document.id))

    def panels(self, document: Any) -> Sequence[dict[str, Any]]:
        """What paid it."""
        return paid(self._session, document.id) if mine().sees("prices") else []

    def pieces(self, name: str, pk: int) -> dict[str, Any]:
        """What leaves, or what can come back: goods that left and are not back yet."""
        if name != "return":
            return super().pieces(name, pk)
        rows = read(self._session, BACK, id=pk)
        return {"label": _("Quantities that come back"), "rows": rows, "none_if_empty": True}

    def lines(self, pk: int) -> dict[str, Any]:
        heads = [
            Head("wanted.sku", _("SKU")),
            Head("wanted.name", _("Name")),
            Head("line.quantity", _("Quantity"), "number"),
            Head("wanted.unit", _("Unit")),
            Head("line.invoiced", _("Invoiced"), "number", "prices"),
            Head("line.returned", _("Returned"), "number"),
            Head("line.net", _("Net"), "money", "prices"),
            Head("line.gross", _("Total"), "money", "prices"),
            Head("line.cost", _("Cost"), "money", "costs"),
        ]
        return lines_of(self._session, heads, LINES, pk, self.resource)
