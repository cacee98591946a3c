"""The tax documents that take back what invoices say: credit notes."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import aliased

from app.domain.billing.credit_notes import delete_credit_notes, issue_credit_notes
from app.domain.billing.debiting import debit_credit_notes, is_debitable
from app.domain.billing.models import CreditNote
from app.domain.kernel.document import Document
from app.domain.kernel.rows import read
from app.domain.lifecycles import CREDIT_NOTE
from app.domain.parties.models import Customer
from app.web.kit.documents import Button, DocumentView, delete_button
from app.web.kit.lines import Head, lines_of
from app.web.kit.listing import Column
from app.web.kit.scope import ScopedInterface
from app.web.kit.settled import givers, settles

LINES = "FROM credit_note_line line WHERE line.credit_note_id = %(id)s ORDER BY line.position"
DEBITABLE = """
SELECT id, sku, name, NULL::numeric AS quantity FROM credit_note_line
WHERE credit_note_id = %(id)s AND kind <> 'invoice_again' ORDER BY position
"""
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
        "debit": Button(
            debit_credit_notes, "edit", _("Debit note"), ("reason",), "file-invoice", ("issued",), resource="Invoices"
        ),
        "debit_part": Button(
            debit_credit_notes, "edit", _("Debit in part"), ("reason", "quantities", "amounts"), "list-check",
            ("issued",), resource="Invoices", bulk=False,
        ),
        "delete": delete_button(delete_credit_notes),
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

    def offers(self, name: str, document: Any) -> bool:
        """A debit note, where there is something that it could take back."""
        return not name.startswith("debit") or is_debitable(self._session, document.id)

    def makers(self, document: Any) -> Sequence[dict[str, Any]]:
        return givers(self._session, document.id)

    def panels(self, document: Any) -> Sequence[dict[str, Any]]:
        return settles(self._session, document.id)

    def pieces(self, name: str, pk: int) -> dict[str, Any]:
        """What can be owed again of the lines: nothing is offered, so that only what is meant is typed."""
        label = gettext("Pieces, or amounts of what was taken off")
        return {"label": label, "rows": read(self._session, DEBITABLE, id=pk)}

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
