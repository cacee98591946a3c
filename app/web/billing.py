"""The tax documents: invoices."""

from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.domain.billing.invoicing import delete_invoices, issue_invoices
from app.domain.billing.models import Invoice
from app.domain.kernel.document import Document
from app.domain.lifecycles import INVOICE
from app.domain.parties.models import Customer
from app.domain.settlement.models import PaymentStatus
from app.web.kit.documents import Button, DocumentView, deleting
from app.web.kit.lines import Head, lines_of
from app.web.kit.listing import Column
from app.web.kit.rights import mine
from app.web.kit.scope import ScopedInterface

LINES = "FROM invoice_line line WHERE line.invoice_id = %(id)s ORDER BY line.position"


class InvoiceView(DocumentView):
    datamodel = ScopedInterface(Invoice)
    lifecycle = INVOICE
    resource = "Invoices"
    route_base = "/invoices"
    title = _("Invoices")
    noun = _("invoice")
    empty = _("No invoices here. Draft one from a processed shipment.")
    pays = True
    steps = {
        "issue": Button(issue_invoices, "process", _("Issue"), ("on",), "check"),
        "delete": Button(
            deleting(delete_invoices), "delete", _("Delete"), (), "trash", ("draft",), danger=True, previewed=False
        ),
    }  # fmt: skip
    columns = {
        "number": Column(_("Number"), Document.number),
        "on": Column(_("Date"), Invoice.on, "date"),
        "supply_on": Column(_("Date of supply"), Invoice.supply_on, "date"),
        "due_on": Column(_("Due"), Invoice.due_on, "date"),
        "customer": Column(_("Customer"), Customer.name),
        "net": Column(_("Net"), Invoice.net, "money", "prices"),
        "vat": Column(_("VAT"), Invoice.vat, "money", "prices"),
        "gross": Column(_("Total"), Invoice.gross, "money", "prices"),
        "currency": Column(_("Currency"), Invoice.currency, needs="prices"),
        "payment": Column(_("Payment"), PaymentStatus.status, "payment", "prices"),
        "state": Column(_("State"), Invoice.state, "state"),
    }  # fmt: skip
    list_columns = ["number", "on", "customer", "due_on", "state", "payment", "gross"]
    order_columns = ["number", "on", "due_on", "customer", "gross"]

    def makers(self, document: Any) -> Sequence[dict[str, Any]]:
        """An issued invoice that is not paid can be paid at a desk."""
        if document.state != "issued" or document.payment == "paid" or not mine().may("edit", "Cash orders"):
            return []
        address = url_for("CashOrderView.new", pays=document.id)
        return [{"text": gettext("Take payment"), "icon": "cash", "url": address}]

    def lines(self, pk: int) -> dict[str, Any]:
        heads = [
            Head("line.sku", _("SKU")),
            Head("line.name", _("Name")),
            Head("line.quantity", _("Quantity"), "number"),
            Head("line.unit", _("Unit")),
            Head("line.unit_price", _("Price"), "price", "prices"),
            Head("line.discount", _("Discount, %"), "number", "prices"),
            Head("line.net", _("Net"), "money", "prices"),
            Head("line.tax_percent", _("VAT, %"), "number", "prices"),
            Head("line.gross", _("Total"), "money", "prices"),
        ]
        return lines_of(self._session, heads, LINES, pk, self.resource)
