"""The tax documents: invoices."""

from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import case, func

from app.domain.billing.crediting import credit_invoices, credit_lines, left_to_credit
from app.domain.billing.due import reschedule_invoices
from app.domain.billing.invoicing import delete_invoices, issue_invoices
from app.domain.billing.models import Invoice
from app.domain.kernel.document import Document
from app.domain.kernel.rows import read
from app.domain.lifecycles import INVOICE
from app.domain.parties.models import Customer
from app.domain.settlement.instalments import open_instalments
from app.domain.settlement.models import PaymentStatus
from app.reports.settlement import owed_for
from app.web.invoice_drafts import InvoiceDrafting
from app.web.kit import look
from app.web.kit.documents import Button, delete_button
from app.web.kit.lines import Head, lines_of
from app.web.kit.listing import Column
from app.web.kit.overdue import overdue_amount
from app.web.kit.rights import mine
from app.web.kit.scope import ScopedInterface
from app.web.kit.settled import adjusters, paid, takers
from app.web.kit.undoing import undo_button

LINES = "FROM invoice_line line WHERE line.invoice_id = %(id)s ORDER BY line.position"
MODE = """
SELECT CASE WHEN prices_include_vat THEN 'with VAT' ELSE 'without VAT' END AS how FROM invoice WHERE id = %(id)s
"""


CREDITABLE = """
SELECT id FROM invoice_line WHERE invoice_id = %(id)s
AND (credited < quantity OR credited_net <> net OR credited_vat <> vat) LIMIT 1
"""


class InvoiceView(InvoiceDrafting):
    datamodel = ScopedInterface(Invoice)
    lifecycle = INVOICE
    resource = "Invoices"
    route_base = "/invoices"
    title = _("Invoices")
    noun = _("invoice")
    empty = _("No invoices here. Draft one from a processed shipment.")
    pays = "document_id"
    steps = {
        "issue": Button(issue_invoices, "process", _("Issue"), ("on",), "check"),
        "reschedule": Button(
            reschedule_invoices, "process", _("Reschedule"), ("due_dates", "reason"), "calendar-due", ("issued",)
        ),
        "credit": Button(
            credit_invoices, "edit", _("Credit"), ("reason", "kind"), "receipt-refund", ("issued",),
            resource="Credit notes", opens="credits",
        ),
        "credit_part": Button(
            credit_lines, "edit", _("Credit in part"), ("reason", "goods_back", "invoice_again", "amounts"),
            "list-check", ("issued",), resource="Credit notes", opens="credits",
        ),
        "undo": undo_button("issued"),
        "delete": delete_button(delete_invoices),
    }  # fmt: skip
    columns = {
        "number": Column(_("Number"), Document.number),
        "on": Column(_("Date"), Invoice.on, "date"),
        "supply_on": Column(_("Date of supply"), Invoice.supply_on, "date"),
        "due_on": Column(_("Due"), Invoice.due_on, "date"),
        "overdue": Column(_("Overdue"), func.nullif(overdue_amount(Invoice.id), 0), "money", "prices"),
        "kind": Column(_("Kind"), case((Invoice.kind == "debit", "debit_note")), "word"),
        "customer": Column(_("Customer"), Customer.name),
        "note": Column(_("Note"), Invoice.note),
        "tax_regime": Column(_("Tax regime"), Invoice.tax_regime, "word"),
        "net": Column(_("Net"), Invoice.net, "money", "prices"),
        "vat": Column(_("VAT"), Invoice.vat, "money", "prices"),
        "gross": Column(_("Total"), Invoice.gross, "money", "prices"),
        "currency": Column(_("Currency"), Invoice.currency, needs="prices"),
        "payment": Column(_("Payment"), PaymentStatus.status, "payment", "prices"),
        "state": Column(_("State"), Invoice.state, "state"),
    }  # fmt: skip
    list_columns = ["number", "on", "customer", "due_on", "overdue", "state", "payment", "gross"]
    order_columns = ["number", "on", "due_on", "customer", "gross"]

    def makers(self, document: Any) -> Sequence[dict[str, Any]]:
        """A draft can be rewritten; an issued invoice that is not paid can be paid at a desk."""
        if self.editable(document):
            return [{"text": gettext("Edit"), "icon": "pencil", "url": url_for(".edit", pk=document.id)}]
        return [*takers(self._session, document.id), *adjusters(self._session, document.id)]

    def offers(self, name: str, document: Any) -> bool:
        """What is paid needs no other due date, and what is credited, or takes a credit back, no credit."""
        if name == "reschedule":
            return bool(owed_for(self._session, document.id))
        if name in ("credit", "credit_part"):
            return document.kind != "debit_note" and bool(read(self._session, CREDITABLE, id=document.id))
        return True

    def panels(self, document: Any) -> Sequence[dict[str, Any]]:
        """When how much is due, what is still open of it, and what paid it."""
        if document.state != "issued" or not mine().sees("prices"):
            return []
        rows = open_instalments(self._session, [document.id])
        due = [{"template": "stockbook/instalments.html", "rows": rows, "today": look.today()}] if rows else []
        return [*due, *paid(self._session, document.id)]

    def pieces(self, name: str, pk: int) -> dict[str, Any]:
        """What can be credited of the lines, and how: nothing is filled in, so that only what is meant is typed."""
        label = gettext("Pieces, and amounts %(how)s", how=read(self._session, MODE, id=pk)[0].how)
        fields = [("goods_back", gettext("Come back")), ("invoice_again", gettext("Invoice again")),
                  ("amount", gettext("Amount"))]  # fmt: skip
        return {
            "label": label, "fields": fields,
            "rows": [
                (its.id, its.sku, its.name, {
                    "goods_back": look.number(its.goods_back), "invoice_again": look.number(its.invoice_again),
                    "amount": look.money(its.amount),
                })
                for its in left_to_credit(self._session, pk)
            ],
        }  # fmt: skip

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
