"""Invoices over the API: portions of shipments, pieces of orders in advance, and lines by hand."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, NamedTuple

from flask_babel import gettext
from marshmallow import Schema, fields, validate

from app.domain.billing.advances import NewAdvance, add_advances, edit_advance
from app.domain.billing.debiting import NewDebitLine, NewDebitNote, add_debit_notes, edit_debit_note
from app.domain.billing.freehand import NewFreeInvoice, add_free_invoices, edit_free_invoice
from app.domain.billing.models import CreditNote
from app.domain.billing.portions import NewInvoice, add_invoices, edit_invoice
from app.domain.fulfilment.models import Shipment
from app.domain.kernel.rows import read
from app.domain.parties.models import Customer
from app.domain.sales.models import SalesOrder
from app.domain.settlement.instalments import open_instalments
from app.web.api.by_hand import free_line_schema, free_lines, tax_regime_field
from app.web.billing import LINES as INVOICE_LINES
from app.web.billing import InvoiceView
from app.web.kit.rest.columns import Lines, Value, number_field, plain_value
from app.web.kit.rest.documents import Made
from app.web.kit.rest.errors import Unusable
from app.web.kit.rest.fields import Day, Exact, Flag, Id, Key, Text, Whole
from app.web.kit.rest.reading import schema_of
from app.web.kit.rest.references import MOST_NAMED, DocumentId, pieces_in, pieces_schema
from app.web.kit.rest.resource import Operation
from app.web.kit.rest.settled import SettledApi
from app.web.kit.rights import mine
from app.web.kit.scope import LARGEST_ID

LINES = Lines(
    {
        "kind": Value("line.kind"), "shipment_line": Value("line.shipment_line_id", "id"),
        "order_line": Value("line.order_line_id", "id"), "credit_line": Value("line.credit_line_id", "id"),
        "product": Value("nullif(line.sku, '')"), "product_id": Value("line.product_id", "id"),
        "account": Value("(SELECT code FROM account WHERE id = line.account_id)"), "name": Value("line.name"),
        "unit": Value("line.unit"), "quantity": Value("line.quantity", "number"),
        "unit_price": Value("line.unit_price", "number", "prices"),
        "discount": Value("line.discount", "number", "prices"), "net": Value("line.net", "money", "prices"),
        "tax_percent": Value("line.tax_percent", "number", "prices"), "vat": Value("line.vat", "money", "prices"),
        "gross": Value("line.gross", "money", "prices"), "credited": Value("line.credited", "number"),
        "credited_net": Value("line.credited_net", "money", "prices"),
    },
    INVOICE_LINES,
)  # fmt: skip
KIND = "SELECT min(kind) AS kind FROM invoice_line WHERE invoice_id = %(id)s"
# What every draft of an invoice may say.
COMMON = {
    "note": Text(load_default="", allow_none=True),
    "due_dates": fields.List(Day(), load_default=list, metadata={
        "description": "Instead of the customer's payment term: one for all of it, or one for each instalment.",
    }),
}  # fmt: skip


class Door(NamedTuple):
    """A way to write an invoice: the kind of its lines, its body, and what the domain does."""

    kind: str
    its: dict[str, fields.Field]
    make: Callable[[dict[str, Any]], Any]
    add: Callable[..., list[int]]
    edit: Callable[..., None]


def _portion(given: dict[str, Any]) -> NewInvoice:
    pieces = pieces_in(given["lines"], "shipment_line")
    return NewInvoice(given["shipments"], pieces, given["note"] or "", given["due_dates"])


def _advance(given: dict[str, Any]) -> NewAdvance:
    return NewAdvance(given["order"], pieces_in(given["lines"], "order_line"), given["note"] or "", given["due_dates"])


def _by_hand(given: dict[str, Any]) -> NewFreeInvoice:
    return NewFreeInvoice(
        given["customer"], free_lines(given["lines"]), given["prices_include_vat"], given["note"] or "",
        given["due_dates"], given["tax_regime"],
    )  # fmt: skip


def _debit(given: dict[str, Any]) -> NewDebitNote:
    lines = given["lines"] and [
        NewDebitLine(its["credit_line"], its["quantity"], its["amount"]) for its in given["lines"]
    ]
    return NewDebitNote(given["credit_note"], given["note"], lines, given["due_dates"])


BY_HAND = Door(
    "free", {
        "customer": Key(Customer, required=True), "prices_include_vat": Flag(load_default=False),
        "tax_regime": tax_regime_field(),
        "lines": free_line_schema("InvoiceNewLine", services=True),
    }, _by_hand, add_free_invoices, edit_free_invoice,
)  # fmt: skip
OF_SHIPMENTS = Door(
    "shipment", {
        "shipments": fields.List(DocumentId(Shipment), required=True, validate=validate.Length(1, MOST_NAMED)),
        "lines": pieces_schema("InvoiceOfShipmentsLine", "shipment_line"),
    }, _portion, add_invoices, edit_invoice,
)  # fmt: skip
OF_ORDER = Door(
    "advance",
    {"order": DocumentId(SalesOrder, required=True), "lines": pieces_schema("InvoiceOfOrderLine", "order_line")},
    _advance, add_advances, edit_advance,
)  # fmt: skip


OF_CREDIT = Door(
    "debit", {
        "credit_note": DocumentId(CreditNote, required=True),
        "lines": fields.List(
            fields.Nested(schema_of("InvoiceOfCreditNoteLine", {
                "credit_line": Id(required=True), "quantity": Exact(3, load_default=None, allow_none=True),
                "amount": Exact(3, load_default=None, allow_none=True),
            })), load_default=None, allow_none=True, validate=validate.Length(1, MOST_NAMED),
        ),
        "note": Text(shortest=1, required=True, metadata={"description": "Why it is owed again."}),
    }, _debit, add_debit_notes, edit_debit_note,
)  # fmt: skip


class InvoiceApi(SettledApi):
    """Each way of writing one has a door, at which a draft of that kind is also written anew."""

    view = InvoiceView
    lines = LINES

    def operations(self) -> Iterable[Operation]:
        yield from super().operations()
        yield from self._door("create", "edit", "", "by hand", BY_HAND)
        yield from self._door("from-shipments", "edit-from-shipments", "from-shipments", "of shipments", OF_SHIPMENTS)
        yield from self._door("from-credit-note", "edit-from-credit-note", "from-credit-note",
                              "of what a credit note took off wrongly", OF_CREDIT)  # fmt: skip
        yield from self._door("from-order", "edit-from-order", "from-order", "of an order in advance", OF_ORDER)

    def _door(self, create: str, edit: str, rule: str, how: str, door: Door) -> Iterable[Operation]:
        name = "Invoice" + edit.removeprefix("edit").title().replace("-", "")
        anew = {"version": Whole(1, LARGEST_ID, required=True)}
        yield self._op(create, "POST", f"/{rule}", f"Write a draft {how}", partial(self.write, door), "edit",
                       body=_body(f"{name}New", door), answer=Made, status=201, keyed=True)  # fmt: skip
        yield self._op(edit, "PUT", f"/<id:pk>/{rule}".rstrip("/"), f"Write a draft {how} anew",
                       partial(self.rewrite, door), "edit", body=_body(f"{name}Anew", door, **anew),
                       answer=self._whole)  # fmt: skip

    def write(self, door: Door, given: dict[str, Any]) -> dict[str, Any]:
        """Writes a draft down."""
        new = door.make(given)
        return self.kept(lambda session, by: door.add(session, [new], by=by)[0])

    def rewrite(self, door: Door, pk: int, given: dict[str, Any]) -> dict[str, Any]:
        """Writes a draft anew at the door that it was written at."""
        self.screen.found(pk)
        kind = read(self.screen.datamodel.session, KIND, id=pk)[0].kind
        if kind != door.kind:
            raise Unusable(409, gettext("This draft was written otherwise: its lines are %(kind)s.", kind=kind))
        new, version = door.make(given), given["version"]
        return self.write_anew(pk, lambda session, by: door.edit(session, pk, new, version=version, by=by))

    def told_fields(self) -> dict[str, fields.Field]:
        part = {
            "due_on": fields.String(metadata={"format": "date"}), "amount": number_field(), "open": number_field()
        }  # fmt: skip
        return super().told_fields() | {
            "instalments": fields.List(fields.Nested(schema_of("InvoiceInstalment", part)))
        }  # fmt: skip

    def told(self, document: Any) -> dict[str, Any]:
        """When how much of it is due, and what is open of that."""
        if not mine().sees("prices"):
            return {}
        rows = open_instalments(self.screen.datamodel.session, [document.id])
        return super().told(document) | {
            "instalments": [
                {"due_on": row.due_on.isoformat(), "amount": plain_value(row.amount, "money"),
                 "open": plain_value(row.open, "money")}
                for row in rows
            ]
        }  # fmt: skip


def _body(name: str, door: Door, **more: fields.Field) -> type[Schema]:
    return schema_of(name, {**COMMON, **door.its, **more})
