"""Writing invoices down: portions of what was shipped, pieces of an order in advance, and lines by hand."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from flask import abort, flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import BooleanField, Field, StringField
from wtforms.validators import InputRequired, Length
from wtforms.widgets import TextInput

from app.domain.billing.advances import NewAdvance, add_advances, edit_advance
from app.domain.billing.freehand import FREE_ROLES, FreeLine, NewFreeInvoice, add_free_invoices, edit_free_invoice
from app.domain.billing.portions import NewInvoice, add_invoices, edit_invoice
from app.domain.catalog.models import Product, TaxRate
from app.domain.fulfilment.models import Shipment
from app.domain.kernel.document import Document
from app.domain.kernel.errors import DomainError, Invalid, KeyReused, Refused
from app.domain.kernel.rows import read
from app.domain.kernel.unit import deed
from app.domain.kernel.values import exact
from app.domain.ledger.models import Account
from app.domain.parties.models import Customer
from app.domain.sales.models import SalesOrder
from app.web.kit.asks import dates_of
from app.web.kit.documents import DocumentView
from app.web.kit.drafting import said
from app.web.kit.forms import LONGEST_TEXT, CardForm, RelationField, as_text, plain
from app.web.kit.rights import mine
from app.web.kit.scope import ScopedInterface, as_id, in_scope

MOST_LINES = 200
MOST_PICKED = 500
EMPTY_LINES = 3

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
       document.customer_id AS customer, (SELECT min(kind) FROM invoice_line WHERE invoice_id = invoice.id) AS kind,
       (SELECT order_id FROM invoice_line line JOIN sales_order_line its ON its.id = line.order_line_id
        WHERE line.invoice_id = invoice.id LIMIT 1) AS order_id
FROM invoice JOIN document ON document.id = invoice.id WHERE invoice.id = %(id)s
"""
WRITTEN = """
SELECT line.position AS place, line.product_id AS product, coalesce(product.sku || ' ' || product.name, '') AS label,
       CASE WHEN line.product_id IS NULL THEN line.name ELSE '' END AS text, line.account_id AS account,
       line.tax_rate_id AS tax_rate, trim_scale(line.quantity)::text AS quantity,
       trim_scale(line.unit_price)::text AS price, trim_scale(line.discount)::text AS discount
FROM invoice_line line LEFT JOIN product ON product.id = line.product_id
WHERE line.invoice_id = %(id)s ORDER BY line.position
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
    prices_include_vat = BooleanField(_("Prices include VAT"))


class Store(NamedTuple):
    """How what is asked for is written down: as a new draft, or in the place of one that is edited."""

    add: Callable[..., list[int]]
    edit: Callable[..., None]


PORTION = Store(add_invoices, edit_invoice)
AHEAD = Store(add_advances, edit_advance)
FREE = Store(add_free_invoices, edit_free_invoice)


class InvoiceDrafting(DocumentView, abstract=True):
    """The pages on which drafts of invoices are written and rewritten."""

    method_permission_name = {
        **DocumentView.method_permission_name, "new": "edit", "portion": "edit", "advance": "edit", "edit": "edit",
        "choices_of": "edit",
    }  # fmt: skip

    @expose("/new", methods=["GET", "POST"])
    @has_access
    def new(self) -> Any:
        """An invoice by hand."""
        return self._free(FreeForm(), None, [])

    @expose("/portion", methods=["GET", "POST"])
    @has_access
    def portion(self) -> Any:
        """Of a customer's shipments so much as is picked; a shipment that is named is offered whole."""
        named = as_id(request.args.get("shipment", ""))
        customer = self._customer_of(named) if named else as_id(request.args.get("customer", ""))
        if customer is None or ScopedInterface(Customer).get(customer) is None:
            return self._whose()
        rows = self._shipped(customer, 0, named or 0)
        offered = {row.id: row.left for row in rows if row.document_id == named}
        return self._pick(PickForm(), rows, offered, PORTION, self._portion(rows), None)

    @expose("/advance", methods=["GET", "POST"])
    @has_access
    def advance(self) -> Any:
        """Of an order that did not leave yet so much as is picked."""
        order = as_id(request.args.get("order", ""))
        if order is None or not in_scope(self._session, SalesOrder, [order]):
            abort(404)
        rows = read(self._session, ORDERED, order=order, draft=0)
        return self._pick(PickForm(), rows, {row.id: row.left for row in rows}, AHEAD, _ahead(order), None)

    @expose("/<id:pk>/edit", methods=["GET", "POST"])
    @has_access
    def edit(self, pk: int) -> Any:
        """A draft is written anew on the page of its kind."""
        document = self._found(pk)
        head = read(self._session, HEAD, id=pk)[0]
        # A debit note is deleted and drafted anew from its credit note.
        if document.state != "draft" or head.kind == "debit":
            return redirect(url_for(".show", pk=pk))
        given = head._asdict() if request.method == "GET" else None
        if head.kind == "free":
            rows = [row._asdict() for row in read(self._session, WRITTEN, id=pk)]
            return self._free(FreeForm(data=given), pk, rows)
        form = PickForm(data=given)
        if head.kind == "advance":
            rows = read(self._session, ORDERED, order=head.order_id, draft=pk)
            return self._pick(form, rows, _taken(rows), AHEAD, _ahead(head.order_id), pk)
        rows = self._shipped(head.customer, pk)
        return self._pick(form, rows, _taken(rows), PORTION, self._portion(rows), pk)

    @expose("/choices/<column>")
    @has_access
    def choices_of(self, column: str) -> Any:
        """What may be chosen in a field that points to a long table, as JSON."""
        only = {"customer": None, "product": ("kind", "service")}
        if column not in only:
            abort(404)
        target = ScopedInterface(Customer if column == "customer" else Product)
        found = target.choices(request.args.get("q", "")[:100], limit=30, only=only[column])
        return [{"value": key, "text": label} for key, label in found]

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
        if not in_scope(self._session, Shipment, [shipment]):
            abort(404)
        return self._session.scalar(select(Document.customer_id).where(Document.id == shipment))

    def _shipped(self, customer: int, draft: int, named: int = 0) -> Sequence[Any]:
        rows = read(self._session, SHIPPED, customer=customer, draft=draft, named=named, limit=MOST_PICKED)
        seen = in_scope(self._session, Shipment, list({row.document_id for row in rows}))
        return [row for row in rows if row.document_id in seen]

    def _portion(self, rows: Sequence[Any]) -> Callable[[Mapping[int, Decimal], Any], NewInvoice]:
        of_line = {row.id: row.document_id for row in rows}

        def make(picked: Mapping[int, Decimal], form: Any) -> NewInvoice:
            shipments = dict.fromkeys(of_line[line] for line in of_line if line in picked)
            return NewInvoice(list(shipments), picked, form.note.data or "", form.due_dates.data or ())

        return make

    def _pick(
        self, form: Any, rows: Sequence[Any], offered: Mapping[int, Decimal], store: Store,
        make: Callable[[Mapping[int, Decimal], Any], Any], pk: int | None,
    ) -> Any:  # fmt: skip
        """Shows lines with what is left of them, and writes down what is picked."""
        typed = {row.id: request.form.get(f"quantity_{row.id}", "").strip() for row in rows}
        errors: dict[str, str] = {}
        if request.method == "POST" and form.validate():
            try:
                picked = {line: exact(text, 3, gettext("Quantity")) for line, text in typed.items() if text}
                if not picked:
                    raise Invalid("nothing_chosen", gettext("Enter the quantity of at least one line."))
                return self._written(form, make(picked, form), store, [sorted(map(str, typed.items()))], pk)
            except (DomainError, Refused) as refusal:
                errors[""] = self._told(form, refusal)
        values = typed if request.method == "POST" else {line: plain(left) for line, left in offered.items()}
        page = self.render_template(
            "stockbook/pick.html", view=self, form=form, rows=rows, values=values, errors=errors,
            title=self._title(pk), back=self._back(pk),
        )  # fmt: skip
        return page, 422 if request.method == "POST" else 200

    # By hand

    def _free(self, form: Any, pk: int | None, written: list[dict[str, Any]]) -> Any:
        """Shows a form with lines, and writes down what was typed."""
        posted = request.method == "POST"
        rows = _rows(request.form) if posted else written
        errors: dict[str, str] = {}
        if posted and form.validate():
            try:
                new = NewFreeInvoice(
                    form.customer.data, [_free_line(row) for row in rows], form.prices_include_vat.data,
                    form.note.data or "", form.due_dates.data or (),
                )  # fmt: skip
                return self._written(form, new, FREE, rows, pk)
            except (DomainError, Refused) as refusal:
                errors[""] = self._told(form, refusal)
        first = max([row["place"] for row in rows], default=-1) + 1
        page = self.render_template(
            "stockbook/free.html", view=self, form=form, errors=errors, title=self._title(pk), back=self._back(pk),
            rows=[*rows, *({"place": first + i} for i in range(EMPTY_LINES))],
            accounts=[choice for role in FREE_ROLES
                      for choice in ScopedInterface(Account).choices(only=("role", role), limit=200)],
            tax_rates=ScopedInterface(TaxRate).choices(), numbers=NUMBERS,
        )  # fmt: skip
        return page, 422 if posted else 200

    # Both

    def _title(self, pk: int | None) -> str:
        return gettext("New %(noun)s", noun=self.noun) if pk is None else f"#{pk}"

    def _back(self, pk: int | None) -> str:
        return url_for(".list") if pk is None else url_for(".show", pk=pk)

    def _written(self, form: Any, new: Any, store: Store, asked: Any, pk: int | None) -> Any:
        """Writes it down once, and opens it."""
        by, version = current_user.actor_id, form.version.data or ""
        told = [{field.short_name: as_text(field.data) for field in form if field.short_name != "csrf_token"}, asked]
        self._session.rollback()
        if pk is None:
            def save(session: Session) -> int:
                return store.add(session, [new], by=by)[0]

            pk = deed(save, key=form.key(), request=[self.resource, told])
        elif (at := as_id(version)) is not None:
            deed(lambda session: store.edit(session, pk, new, version=at, by=by))
        else:
            abort(400)
        flash(gettext("Written down."), "success")
        return redirect(url_for(".show", pk=pk))

    def _told(self, form: Any, refusal: DomainError | Refused) -> str:
        if isinstance(refusal, KeyReused):
            form.renew()
            return gettext("This form was saved before. Save again to make another one.")
        return said(refusal)


def _ahead(order: int) -> Callable[[Mapping[int, Decimal], Any], NewAdvance]:
    def make(picked: Mapping[int, Decimal], form: Any) -> NewAdvance:
        return NewAdvance(order, picked, form.note.data or "", form.due_dates.data or ())

    return make


def _taken(rows: Sequence[Any]) -> dict[int, Decimal]:
    return {row.id: row.taken for row in rows if row.taken}


NUMBERS = (("quantity", _("Quantity")), ("price", _("Price")), ("discount", _("Discount, %")))
FIELDS = ("product", "text", "account", "tax_rate", *(name for name, _label in NUMBERS))


def _rows(given: Mapping[str, str]) -> list[dict[str, Any]]:
    """The lines somebody typed, as texts; a line with nothing in it is none."""
    places = sorted({int(match[1]) for name in given if (match := re.fullmatch(r"[a-z_]+_(\d{1,4})", name))})
    if len(places) > MOST_LINES:
        abort(413)
    rows = []
    for place in places:
        row: dict[str, Any] = {name: given.get(f"{name}_{place}", "").strip() for name in FIELDS}
        if any(row.values()):
            product = as_id(row["product"])
            found = ScopedInterface(Product).get(product) if product else None
            rows.append(row | {"place": place, "label": str(found or "")})
    return rows


def _free_line(row: Mapping[str, Any]) -> FreeLine:
    def number(name: str, decimals: int, label: str, usual: str) -> Decimal:
        return exact(str(row[name]) or usual, decimals, label)

    def key(name: str) -> int | None:
        text = str(row[name] or "")
        if text and as_id(text) is None:
            raise Invalid("not_a_choice", gettext("This is not one of the choices."))
        return as_id(text)

    return FreeLine(
        number("quantity", 3, gettext("Quantity"), "1"), number("price", 4, gettext("Price"), ""),
        number("discount", 2, gettext("Discount, %"), "0"), key("product"), str(row["text"]), key("account"),
        key("tax_rate"),
    )  # fmt: skip
