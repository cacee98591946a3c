"""Goods that come back: customers' returns."""

from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select

from app.domain.billing.models import CustomerReturn, CustomerReturnLine
from app.domain.billing.returns import cancel_returns, delete_returns, process_returns
from app.domain.kernel.document import Document
from app.domain.lifecycles import CUSTOMER_RETURN
from app.domain.parties.models import Customer
from app.domain.stock.models import Warehouse
from app.web.kit.documents import Button, DocumentView, deleting
from app.web.kit.lines import Head, lines_of
from app.web.kit.listing import Column
from app.web.kit.scope import ScopedInterface

LINES = """
FROM customer_return_line line JOIN product ON product.id = line.product_id JOIN unit ON unit.id = product.unit_id
LEFT JOIN shipment_line shipped ON shipped.id = line.shipment_line_id
LEFT JOIN document left_with ON left_with.id = shipped.shipment_id
WHERE line.return_id = %(id)s ORDER BY line.position
"""


class ReturnView(DocumentView):
    datamodel = ScopedInterface(CustomerReturn)
    lifecycle = CUSTOMER_RETURN
    resource = "Returns"
    route_base = "/returns"
    title = _("Returns")
    noun = _("return")
    empty = _("No returns here. Draft one from a processed shipment.")
    steps = {
        "process": Button(process_returns, "process", _("Process"), ("on",), "check"),
        "cancel": Button(cancel_returns, "cancel", _("Cancel"), ("on", "reason"), "ban", danger=True),
        "delete": Button(
            deleting(delete_returns), "delete", _("Delete"), (), "trash", ("draft",), danger=True, previewed=False
        ),
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
