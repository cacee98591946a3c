"""What takes back what invoices and shipments say, over the API: credit notes, returns and adjustments."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from marshmallow import fields, validate

from app.domain.billing.adjustments import NewAdjustment, Settles, edit_adjustment
from app.domain.billing.crediting import NewCreditLine, NewCreditNote, add_credit_notes, edit_credit_note
from app.domain.billing.loose_credits import LooseCredit, add_loose_credits, edit_loose_credit
from app.domain.billing.models import CREDIT_KINDS, CreditNote, Invoice
from app.domain.billing.returning import ReturnOf, edit_return, return_shipments
from app.domain.fulfilment.models import Shipment
from app.domain.parties.models import Customer
from app.domain.stock.models import Warehouse
from app.domain.treasury.models import OpeningBalance
from app.web import returns
from app.web.adjustments import LINES as SETTLED
from app.web.adjustments import AdjustmentView
from app.web.api.by_hand import free_line_schema, free_lines, tax_regime_field
from app.web.api.settlement import TARGETS
from app.web.credit_notes import LINES as CREDITED
from app.web.credit_notes import CreditNoteView
from app.web.kit import look
from app.web.kit.listing import Column
from app.web.kit.rest.columns import Lines, Value
from app.web.kit.rest.documents import DocumentApi, Made
from app.web.kit.rest.fields import Choice, Day, Exact, Flag, Id, Key, Text, Whole
from app.web.kit.rest.reading import schema_of
from app.web.kit.rest.references import MOST_NAMED, DocumentId, named_in, named_schema, pieces_in, pieces_schema
from app.web.kit.rest.resource import Operation
from app.web.kit.rest.settled import SettledApi
from app.web.kit.scope import LARGEST_ID

VERSION: dict[str, Any] = {"version": Whole(1, LARGEST_ID, required=True)}
CONSENT = (("process", "Consent"),)
BACK = Lines(
    {
        "shipment_line": Value("line.shipment_line_id", "id"), "shipment": Value("left_with.number"),
        "shipment_id": Value("left_with.id", "id"), "product": Value("product.sku"),
        "product_id": Value("line.product_id", "id"), "name": Value("product.name"), "unit": Value("unit.code"),
        "quantity": Value("line.quantity", "number"), "uninvoiced": Value("line.uninvoiced", "number", "prices"),
        "unit_cost": Value("line.unit_cost", "number", "costs"), "value": Value("line.value", "money", "costs"),
    },
    returns.LINES,
)  # fmt: skip
OFF = Lines(
    {
        "kind": Value("line.kind"), "invoice_line": Value("line.invoice_line_id", "id"),
        "shipment_line": Value("line.shipment_line_id", "id"), "product": Value("nullif(line.sku, '')"),
        "product_id": Value("line.product_id", "id"),
        "account": Value("(SELECT code FROM account WHERE id = line.account_id)"), "name": Value("line.name"),
        "unit": Value("line.unit"), "quantity": Value("line.quantity", "number"),
        "amount": Value("line.amount", "money", "prices"), "net": Value("line.net", "money", "prices"),
        "tax_percent": Value("line.tax_percent", "number", "prices"), "vat": Value("line.vat", "money", "prices"),
        "gross": Value("line.gross", "money", "prices"),
    },
    CREDITED,
)  # fmt: skip


OFF_LINE: dict[str, fields.Field] = {
    "invoice_line": Id(required=True), "kind": Choice(CREDIT_KINDS, required=True),
    "quantity": Exact(3, load_default=None, allow_none=True), "amount": Exact(3, load_default=None, allow_none=True),
}  # fmt: skip
OFF_INVOICE: dict[str, fields.Field] = {
    "invoice": DocumentId(Invoice, required=True), "reason": Text(load_default=""),
    "kind": Choice(CREDIT_KINDS, load_default="goods_back"),
    "lines": fields.List(
        fields.Nested(schema_of("CreditNoteFromInvoiceLine", OFF_LINE)), load_default=None, allow_none=True,
        validate=validate.Length(1, MOST_NAMED),
    ),
}  # fmt: skip


class ReturnApi(DocumentApi):
    """Returns are drafted from their shipment; whoever may consent writes down those of which nobody knows it."""

    view = returns.ReturnView
    lines = BACK
    create_needs = CONSENT

    def operations(self) -> Iterable[Operation]:
        yield from super().operations()
        its: dict[str, fields.Field] = {
            "shipment": DocumentId(Shipment, required=True), "note": Text(load_default=""),
            "lines": pieces_schema("ReturnFromShipmentLine", "shipment_line"),
            "warehouse": Key(Warehouse, load_default=None, allow_none=True),
        }  # fmt: skip
        yield self._op("from-shipment", "POST", "/from-shipment", "Draft what comes back of a shipment",
                       self.from_shipment, "edit", body=schema_of("ReturnFromShipment", its), answer=Made, status=201,
                       keyed=True)  # fmt: skip
        yield self._op("edit-from-shipment", "PUT", "/<id:pk>/from-shipment", "Write what comes back of one anew",
                       self.rewrite, "edit", body=schema_of("ReturnFromShipmentAnew", its | VERSION),
                       answer=self._whole)  # fmt: skip

    def from_shipment(self, given: dict[str, Any]) -> dict[str, Any]:
        """Drafts the return of all goods of a shipment that are not back, or of so many pieces of its lines."""
        pieces = pieces_in(given["lines"], "shipment_line")

        def store(session: Any, by: int) -> int:
            made = return_shipments(session, [given["shipment"]], by=by, quantities=pieces, note=given["note"],
                                    warehouse_id=given["warehouse"])  # fmt: skip
            return int(made.answer[0])

        return self.kept(store)

    def rewrite(self, pk: int, given: dict[str, Any]) -> dict[str, Any]:
        """Writes such a draft anew."""
        pieces = pieces_in(given["lines"], "shipment_line")
        new = ReturnOf([given["shipment"]], pieces, given["note"], given["warehouse"])
        version = given["version"]
        return self.write_anew(pk, lambda session, by: edit_return(session, pk, new, version=version, by=by))


class CreditNoteApi(SettledApi):
    """Credit notes are drafted from their invoice; whoever may consent writes down those without one."""

    view = CreditNoteView
    lines = OFF
    keyed = {"invoice": {"invoice": view.columns["invoice"], "invoice_id": Column("", CreditNote.invoice_id)}}

    def operations(self) -> Iterable[Operation]:
        yield from super().operations()
        off, off_anew = (
            schema_of(f"CreditNoteFromInvoice{name}", OFF_INVOICE | more)
            for name, more in (("", {}), ("Anew", VERSION))
        )
        yield self._op("from-invoice", "POST", "/from-invoice", "Draft what is taken off an invoice", self.from_invoice,
                       "edit", body=off, answer=Made, status=201, keyed=True)  # fmt: skip
        yield self._op("edit-from-invoice", "PUT", "/<id:pk>/from-invoice", "Write what is taken off one anew",
                       self.rewrite_from_invoice, "edit", body=off_anew,
                       answer=self._whole)  # fmt: skip
        loose: dict[str, fields.Field] = {
            "customer": Key(Customer, required=True), "reason": Text(shortest=1, required=True),
            "prices_include_vat": Flag(load_default=False), "tax_regime": tax_regime_field(),
            "supply_on": Day(load_default=None, allow_none=True),
            "lines": free_line_schema("CreditNoteNewLine", services=False),
        }  # fmt: skip
        yield self._op("create", "POST", "/", "Write a draft without invoice", self.write, "edit", also=CONSENT,
                       body=schema_of("CreditNoteNew", loose), answer=Made, status=201, keyed=True)  # fmt: skip
        yield self._op("edit", "PUT", "/<id:pk>", "Write a draft without invoice anew", self.rewrite, "edit",
                       also=CONSENT, body=schema_of("CreditNoteAnew", loose | VERSION), answer=self._whole)  # fmt: skip

    def from_invoice(self, given: dict[str, Any]) -> dict[str, Any]:
        """Drafts the credit of all that is left of an invoice, or of its lines."""
        new = _credit(given)
        return self.kept(lambda session, by: add_credit_notes(session, [new], by=by)[0])

    def rewrite_from_invoice(self, pk: int, given: dict[str, Any]) -> dict[str, Any]:
        """Writes such a draft anew, for the same invoice."""
        new, version = _credit(given), given["version"]
        return self.write_anew(pk, lambda session, by: edit_credit_note(session, pk, new, version=version, by=by))

    def write(self, given: dict[str, Any]) -> dict[str, Any]:
        """Writes a draft without invoice down."""
        new = _loose(given)
        return self.kept(lambda session, by: add_loose_credits(session, [new], by=by)[0])

    def rewrite(self, pk: int, given: dict[str, Any]) -> dict[str, Any]:
        """Writes a draft without invoice anew."""
        new, version = _loose(given), given["version"]
        return self.write_anew(pk, lambda session, by: edit_loose_credit(session, pk, new, version=version, by=by))


def _credit(given: dict[str, Any]) -> NewCreditNote:
    lines = given["lines"] and [
        NewCreditLine(line["invoice_line"], line["kind"], line["quantity"], line["amount"]) for line in given["lines"]
    ]
    kinds = dict.fromkeys(line.kind for line in lines or ()) or [given["kind"]]
    reason = given["reason"] or ", ".join(str(look.word(kind)) for kind in kinds)
    return NewCreditNote(given["invoice"], reason, lines, given["kind"])


def _loose(given: dict[str, Any]) -> LooseCredit:
    return LooseCredit(
        given["customer"], given["reason"], free_lines(given["lines"]), given["prices_include_vat"],
        given["tax_regime"], given["supply_on"],
    )  # fmt: skip


class AdjustmentApi(SettledApi):
    view = AdjustmentView
    lines = Lines(TARGETS, SETTLED)
    head_more = {
        "allocations": named_schema(
            "AdjustmentAllocation", {"invoice": (Invoice,), "opening_balance": (OpeningBalance,)}
        ),
    }  # fmt: skip

    def made(self, given: dict[str, Any], pk: int | None = None) -> NewAdjustment:
        """The adjustment with what it settles."""
        settles = [Settles(*its) for its in named_in(given.pop("allocations"))]
        return replace(super().made(given, pk), targets=settles)

    def store_anew(self, session: Any, pk: int, new: NewAdjustment, version: int, by: int) -> None:
        edit_adjustment(session, pk, new, version=version, by=by)


BILLING = (ReturnApi, CreditNoteApi, AdjustmentApi)
