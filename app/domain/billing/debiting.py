"""Debit notes: what a credit note took off by mistake is owed again. Their drafts hold nothing.

A debit note is an invoice of the kind `debit`. What it takes back of a credit note is no longer credited of the
invoice, if there is one, and can be credited again. Pieces that are to be invoiced again need none: they are invoiced.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.billing.credited import Part, Rest, Wanted, unchanged
from app.domain.billing.drafts import Plan, rewrite, write_drafts
from app.domain.billing.promises import pieces_of
from app.domain.kernel.company import company
from app.domain.kernel.errors import DomainError, Invalid, NotFound, Refused, refuse
from app.domain.kernel.lifecycle import Outcome
from app.domain.kernel.rows import read, write
from app.domain.kernel.values import ZERO, exact
from app.domain.sales.totals import Amounts


@dataclass(frozen=True)
class NewDebitLine:
    """So many pieces of a line of a credit note, or so much of an allowance.

    The amount is without VAT, or with it where the prices of the credit note have it.
    """

    credit_line_id: int
    quantity: Decimal | None = None
    amount: Decimal | None = None


@dataclass(frozen=True)
class NewDebitNote:
    """Takes back an issued credit note: all that is left of it, or so much of its lines.

    Without `due_dates` it is due by the customer's payment term.
    """

    credit_note_id: int
    reason: str
    lines: Sequence[NewDebitLine] | None = None
    due_dates: Sequence[date] = ()


class Left(NamedTuple):
    """A line of a credit note with the pieces and the amount that could be owed again of it."""

    id: int
    quantity: Decimal
    amount: Decimal


# `debited` is what issued debit notes took back of a line.
LINES = """
SELECT line.id, line.credit_note_id, line.kind, line.invoice_line_id, line.shipment_line_id, line.product_id,
       line.account_id, line.sku, line.name, line.unit, coalesce(unit.decimals, 3) AS decimals, line.quantity,
       line.net, line.vat, line.tax_rate_id, line.tax_percent, line.unit_price, line.discount,
       invoiced.quantity - invoiced.credited AS standing, invoiced.kind AS invoiced_kind, invoiced.invoice_id,
       ordered.order_id, shipped.shipment_id, note.prices_include_vat,
       note.currency, note.rate, note.state, note.tax_regime, note."on", document.customer_id, document.number,
       coalesce(debited.quantity, 0) AS debited, coalesce(debited.net, 0) AS debited_net,
       coalesce(debited.vat, 0) AS debited_vat
FROM credit_note_line line JOIN credit_note note ON note.id = line.credit_note_id
JOIN document ON document.id = note.id LEFT JOIN invoice_line invoiced ON invoiced.id = line.invoice_line_id
LEFT JOIN sales_order_line ordered ON ordered.id = invoiced.order_line_id
LEFT JOIN shipment_line shipped ON shipped.id = invoiced.shipment_line_id
LEFT JOIN product ON product.id = line.product_id LEFT JOIN unit ON unit.id = product.unit_id
LEFT JOIN LATERAL (
    SELECT sum(part.quantity) AS quantity, sum(part.net) AS net, sum(part.vat) AS vat
    FROM invoice_line part JOIN invoice ON invoice.id = part.invoice_id
    WHERE part.credit_line_id = line.id AND invoice.state = 'issued'
) debited ON true
WHERE line.credit_note_id = ANY(%(ids)s::bigint[])
ORDER BY line.credit_note_id, line.position
"""


class Chain(NamedTuple):
    """The documents of which a line of a debit note makes something owed again; None where there is none."""

    order_id: int | None
    shipment_id: int | None
    invoice_id: int | None


class Debitable:
    """The lines of credit notes in order with what is left of each, and how many goods of each are not back."""

    def __init__(self, session: Session, notes: Iterable[int]) -> None:
        decimals = company(session).decimals
        wanted = sorted(set(notes))
        self.lines: dict[int, list[Rest]] = {note: [] for note in wanted}
        rows = read(session, LINES, ids=wanted) if wanted else []
        for row in rows:
            # What is taken back of an allowance has no pieces, though its line says one.
            pieces = ZERO if row.kind == "allowance" else row.debited
            rest = Rest(row, decimals, pieces, row.net - row.debited_net, row.vat - row.debited_vat)
            self.lines[row.credit_note_id].append(rest)
        self.rests = {rest.row.id: rest for rests in self.lines.values() for rest in rests}
        goods = [row.shipment_line_id for row in rows if row.kind == "goods_back"]
        known = pieces_of(session, goods) if goods else {}
        self.out = {line: its.credited - its.back - its.promised for line, its in known.items()}
        self.standing: dict[int, Decimal] = {row.invoice_line_id: row.standing for row in rows if row.invoice_line_id}

    def is_amount(self, line: Row[Any]) -> bool:
        """Whether a line of a debit note takes back an allowance."""
        return bool(self.rests[line.credit_line_id].row.kind == "allowance")

    def is_ahead(self, line: Row[Any]) -> bool:
        """Whether a line of a debit note takes back pieces that were invoiced in advance and left."""
        row = self.rests[line.credit_line_id].row
        return bool(row.invoiced_kind == "advance" and row.shipment_line_id)

    def chain(self, line: Row[Any]) -> Chain:
        """What a line of a debit note belongs to, by what its credit note took it off."""
        row = self.rests[line.credit_line_id].row
        return Chain(row.order_id, row.shipment_id, row.invoice_id)

    def wanted(self, rest: Rest, quantity: object, amount: object) -> Wanted:
        """What is wanted of a line in exact numbers; DomainError for more than is left of it."""
        row, name = rest.row, rest.row.sku or rest.row.name
        if row.kind == "invoice_again":
            raise DomainError("invoiced_again", "{sku} is to be invoiced again: make an invoice of it.", sku=name)
        if row.kind == "allowance":
            much, left, what = exact(amount, rest.decimals, f"{name}: amount"), rest.base, "amount"
        else:
            much, left, what = exact(quantity, row.decimals, f"{name}: quantity"), rest.left, "quantity"
        if left < 0 <= much:
            raise Invalid("amount_not_negative", "{sku} was taken off: what is owed again of it must be below 0.",
                          sku=name)  # fmt: skip
        if left >= 0 >= much:
            raise Invalid(f"{what}_not_positive", "{sku}: the {what} must be above 0.", sku=name, what=what)
        if abs(much) > abs(left):
            raise DomainError("more_than_credited", "{sku}: {wanted} is more than the {left} that credit note {number} "
                              "still takes off.", sku=name, wanted=much, left=left, number=row.number)  # fmt: skip
        return Wanted(row.kind, ZERO, much) if row.kind == "allowance" else Wanted(row.kind, much)

    def most(self, rest: Rest) -> Left:
        """What could be owed again of a line: pieces that are not back, or an amount."""
        if rest.row.kind == "allowance":
            return Left(rest.row.id, ZERO, rest.base)
        pieces = ZERO if rest.row.kind == "invoice_again" else rest.left
        if rest.row.kind == "goods_back":
            pieces = max(min(pieces, self.out[rest.row.shipment_line_id]), ZERO)
        return Left(rest.row.id, pieces, ZERO)

    def take(self, rest: Rest, wanted: Wanted) -> Part:
        """The part of a debit note, which is gone then; DomainError where its pieces are back or awaited."""
        row = rest.row
        if row.invoice_line_id is None:
            return rest.take(wanted)
        if wanted.quantity:
            if self.out[row.shipment_line_id] < wanted.quantity:
                raise DomainError("pieces_back", "{sku}: pieces came back, or a draft return waits for them: cancel or "
                                  "delete that first, or take back fewer.", sku=row.sku)  # fmt: skip
            self.out[row.shipment_line_id] -= wanted.quantity
        elif not self.standing[row.invoice_line_id]:
            raise DomainError("credited_since", "{sku}: all its pieces were credited since, so that no allowance on "
                              "them is owed again.", sku=row.sku or row.name)  # fmt: skip
        self.standing[row.invoice_line_id] += wanted.quantity
        return rest.take(wanted)

    def refuse_beyond(self, note: int) -> None:
        """DomainError where more is taken back than a credit note takes off as a document."""
        left = sum((rest.net + rest.vat for rest in self.lines[note] if rest.row.kind != "invoice_again"), ZERO)
        if left < 0:
            raise DomainError("more_than_left", "It would make {over} more owed again than the credit note takes off: "
                              "take back what lowers it too.", over=-left)  # fmt: skip

    def as_it_is(self, lines: Iterable[int]) -> Callable[[], None]:
        """What puts lines of credit notes, and what stands behind them, back to what they are now."""
        rests = unchanged([self.rests[line] for line in lines if line in self.rests])
        out, standing = dict(self.out), dict(self.standing)

        def put_back() -> None:
            rests()
            self.out, self.standing = out, standing

        return put_back


def is_debitable(session: Session, note: int) -> bool:
    """Whether a debit note could take anything back of an issued credit note."""
    debitable = Debitable(session, [note])
    return any(rest.row.kind != "goods_back" or debitable.out[rest.row.shipment_line_id] > 0
               for rest, wanted in _whole(debitable.lines[note], debitable))  # fmt: skip


def add_debit_notes(session: Session, wanted: Sequence[NewDebitNote], *, by: int) -> list[int]:
    """Makes a draft of each and gives the ids.

    Raises Refused, by position in the batch, for credit notes that are not issued, where nothing is left to take back
    or no reason is given, and for more than is left of a line, pieces that are back, or that are to be invoiced again.
    """
    debitable = Debitable(session, (new.credit_note_id for new in wanted))
    plans: list[Plan] = []
    errors: dict[int, DomainError] = {}
    for position, new in enumerate(wanted):
        put_back = debitable.as_it_is(rest.row.id for rest in debitable.lines[new.credit_note_id])
        try:
            plans.append(_plan(new, debitable))
        except DomainError as error:
            errors[position] = error
            put_back()
    refuse(errors)
    return write_drafts(session, plans, by=by)


OWN = "SELECT credit_note_id FROM invoice WHERE id = %(id)s"


def edit_debit_note(session: Session, invoice: int, new: NewDebitNote, *, version: int, by: int) -> None:
    """Writes a draft of a debit note anew; it stays of its credit note.

    Raises Stale where it is no longer at `version`, WrongState once it is issued, Invalid where it takes back another
    credit note or none, and what `add_debit_notes` refuses.
    """
    if any(own.credit_note_id != new.credit_note_id for own in read(session, OWN, id=invoice)):
        raise Invalid("other_credit_note", "The draft does not take back this credit note: make a debit note of its "
                      "own.")  # fmt: skip
    rewrite(
        session, invoice, lambda: [_plan(new, Debitable(session, [new.credit_note_id]))], sources=(), version=version,
        by=by,
    )  # fmt: skip


def _plan(new: NewDebitNote, debitable: Debitable) -> Plan:
    rests = debitable.lines[new.credit_note_id]
    if not rests:
        raise NotFound("not_found", "There is no credit note {id}.", id=new.credit_note_id)
    first = rests[0].row
    if first.state != "issued":
        raise DomainError("not_issued", "The credit note is a draft: change it, or delete it.")
    if not new.reason.strip():
        raise Invalid("no_reason", "Say why this is owed again.")
    if new.lines is not None and not new.lines:
        raise Invalid("no_lines", "Nothing is taken back: enter the pieces or the amount of at least one line.")
    named = _whole(rests, debitable) if new.lines is None else [_named(it, new, debitable) for it in new.lines]
    # Pieces that are owed again carry the allowances on them.
    named.sort(key=lambda it: not it[1].quantity)
    parts = [(rest, wanted, debitable.take(rest, wanted)) for rest, wanted in named]
    if not parts:
        raise DomainError("nothing_left", "Nothing is left to take back of credit note {number}.", number=first.number)
    debitable.refuse_beyond(new.credit_note_id)
    worth = [Amounts(part.net, part.vat, part.net + part.vat) for _, _, part in parts]
    return Plan(
        first.customer_id, first.tax_regime, first.prices_include_vat, first.currency, first.rate,
        [_line(rest, wanted) for rest, wanted, _ in parts], worth, note=new.reason.strip(),
        due_dates=new.due_dates, credit_note_id=first.credit_note_id,
    )  # fmt: skip


def _whole(rests: Sequence[Rest], debitable: Debitable) -> list[tuple[Rest, Wanted]]:
    """All that is left of the lines, save what is to be invoiced again, and allowances on pieces credited since."""
    pieces = [(rest, Wanted(rest.row.kind, rest.left)) for rest in rests if rest.row.kind in ("goods_back", "free")]
    owed = {rest.row.invoice_line_id for rest, wanted in pieces if wanted.quantity}
    owed |= {line for line, left in debitable.standing.items() if left}
    amounts = [
        (rest, Wanted("allowance", ZERO, rest.base)) for rest in rests
        if rest.row.kind == "allowance" and (rest.row.invoice_line_id is None or rest.row.invoice_line_id in owed)
    ]  # fmt: skip
    return [(rest, wanted) for rest, wanted in (*pieces, *amounts) if wanted.quantity or wanted.amount]


def _named(line: NewDebitLine, new: NewDebitNote, debitable: Debitable) -> tuple[Rest, Wanted]:
    rest = debitable.rests.get(line.credit_line_id)
    if rest is None or rest.row.credit_note_id != new.credit_note_id:
        raise Invalid("foreign_line", "Line {line} is not of this credit note.", line=line.credit_line_id)
    return rest, debitable.wanted(rest, line.quantity, line.amount)


def _line(rest: Rest, wanted: Wanted) -> dict[str, Any]:
    """The columns of a line: pieces at the price they were invoiced at, an allowance as one amount."""
    kept = ("product_id", "account_id", "sku", "name", "unit", "tax_rate_id", "tax_percent")
    row = rest.row
    price = (wanted.quantity, row.unit_price, row.discount) if wanted.quantity else (Decimal(1), wanted.amount, ZERO)
    return {"kind": "debit", "credit_line_id": row.id, "shipment_line_id": None, "order_line_id": None} | {
        name: getattr(row, name) for name in kept
    } | dict(zip(("quantity", "unit_price", "discount"), price, strict=True))  # fmt: skip


OF_NOTES = "SELECT id, credit_note_id FROM credit_note_line WHERE credit_note_id = ANY(%(ids)s::bigint[])"


def left_to_debit(session: Session, note: int) -> list[Left]:
    """The lines of a credit note of which something could be owed again, and how much of each."""
    debitable = Debitable(session, [note])
    return [its for rest in debitable.lines[note] if (its := debitable.most(rest)).quantity or its.amount]


def debit_credit_notes(
    session: Session, notes: Iterable[int], /, *, by: int, reason: str,
    quantities: Mapping[int, Decimal] | None = None, amounts: Mapping[int, Decimal] | None = None,
) -> Outcome:  # fmt: skip
    """Makes a draft of a debit note of each credit note: whole, or so many pieces and amounts of its lines.

    Raises Refused, by credit note, as `add_debit_notes` does; Invalid for lines of other credit notes.
    """
    wanted = sorted(set(notes))
    rows = {row.id: row.credit_note_id for row in read(session, OF_NOTES, ids=wanted)}
    if foreign := {*(quantities or ()), *(amounts or ())} - set(rows):
        raise Invalid("foreign_line", "Lines {lines} are not of these credit notes.", lines=sorted(foreign))
    lines: dict[int, list[NewDebitLine]] = {note: [] for note in wanted}
    for its in debit_lines(quantities or {}, amounts or {}):
        lines[rows[its.credit_line_id]].append(its)
    in_part = quantities is not None or amounts is not None
    try:
        ids = add_debit_notes(
            session, [NewDebitNote(note, reason, lines[note] if in_part else None) for note in wanted], by=by
        )
    except Refused as refusal:
        raise Refused({wanted[place]: error for place, error in refusal.errors.items()}) from None
    return Outcome(done=wanted, answer=ids)


def debit_lines(quantities: Mapping[int, Decimal], amounts: Mapping[int, Decimal]) -> list[NewDebitLine]:
    """What is owed again of lines of credit notes, in pieces and amounts; nothing of those of which it is 0."""
    return [
        *(NewDebitLine(line, quantity=pieces) for line, pieces in quantities.items() if pieces),
        *(NewDebitLine(line, amount=amount) for line, amount in amounts.items() if amount),
    ]


# No longer credited; what stays credited is still part of the line, as its checks say.
TAKE_BACK = """
UPDATE invoice_line line SET credited = credited - given.quantity, credited_net = credited_net - given.net,
       credited_vat = credited_vat - given.vat
FROM (SELECT id, sum(quantity) AS quantity, sum(net) AS net, sum(vat) AS vat
      FROM unnest(%(ids)s::bigint[], %(quantities)s::numeric[], %(net)s::numeric[], %(vat)s::numeric[])
           AS given (id, quantity, net, vat) GROUP BY id) given
WHERE line.id = given.id
"""


# Pieces that were invoiced in advance are delivered again, and not credited any more.
DELIVER_AGAIN = """
UPDATE shipment_line line SET pre_credited = line.pre_credited - given.quantity
FROM (SELECT id, sum(quantity) AS quantity FROM unnest(%(ids)s::bigint[], %(quantities)s::numeric[])
      AS given (id, quantity) GROUP BY id) given
WHERE line.id = given.id
"""


def take_credits_back(
    session: Session, pairs: Sequence[tuple[Row[Any], Row[Any]]], *, on: date
) -> dict[int, Chain]:  # fmt: skip
    """What debit notes take back is no longer credited; `pairs` are lines with the heads of the invoices to be issued.

    Gives the chain of each line of a debit note, by its id. Refused, by invoice, where what can be taken back is not as
    the draft says by now, and before the credit note.
    """
    notes: dict[int, list[Row[Any]]] = defaultdict(list)
    for _, line in pairs:
        if line.kind == "debit":
            notes[line.invoice_id].append(line)
    if not notes:
        return {}
    debitable = Debitable(session, (head.credit_note_id for head, _ in pairs if head.credit_note_id))
    errors: dict[int, DomainError] = {}
    for note, its in notes.items():
        put_back = debitable.as_it_is(line.credit_line_id for line in its)
        try:
            for line in sorted(its, key=debitable.is_amount):
                _take_back(debitable, line, on)
            debitable.refuse_beyond(debitable.rests[its[0].credit_line_id].row.credit_note_id)
        except DomainError as error:
            errors[note] = error
            put_back()
    refuse(errors)
    _write_taken(session, debitable, [line for its in notes.values() for line in its])
    return {line.id: debitable.chain(line) for its in notes.values() for line in its}


def _write_taken(session: Session, debitable: Debitable, taken: Sequence[Row[Any]]) -> None:
    of_invoice = {i: rest.row.invoice_line_id for i, rest in debitable.rests.items() if rest.row.invoice_line_id}
    lines = [line for line in taken if line.credit_line_id in of_invoice]
    write(
        session, TAKE_BACK, ids=[of_invoice[line.credit_line_id] for line in lines],
        quantities=[ZERO if debitable.is_amount(line) else line.quantity for line in lines],
        net=[line.net for line in lines], vat=[line.vat for line in lines],
    )  # fmt: skip
    ahead = [line for line in lines if debitable.is_ahead(line)]
    if ahead:
        of_shipment = [debitable.rests[line.credit_line_id].row.shipment_line_id for line in ahead]
        write(session, DELIVER_AGAIN, ids=of_shipment, quantities=[line.quantity for line in ahead])


def _take_back(debitable: Debitable, line: Row[Any], on: date) -> None:
    rest = debitable.rests[line.credit_line_id]
    if rest.row.on > on:
        raise Invalid("before_credit_note", "Credit note {number} is dated {on}: choose {on} or later.",
                      number=rest.row.number, on=rest.row.on)  # fmt: skip
    amount = line.unit_price if debitable.is_amount(line) else None
    its = debitable.take(rest, debitable.wanted(rest, line.quantity, amount))
    if (its.net, its.vat) != (line.net, line.vat):
        raise DomainError("put_right_since", "Credit note {number} was put right otherwise since: write the debit note "
                          "anew.", number=rest.row.number)  # fmt: skip
