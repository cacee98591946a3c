"""Drafts of credit notes: an issued invoice is credited whole, or in lines and amounts. They hold nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.billing.credited import Creditable, Part, Rest, Wanted
from app.domain.billing.models import CREDIT_KINDS, CreditNote, CreditNoteLine
from app.domain.kernel.document import links, record, register
from app.domain.kernel.drafts import delete_drafts
from app.domain.kernel.errors import DomainError, Invalid, NotFound, Refused, refuse
from app.domain.kernel.lifecycle import Outcome
from app.domain.kernel.rows import read
from app.domain.kernel.values import ZERO
from app.domain.lifecycles import CREDIT_NOTE


@dataclass(frozen=True)
class NewCreditLine:
    """Pieces of an invoice line that come back or are invoiced again; or an allowance, an amount of it.

    The amount is without VAT, or with it where the prices of the invoice have it.
    """

    invoice_line_id: int
    kind: str
    quantity: Decimal | None = None
    amount: Decimal | None = None


@dataclass(frozen=True)
class NewCreditNote:
    """Credits an issued invoice: all that is left of it, or the lines that are named.

    Of all, `kind` says what becomes of the pieces; what is back already is credited as goods back. `return_id` is the
    return that it is made from.
    """

    invoice_id: int
    reason: str
    lines: Sequence[NewCreditLine] | None = None
    kind: str = "goods_back"
    return_id: int | None = None


HEADS = """
SELECT invoice.id, invoice.kind, invoice.state, invoice.prices_include_vat, invoice.currency, invoice.rate,
       document.customer_id, document.number
FROM invoice JOIN document ON document.id = invoice.id WHERE invoice.id = ANY(%(ids)s::bigint[])
"""


def add_credit_notes(session: Session, wanted: Sequence[NewCreditNote], *, by: int) -> list[int]:
    """Makes a draft of each and gives the ids.

    Raises Refused, by position in the batch, for invoices that are not issued, where nothing is left to credit or no
    reason is given, and for more than is left of a line: pieces, net or VAT.
    """
    invoices = sorted({new.invoice_id for new in wanted})
    heads = {row.id: row for row in read(session, HEADS, ids=invoices)}
    drafts: list[Draft] = []
    errors: dict[int, DomainError] = {}
    shared = Creditable(session, invoices)
    for position, new in enumerate(wanted):
        put_back = shared.as_it_is(rest.row.id for rest in shared.lines.get(new.invoice_id, ()))
        try:
            drafts.append(Draft(new, heads.get(new.invoice_id), shared))
        except DomainError as error:
            errors[position] = error
            put_back()
    refuse(errors)
    return _write(session, drafts, by=by)


class Draft:
    """A credit note to be: its head and the columns of its lines; raises DomainError for what cannot be credited."""

    def __init__(self, new: NewCreditNote, invoice: Row[Any] | None, creditable: Creditable) -> None:
        if invoice is None:
            raise NotFound("not_found", "There is no invoice {id}.", id=new.invoice_id)
        if invoice.state != "issued":
            raise DomainError("not_issued", "The invoice is a draft: change it, or delete it.")
        if invoice.kind == "debit":
            raise DomainError("debit_note", "Debit note {number} takes a credit back: credit its invoice again.",
                              number=invoice.number)  # fmt: skip
        if not new.reason.strip():
            raise Invalid("no_reason", "Say why this is credited.")
        if unknown := {new.kind, *(line.kind for line in new.lines or ())} - set(CREDIT_KINDS):
            raise Invalid("unknown_kind", "{kind}: pieces come back, are invoiced again, or an amount is allowed.",
                          kind=", ".join(sorted(unknown)))  # fmt: skip
        if new.lines is not None and not new.lines:
            raise Invalid("nothing_chosen", "Nothing is chosen: enter the pieces or the amount of at least one line.")
        self.new = new
        self.invoice = invoice
        self.lines = [self._row(*line) for line in self._parts(creditable)]
        if not self.lines:
            raise DomainError("nothing_left", "Nothing is left to credit of invoice {number}.", number=invoice.number)
        if self.sum("gross") < 0:
            raise DomainError("negative_total", "The credit would be worth {gross}: credit more, or leave out what was "
                              "taken off.", gross=self.sum("gross"))  # fmt: skip

    def _parts(self, creditable: Creditable) -> Iterable[tuple[Rest, Wanted, Part]]:
        if self.new.lines is None:
            rests = creditable.lines[self.invoice.id]
            named = [pair for rest in rests for pair in whole(rest, creditable, self.new.kind)]
        else:
            named = [self._named(line, creditable) for line in self.new.lines]
        return [(rest, wanted, creditable.take(rest, wanted)) for rest, wanted in named]

    def _named(self, line: NewCreditLine, creditable: Creditable) -> tuple[Rest, Wanted]:
        rest = creditable.rests.get(line.invoice_line_id)
        if rest is None or rest.row.invoice_id != self.invoice.id:
            raise Invalid("foreign_line", "Line {line} is not of this invoice.", line=line.invoice_line_id)
        return rest, creditable.exact(rest, line.kind, line.quantity, line.amount)

    def _row(self, rest: Rest, wanted: Wanted, part: Part) -> dict[str, Any]:
        kept = ("shipment_line_id", "product_id", "account_id", "sku", "name", "unit", "tax_rate_id", "tax_percent")
        return {
            "invoice_line_id": rest.row.id, "kind": wanted.kind, "quantity": wanted.quantity,
            "amount": wanted.amount, **part._asdict(), "gross": part.net + part.vat,
        } | {name: getattr(rest.row, name) for name in kept}  # fmt: skip

    def sum(self, name: str) -> Decimal:
        """The sum of a column of the lines."""
        return sum((line[name] for line in self.lines), ZERO)

    def head(self) -> dict[str, Any]:
        """The columns of the credit note."""
        kept = ("prices_include_vat", "currency", "rate")
        return {
            "invoice_id": self.invoice.id, "return_id": self.new.return_id, "reason": self.new.reason.strip(),
            **{name: self.sum(name) for name in ("net", "vat", "gross")},
        } | {name: getattr(self.invoice, name) for name in kept}  # fmt: skip


def whole(rest: Rest, creditable: Creditable, kind: str) -> list[tuple[Rest, Wanted]]:
    """All that is left of an invoice line: pieces that are back, then the others as `kind` says; then its money."""
    row, left = rest.row, rest.left
    goods = creditable.goods.get(row.shipment_line_id)
    if kind == "allowance" or (kind == "goods_back" and (row.kind == "advance" or row.product_kind == "service")):
        return [(rest, Wanted("allowance", ZERO, rest.base))] if rest.base > 0 else []
    if not left:
        return [(rest, Wanted("allowance", ZERO, rest.base))] if rest.base > 0 else []
    if goods is None or row.product_kind == "service":
        return [(rest, creditable.exact(rest, "invoice_again", left, None))]
    back = min(max(goods.back - goods.credited_back, ZERO), left)
    pieces = {"goods_back": back, "invoice_again": ZERO}
    pieces[kind] += left - back
    return [(rest, Wanted(its, quantity)) for its, quantity in pieces.items() if quantity]


def _write(session: Session, drafts: Sequence[Draft], *, by: int) -> list[int]:
    heads = [{"customer_id": draft.invoice.customer_id} for draft in drafts]
    ids = register(session, CREDIT_NOTE.kind, heads, lambda ids: [
        (CreditNote, [{"id": i, **draft.head()} for i, draft in zip(ids, drafts, strict=True)]),
        (CreditNoteLine, [
            {"credit_note_id": i, "position": position, **line}
            for i, draft in zip(ids, drafts, strict=True) for position, line in enumerate(draft.lines, 1)
        ]),
        links(
            (source, i, "credits")
            for i, draft in zip(ids, drafts, strict=True)
            for source in (draft.invoice.id, draft.new.return_id) if source is not None
        ),
    ])  # fmt: skip
    record(session, "create", [{"document_id": i, "to_state": CREDIT_NOTE.initial} for i in ids], by=by)
    return ids


def credit_invoices(
    session: Session, invoices: Iterable[int], /, *, by: int, reason: str, kind: str = "goods_back",
    quantities: Mapping[int, Decimal] | None = None, amounts: Mapping[int, Decimal] | None = None,
) -> Outcome:  # fmt: skip
    """Makes a draft of a credit note of each invoice: whole, or so many pieces and amounts (allowances) of its lines.

    Raises Refused, by invoice, as `add_credit_notes` does; Invalid for lines of other invoices.
    """
    wanted = sorted(set(invoices))
    lines: dict[int, list[NewCreditLine]] = {invoice: [] for invoice in wanted}
    rows = {row.id: row.invoice_id for row in read(session, OF_INVOICES, ids=wanted)}
    if foreign := {*(quantities or ()), *(amounts or ())} - set(rows):
        raise Invalid("foreign_line", "Lines {lines} are not of these invoices.", lines=sorted(foreign))
    if kind == "allowance" and any((quantities or {}).values()):
        raise Invalid("no_pieces", "An allowance is an amount: enter it, or say what becomes of the pieces.")
    for line, quantity in (quantities or {}).items():
        if quantity:
            lines[rows[line]].append(NewCreditLine(line, kind, quantity))
    for line, amount in (amounts or {}).items():
        if amount:
            lines[rows[line]].append(NewCreditLine(line, "allowance", amount=amount))
    in_part = quantities is not None or amounts is not None
    new = [NewCreditNote(i, reason, lines[i] if in_part else None, kind) for i in wanted]
    try:
        ids = add_credit_notes(session, new, by=by)
    except Refused as refusal:
        raise Refused({wanted[place]: error for place, error in refusal.errors.items()}) from None
    return Outcome(done=wanted, answer=ids)


OF_INVOICES = "SELECT id, invoice_id FROM invoice_line WHERE invoice_id = ANY(%(ids)s::bigint[])"


def delete_credit_notes(session: Session, ids: Sequence[int], *, by: int) -> None:
    """Removes drafts; Refused for what is issued."""
    delete_drafts(session, CREDIT_NOTE, ids, lines=((CreditNoteLine, "credit_note_id"),), by=by)
