"""Writing invoices down: portions of what was shipped, pieces of an order in advance, and lines by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask import abort, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from wtforms import BooleanField, Field, StringField
from wtforms.validators import InputRequired, Length
from wtforms.widgets import TextInput

from app.domain.billing.advances import NewAdvance, add_advances, edit_advance
from app.domain.billing.debiting import NewDebitNote, debit_lines, edit_debit_note, left_to_debit
from app.domain.billing.freehand import NewFreeInvoice, add_free_invoices, edit_free_invoice
from app.domain.billing.freelines import FreeLine
from app.domain.billing.portions import NewInvoice, add_invoices, edit_invoice
from app.domain.kernel.document import Document
from app.domain.kernel.rows import read
from app.domain.kernel.values import ZERO
from app.domain.lifecycles import SALES_ORDER, SHIPMENT
from app.domain.parties.models import Customer
from app.web.kit import trails
from app.web.kit.asks import dates_of
from app.web.kit.by_hand import WRITTEN, ByHandView
from app.web.kit.forms import LONGEST_TEXT, CardForm, RelationField
from app.web.kit.regimes import regime_field
from app.web.kit.rights import mine
from app.web.kit.scope import ScopedInterface, as_id
from app.web.kit.writing import Make, Offer, Picked, Picks, Store

MOST_PICKED = 500

# What is left of the lines of a customer's shipments, and what the draft that is edited holds of them.
SHIPPED = """
SELECT line.id, shipment.id AS document_id, document.number, shipment."on", wanted.sku, wanted.name, wanted.unit,
       line.quantity, line.quantity - line.invoiced - line.returned_uninvoiced + coalesce(own.quantity, 0) AS left,
       own.quantity AS taken
FROM document JOIN shipment ON shipment.id = document.id AND shipment.state = 'processed'
JOIN shipment_line line ON line.shipment_id = shipment.id
JOIN sales_order_line wanted ON wanted.id = line.order_line_id
LEFT JOIN invoice_line own ON own.shipment_line_id = line.id AND own.invoice_id = %(draft)s
WHERE document.kind = 'shipment' AND document.customer_id = %(customer)s
      AND line.quantity - line.invoiced - line.returned_uninvoiced + coalesce(own.quantity, 0) > 0
ORDER BY own.quantity IS NULL AND shipment.id <> %(named)s, shipment."on", shipment.id, line.position
LIMIT %(limit)s
"""
ORDERED = """
SELECT line.id, sales_order.id AS document_id, document.number, sales_order."on", line.sku, line.name, line.unit,
       line.quantity, line.quantity - line.given_up - line.shipped - (line.pre_invoiced - line.pre_shipped)
       + coalesce(own.quantity, 0) AS left, own.quantity AS taken
FROM sales_order JOIN document ON document.id = sales_order.id
JOIN sales_order_line line ON line.order_id = sales_order.id
LEFT JOIN invoice_line own ON own.order_line_id = line.id AND own.kind = 'advance' AND own.invoice_id = %(draft)s
WHERE sales_order.id = %(order)s AND line.quantity - line.given_up - line.shipped
      - (line.pre_invoiced - line.pre_shipped) + coalesce(own.quantity, 0) > 0
ORDER BY line.position
"""
HEAD = """
SELECT invoice.note, invoice.due_dates, invoice.version::text AS version, invoice.prices_include_vat,
       coalesce(nullif(invoice.tax_regime, customer.tax_regime), '') AS tax_regime,
       document.customer_id AS customer, invoice.credit_note_id,
       (SELECT min(kind) FROM invoice_line WHERE invoice_id = invoice.id) AS kind,
       (SELECT order_id FROM invoice_line line JOIN sales_order_line its ON its.id = line.order_line_id
        WHERE line.invoice_id = invoice.id LIMIT 1) AS order_id
FROM invoice JOIN document ON document.id = invoice.id JOIN customer ON customer.id = document.customer_id
WHERE invoice.id = %(id)s
"""
# What a draft is made from: shipments, and the order that it is in advance of.
MADE_FROM = """
SELECT shipped.shipment_id AS id, 'shipment' AS kind FROM invoice_line line
JOIN shipment_line shipped ON shipped.id = line.shipment_line_id WHERE line.invoice_id = %(id)s
UNION SELECT wanted.order_id, 'sales_order' FROM invoice_line line
JOIN sales_order_line wanted ON wanted.id = line.order_line_id
WHERE line.invoice_id = %(id)s AND line.kind = 'advance'
UNION SELECT credit_note_id, 'credit_note' FROM invoice WHERE id = %(id)s AND credit_note_id IS NOT NULL
"""
# The lines of a credit note, and what the draft that takes it back says of them.
CREDITED = """
SELECT line.id, note.id AS document_id, document.number, note."on", line.sku, line.name, line.unit,
       nullif(line.quantity, 0) AS quantity,
       CASE WHEN line.kind <> 'allowance' THEN own.quantity END AS own_quantity,
       CASE line.kind WHEN 'allowance' THEN own.amount END AS own_amount
FROM credit_note note JOIN document ON document.id = note.id JOIN credit_note_line line ON line.credit_note_id = note.id
LEFT JOIN LATERAL (
    SELECT sum(its.quantity) AS quantity, sum(its.unit_price) AS amount FROM invoice_line its
    WHERE its.credit_line_id = line.id AND its.invoice_id = %(draft)s
) own ON true
WHERE note.id = %(note)s ORDER BY line.position
"""


class DatesField(Field):
    """One date, or one for each instalment, with commas between them."""

    widget = TextInput()
    data: Any

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return ", ".join(str(day) for day in self.data or ())

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = dates_of(valuelist[0] if valuelist else "")


def _due_dates() -> DatesField:
    return DatesField(_("Due dates"), description=_("Empty: by the customer's payment term. Like 2026-01-31."))


class PickForm(CardForm):
    due_dates = _due_dates()
    note = StringField(_("Note"), validators=[Length(max=LONGEST_TEXT)])


class DebitForm(CardForm):
    note = StringField(_("Reason"), validators=[InputRequired(), Length(max=LONGEST_TEXT)])
    due_dates = _due_dates()


class WhoseForm(CardForm):
    customer = RelationField(
        _("Customer"), target=Customer, source="InvoiceView.choices_of", blank=False, validators=[InputRequired()]
    )


class FreeForm(CardForm):
    customer = RelationField(
        _("Customer"), target=Customer, source="InvoiceView.choices_of", blank=False, validators=[InputRequired()]
    )
    due_dates = _due_dates()
    note = StringField(_("Note"), validators=[Length(max=LONGEST_TEXT)])
    tax_regime = regime_field()
    prices_include_vat = BooleanField(_("Prices include VAT"))


TO_INVOICE = Picked("quantity", _("On this invoice"), _("To invoice"))
PORTION = Store(add_invoices, edit_invoice)
AHEAD = Store(add_advances, edit_advance)
FREE = Store(add_free_invoices, edit_free_invoice)
OWED_AGAIN = (Picked("quantity", _("Pieces owed again")), Picked("amount", _("Amount owed again"), money=True))
DEBIT = Store(None, edit_debit_note)


class InvoiceDrafting(ByHandView, abstract=True):
    """The pages on which drafts of invoices are written and rewritten."""

    written = WRITTEN.format(
        table="invoice_line", parent="invoice_id", quantity="line.quantity", price="line.unit_price"
    )
    method_permission_name = {
        **ByHandView.method_permission_name, "portion": "edit", "advance": "edit", "edit": "edit"
    }  # fmt: skip

    @expose("/new", methods=["GET", "POST"])
    @has_access
    def new(self) -> Any:
        """An invoice by hand."""
        return self.by_hand(FreeForm(), FREE, None)

    @expose("/portion", methods=["GET", "POST"])
    @has_access
    def portion(self) -> Any:
        """Of a customer's shipments so much as is picked; a shipment that is named is offered whole."""
        named = as_id(request.args.get("shipment", ""))
        customer = self._customer_of(named) if named else as_id(request.args.get("customer", ""))
        if customer is None or ScopedInterface(Customer).get(customer) is None:
            return self._whose()

        def offered() -> Offer:
            rows = self._shipped(customer, 0, named or 0)
            return _offer(rows, {f"quantity_{row.id}": row.left for row in rows if row.document_id == named})

        return self.pick(PickForm(), offered, PORTION, _portion, None)

    @expose("/advance", methods=["GET", "POST"])
    @has_access
    def advance(self) -> Any:
        """Of an order that did not leave yet so much as is picked."""
        order = as_id(request.args.get("order", ""))
        if order is None or not trails.seen(self._session, {order: SALES_ORDER.kind}):
            abort(404)

        def offered() -> Offer:
            rows = self._ordered(order, 0)
            return _offer(rows, {f"quantity_{row.id}": row.left for row in rows})

        return self.pick(PickForm(), offered, AHEAD, _ahead(order), None)

    @expose("/<id:pk>/edit", methods=["GET", "POST"])
    @has_access
    def edit(self, pk: int) -> Any:
        """A draft is written anew on the page of its kind."""
        document = self.found(pk)
        if not self.editable(document):
            return redirect(url_for(".show", pk=pk))
        head = self.said(pk)
        given, kind = head if request.method == "GET" else None, head["kind"]
        if kind == "free":
            return self.by_hand(FreeForm(data=given), FREE, pk)
        if kind == "debit":
            note = head["credit_note_id"]
            return self.pick(DebitForm(data=given), lambda: self._debited(note, pk), DEBIT, _debit(note), pk)
        form = PickForm(data=given)
        if kind == "advance":
            order = head["order_id"]
            return self.pick(form, lambda: _taken(self._ordered(order, pk)), AHEAD, _ahead(order), pk)
        return self.pick(form, lambda: _taken(self._shipped(head["customer"], pk)), PORTION, _portion, pk)

    def said(self, pk: int) -> dict[str, Any]:
        return dict(read(self._session, HEAD, id=pk)[0]._asdict())

    def page_title(self, pk: int | None) -> str:
        if pk is not None and self.said(pk)["kind"] == "debit":
            return gettext("Edit debit note")
        return super().page_title(pk)

    def editable(self, document: Any) -> bool:
        """What was written by hand or debits shows amounts, what is made of other documents their lines."""
        if not super().editable(document):
            return False
        made_from = {row.id: row.kind for row in read(self._session, MADE_FROM, id=document.id)}
        if made_from.keys() != trails.seen(self._session, made_from):
            return False
        return mine().sees("prices") or self.said(document.id)["kind"] not in ("free", "debit")

    def made_by_hand(self, form: Any, lines: Sequence[FreeLine]) -> NewFreeInvoice:
        return NewFreeInvoice(
            form.customer.data,
            lines,
            form.prices_include_vat.data,
            form.note.data or "",
            form.due_dates.data or (),
            form.tax_regime.data or None,
        )

    def list_makers(self) -> Sequence[dict[str, Any]]:
        if not mine().may("edit", self.resource):
            return []
        return [
            {"text": gettext("From shipments"), "icon": "plus", "url": url_for(".portion")},
            {"text": gettext("By hand"), "icon": "pencil", "url": url_for(".new")},
        ]

    # Picking lines

    def _whose(self) -> Any:
        form = WhoseForm(data={"customer": None})
        return self.render_template("stockbook/whose.html", view=self, form=form, title=gettext("Invoice shipments"))

    def _customer_of(self, shipment: int) -> int | None:
        if not trails.seen(self._session, {shipment: SHIPMENT.kind}):
            abort(404)
        return self._session.scalar(select(Document.customer_id).where(Document.id == shipment))

    def _shipped(self, customer: int, draft: int, named: int = 0) -> Sequence[Any]:
        rows = read(self._session, SHIPPED, customer=customer, draft=draft, named=named, limit=MOST_PICKED)
        seen = trails.seen(self._session, {row.document_id: SHIPMENT.kind for row in rows})
        return [row for row in rows if row.document_id in seen]

    def _ordered(self, order: int, draft: int) -> Sequence[Any]:
        return read(self._session, ORDERED, order=order, draft=draft)

    def _debited(self, note: int, draft: int) -> Offer:
        """The lines of a credit note of which something can be owed again, or that the draft names."""
        left = {its.id: its._asdict() for its in left_to_debit(self._session, note)}
        rows = [row for row in read(self._session, CREDITED, note=note, draft=draft)
                if row.id in left or row.own_quantity or row.own_amount]  # fmt: skip
        names = Offer(rows, OWED_AGAIN, {}, {}).inputs()
        most = {name: left[row.id][field.name] if row.id in left else ZERO for row, field, name in names}
        own = {name: getattr(row, f"own_{field.name}") for row, field, name in names}
        return Offer(rows, OWED_AGAIN, most, {name: said for name, said in own.items() if said})


def _portion(picked: Picks, form: Any, rows: Sequence[Any]) -> NewInvoice:
    of_line, pieces = {row.id: row.document_id for row in rows}, picked["quantity"]
    shipments = dict.fromkeys(of_line[line] for line in of_line if line in pieces)
    return NewInvoice(list(shipments), pieces, form.note.data or "", form.due_dates.data or ())


def _ahead(order: int) -> Make:
    def make(picked: Picks, form: Any, _rows: Sequence[Any]) -> NewAdvance:
        return NewAdvance(order, picked["quantity"], form.note.data or "", form.due_dates.data or ())

    return make


def _debit(note: int) -> Make:
    def make(picked: Picks, form: Any, _rows: Sequence[Any]) -> NewDebitNote:
        lines = debit_lines(picked["quantity"], picked["amount"])
        return NewDebitNote(note, form.note.data or "", lines, form.due_dates.data or ())

    return make


def _offer(rows: Sequence[Any], said: Mapping[str, Decimal]) -> Offer:
    return Offer(rows, [TO_INVOICE], {f"quantity_{row.id}": row.left for row in rows}, said)


def _taken(rows: Sequence[Any]) -> Offer:
    return _offer(rows, {f"quantity_{row.id}": row.taken for row in rows if row.taken})
