"""Invoices from whole shipments: the draft that holds their pieces, and what happens when it is issued."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.billing.models import Invoice, InvoiceLine
from app.domain.catalog.products import accounts_of
from app.domain.kernel.company import company, seller_details
from app.domain.kernel.document import links, lock_documents, record, register
from app.domain.kernel.drafts import delete_drafts
from app.domain.kernel.errors import DomainError, Invalid, NotFound, refuse
from app.domain.kernel.numbering import ask_number
from app.domain.kernel.rows import as_json, read, write
from app.domain.ledger.periods import check_date
from app.domain.ledger.posting import Posting, post
from app.domain.lifecycles import INVOICE
from app.domain.parties.customers import customers
from app.domain.parties.terms import due_date
from app.domain.sales.totals import Amounts, Taxed, amounts, total
from app.domain.settlement.items import Item, close_items, open_items, refresh_statuses

PIECES = """
SELECT line.id, line.shipment_id, line.order_line_id, line.quantity - line.invoiced AS quantity, line.net, line.gross,
       order_line.product_id, order_line.sku, order_line.name, order_line.unit, order_line.unit_price,
       order_line.discount, order_line.tax_rate_id, order_line.tax_percent,
       sales_order.prices_include_vat, sales_order.currency, sales_order.rate, shipment.state,
       document.customer_id, document.number
FROM shipment JOIN document ON document.id = shipment.id
JOIN sales_order ON sales_order.id = shipment.order_id
JOIN shipment_line line ON line.shipment_id = shipment.id
JOIN sales_order_line order_line ON order_line.id = line.order_line_id
WHERE shipment.id = ANY(%(ids)s::bigint[])
ORDER BY line.shipment_id, line.position
"""
HOLD = """
UPDATE shipment_line line SET invoiced = line.invoiced + given.quantity
FROM unnest(%(lines)s::bigint[], %(quantities)s::numeric[]) AS given (id, quantity) WHERE line.id = given.id
"""
LET_GO = """
UPDATE shipment_line line SET invoiced = line.invoiced - held.quantity
FROM (SELECT shipment_line_id, sum(quantity) AS quantity FROM invoice_line
      WHERE invoice_id = ANY(%(ids)s::bigint[]) AND shipment_line_id IS NOT NULL GROUP BY shipment_line_id) held
WHERE line.id = held.shipment_line_id
"""


def draft_invoices(session: Session, groups: Sequence[Sequence[int]], *, by: int) -> list[int]:
    """Makes a draft of each group of processed shipments, holding all their pieces, and gives the ids.

    Raises Refused, by position in the batch, for shipments that are not processed, have nothing left to invoice,
    differ in customer, currency or the way prices include VAT, or are worth less than nothing together.
    """
    shipments = [shipment for group in groups for shipment in group]
    lock_documents(session, shipments)
    pieces: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in read(session, PIECES, ids=shipments):
        pieces[row.shipment_id].append(row)
    _refuse_unfit(groups, pieces)
    drafts = [[row for shipment in group for row in pieces[shipment] if row.quantity] for group in groups]
    decimals = company(session).decimals
    worth = [_amounts(rows, decimals) for rows in drafts]
    _refuse_negative(worth)
    heads = [{"customer_id": rows[0].customer_id} for rows in drafts]
    ids = register(session, INVOICE.kind, heads, lambda ids: [
        (Invoice, [
            {"id": invoice, "prices_include_vat": rows[0].prices_include_vat, "currency": rows[0].currency,
             "rate": rows[0].rate, **total(its)._asdict()}
            for invoice, rows, its in zip(ids, drafts, worth, strict=True)
        ]),
        (InvoiceLine, [
            {"invoice_id": invoice, "position": position, **_line(row), **amount._asdict()}
            for invoice, rows, its in zip(ids, drafts, worth, strict=True)
            for position, (row, amount) in enumerate(zip(rows, its, strict=True), 1)
        ]),
        links((i, invoice, "invoices") for invoice, group in zip(ids, groups, strict=True) for i in group),
    ])  # fmt: skip
    held = {row.id: row.quantity for rows in drafts for row in rows}
    write(session, HOLD, lines=list(held), quantities=list(held.values()))
    record(session, "create", [{"document_id": i, "to_state": INVOICE.initial} for i in ids], by=by)
    return ids


def _refuse_unfit(groups: Sequence[Sequence[int]], pieces: Mapping[int, list[Row[Any]]]) -> None:
    seen: set[int] = set()
    errors: dict[int, DomainError] = {}
    for position, group in enumerate(groups):
        if refusal := _refusal(group, pieces, seen):
            errors[position] = refusal
        seen.update(group)
    refuse(errors)


def _refusal(group: Sequence[int], pieces: Mapping[int, list[Row[Any]]], seen: set[int]) -> DomainError | None:
    if not group:
        return Invalid("no_shipments", "Choose at least one shipment to invoice.")
    if len(set(group)) < len(group) or seen.intersection(group):
        return Invalid("shipment_twice", "A shipment is named twice: invoice it once.")
    for shipment in group:
        rows = pieces.get(shipment, [])
        if not rows:
            return NotFound("not_found", "There is no shipment {id}.", id=shipment)
        if rows[0].state != "processed":
            return DomainError("not_shipped", "Shipment {name} is {state}: only what was shipped is invoiced.",
                               name=rows[0].number or shipment, state=rows[0].state)  # fmt: skip
        if not any(row.quantity for row in rows):
            return DomainError("already_invoiced", "All of shipment {number} is on an invoice already.",
                               number=rows[0].number)  # fmt: skip
    if len({(row.customer_id, row.currency, row.prices_include_vat) for i in group for row in pieces[i]}) > 1:
        return DomainError("mixed_shipments", "The shipments differ in customer, currency, or prices with and without "
                           "VAT: make an invoice of each kind.")  # fmt: skip
    return None


def _refuse_negative(worth: Sequence[Sequence[Amounts]]) -> None:
    """Shipments of 0.00 with negative lines may be less than nothing together, because VAT is rounded once."""
    totals = [total(its).gross for its in worth]
    refuse({
        position: DomainError("negative_total", "Together the shipments are worth {gross}: invoice them one by one.",
                              gross=gross)
        for position, gross in enumerate(totals) if gross < 0
    })  # fmt: skip


def _amounts(rows: Sequence[Row[Any]], decimals: int) -> list[Amounts]:
    """Whole shipment lines keep their net (gross where prices include VAT); VAT is reckoned for the invoice."""
    vat_included = rows[0].prices_include_vat
    taxed = [Taxed(row.gross if vat_included else row.net, row.tax_rate_id, row.tax_percent) for row in rows]
    return amounts(taxed, vat_included=vat_included, decimals=decimals)


def _line(row: Row[Any]) -> dict[str, Any]:
    kept = ("order_line_id", "product_id", "sku", "name", "unit", "quantity", "unit_price", "discount", "tax_rate_id",
            "tax_percent")  # fmt: skip
    return {"shipment_line_id": row.id} | {name: getattr(row, name) for name in kept}


def delete_invoices(session: Session, ids: Sequence[int], *, by: int) -> None:
    """Removes drafts, whose pieces can then be invoiced again; Refused for what is issued."""
    lock_documents(session, ids)
    write(session, LET_GO, ids=list(ids))
    delete_drafts(session, INVOICE, ids, lines=((InvoiceLine, "invoice_id"),), by=by)


HEADS = """
SELECT invoice.id, invoice.currency, invoice.net, invoice.vat, invoice.gross, document.customer_id,
       (SELECT max(shipment."on") FROM document_link link JOIN shipment ON shipment.id = link.from_id
        WHERE link.to_id = invoice.id) AS supply_on
FROM invoice JOIN document ON document.id = invoice.id
WHERE invoice.id = ANY(%(ids)s::bigint[]) ORDER BY invoice.id
"""
LINES = """
SELECT line.id, line.invoice_id, line.shipment_line_id, line.product_id, line.net, line.vat, line.gross,
       tax_rate.account_id AS vat_account_id, shipment.id AS shipment_id, shipment.order_id
FROM invoice_line line JOIN tax_rate ON tax_rate.id = line.tax_rate_id
LEFT JOIN shipment_line ON shipment_line.id = line.shipment_line_id
LEFT JOIN shipment ON shipment.id = shipment_line.shipment_id
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


class Invoices:
    """Invoices by id (`heads`) with their lines in order (`lines`)."""

    def __init__(self, session: Session, ids: Sequence[int]) -> None:
        self.ids = list(ids)
        self.heads: dict[int, Row[Any]] = {row.id: row for row in read(session, HEADS, ids=self.ids)}
        self.lines: dict[int, list[Row[Any]]] = {invoice: [] for invoice in self.ids}
        for row in read(session, LINES, ids=self.ids):
            self.lines[row.invoice_id].append(row)

    @property
    def pairs(self) -> Iterator[tuple[Row[Any], Row[Any]]]:
        """Every line with the head of its invoice, in order."""
        return ((self.heads[invoice], line) for invoice, lines in self.lines.items() for line in lines)


@INVOICE.step("issue", load=Invoices, first=check_date)
def issue_invoices(session: Session, invoices: Invoices, /, *, by: int, on: date) -> None:
    """The customer owes: number and due date are given, seller, buyer and terms are frozen, the books follow."""
    refuse({
        invoice: Invalid("before_shipment", "The goods left on {supply_on}: an invoice is not dated before that.",
                         supply_on=head.supply_on)
        for invoice, head in invoices.heads.items() if head.supply_on and head.supply_on > on
    })  # fmt: skip
    due = _freeze(session, invoices, on)
    _owe(session, invoices, due)
    _post(session, invoices, on=on, by=by)
    ask_number(session, "invoices", dict.fromkeys(invoices.ids, on))


def _freeze(session: Session, invoices: Invoices, on: date) -> dict[int, date]:
    """Keeps what the invoice will always say, and gives its due date."""
    known = customers(session, (head.customer_id for head in invoices.heads.values()))
    due: dict[int, date] = {}
    buyers, terms = [], []
    for invoice, head in invoices.heads.items():
        buyer = known[head.customer_id]
        due[invoice] = due_date(buyer.term_rule, buyer.term_days, on)
        buyers.append(as_json(_buyer(buyer)))
        terms.append(as_json({"code": buyer.term_code, "name": buyer.term_name, "rule": buyer.term_rule,
                              "days": buyer.term_days, "due_on": due[invoice]}))  # fmt: skip
    write(
        session, FREEZE, seller=as_json(seller_details(session, on)), ids=list(invoices.heads),
        supply_ons=[head.supply_on for head in invoices.heads.values()], due_ons=list(due.values()),
        buyers=buyers, terms=terms,
    )  # fmt: skip
    return due


def _buyer(buyer: Row[Any]) -> dict[str, Any]:
    kept = ("code", "name", "vat_number", "tax_regime", "language", "street", "postcode", "city", "country")
    return {name: getattr(buyer, name) for name in kept} | {"name": buyer.address_name or buyer.name}


def _owe(session: Session, invoices: Invoices, due: Mapping[int, date]) -> None:
    """What the customer owes moves from the shipment lines to the invoice lines."""
    open_items(session, [
        Item(head.id, line.id, head.customer_id, line.order_id, line.shipment_id, head.id, head.currency, line.gross,
             due[head.id])
        for head, line in invoices.pairs
    ])  # fmt: skip
    shipments = {line.shipment_id for _, line in invoices.pairs if line.shipment_id}
    close_items(session, shipments)
    refresh_statuses(session, [*invoices.ids, *shipments])


def _post(session: Session, invoices: Invoices, *, on: date, by: int) -> None:
    accounts = accounts_of(session, (line.product_id for _, line in invoices.pairs if line.product_id))
    postings = [Posting(invoice, {"gross": head.gross}) for invoice, head in invoices.heads.items()]
    for _, line in invoices.pairs:
        vat = {} if line.vat_account_id is None else {"output_vat": line.vat_account_id}
        postings.append(Posting(line.invoice_id, {"net": line.net}, accounts.get(line.product_id, {})))
        postings.append(Posting(line.invoice_id, {"vat": line.vat}, vat))
    post(session, "invoice.issued", postings, on=on, by=by)
