"""Drafts of what was shipped: whole shipments, or chosen lines and quantities of them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.billing.drafts import Plan, refuse_negative, rewrite, write_drafts
from app.domain.catalog.products import products
from app.domain.catalog.tax_rates import PERCENTAGES, percent_on
from app.domain.kernel.company import company
from app.domain.kernel.document import lock_documents
from app.domain.kernel.errors import DomainError, Invalid, NotFound, refuse
from app.domain.kernel.rows import read
from app.domain.kernel.values import exact, part
from app.domain.sales.totals import Taxed, amounts


@dataclass(frozen=True)
class NewInvoice:
    """All that is left of shipments; or, with `quantities` (shipment line → quantity), so much of their lines.

    `due_dates` take the place of those of the customer's payment term: one for all of it, or one for each instalment.
    """

    shipments: Sequence[int]
    quantities: Mapping[int, Decimal] | None = None
    note: str = ""
    due_dates: Sequence[date] = ()


class Piece(NamedTuple):
    """So much of a shipment line."""

    row: Row[Any]
    quantity: Decimal


# `taken_net` and `taken_gross` are what other invoices, drafts too, and those in advance took of a line, less what is
# credited to be invoiced again.
PIECES = f"""
SELECT line.id, line.shipment_id, line.order_line_id, line.quantity - line.invoiced - line.returned_uninvoiced AS left,
       line.quantity AS shipped,
       line.invoiced, line.net, line.gross,
       coalesce(taken.net, 0) - coalesce(again.net, 0) + line.pre_net AS taken_net,
       coalesce(taken.gross, 0) - coalesce(again.gross, 0) + line.pre_gross AS taken_gross,
       order_line.product_id, order_line.sku, order_line.name, order_line.unit, order_line.unit_price,
       order_line.discount, order_line.tax_rate_id, shipment."on" AS left_on, {PERCENTAGES},
       sales_order.tax_regime, sales_order.prices_include_vat, sales_order.currency, sales_order.rate, shipment.state,
       document.customer_id, document.number
FROM shipment JOIN document ON document.id = shipment.id
JOIN sales_order ON sales_order.id = shipment.order_id
JOIN shipment_line line ON line.shipment_id = shipment.id
JOIN sales_order_line order_line ON order_line.id = line.order_line_id
JOIN tax_rate ON tax_rate.id = order_line.tax_rate_id
LEFT JOIN LATERAL (
    SELECT sum(part.net) AS net, sum(part.gross) AS gross FROM invoice_line part
    WHERE line.invoiced + line.pre_invoiced > 0 AND part.shipment_line_id = line.id
) taken ON true LEFT JOIN LATERAL (
    SELECT sum(part.again_net) AS net, sum(part.again_gross) AS gross
    FROM credit_note_line part JOIN credit_note ON credit_note.id = part.credit_note_id
    WHERE line.invoiced + line.pre_invoiced > 0 AND part.shipment_line_id = line.id AND credit_note.state = 'issued'
) again ON true
WHERE shipment.id = ANY(%(ids)s::bigint[])
ORDER BY line.shipment_id, line.position
"""


def draft_invoices(session: Session, groups: Sequence[Sequence[int]], *, by: int) -> list[int]:
    """Makes a draft of each group of processed shipments, holding all their pieces, and gives the ids.

    Raises Refused, by position in the batch, as `add_invoices` does.
    """
    return add_invoices(session, [NewInvoice(group) for group in groups], by=by)


def add_invoices(session: Session, wanted: Sequence[NewInvoice], *, by: int) -> list[int]:
    """Makes a draft of each, holding the pieces it names, and gives the ids.

    Raises Refused, by position in the batch, for shipments that are not processed, have nothing left to invoice,
    differ in customer, currency, tax regime or the way prices include VAT, or are worth less than nothing together;
    and for quantities of other shipments' lines, that are not above 0, or more than is left.
    """
    lock_documents(session, [shipment for new in wanted for shipment in new.shipments])
    return write_drafts(session, _plans(session, wanted), by=by)


def edit_invoice(session: Session, invoice: int, new: NewInvoice, *, version: int, by: int) -> None:
    """Writes a draft anew: other shipments, lines, quantities, another note.

    Raises Stale where it is no longer at `version`, WrongState once it is issued, and what `add_invoices` refuses.
    """
    rewrite(session, invoice, lambda: _plans(session, [new]), sources=new.shipments, version=version, by=by)


def _plans(session: Session, wanted: Sequence[NewInvoice]) -> list[Plan]:
    rows: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in read(session, PIECES, ids=[shipment for new in wanted for shipment in new.shipments]):
        rows[row.shipment_id].append(row)
    chosen = [row for new in wanted if new.quantities for i in new.shipments for row in rows[i]]
    goods = products(session, (row.product_id for row in chosen)) if chosen else {}
    pieces: list[list[Piece]] = []
    errors: dict[int, DomainError] = {}
    seen: set[int] = set()
    for position, new in enumerate(wanted):
        try:
            _check(new, rows, seen)
            pieces.append(_pieces(new, rows, goods))
        except DomainError as error:
            errors[position] = error
        seen.update(new.shipments)
    refuse(errors)
    decimals = company(session).decimals
    plans = [_plan(new, its, decimals) for new, its in zip(wanted, pieces, strict=True)]
    refuse_negative(plans)
    return plans


def _check(new: NewInvoice, rows: Mapping[int, list[Row[Any]]], seen: set[int]) -> None:
    group = new.shipments
    if not group:
        raise Invalid("no_shipments", "Choose at least one shipment to invoice.")
    if len(set(group)) < len(group) or seen.intersection(group):
        raise Invalid("shipment_twice", "A shipment is named twice: invoice it once.")
    for shipment in group:
        lines = rows.get(shipment, [])
        if not lines:
            raise NotFound("not_found", "There is no shipment {id}.", id=shipment)
        if lines[0].state != "processed":
            raise DomainError("not_shipped", "Shipment {name} is {state}: only what was shipped is invoiced.",
                              name=lines[0].number or shipment, state=lines[0].state)  # fmt: skip
        if not any(row.left for row in lines):
            raise DomainError("already_invoiced", "All of shipment {number} is on an invoice or back already.",
                              number=lines[0].number)  # fmt: skip
    kinds = {(row.customer_id, row.currency, row.tax_regime, row.prices_include_vat) for i in group for row in rows[i]}
    if len(kinds) > 1:
        raise DomainError("mixed_shipments", "The shipments differ in customer, currency, tax regime, or prices with "
                          "and without VAT: make an invoice of each kind.")  # fmt: skip


def _pieces(new: NewInvoice, rows: Mapping[int, list[Row[Any]]], goods: Mapping[int, Row[Any]]) -> list[Piece]:
    """What an invoice takes, in the order of its shipments and their lines."""
    lines = [row for shipment in new.shipments for row in rows[shipment]]
    if new.quantities is None:
        return [Piece(row, row.left) for row in lines if row.left]
    if foreign := set(new.quantities) - {row.id for row in lines}:
        raise Invalid("foreign_line", "Lines {lines} are not of these shipments.", lines=sorted(foreign))
    if not new.quantities:
        raise Invalid("nothing_chosen", "Nothing is chosen: enter the quantity of at least one line.")
    return [
        Piece(row, _quantity(row, new.quantities[row.id], goods[row.product_id].decimals))
        for row in lines if row.id in new.quantities
    ]  # fmt: skip


def _quantity(row: Row[Any], quantity: Decimal, decimals: int) -> Decimal:
    wanted = exact(quantity, decimals, f"{row.sku}: quantity")
    if wanted <= 0:
        raise Invalid("quantity_not_positive", "{sku}: the quantity must be above 0.", sku=row.sku)
    if wanted > row.left:
        raise DomainError("more_than_shipped", "{sku}: {wanted} is more than the {left} of shipment {number} still to "
                          "be invoiced.", sku=row.sku, wanted=wanted, left=row.left, number=row.number)  # fmt: skip
    return wanted


def _plan(new: NewInvoice, pieces: Sequence[Piece], decimals: int) -> Plan:
    """Pieces keep their part of the line's net (gross where prices include VAT); VAT is reckoned for the invoice, at
    the per cent of the day on which they left.
    """
    first = pieces[0].row
    vat_included = first.prices_include_vat
    taxed = [
        Taxed(_amount(row, quantity, decimals), row.tax_rate_id, percent_on(row, row.left_on))
        for row, quantity in pieces
    ]
    return Plan(
        first.customer_id, first.tax_regime, vat_included, first.currency, first.rate,
        [_line(*piece) for piece in pieces], amounts(taxed, vat_included=vat_included, decimals=decimals),
        dict.fromkeys(row.shipment_id for row, _ in pieces), new.note, new.due_dates,
    )  # fmt: skip


def _amount(row: Row[Any], quantity: Decimal, decimals: int) -> Decimal:
    whole, taken = (row.gross, row.taken_gross) if row.prices_include_vat else (row.net, row.taken_net)
    return part(whole, row.shipped, row.invoiced + quantity, taken, decimals)


def _line(row: Row[Any], quantity: Decimal) -> dict[str, Any]:
    kept = ("order_line_id", "product_id", "sku", "name", "unit", "unit_price", "discount", "tax_rate_id")
    return {
        "kind": "shipment", "shipment_line_id": row.id, "account_id": None, "quantity": quantity,
        "tax_percent": percent_on(row, row.left_on),
    } | {name: getattr(row, name) for name in kept}  # fmt: skip
