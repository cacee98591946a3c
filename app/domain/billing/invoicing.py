"""What happens when an invoice is issued. Read it from top to bottom; its drafts are made in `portions`."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.billing.advances import left_of_orders
from app.domain.billing.debited import Chain
from app.domain.billing.debiting import take_credits_back
from app.domain.billing.deferred import deferred_costs
from app.domain.billing.drafts import delete_invoices as delete_invoices
from app.domain.billing.due import instalments_of
from app.domain.billing.portions import NewInvoice as NewInvoice
from app.domain.billing.portions import add_invoices as add_invoices
from app.domain.billing.portions import draft_invoices as draft_invoices
from app.domain.billing.portions import edit_invoice as edit_invoice
from app.domain.billing.rounding import by_shipment, cents_left, rests_of
from app.domain.billing.supply import days_of_supply, rate_by_supply
from app.domain.catalog.products import accounts_of
from app.domain.catalog.tax_rates import PERCENTAGES
from app.domain.fulfilment.advances import add_advances
from app.domain.kernel.company import company, seller_details
from app.domain.kernel.errors import DomainError, Invalid, refuse
from app.domain.kernel.numbering import ask_number
from app.domain.kernel.rows import as_json, read, write
from app.domain.kernel.values import ZERO
from app.domain.ledger.periods import check_date
from app.domain.ledger.posting import NO_ACCOUNTS, Posting, post
from app.domain.lifecycles import INVOICE
from app.domain.parties.customers import buyer_details, customers, term_of
from app.domain.parties.terms import DueAmount
from app.domain.pricing.taxes import tax_rules
from app.domain.settlement.following import Move, follow
from app.domain.settlement.instalments import instalment_rows
from app.domain.settlement.items import (
    Item,
    Settled,
    change_items,
    close_items,
    lock_shipments,
    open_items,
    paid_of,
    refresh_statuses,
)
from app.domain.settlement.rounding import add_roundings, lock_roundings, take_unpaid_roundings_back

HEADS = """
SELECT invoice.id, invoice.currency, invoice.net, invoice.vat, invoice.gross, invoice.due_dates,
       invoice.tax_regime, invoice.prices_include_vat, invoice.credit_note_id, credited.buyer AS credited_buyer,
       credited.terms->'tax' AS credited_tax, document.customer_id, shipped.left_on, shipped.lines AS shipped_lines,
       shipped.are_several
FROM invoice JOIN document ON document.id = invoice.id
LEFT JOIN credit_note credited ON credited.id = invoice.credit_note_id
LEFT JOIN LATERAL (
    SELECT max(shipment."on") AS left_on, sum((SELECT count(*) FROM shipment_line line
                                                 WHERE line.shipment_id = shipment.id AND line.quantity > 0)) AS lines,
           count(*) > 1 AS are_several
    FROM document_link link JOIN shipment ON shipment.id = link.from_id WHERE link.to_id = invoice.id
) shipped ON true
WHERE invoice.id = ANY(%(ids)s::bigint[]) ORDER BY invoice.id
"""
LINES = f"""
SELECT line.id, line.invoice_id, line.kind, line.product_id, line.quantity, line.net, line.vat, line.gross,
       line.tax_rate_id, line.tax_percent, tax_rate.account_id AS vat_account_id, {PERCENTAGES},
       shipment.id AS shipment_id, shipment."on" AS supplied_on, line.shipment_line_id, shipment.cogs_timing,
       shipment_line.quantity AS shipped, line.order_line_id, order_line.order_id, line.account_id, account.role,
       line.unit_price, line.credit_line_id
FROM invoice_line line LEFT JOIN tax_rate ON tax_rate.id = line.tax_rate_id
LEFT JOIN shipment_line ON shipment_line.id = line.shipment_line_id
LEFT JOIN shipment ON shipment.id = shipment_line.shipment_id
LEFT JOIN sales_order_line order_line ON order_line.id = line.order_line_id
LEFT JOIN account ON account.id = line.account_id
WHERE line.invoice_id = ANY(%(ids)s::bigint[])
ORDER BY line.invoice_id, line.position
"""
FREEZE = """
UPDATE invoice SET supply_on = given.supply_on, due_on = given.due_on, seller = %(seller)s::jsonb,
       buyer = given.buyer, terms = given.terms
FROM unnest(%(ids)s::bigint[], %(supply_ons)s::date[], %(due_ons)s::date[], %(buyers)s::text[]::jsonb[],
            %(terms)s::text[]::jsonb[]) AS given (id, supply_on, due_on, buyer, terms)
WHERE invoice.id = given.id
"""
ROUND = """
UPDATE invoice_line line SET rounding = given.amount
FROM unnest(%(ids)s::bigint[], %(amounts)s::numeric[]) AS given (id, amount) WHERE line.id = given.id
"""


WRITE_COSTS = """
UPDATE invoice_line line SET cost = given.cost
FROM unnest(%(ids)s::bigint[], %(costs)s::numeric[]) AS given (id, cost) WHERE line.id = given.id
"""


class Invoices:
    """Invoices by id (`heads`) with their lines in order (`lines`)."""

    def __init__(self, session: Session, ids: Sequence[int]) -> None:
        self.ids = list(ids)
        self.read(session)

    def read(self, session: Session) -> None:
        """Looks at them, again where they were changed."""
        self.heads: dict[int, Row[Any]] = {row.id: row for row in read(session, HEADS, ids=self.ids)}
        self.lines: dict[int, list[Row[Any]]] = {invoice: [] for invoice in self.ids}
        for row in read(session, LINES, ids=self.ids):
            self.lines[row.invoice_id].append(row)

    @property
    def pairs(self) -> Iterator[tuple[Row[Any], Row[Any]]]:
        """Every line with the head of its invoice, in order."""
        return ((self.heads[invoice], line) for invoice, lines in self.lines.items() for line in lines)

    def shipments_in_part(self) -> set[int]:
        """The shipments of invoices that do not take all of all their shipments."""
        return {
            line.shipment_id
            for invoice, lines in self.lines.items() if not _takes_all(self.heads[invoice], lines)
            for line in lines if line.shipment_id
        }  # fmt: skip

    def shipments_together(self) -> set[int]:
        """The shipments of invoices that take several."""
        return {line.shipment_id for head, line in self.pairs if head.are_several and line.shipment_id}


def _takes_all(head: Row[Any], lines: Sequence[Row[Any]]) -> bool:
    shipped = [line for line in lines if line.shipment_id]
    return len(shipped) == (head.shipped_lines or 0) and all(line.quantity == line.shipped for line in shipped)


@INVOICE.step("issue", load=Invoices, first=check_date)
def issue_invoices(session: Session, invoices: Invoices, /, *, by: int, on: date) -> None:
    """The customer owes: VAT is that of the date of supply, number and due date are given, seller, buyer and terms are
    frozen, the books follow.
    """
    refuse({
        invoice: Invalid("before_shipment", "The goods left on {left_on}: an invoice is not dated before that.",
                         left_on=head.left_on)
        for invoice, head in invoices.heads.items() if head.left_on and head.left_on > on
    })  # fmt: skip
    its = [(invoices.heads[invoice], lines) for invoice, lines in invoices.lines.items()]
    supplied = days_of_supply(session, its, on)
    if rate_by_supply(session, its, supplied):
        invoices.read(session)
    chains = take_credits_back(session, list(invoices.pairs), on=on)
    known = customers(session, (head.customer_id for head in invoices.heads.values()))
    due = _due(session, invoices, known, on)
    _freeze(session, invoices, known, due, supplied, on)
    rounding = _owe(session, invoices, due, chains, on=on, by=by)
    _post(session, invoices, rounding, on=on, by=by)
    if again := {line.invoice_id for _, line in invoices.pairs if line.id in chains}:
        take_unpaid_roundings_back(session, again, on=on, by=by)
    ask_number(session, "invoices", dict.fromkeys(invoices.ids, on))


def _due(session: Session, invoices: Invoices, known: Mapping[int, Row[Any]], on: date) -> dict[int, list[DueAmount]]:
    """The instalments of each invoice; Refused for terms that do not fit it, and dates that are not its own."""
    settings = company(session)
    due: dict[int, list[DueAmount]] = {}
    errors: dict[int, DomainError] = {}
    for invoice, head in invoices.heads.items():
        term = term_of(known[head.customer_id], settings.country)
        try:
            due[invoice] = instalments_of(term, head.gross, on, head.due_dates, settings.decimals)
        except DomainError as error:
            errors[invoice] = error
    refuse(errors)
    return due


def _freeze(
    session: Session, invoices: Invoices, known: Mapping[int, Row[Any]], due: Mapping[int, Sequence[DueAmount]],
    supplied: Mapping[int, date | None], on: date,
) -> None:  # fmt: skip
    """Keeps what the invoice will always say."""
    heads = invoices.heads
    buyers = [known[head.customer_id] for head in heads.values()]
    last = [max((its.due_on for its in due[invoice]), default=on) for invoice in heads]
    rules = tax_rules(session, (head.tax_regime for head in heads.values()))
    write(
        session, FREEZE, seller=as_json(seller_details(session, on)), ids=list(heads),
        supply_ons=[supplied[invoice] for invoice in heads], due_ons=last,
        buyers=[
            as_json(head.credited_buyer or buyer_details(buyer, head.tax_regime))
            for head, buyer in zip(heads.values(), buyers, strict=True)
        ],
        terms=[
            as_json({"code": buyer.term_code, "name": buyer.term_name, "due_on": until,
                     "instalments": [[its.due_on, its.amount] for its in due[invoice]],
                     "tax": head.credited_tax if head.credit_note_id
                     else rules.notes(head.tax_regime, invoices.lines[invoice])})
            for (invoice, head), buyer, until in zip(heads.items(), buyers, last, strict=True)
        ],
    )  # fmt: skip


def _owe(
    session: Session, invoices: Invoices, due: Mapping[int, Sequence[DueAmount]], chains: Mapping[int, Chain], *,
    on: date, by: int,
) -> dict[int, Decimal]:  # fmt: skip
    """What the customer owes moves from the shipment lines to the invoice lines, and what they paid of it with it; what
    debit notes make owed again belongs to their `chains`.

    Gives the rounding of the invoice lines that have any.
    """
    lock_roundings(session, shipments={chain.shipment_id for chain in chains.values() if chain.shipment_id})
    in_part = _in_part(session, invoices)
    rests = rests_of(session, in_part, invoices.ids) if in_part else []
    rounding = cents_left(invoices.pairs, rests, company(session).decimals)
    items = [_item(head, line, chains.get(line.id), on, rounding) for head, line in invoices.pairs]
    open_items(session, items, [row for invoice, its in due.items() for row in instalment_rows(invoice, its)])
    settled = [*(change_items(session, by_shipment(in_part, rests)) if in_part else ())]
    shipments = {line.shipment_id for _, line in invoices.pairs if line.shipment_id}
    settled += close_items(session, shipments - in_part)
    orders = {line.order_id for _, line in invoices.pairs if line.kind == "advance"}
    settled += _ahead(session, invoices)
    follow(session, settled, _moves(invoices), on=on, by=by)
    refresh_statuses(session, [*invoices.ids, *shipments, *orders])
    if rounding:
        write(session, ROUND, ids=list(rounding), amounts=list(rounding.values()))
        add_roundings(session, items, rounding)
    return rounding


def _item(
    head: Row[Any], line: Row[Any], again: Chain | None, on: date, rounding: Mapping[int, Decimal]
) -> Item:  # fmt: skip
    order, shipment, invoice = again or (line.order_id, line.shipment_id, None)
    gross = line.gross + rounding.get(line.id, ZERO)
    return Item(head.id, line.id, head.customer_id, order, shipment, invoice or head.id, head.currency, on, gross)


def _in_part(session: Session, invoices: Invoices) -> set[int]:
    """The shipments that are invoiced in part, or with others while they are paid: what they leave is to be reckoned.

    From here on nobody settles anything of them, so that they stay as paid as they are.
    """
    in_part, together = invoices.shipments_in_part(), invoices.shipments_together()
    if in_part or together:
        lock_shipments(session, in_part | together)
    return in_part | (paid_of(session, together) if together else set())


def _ahead(session: Session, invoices: Invoices) -> Sequence[Settled]:
    """What is invoiced in advance is no longer owed for the order, and is to be delivered; gives what changed so."""
    lines = [line for _, line in invoices.pairs if line.kind == "advance"]
    if not lines:
        return ()
    settled = change_items(session, left_of_orders(session, {line.order_id for line in lines}, lines))
    add_advances(session, [
        {"invoice_id": line.invoice_id, "invoice_line_id": line.id, "order_line_id": line.order_line_id,
         "quantity": line.quantity, "net": line.net, "gross": line.gross}
        for line in lines
    ])  # fmt: skip
    return settled


def _moves(invoices: Invoices) -> Iterator[Move]:
    """Which lines of shipments, or of orders that are invoiced in advance, went into which lines of the invoices."""
    for head, line in invoices.pairs:
        if line.shipment_id:
            yield Move(line.shipment_id, line.shipment_line_id, head.id, line.id)
        elif line.kind == "advance":
            yield Move(line.order_id, line.order_line_id, head.id, line.id)


def _post(
    session: Session, invoices: Invoices, rounding: Mapping[int, Decimal], *, on: date, by: int
) -> None:  # fmt: skip
    accounts = accounts_of(session, (line.product_id for _, line in invoices.pairs if line.product_id))
    costs = _costs(session, invoices)
    postings = [Posting(invoice, {"gross": head.gross}) for invoice, head in invoices.heads.items()]
    for _, line in invoices.pairs:
        vat = {} if line.vat_account_id is None else {"output_vat": line.vat_account_id}
        postings.append(_net(line, accounts.get(line.product_id, NO_ACCOUNTS)))
        if line.id in costs:
            postings.append(Posting(line.invoice_id, {"cost": costs[line.id]}, accounts[line.product_id]))
        postings.append(Posting(line.invoice_id, {"vat": line.vat}, vat))
    post(session, "invoice.issued", postings, on=on, by=by)
    if rounding:
        post(session, "invoice.rounded", [
            Posting(line.invoice_id, {"difference": rounding[line.id]})
            for _, line in invoices.pairs if line.id in rounding
        ], on=on, by=by)  # fmt: skip


def _costs(session: Session, invoices: Invoices) -> dict[int, Decimal]:
    """What goes on to cost of sales with each line of goods whose cost waited for its invoice, by its id."""
    waiting = [line for _, line in invoices.pairs if line.cogs_timing == "at_invoice"]
    if not waiting:
        return {}
    deferred = deferred_costs(session, (line.shipment_line_id for line in waiting))
    costs = {line.id: deferred[line.shipment_line_id].sell(line.quantity) for line in waiting}
    write(session, WRITE_COSTS, ids=list(costs), costs=list(costs.values()))
    return costs


def _net(line: Row[Any], accounts: Mapping[str, int | None]) -> Posting:
    """Revenue of the product's group, or the account that a free line names; what did not leave is no revenue yet."""
    if line.kind == "advance":
        return Posting(line.invoice_id, {"undelivered": line.net})
    if line.account_id is None:
        return Posting(line.invoice_id, {"net": line.net}, accounts)
    amount = "net" if line.role == "revenue" else line.role
    return Posting(line.invoice_id, {amount: line.net}, {line.role: line.account_id})
