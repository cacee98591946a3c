"""What happens when a credit note is issued. Read it from top to bottom; its drafts are made in `crediting`."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.billing.advances import left_of_orders
from app.domain.billing.credited import Creditable, Part, Rest, Wanted
from app.domain.billing.crediting import NewCreditLine as NewCreditLine
from app.domain.billing.crediting import NewCreditNote as NewCreditNote
from app.domain.billing.crediting import add_credit_notes as add_credit_notes
from app.domain.billing.crediting import credit_invoices as credit_invoices
from app.domain.billing.crediting import delete_credit_notes as delete_credit_notes
from app.domain.billing.invoicing import left_of_shipments
from app.domain.billing.promises import return_promised
from app.domain.catalog.products import accounts_of
from app.domain.kernel.company import company, seller_details
from app.domain.kernel.errors import DomainError, Invalid, refuse
from app.domain.kernel.numbering import ask_number
from app.domain.kernel.rows import as_json, read, write
from app.domain.kernel.values import ZERO
from app.domain.ledger.periods import check_date
from app.domain.ledger.posting import NO_ACCOUNTS, Posting, post
from app.domain.lifecycles import CREDIT_NOTE
from app.domain.settlement.allocations import Wish, allocate
from app.domain.settlement.credits import RECEIVABLES, NewCredit
from app.domain.settlement.following import follow
from app.domain.settlement.items import change_items, refresh_statuses

HEADS = """
SELECT note.id, note.invoice_id, note.return_id, note.currency, document.customer_id, invoice."on" AS invoice_on,
       invoice.buyer, invoiced.number AS invoice_number
FROM credit_note note JOIN document ON document.id = note.id
JOIN invoice ON invoice.id = note.invoice_id JOIN document invoiced ON invoiced.id = invoice.id
WHERE note.id = ANY(%(ids)s::bigint[]) ORDER BY note.id
"""
LINES = """
SELECT id, credit_note_id, invoice_line_id, kind, quantity, amount FROM credit_note_line
WHERE credit_note_id = ANY(%(ids)s::bigint[]) ORDER BY credit_note_id, position
"""
WRITE_LINES = """
UPDATE credit_note_line line SET net = given.net, vat = given.vat, gross = given.net + given.vat,
       again_net = given.again_net, again_gross = given.again_gross, again_cost = given.again_cost
FROM unnest(%(ids)s::bigint[], %(net)s::numeric[], %(vat)s::numeric[], %(again_net)s::numeric[],
            %(again_gross)s::numeric[], %(again_cost)s::numeric[])
     AS given (id, net, vat, again_net, again_gross, again_cost)
WHERE line.id = given.id
"""
FREEZE = """
UPDATE credit_note note SET seller = %(seller)s::jsonb, buyer = given.buyer, net = given.net, vat = given.vat,
       gross = given.net + given.vat
FROM unnest(%(ids)s::bigint[], %(buyers)s::text[]::jsonb[], %(net)s::numeric[], %(vat)s::numeric[])
     AS given (id, buyer, net, vat)
WHERE note.id = given.id
"""
CREDIT = """
UPDATE invoice_line line SET credited = given.pieces, credited_net = line.net - given.net,
       credited_vat = line.vat - given.vat
FROM unnest(%(ids)s::bigint[], %(pieces)s::numeric[], %(net)s::numeric[], %(vat)s::numeric[])
     AS given (id, pieces, net, vat)
WHERE line.id = given.id
"""
OPEN_AGAIN = """
UPDATE shipment_line line SET invoiced = line.invoiced - given.quantity
FROM unnest(%(ids)s::bigint[], %(quantities)s::numeric[]) AS given (id, quantity) WHERE line.id = given.id
"""
OPEN_AHEAD = """
WITH given AS (
    SELECT * FROM unnest(%(ids)s::bigint[], %(orders)s::bigint[], %(quantities)s::numeric[], %(net)s::numeric[],
                         %(gross)s::numeric[]) AS given (id, order_line_id, quantity, net, gross)
), opened AS (
    UPDATE advance SET credited = credited + given.quantity, credited_net = credited_net + given.net,
           credited_gross = credited_gross + given.gross
    FROM given WHERE advance.id = given.id
)
UPDATE sales_order_line line SET pre_invoiced = pre_invoiced - given.quantity
FROM (SELECT order_line_id, sum(quantity) AS quantity FROM given GROUP BY order_line_id) given
WHERE line.id = given.order_line_id
"""


class Credited(NamedTuple):
    """A line of a credit note, the invoice line it is of, and what it takes of it."""

    line: Row[Any]
    rest: Rest
    part: Part

    @property
    def again(self) -> bool:
        return bool(self.line.kind == "invoice_again")


class CreditNotes:
    """Credit notes by id (`heads`) with their lines, and what is left of the invoices that they credit."""

    def __init__(self, session: Session, ids: Sequence[int]) -> None:
        self.ids = list(ids)
        self.heads: dict[int, Row[Any]] = {row.id: row for row in read(session, HEADS, ids=self.ids)}
        self.lines: dict[int, list[Row[Any]]] = {note: [] for note in self.ids}
        for row in read(session, LINES, ids=self.ids):
            self.lines[row.credit_note_id].append(row)
        self.creditable = Creditable(session, sorted({head.invoice_id for head in self.heads.values()}))


class Credits:
    """What credit notes take, line by line, as it is reckoned now; `notes` holds what each is worth."""

    def __init__(self, its: Sequence[Credited]) -> None:
        self.its = its
        self.of_note: dict[int, list[Credited]] = defaultdict(list)
        for credit in its:
            self.of_note[credit.line.credit_note_id].append(credit)

    def __iter__(self) -> Iterator[Credited]:
        return iter(self.its)

    def sum(self, note: int, name: str) -> Decimal:
        return sum((getattr(credit.part, name) for credit in self.of_note[note]), ZERO)

    def gross(self, note: int) -> Decimal:
        return self.sum(note, "net") + self.sum(note, "vat")


@CREDIT_NOTE.step("issue", load=CreditNotes, first=check_date)
def issue_credit_notes(session: Session, notes: CreditNotes, /, *, by: int, on: date) -> None:
    """The customer owes less: what is left of the invoice falls, goods are to come back, the books follow."""
    taken = Credits(_taken(notes, on))
    _write(session, notes, taken, on)
    _post(session, notes, taken, on=on, by=by)
    _settle(session, notes, taken, on=on, by=by)
    _open_again(session, notes, taken, on=on, by=by)
    return_promised(session, notes.ids, by=by)
    ask_number(session, company(session).credit_series, dict.fromkeys(notes.ids, on))


def _taken(notes: CreditNotes, on: date) -> list[Credited]:
    """What each line takes; Refused for more than is left by now, and for a date before the invoice."""
    taken: list[Credited] = []
    errors: dict[int, DomainError] = {}
    for note, head in notes.heads.items():
        put_back = notes.creditable.as_it_is(line.invoice_line_id for line in notes.lines[note])
        try:
            if head.invoice_on > on:
                raise Invalid("before_invoice", "Invoice {number} is dated {invoice_on}: choose {invoice_on} or later.",
                              number=head.invoice_number, invoice_on=head.invoice_on)  # fmt: skip
            its = [_take(notes.creditable, line) for line in notes.lines[note]]
            if sum((credit.part.net + credit.part.vat for credit in its), ZERO) < 0:
                raise DomainError("negative_total", "The credit would be worth less than nothing: write it anew.")
            taken += its
        except DomainError as error:
            errors[note] = error
            put_back()
    refuse(errors)
    return taken


def _take(creditable: Creditable, line: Row[Any]) -> Credited:
    rest = creditable.rests[line.invoice_line_id]
    wanted: Wanted = creditable.exact(rest, line.kind, line.quantity, line.amount)
    return Credited(line, rest, creditable.take(rest, wanted))


def _write(session: Session, notes: CreditNotes, taken: Credits, on: date) -> None:
    """Writes what the lines are worth, keeps what the notes will always say, and notes it on the invoice lines."""
    parts = [credit.part for credit in taken]
    write(
        session, WRITE_LINES, ids=[credit.line.id for credit in taken],
        net=[part.net for part in parts], vat=[part.vat for part in parts],
        again_net=[part.again_net for part in parts], again_gross=[part.again_gross for part in parts],
        again_cost=[part.again_cost for part in parts],
    )  # fmt: skip
    write(
        session, FREEZE, seller=as_json(seller_details(session, on)), ids=notes.ids,
        buyers=[as_json(notes.heads[note].buyer) for note in notes.ids],
        net=[taken.sum(note, "net") for note in notes.ids], vat=[taken.sum(note, "vat") for note in notes.ids],
    )  # fmt: skip
    rests = list({credit.rest.row.id: credit.rest for credit in taken}.values())
    write(
        session, CREDIT, ids=[rest.row.id for rest in rests], pieces=[rest.pieces for rest in rests],
        net=[rest.net for rest in rests], vat=[rest.vat for rest in rests],
    )  # fmt: skip


def _post(session: Session, notes: CreditNotes, taken: Credits, *, on: date, by: int) -> None:
    products = (credit.rest.row.product_id for credit in taken)
    accounts = accounts_of(session, (product for product in products if product))
    postings = [Posting(note, {"gross": taken.gross(note)}) for note in notes.ids]
    for credit in taken:
        row, note = credit.rest.row, credit.line.credit_note_id
        vat = {} if row.vat_account_id is None else {"output_vat": row.vat_account_id}
        postings.append(Posting(note, {"vat": credit.part.vat}, vat))
        if row.account_id is not None:
            name = "net" if row.role == "revenue" else row.role
            postings.append(Posting(note, {name: credit.part.net}, {row.role: row.account_id}))
            continue
        # Pieces that did not leave are no revenue yet; what allowances took of them before was.
        undelivered = credit.part.again_net if row.kind == "advance" else ZERO
        amounts = {
            "undelivered": undelivered, "net": credit.part.net - undelivered, "cost": credit.part.again_cost,
        }  # fmt: skip
        postings.append(Posting(note, amounts, accounts.get(row.product_id, NO_ACCOUNTS)))
    post(session, "credit_note.issued", postings, on=on, by=by)


def _settle(session: Session, notes: CreditNotes, taken: Credits, *, on: date, by: int) -> None:
    """It settles the same lines of its invoice as far as they are open; the rest is the customer's credit."""
    new = [
        NewCredit(note, head.customer_id, head.currency, taken.gross(note), on, RECEIVABLES)
        for note, head in notes.heads.items()
    ]
    wishes = [
        Wish(credit.line.credit_note_id, credit.rest.row.invoice_id, gross, credit.rest.row.id, up_to=True)
        for credit in taken if (gross := credit.part.net + credit.part.vat) > 0
    ]  # fmt: skip
    allocate(session, wishes, on=on, by=by, new=new)


def _open_again(session: Session, notes: CreditNotes, taken: Credits, *, on: date, by: int) -> None:
    """Pieces to be invoiced again are owed for their shipment again, or for their order where they did not leave."""
    shipped: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for credit in taken:
        if credit.again and credit.rest.row.shipment_line_id:
            shipped[credit.rest.row.shipment_line_id] += credit.line.quantity
    if shipped:
        write(session, OPEN_AGAIN, ids=list(shipped), quantities=list(shipped.values()))
        shipments = {credit.rest.row.shipment_id for credit in taken if credit.rest.row.shipment_line_id in shipped}
        settled = change_items(session, left_of_shipments(session, shipments, notes=notes.ids))
        follow(session, settled, on=on, by=by)
        refresh_statuses(session, shipments)
    if ahead := [credit for credit in taken if credit.again and credit.rest.ahead]:
        _open_ahead(session, ahead, on=on, by=by)


def _open_ahead(session: Session, ahead: Sequence[Credited], *, on: date, by: int) -> None:
    write(
        session, OPEN_AHEAD, ids=[credit.rest.row.advance_id for credit in ahead],
        orders=[credit.rest.row.order_line_id for credit in ahead],
        quantities=[credit.line.quantity for credit in ahead],
        net=[credit.part.again_net for credit in ahead], gross=[credit.part.again_gross for credit in ahead],
    )  # fmt: skip
    orders = {credit.rest.row.order_id for credit in ahead}
    follow(session, change_items(session, left_of_orders(session, orders, ())), on=on, by=by)
    refresh_statuses(session, orders)
