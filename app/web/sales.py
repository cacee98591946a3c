"""What customers want: orders."""

from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import func

from app.domain.fulfilment.ordering import approve_orders, cancel_orders, process_orders
from app.domain.kernel.document import Document
from app.domain.lifecycles import SALES_ORDER
from app.domain.parties.models import Customer
from app.domain.sales.models import SalesOrder
from app.domain.sales.orders import activate_orders, delete_orders
from app.domain.settlement.models import PaymentStatus
from app.domain.stock.models import Warehouse
from app.web.kit.documents import Button, DocumentView, deleting
from app.web.kit.lines import Head, lines_of
from app.web.kit.listing import Column
from app.web.kit.scope import ScopedInterface

LINES = "FROM sales_order_line line WHERE line.order_id = %(id)s ORDER BY line.position"


class OrderView(DocumentView):
    datamodel = ScopedInterface(SalesOrder)
    lifecycle = SALES_ORDER
    resource = "Orders"
    route_base = "/orders"
    title = _("Orders")
    noun = _("order")
    empty = _("No orders here. Change what the list is narrowed by, or wait for the first one.")
    pays = True
    steps = {
        "process": Button(
            process_orders, "process", _("Process"), ("on", "agreed_by", "agreed_how"), "check",
            ("estimate", "active", "approved"),
        ),
        "approve": Button(
            approve_orders, "process", _("Approve"), ("on", "agreed_by", "agreed_how", "consent"), "circle-check"
        ),
        "activate": Button(activate_orders, "edit", _("Activate"), (), "player-play"),
        "cancel": Button(cancel_orders, "cancel", _("Cancel"), ("on", "reason"), "ban", danger=True),
        "delete": Button(
            deleting(delete_orders), "delete", _("Delete"), (), "trash", ("estimate",), danger=True, previewed=False
        ),
    }  # fmt: skip
    columns = {
        "number": Column(_("Number"), Document.number),
        "on": Column(_("Date"), SalesOrder.on, "date"),
        "customer": Column(_("Customer"), Customer.name),
        "warehouse": Column(_("Warehouse"), Warehouse.code),
        "channel": Column(_("Channel"), SalesOrder.channel, "word"),
        "requested_on": Column(_("Wanted on"), SalesOrder.requested_on, "date"),
        "valid_until": Column(_("Valid until"), SalesOrder.valid_until, "date"),
        "customer_reference": Column(_("Customer's reference"), SalesOrder.customer_reference),
        "agreed_by": Column(_("Agreed by"), SalesOrder.agreed_by),
        "agreed_how": Column(_("Agreed how"), SalesOrder.agreed_how, "word"),
        "note": Column(_("Note"), SalesOrder.note),
        "net": Column(_("Net"), SalesOrder.net, "money", "prices"),
        "vat": Column(_("VAT"), SalesOrder.vat, "money", "prices"),
        "gross": Column(_("Total"), SalesOrder.gross, "money", "prices"),
        "currency": Column(_("Currency"), SalesOrder.currency, needs="prices"),
        "payment": Column(_("Payment"), PaymentStatus.status, "payment", "prices"),
        "state": Column(_("State"), SalesOrder.state, "state"),
        "works": Column(_("Way of working"), func.coalesce(SalesOrder.way, Warehouse.way), "word"),
    }  # fmt: skip
    list_columns = ["number", "on", "customer", "warehouse", "channel", "state", "payment", "gross"]
    order_columns = ["number", "on", "customer", "gross"]

    def offers(self, name: str, document: Any) -> bool:
        """Save and process is for warehouses where one person sells and ships."""
        return name != "process" or document.works == "manager_seller"

    def lines(self, pk: int) -> dict[str, Any]:
        heads = [
            Head("line.sku", _("SKU")),
            Head("line.name", _("Name")),
            Head("line.quantity", _("Quantity"), "number"),
            Head("line.unit", _("Unit")),
            Head("line.shipped", _("Shipped"), "number"),
            Head("line.unit_price", _("Price"), "price", "prices"),
            Head("line.discount", _("Discount, %"), "number", "prices"),
            Head("line.net", _("Net"), "money", "prices"),
            Head("line.gross", _("Total"), "money", "prices"),
        ]
        return lines_of(self._session, heads, LINES, pk, self.resource)
