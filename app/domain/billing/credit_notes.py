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
from app.domain.billing.promises import return_promised
from app.domain.billing.rounding import left_of_shipments
from app.domain.billing.supply import rate_by_supply
from app.domain.catalog.products import accounts_of
from app.domain.catalog.tax_rates import PERCENTAGES
from app.domain.kernel.company import company, seller_details
from app.domain.kernel.errors import DomainError, Invalid, refuse
from app.domain.kernel.numbering import ask_number
from app.domain.kernel.rows import as_json, read, write
from app.domain.kernel.values import ZERO
from app.domain.ledger.periods import check_date
from app.domain.ledger.posting import NO_ACCOUNTS, Posting, post
from app.domain.lifecycles import CREDIT_NOTE
from app.domain.parties.customers import buyer_details, customers
from app.domain.pricing.taxes import tax_rules
from app.domain.settlement.allocations import Wish, allocate
from app.domain.settlement.credits import RECEIVABLES, NewCredit
from app.domain.settlement.following import follow
from app.domain.settlement.items import change_items, refresh_statuses
from app.domain.settlement.rounding import take_roundings_back

HEADS = """
SELECT note.id, note.invoice_id, note.return_id, note.currency, note.tax_regime, note.prices_include_vat,
       note.supply_on, document.customer_id,
       invoice."on" AS invoice_on, invoice.buyer, invoice.terms->'tax' AS tax, invoiced.number AS invoice_number
FROM credit_note note JOIN document ON document.id = note.id
LEFT JOIN invoice ON invoice.id = note.invoice_id LEFT JOIN document invoiced ON invoiced.id = invoice.id
WHERE note.id = ANY(%(ids)s::bigint[]) ORDER BY note.id
"""
LINES = f"""
SELECT line.id, line.credit_note_id, line.invoice_line_id, line.kind, line.quantity, line.amount, line.net, line.vat,
       line.gross, NULL::date AS supplied_on, line.shipment_line_id, shipped.shipment_id, line.product_id,
       line.account_id, account.role, line.tax_rate_id, line.tax_percent, tax_rate.account_id AS vat_account_id,
       invoiced.kind AS invoiced_kind, {PERCENTAGES}
FROM credit_note_line line LEFT JOIN account ON account.id = line.account_id
LEFT JOIN tax_rate ON tax_rate.id = line.tax_rate_id
LEFT JOIN invoice_line invoiced ON invoiced.id = line.invoice_line_id
LEFT JOIN shipment_line shipped ON shipped.id = line.shipment_line_id
WHERE line.credit_note_id = ANY(%(ids)s::bigint[]) ORDER BY line.credit_note_id, line.position
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
UPDATE credit_note note SET seller = %(seller)s::jsonb, buyer = given.buyer, terms = given.terms, net = given.net,
       vat = given.vat, gross = given.net + given.vat
FROM unnest(%(ids)s::bigint[], %(buyers)s::text[]::jsonb[], %(terms)s::text[]::jsonb[], %(net)s::numeric[],
            %(vat)s::numeric[]) AS given (id, buyer, terms, net, vat)
WHERE note.id = given.id
"""
CREDIT = """
UPDATE invoice_line line SET credited = given.pieces, credited_net = line.net - given.net,
       credited_vat = line.vat - given.vat
FROM unnest(%(ids)s::bigint[], %(pieces)s::numeric[], %(net)s::numeric[], %(vat)s::numeric[])
     AS given (id, pieces, net, vat)
WHERE line.id = given.id
"""
TAKE_BACK = """
UPDATE shipment_line line SET invoiced = line.invoiced - given.again, pre_credited = line.pre_credited + given.ahead
FROM unnest(%(ids)s::bigint[], %(again)s::numeric[], %(ahead)s::numeric[]) AS given (id, again, ahead)
WHERE line.id = given.id
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
# What is open of lines of invoices, and then of what debit notes made owed again of them.
OWED = """
SELECT item.document_id, item.line_id, its.of_line, item.amount - item.allocated AS open
FROM (
    SELECT line.invoice_id, line.id, line.id AS of_line FROM invoice_line line WHERE line.id = ANY(%(ids)s::bigint[])
    UNION ALL
    SELECT line.invoice_id, line.id, noted.invoice_line_id
    FROM credit_note_line noted JOIN invoice_line line ON line.credit_line_id = noted.id
    WHERE noted.invoice_line_id = ANY(%(ids)s::bigint[])
) its JOIN open_item item ON item.document_id = its.invoice_id AND item.line_id = its.id
WHERE item.amount > item.allocated ORDER BY its.id <> its.of_line, its.id
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
        self.read_lines(session)
        invoices = {head.invoice_id for head in self.heads.values() if head.invoice_id}
        self.creditable = Creditable(session, sorted(invoices))

    def read_lines(self, session: Session) -> None:
        """Looks at the lines, again where they were changed."""
        self.lines: dict[int, list[Row[Any]]] = {note: [] for note in self.ids}
        for row in read(session, LINES, ids=self.ids):
            self.lines[row.credit_note_id].append(row)

    @property
    def loose(self) -> list[Row[Any]]:
        """The heads of those without an invoice."""
        return [head for head in self.heads.values() if head.invoice_id is None]


class Credits:
    """What credit notes take of invoices, line by line, as it is reckoned now; and all their lines with what each is
    worth (`parts`), those too that are without an invoice.
    """

    def __init__(self, its: Sequence[Credited], loose: Sequence[Row[Any]]) -> None:
        self.its = its
        self.parts = [(credit.line, credit.part) for credit in its]
        self.parts += [(line, Part(line.net, line.vat)) for line in loose]
        self.of_note: dict[int, list[Part]] = defaultdict(list)
        for line, part in self.parts:
            self.of_note[line.credit_note_id].append(part)

    def __iter__(self) -> Iterator[Credited]:
        return iter(self.its)

    def sum(self, note: int, name: str) -> Decimal:
        return sum((getattr(part, name) for part in self.of_note[note]), ZERO)

    def gross(self, note: int) -> Decimal:
        return self.sum(note, "net") + self.sum(note, "vat")


@CREDIT_NOTE.step("issue", load=CreditNotes, first=check_date)
def issue_credit_notes(session: Session, notes: CreditNotes, /, *, by: int, on: date) -> None:
    """The customer owes less: what is left of the invoice falls, goods are to come back, the books follow."""
    _rate_loose(session, notes, on)
    taken = Credits(_taken(notes, on), [line for head in notes.loose for line in notes.lines[head.id]])
    _write(session, taken)
    _freeze(session, notes, taken, on)
    _post(session, notes, taken, on=on, by=by)
    _take_roundings_back(session, notes, taken, on=on, by=by)
    _settle(session, notes, taken, on=on, by=by)
    _open_again(session, notes, taken, on=on, by=by)
    return_promised(session, notes.ids, by=by)
    ask_number(session, company(session).credit_series, dict.fromkeys(notes.ids, on))


def _rate_loose(session: Session, notes: CreditNotes, on: date) -> None:
    """VAT of what has no invoice is that of the day that it names, else of its own date; Refused for a later day."""
    refuse({
        head.id: Invalid("before_supply", "It credits what was supplied on {supply_on}: choose {supply_on} or later.",
                         supply_on=head.supply_on)
        for head in notes.loose if head.supply_on and head.supply_on > on
    })  # fmt: skip
    loose = [(head, notes.lines[head.id]) for head in notes.loose]
    if rate_by_supply(session, loose, {head.id: head.supply_on or on for head in notes.loose}, "credit_note"):
        notes.read_lines(session)


def _taken(notes: CreditNotes, on: date) -> list[Credited]:
    """What each line takes; Refused for more than is left by now, and for a date before the invoice."""
    taken: list[Credited] = []
    errors: dict[int, DomainError] = {}
    for note, head in notes.heads.items():
        if head.invoice_id is None:
            continue
        put_back = notes.creditable.as_it_is(line.invoice_line_id for line in notes.lines[note])
        try:
            if head.invoice_on > on:
                raise Invalid("before_invoice", "Invoice {number} is dated {invoice_on}: choose {invoice_on} or later.",
                              number=head.invoice_number, invoice_on=head.invoice_on)  # fmt: skip
            its = [_take(notes.creditable, line) for line in notes.lines[note]]
            gross = sum((credit.part.net + credit.part.vat for credit in its), ZERO)
            notes.creditable.refuse_worth(head.invoice_id, gross)
            taken += its
        except DomainError as error:
            errors[note] = error
            put_back()
    refuse(errors)
    return taken


def _take(creditable: Creditable, line: Row[Any]) -> Credited:
    rest = creditable.rests[line.invoice_line_id]
    wanted: Wanted = creditable.exact(rest, line.kind, line.quantity, line.amount)
    wanted = wanted._replace(shipment_line_id=line.shipment_line_id)
    return Credited(line, rest, creditable.take(rest, wanted))


def _write(session: Session, taken: Credits) -> None:
    """Writes what the lines take of invoices, and notes it on the lines of those."""
    parts = [credit.part for credit in taken]
    write(
        session, WRITE_LINES, ids=[credit.line.id for credit in taken],
        net=[part.net for part in parts], vat=[part.vat for part in parts],
        again_net=[part.again_net for part in parts], again_gross=[part.again_gross for part in parts],
        again_cost=[part.again_cost for part in parts],
    )  # fmt: skip
    rests = list({credit.rest.row.id: credit.rest for credit in taken}.values())
    write(
        session, CREDIT, ids=[rest.row.id for rest in rests], pieces=[rest.pieces for rest in rests],
        net=[rest.net for rest in rests], vat=[rest.vat for rest in rests],
    )  # fmt: skip


def _freeze(session: Session, notes: CreditNotes, taken: Credits, on: date) -> None:
    """Keeps what the notes will always say of customer and tax: what their invoice says, else what is so now."""
    heads = notes.heads.values()
    printed = {head.id: (head.buyer, head.tax) for head in heads if head.invoice_id}
    known = customers(session, {head.customer_id for head in notes.loose}) if notes.loose else {}
    rules = tax_rules(session, (head.tax_regime for head in notes.loose))
    for head in notes.loose:
        buyer = buyer_details(known[head.customer_id], head.tax_regime)
        printed[head.id] = buyer, rules.notes(head.tax_regime, notes.lines[head.id])
    write(
        session, FREEZE, seller=as_json(seller_details(session, on)), ids=notes.ids,
        buyers=[as_json(printed[note][0]) for note in notes.ids],
        terms=[as_json({"tax": printed[note][1] or []}) for note in notes.ids],
        net=[taken.sum(note, "net") for note in notes.ids], vat=[taken.sum(note, "vat") for note in notes.ids],
    )  # fmt: skip


def _post(session: Session, notes: CreditNotes, taken: Credits, *, on: date, by: int) -> None:
    accounts = accounts_of(session, (line.product_id for line, _ in taken.parts if line.product_id))
    postings = [Posting(note, {"gross": taken.gross(note)}) for note in notes.ids]
    for line, part in taken.parts:
        note = line.credit_note_id
        vat = {} if line.vat_account_id is None else {"output_vat": line.vat_account_id}
        postings.append(Posting(note, {"vat": part.vat}, vat))
        if line.account_id is not None:
            name = "net" if line.role == "revenue" else line.role
            postings.append(Posting(note, {name: part.net}, {line.role: line.account_id}))
            continue
        # Pieces that did not leave are no revenue yet; what allowances took of them before was.
        did_not_leave = line.invoiced_kind == "advance" and line.shipment_line_id is None
        undelivered = part.again_net if did_not_leave else ZERO
        amounts = {"undelivered": undelivered, "net": part.net - undelivered, "cost": part.again_cost}
        postings.append(Posting(note, amounts, accounts.get(line.product_id, NO_ACCOUNTS)))
    post(session, "credit_note.issued", postings, on=on, by=by)


def _take_roundings_back(session: Session, notes: CreditNotes, taken: Credits, *, on: date, by: int) -> None:
    """Cents of paid shipments go with an invoice that is credited whole, and where pieces are to be invoiced again."""
    whole = [invoice for invoice, rests in notes.creditable.lines.items() if all(rest.is_gone for rest in rests)]
    again = {its.line.shipment_id for its in taken if its.again and its.line.shipment_id}
    if whole or again:
        take_roundings_back(session, invoices=whole, shipments=again, on=on, by=by)


def _settle(session: Session, notes: CreditNotes, taken: Credits, *, on: date, by: int) -> None:
    """It settles the same lines of its invoice as far as they are open, then what debit notes made owed again of them;
    the rest, or all, is the customer's credit.
    """
    new = [
        NewCredit(note, head.customer_id, head.currency, taken.gross(note), on, RECEIVABLES)
        for note, head in notes.heads.items()
    ]
    lines = [
        (credit.line.credit_note_id, credit.rest.row, gross)
        for credit in taken if (gross := credit.part.net + credit.part.vat) > 0
    ]  # fmt: skip
    owed: dict[int, list[Row[Any]]] = defaultdict(list)
    for item in read(session, OWED, ids=sorted({row.id for _, row, _ in lines})) if lines else ():
        owed[item.of_line].append(item)
    wishes = []
    for note, row, left in lines:
        for item in owed[row.id]:
            wishes.append(Wish(note, item.document_id, min(left, item.open), item.line_id, up_to=True))
            left -= min(left, item.open)
    allocate(session, [wish for wish in wishes if wish.amount], on=on, by=by, new=new)


def _open_again(session: Session, notes: CreditNotes, taken: Credits, *, on: date, by: int) -> None:
    """Pieces to be invoiced again are owed for their shipment again, or for their order where they did not leave."""
    sums: dict[int, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
    for credit in taken:
        if credit.line.shipment_line_id and (credit.again or credit.rest.ahead):
            its = sums[credit.line.shipment_line_id]
            its[0] += credit.line.quantity if credit.again else ZERO
            its[1] += credit.line.quantity if credit.rest.ahead else ZERO
    if sums:
        again, ahead = (list(column) for column in zip(*sums.values(), strict=True))
        write(session, TAKE_BACK, ids=list(sums), again=again, ahead=ahead)
    if shipments := {its.line.shipment_id for its in taken if its.again and its.line.shipment_line_id}:
        settled = change_items(session, left_of_shipments(session, shipments, notes=notes.ids))
        follow(session, settled, on=on, by=by)
        refresh_statuses(session, shipments)
    if left := [its for its in taken if its.again and its.rest.ahead and its.line.shipment_line_id is None]:
        _open_ahead(session, left, on=on, by=by)


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
