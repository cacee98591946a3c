"""Drafts of credit notes: an issued invoice is credited whole, or in lines and amounts. They hold nothing."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.billing.credit_drafts import CreditPlan, rewrite_credit, write_credits
from app.domain.billing.credited import Creditable, Part, Rest, Wanted
from app.domain.billing.models import CREDIT_KINDS, CreditNoteLine
from app.domain.kernel.drafts import delete_drafts, lock_draft
from app.domain.kernel.errors import DomainError, Invalid, NotFound, Refused, refuse
from app.domain.kernel.lifecycle import Outcome
from app.domain.kernel.rows import read
from app.domain.kernel.values import ZERO, rounded
from app.domain.lifecycles import CREDIT_NOTE
from app.domain.sales.totals import Amounts, total


@dataclass(frozen=True)
class NewCreditLine:
    """Pieces of an invoice line that come back or are invoiced again; or an allowance, an amount of it.

    The amount is without VAT, or with it where the prices of the invoice have it; below 0 of a line that is. Of what
    was invoiced in advance, `shipment_line_id` takes only pieces that left with it; without it, what did not leave is
    invoiced again first.
    """

    invoice_line_id: int
    kind: str
    quantity: Decimal | None = None
    amount: Decimal | None = None
    shipment_line_id: int | None = None


@dataclass(frozen=True)
class NewCreditNote:
    """Credits an issued invoice: all that is left of it, or the lines that are named.

    Of all, `kind` says what becomes of the pieces; what is back already is credited as goods back, and what was
    invoiced in advance and did not leave is invoiced again. `return_id` is the return that it is made from. Of lines
    that nobody chose (`completed`) what the invoice took off goes with them, as far as they are more than is left.
    """

    invoice_id: int
    reason: str
    lines: Sequence[NewCreditLine] | None = None
    kind: str = "goods_back"
    return_id: int | None = None
    completed: bool = False


HEADS = """
SELECT invoice.id, invoice.kind, invoice.state, invoice.prices_include_vat, invoice.currency, invoice.rate,
       invoice.tax_regime, document.customer_id, document.number
FROM invoice JOIN document ON document.id = invoice.id WHERE invoice.id = ANY(%(ids)s::bigint[])
"""


def add_credit_notes(session: Session, wanted: Sequence[NewCreditNote], *, by: int) -> list[int]:
    """Makes a draft of each and gives the ids.

    Raises Refused, by position in the batch, for invoices that are not issued, where nothing is left to credit or no
    reason is given, and for more than is left: of a line in pieces, net or VAT, or of the whole invoice.
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
    return write_credits(session, [draft.plan() for draft in drafts], by=by)


OWN = "SELECT invoice_id, return_id FROM credit_note WHERE id = %(id)s"


def edit_credit_note(session: Session, note: int, new: NewCreditNote, *, version: int, by: int) -> None:
    """Writes a draft that credits an invoice anew; it stays of its invoice, and of the return that it is made from.

    Raises Stale where it is no longer at `version`, WrongState once it is issued, DomainError where it credits none,
    Invalid where it would credit another, and what `add_credit_notes` refuses.
    """
    lock_draft(session, CREDIT_NOTE, note, states=(CREDIT_NOTE.initial,), version=version)
    own = read(session, OWN, id=note)[0]
    if own.invoice_id is None:
        raise DomainError("without_invoice", "It credits no invoice: write its lines anew.")
    if own.invoice_id != new.invoice_id:
        raise Invalid("other_invoice", "The draft credits another invoice: make a credit note of its own.")
    kept: Kept = defaultdict(dict)
    for row in read(session, LEFT_WITH, id=note):
        kept[row.invoice_line_id, row.kind][row.shipment_line_id] = row.quantity
    [head] = read(session, HEADS, ids=[new.invoice_id])
    its = Creditable(session, [new.invoice_id])
    draft = Draft(replace(new, return_id=own.return_id), head, its, kept)
    rewrite_credit(session, note, draft.plan(), by=by)


# The pieces of an invoice in advance that a draft credits, by what they left with.
LEFT_WITH = """
SELECT line.invoice_line_id, line.kind, line.shipment_line_id, sum(line.quantity) AS quantity
FROM credit_note_line line JOIN advance ON advance.invoice_line_id = line.invoice_line_id
WHERE line.credit_note_id = %(id)s AND line.shipment_line_id IS NOT NULL AND line.quantity > 0
GROUP BY line.invoice_line_id, line.kind, line.shipment_line_id
"""
# By invoice line and kind: how many pieces left with which shipment line.
Kept = defaultdict[tuple[int, str], dict[int, Decimal]]


class Draft:
    """A credit note to be: its head and the columns of its lines; raises DomainError for what cannot be credited.

    Pieces that it `kept` from a draft that it replaces left with the same shipments still, where those have them.
    """

    def __init__(
        self, new: NewCreditNote, invoice: Row[Any] | None, creditable: Creditable, kept: Kept | None = None
    ) -> None:  # fmt: skip
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
        self.kept = defaultdict(dict) if kept is None else kept
        self.invoice = invoice
        self.parts = list(self._parts(creditable))
        if new.completed:
            self.parts += self._taken_off(creditable)
        self.lines = [self._row(*part) for part in self.parts]
        if not self.lines:
            raise DomainError("nothing_left", "Nothing is left to credit of invoice {number}.", number=invoice.number)
        creditable.refuse_worth(invoice.id, self.sum("gross"), beyond=not new.completed)

    def _parts(self, creditable: Creditable) -> Iterator[tuple[Rest, Wanted, Part]]:
        if self.new.lines is None:
            named = ((rest, it) for rest in creditable.lines[self.invoice.id]
                     for it in whole(rest, creditable, self.new.kind))  # fmt: skip
        else:
            named = (pair for line in self.new.lines for pair in self._named(line, creditable))
        for rest, wanted in named:
            yield rest, wanted, creditable.take(rest, wanted)

    def _taken_off(self, creditable: Creditable) -> Iterator[tuple[Rest, Wanted, Part]]:
        """So much of the lines of less than nothing that no more than is left of the invoice is credited."""
        for rest in creditable.lines[self.invoice.id]:
            excess, gross = -creditable.left(self.invoice.id), rest.net + rest.vat
            if excess <= 0 or rest.base >= 0:
                continue
            part = rest.base if excess >= -gross else rounded(excess * rest.base / -gross, rest.decimals)
            if part:
                wanted = Wanted("allowance", ZERO, part, rest.row.shipment_line_id)
                yield rest, wanted, creditable.take(rest, wanted)

    def _named(self, line: NewCreditLine, creditable: Creditable) -> Iterator[tuple[Rest, Wanted]]:
        rest = creditable.rests.get(line.invoice_line_id)
        if rest is None or rest.row.invoice_id != self.invoice.id:
            raise Invalid("foreign_line", "Line {line} is not of this invoice.", line=line.invoice_line_id)
        wanted = creditable.exact(rest, line.kind, line.quantity, line.amount)
        kept = self.kept[line.invoice_line_id, line.kind]
        for it in creditable.divided(rest, wanted, line.shipment_line_id, kept):
            if it.shipment_line_id in kept:
                kept[it.shipment_line_id] = max(kept[it.shipment_line_id] - it.quantity, ZERO)
            yield rest, it

    def _row(self, rest: Rest, wanted: Wanted, part: Part) -> dict[str, Any]:
        kept = ("product_id", "account_id", "sku", "name", "unit", "unit_price", "discount", "tax_rate_id",
                "tax_percent")  # fmt: skip
        return wanted._asdict() | part._asdict() | {"invoice_line_id": rest.row.id, "gross": part.net + part.vat} | {
            name: getattr(rest.row, name) for name in kept
        }  # fmt: skip

    def _delivered_by(self) -> list[int]:
        """The shipments with which pieces of it left that were invoiced in advance."""
        found = (
            rest.ahead.delivered[wanted.shipment_line_id].shipment_id
            for rest, wanted, _ in self.parts if rest.ahead and wanted.shipment_line_id
        )  # fmt: skip
        return sorted(set(found))

    def sum(self, name: str) -> Decimal:
        """The sum of a column of the lines."""
        return sum((line[name] for line in self.lines), ZERO)

    def plan(self) -> CreditPlan:
        """What is to be written down of it."""
        invoice, new = self.invoice, self.new
        return CreditPlan(
            invoice.customer_id, new.reason.strip(), invoice.tax_regime, invoice.prices_include_vat, invoice.currency,
            self.lines,
            total([Amounts(line["net"], line["vat"], line["gross"]) for line in self.lines]),
            rate=invoice.rate, invoice_id=invoice.id, return_id=new.return_id, delivered_by=self._delivered_by(),
        )  # fmt: skip


def whole(rest: Rest, creditable: Creditable, kind: str) -> Iterator[Wanted]:
    """All that is left of an invoice line: what did not leave is invoiced again, what is back comes back, the others
    are as `kind` says; then its money. What each takes is to be gone before the next is asked for.
    """
    if kind != "allowance":
        if rest.ahead and rest.ahead.left:
            yield Wanted("invoice_again", rest.ahead.left)
        if kind == "invoice_again" or rest.row.product_kind != "service":
            yield from _gone(rest, creditable, kind if rest.is_goods else "invoice_again")
    if rest.base:
        yield Wanted("allowance", ZERO, rest.base, rest.row.shipment_line_id)


def _gone(rest: Rest, creditable: Creditable, kind: str) -> Iterator[Wanted]:
    """The pieces that left, by what they left with; what is on no shelf left with nothing."""
    ahead, line = rest.ahead, rest.row.shipment_line_id
    pieces = {its: of.left for its, of in ahead.delivered.items()} if ahead else {line: rest.left}
    for left_with, left in pieces.items():
        goods = creditable.goods.get(left_with) if rest.is_goods else None
        back = min(goods.due, left) if goods else ZERO
        parts = {"goods_back": back, "invoice_again": ZERO}
        parts[kind] += left - back
        yield from (Wanted(its, quantity, ZERO, left_with) for its, quantity in parts.items() if quantity)


def credit_invoices(
    session: Session, invoices: Iterable[int], /, *, by: int, reason: str, kind: str = "goods_back"
) -> Outcome:
    """Makes a draft of a credit note of all that is left of each invoice.

    Raises Refused, by invoice, as `add_credit_notes` does.
    """
    return _drafted(session, {i: NewCreditNote(i, reason, None, kind) for i in sorted(set(invoices))}, by=by)


def credit_lines(
    session: Session, invoices: Iterable[int], /, *, by: int, reason: str,
    goods_back: Mapping[int, Decimal] | None = None, invoice_again: Mapping[int, Decimal] | None = None,
    amounts: Mapping[int, Decimal] | None = None,
) -> Outcome:  # fmt: skip
    """Makes a draft of a credit note of each invoice: so many pieces of its lines that come back, or that are invoiced
    again, and amounts (allowances).

    Raises Refused, by invoice, as `add_credit_notes` does; Invalid for lines of other invoices.
    """
    lines: dict[int, list[NewCreditLine]] = {invoice: [] for invoice in sorted(set(invoices))}
    rows = {row.id: row.invoice_id for row in read(session, OF_INVOICES, ids=list(lines))}
    wanted = parts_of(goods_back or {}, invoice_again or {}, amounts or {})
    if foreign := {its.invoice_line_id for its in wanted} - set(rows):
        raise Invalid("foreign_line", "Lines {lines} are not of these invoices.", lines=sorted(foreign))
    for its in wanted:
        lines[rows[its.invoice_line_id]].append(its)
    return _drafted(session, {i: NewCreditNote(i, reason, its) for i, its in lines.items()}, by=by)


def parts_of(
    goods_back: Mapping[int, Decimal], invoice_again: Mapping[int, Decimal], amount: Mapping[int, Decimal]
) -> list[NewCreditLine]:
    """What is taken off lines of invoices, by how it is."""
    return [
        *(NewCreditLine(line, "goods_back", pieces) for line, pieces in goods_back.items() if pieces),
        *(NewCreditLine(line, "invoice_again", pieces) for line, pieces in invoice_again.items() if pieces),
        *(NewCreditLine(line, "allowance", amount=taken) for line, taken in amount.items() if taken),
    ]


def _drafted(session: Session, new: Mapping[int, NewCreditNote], *, by: int) -> Outcome:
    wanted = list(new)
    try:
        ids = add_credit_notes(session, list(new.values()), by=by)
    except Refused as refusal:
        raise Refused({wanted[place]: error for place, error in refusal.errors.items()}) from None
    return Outcome(done=wanted, answer=ids)


OF_INVOICES = "SELECT id, invoice_id FROM invoice_line WHERE invoice_id = ANY(%(ids)s::bigint[])"


class Left(NamedTuple):
    """An invoice line with the pieces that can come back, those that can be invoiced again, and the amount left."""

    id: int
    sku: str
    name: str
    goods_back: Decimal
    invoice_again: Decimal
    amount: Decimal


def left_to_credit(session: Session, invoice: int) -> list[Left]:
    """The lines of an invoice of which something is left to credit, and how much of each could be credited how."""
    creditable = Creditable(session, [invoice])
    found = [
        Left(rest.row.id, rest.row.sku, rest.row.name, creditable.most(rest, "goods_back"),
             creditable.most(rest, "invoice_again"), rest.base)
        for rest in creditable.lines[invoice]
    ]  # fmt: skip
    return [its for its in found if its.goods_back or its.invoice_again or its.amount]


def delete_credit_notes(session: Session, ids: Sequence[int], *, by: int) -> None:
    """Removes drafts; Refused for what is issued."""
    delete_drafts(session, CREDIT_NOTE, ids, lines=((CreditNoteLine, "credit_note_id"),), by=by)
