"""The tax documents that take back what invoices say: credit notes."""

from collections.abc import Sequence
from typing import Any

from flask import abort, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import aliased
from wtforms import BooleanField, DateField, StringField
from wtforms.validators import InputRequired, Length, Optional

from app.domain.billing.credit_notes import delete_credit_notes, issue_credit_notes
from app.domain.billing.crediting import NewCreditNote, edit_credit_note, left_to_credit, parts_of
from app.domain.billing.debiting import debit_credit_notes, is_debitable, left_to_debit
from app.domain.billing.freelines import FreeLine
from app.domain.billing.loose_credits import LooseCredit, add_loose_credits, edit_loose_credit
from app.domain.billing.models import CreditNote
from app.domain.kernel.document import Document
from app.domain.kernel.rows import read
from app.domain.kernel.values import ZERO
from app.domain.lifecycles import CREDIT_NOTE, INVOICE
from app.domain.parties.models import Customer
from app.web.kit import look, trails
from app.web.kit.by_hand import WRITTEN, ByHandView
from app.web.kit.documents import Button, delete_button
from app.web.kit.forms import LONGEST_TEXT, CardForm, RelationField
from app.web.kit.lines import Head, lines_of
from app.web.kit.listing import Column
from app.web.kit.regimes import regime_field
from app.web.kit.rights import mine
from app.web.kit.scope import ScopedInterface
from app.web.kit.settled import allocators, first, givers, settles
from app.web.kit.writing import Offer, Picked, Picks, Store

LINES = "FROM credit_note_line line WHERE line.credit_note_id = %(id)s ORDER BY line.position"
DEBITABLE = """
SELECT id, sku, name FROM credit_note_line WHERE credit_note_id = %(id)s ORDER BY position
"""
HEAD = """
SELECT document.customer_id AS customer, note.reason, note.supply_on, note.prices_include_vat,
       note.version::text AS version, coalesce(nullif(note.tax_regime, customer.tax_regime), '') AS tax_regime
FROM credit_note note JOIN document ON document.id = note.id JOIN customer ON customer.id = document.customer_id
WHERE note.id = %(id)s
"""
INVOICED = "SELECT invoice_id AS id FROM credit_note WHERE id = %(id)s"
# The lines of a draft's invoice, and what the draft says of them.
CREDITED = """
SELECT line.id, invoice.id AS document_id, document.number, invoice."on", line.sku, line.name, line.unit, line.quantity,
       own.goods_back, own.invoice_again, own.amount
FROM credit_note note JOIN invoice ON invoice.id = note.invoice_id JOIN document ON document.id = invoice.id
JOIN invoice_line line ON line.invoice_id = invoice.id LEFT JOIN LATERAL (
    SELECT sum(its.quantity) FILTER (WHERE its.kind = 'goods_back') AS goods_back,
           sum(its.quantity) FILTER (WHERE its.kind = 'invoice_again') AS invoice_again, sum(its.amount) AS amount
    FROM credit_note_line its WHERE its.credit_note_id = note.id AND its.invoice_line_id = line.id
) own ON true
WHERE note.id = %(id)s ORDER BY line.position
"""
HOW = (
    Picked("goods_back", _("Come back")),
    Picked("invoice_again", _("Invoice again")),
    Picked("amount", _("Amount"), money=True),
)
_Invoiced = aliased(Document)
OF_INVOICE = Store(None, edit_credit_note)
BY_HAND = Store(add_loose_credits, edit_loose_credit)


class ReasonForm(CardForm):
    reason = StringField(_("Reason"), validators=[InputRequired(), Length(max=LONGEST_TEXT)])


class LooseCreditForm(CardForm):
    customer = RelationField(
        _("Customer"), target=Customer, source="CreditNoteView.choices_of", blank=False, validators=[InputRequired()]
    )
    reason = StringField(_("Reason"), validators=[InputRequired(), Length(max=LONGEST_TEXT)])
    supply_on = DateField(_("VAT of the day, if not of its own"), validators=[Optional()])
    tax_regime = regime_field()
    prices_include_vat = BooleanField(_("Prices include VAT"))


class CreditNoteView(ByHandView):
    """Credit notes are drafted from their invoice; whoever may consent writes down those without one."""

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
            debit_credit_notes, "edit", _("Debit note"), ("reason",), "file-invoice", ("issued",), resource="Invoices",
            opens="debits",
        ),
        "debit_part": Button(
            debit_credit_notes, "edit", _("Debit in part"), ("reason", "quantities", "amounts"), "list-check",
            ("issued",), resource="Invoices", bulk=False, opens="debits",
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
        "supply_on": Column(_("Date of supply"), CreditNote.supply_on, "date"),
        "reason": Column(_("Reason"), CreditNote.reason),
        "tax_regime": Column(_("Tax regime"), CreditNote.tax_regime, "word"),
        "net": Column(_("Net"), CreditNote.net, "money", "prices"),
        "vat": Column(_("VAT"), CreditNote.vat, "money", "prices"),
        "gross": Column(_("Total"), CreditNote.gross, "money", "prices"),
        "currency": Column(_("Currency"), CreditNote.currency, needs="prices"),
        "state": Column(_("State"), CreditNote.state, "state"),
    }  # fmt: skip
    list_columns = ["number", "on", "invoice", "customer", "reason", "state", "gross"]
    order_columns = ["number", "on", "customer", "gross"]

    written = WRITTEN.format(
        table="credit_note_line", parent="credit_note_id",
        quantity="CASE line.kind WHEN 'allowance' THEN 1 ELSE line.quantity END",
        price="CASE line.kind WHEN 'allowance' THEN line.amount ELSE line.unit_price END",
    )  # fmt: skip
    about = _("Service or goods")
    hint = _("A service, what goods cost less, or a text on an account. Without VAT a text is outside VAT.")
    only = None
    method_permission_name = {**ByHandView.method_permission_name, "edit": "edit"}

    @expose("/new", methods=["GET", "POST"])
    @has_access
    def new(self) -> Any:
        if not mine().may("process", "Consent"):
            abort(403)
        return self.by_hand(LooseCreditForm(), BY_HAND, None)

    @expose("/<id:pk>/edit", methods=["GET", "POST"])
    @has_access
    def edit(self, pk: int) -> Any:
        """What credits an invoice is picked from its lines; what credits none is written by hand."""
        document = self.found(pk)
        if not self.editable(document):
            return redirect(url_for(".show", pk=pk))
        given = self.said(pk) if request.method == "GET" else None
        if document.invoice:
            return self._pick(ReasonForm(data=given), pk)
        return self.by_hand(LooseCreditForm(data=given), BY_HAND, pk)

    def said(self, pk: int) -> dict[str, Any]:
        return dict(read(self._session, HEAD, id=pk)[0]._asdict())

    def _pick(self, form: Any, pk: int) -> Any:
        invoice = read(self._session, INVOICED, id=pk)[0].id

        def make(picked: Picks, form: Any, _rows: Sequence[Any]) -> NewCreditNote:
            return NewCreditNote(invoice, form.reason.data, parts_of(**picked))

        return self.pick(form, lambda: self._offer(invoice, pk), OF_INVOICE, make, pk)

    def _offer(self, invoice: int, pk: int) -> Offer:
        """The lines of an invoice of which something is left, or that the draft names."""
        left = {its.id: its._asdict() for its in left_to_credit(self._session, invoice)}
        rows = [row for row in read(self._session, CREDITED, id=pk)
                if row.id in left or any(getattr(row, field.name) for field in HOW)]  # fmt: skip
        names = Offer(rows, HOW, {}, {}).inputs()
        most = {name: left[row.id][field.name] if row.id in left else ZERO for row, field, name in names}
        said = {name: getattr(row, field.name) for row, field, name in names if getattr(row, field.name)}
        return Offer(rows, HOW, most, said)

    def editable(self, document: Any) -> bool:
        """To whom sees amounts: a draft that credits an invoice which one sees; if one may consent, one of none."""
        if not (mine().sees("prices") and super().editable(document)):
            return False
        if not document.invoice:
            return self._may_write()
        invoices = dict.fromkeys((row.id for row in read(self._session, INVOICED, id=document.id)), INVOICE.kind)
        return invoices.keys() == trails.seen(self._session, invoices)

    def _may_write(self) -> bool:
        return mine().may("edit", self.resource) and mine().may("process", "Consent")

    def made_by_hand(self, form: Any, lines: Sequence[FreeLine]) -> LooseCredit:
        return LooseCredit(
            form.customer.data, form.reason.data or "", lines, form.prices_include_vat.data,
            form.tax_regime.data or None, form.supply_on.data,
        )  # fmt: skip

    def page_title(self, pk: int | None) -> str:
        return gettext("New credit note without invoice") if pk is None else super().page_title(pk)

    def list_makers(self) -> Sequence[dict[str, Any]]:
        if not self._may_write():
            return []
        return [{"text": gettext("Without invoice"), "icon": "pencil", "url": url_for(".new")}]

    def offers(self, name: str, document: Any) -> bool:
        """A debit note, where there is something that it could take back."""
        return not name.startswith("debit") or is_debitable(self._session, document.id)

    def makers(self, document: Any) -> Sequence[dict[str, Any]]:
        if self.editable(document):
            return [{"text": gettext("Edit"), "icon": "pencil", "url": url_for(".edit", pk=document.id)}]
        return [*allocators(self._session, document.id), *first(givers(self._session, document.id))]

    def panels(self, document: Any) -> Sequence[dict[str, Any]]:
        return settles(self._session, document.id)

    def pieces(self, name: str, pk: int) -> dict[str, Any]:
        """What can be owed again of the lines: nothing is offered, so that only what is meant is typed."""
        label = gettext("Pieces, or amounts of what was taken off")
        left = {its.id: its for its in left_to_debit(self._session, pk)}
        rows = [(row, left[row.id]) for row in read(self._session, DEBITABLE, id=pk) if row.id in left]
        return {
            "label": label, "fields": [("quantity", gettext("Pieces")), ("amount", gettext("Amount"))],
            "rows": [
                (row.id, row.sku, row.name, {"quantity": look.number(its.quantity), "amount": look.money(its.amount)})
                for row, its in rows
            ],
        }  # fmt: skip

    def lines(self, pk: int) -> dict[str, Any]:
        heads = [
            Head("line.sku", _("SKU")),
            Head("line.name", _("Name")),
            Head("CASE line.kind WHEN 'free' THEN 'by hand' ELSE replace(line.kind, '_', ' ') END", _("Kind")),
            Head("line.quantity", _("Quantity"), "number"),
            Head("line.unit", _("Unit")),
            Head("CASE WHEN line.kind <> 'allowance' THEN line.unit_price END", _("Price"), "price", "prices"),
            Head("line.discount", _("Discount, %"), "number", "prices"),
            Head("line.net", _("Net"), "money", "prices"),
            Head("line.tax_percent", _("VAT, %"), "number", "prices"),
            Head("line.gross", _("Total"), "money", "prices"),
        ]
        return lines_of(self._session, heads, LINES, pk, self.resource)
