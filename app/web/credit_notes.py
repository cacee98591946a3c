"""The tax documents that take back what invoices say: credit notes."""

from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import aliased

from app.domain.billing.credit_notes import delete_credit_notes, issue_credit_notes
from app.domain.billing.models import CreditNote
from app.domain.kernel.document import Document
from app.domain.lifecycles import CREDIT_NOTE
from app.domain.parties.models import Customer
from app.web.kit.documents import Button, DocumentView, deleting
from app.web.kit.lines import Head, lines_of
from app.web.kit.listing import Column
from app.web.kit.scope import ScopedInterface

LINES = "FROM credit_note_line line WHERE line.credit_note_id = %(id)s ORDER BY line.position"
_Invoiced = aliased(Document)


class CreditNoteView(DocumentView):
    datamodel = ScopedInterface(CreditNote)
    lifecycle = CREDIT_NOTE
    resource = "Credit notes"
    route_base = "/credit-notes"
    title = _("Credit notes")
    noun = _("credit note")
    empty = _("No credit notes here. Draft one from an issued invoice.")
    steps = {
        "issue": Button(issue_credit_notes, "process", _("Issue"), ("on",), "check"),
        "delete": Button(
            deleting(delete_credit_notes), "delete", _("Delete"), (), "trash", ("draft",), danger=True, previewed=False
        ),
    }  # fmt: skip
    columns = {
        "number": Column(_("Number"), Document.number),
        "on": Column(_("Date"), CreditNote.on, "date"),
        "invoice": Column(
            _("Invoice"), select(_Invoiced.number).where(_Invoiced.id == CreditNote.invoice_id).scalar_subquery()
        ),
        "customer": Column(_("Customer"), Customer.name),
        "reason": Column(_("Reason"), CreditNote.reason),
        "net": Column(_("Net"), CreditNote.net, "money", "prices"),
        "vat": Column(_("VAT"), CreditNote.vat, "money", "prices"),
        "gross": Column(_("Total"), CreditNote.gross, "money", "prices"),
        "currency": Column(_("Currency"), CreditNote.currency, needs="prices"),
        "state": Column(_("State"), CreditNote.state, "state"),
    }  # fmt: skip
    list_columns = ["number", "on", "invoice", "customer", "reason", "state", "gross"]
    order_columns = ["number", "on", "customer", "gross"]

    def lines(self, pk: int) -> dict[str, Any]:
        heads = [
            Head("line.sku", _("SKU")),
            Head("line.name", _("Name")),
            Head("replace(line.kind, '_', ' ')", _("Kind")),
            Head("line.quantity", _("Quantity"), "number"),
            Head("line.unit", _("Unit")),
            Head("line.net", _("Net"), "money", "prices"),
            Head("line.tax_percent", _("VAT, %"), "number", "prices"),
            Head("line.gross", _("Total"), "money", "prices"),
        ]
        return lines_of(self._session, heads, LINES, pk, self.resource)
