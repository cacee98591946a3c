"""Debit notes: what a credit note took off by mistake is owed again. Their drafts hold nothing.

A debit note is an invoice of the kind `debit`. What it takes back of a credit note is no longer credited of the
invoice, if there is one, and can be credited again. Pieces that are to be invoiced again need none: they are invoiced.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.billing.credited import Rest, Wanted
from app.domain.billing.debited import Chain, Debitable, Left
from app.domain.billing.drafts import Plan, rewrite, write_drafts
from app.domain.kernel.errors import DomainError, Invalid, NotFound, Refused, refuse
from app.domain.kernel.lifecycle import Outcome
from app.domain.kernel.rows import read, write
from app.domain.kernel.values import ZERO
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
