"""Drafts of advance invoices: pieces of an approved order that did not leave yet."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.billing.drafts import Plan, refuse_negative, rewrite, write_drafts
from app.domain.billing.supply import Advance, Receipts, received_at_two_rates
from app.domain.catalog.tax_rates import PERCENTAGES, percent_on
from app.domain.kernel.company import company
from app.domain.kernel.document import lock_documents
from app.domain.kernel.errors import DomainError, Invalid, NotFound, refuse
from app.domain.kernel.rows import read
from app.domain.kernel.values import ZERO, exact, part, rounded
from app.domain.sales.totals import Made, left_to_pay


@dataclass(frozen=True)
class NewAdvance:
    """All that did not leave of an order; or, with `quantities` (order line → quantity), so much of its lines.

    `due_dates` as in a NewInvoice.
    """

    order_id: int
    quantities: Mapping[int, Decimal] | None = None
    note: str = ""
    due_dates: Sequence[date] = ()


# `taken_net` and `taken_gross` are what shipments took of a line, and what is or will be invoiced of it in advance.
LINES = f"""
SELECT line.id, line.order_id, line.product_id, line.sku, line.name, line.unit, unit.decimals, line.quantity,
       line.quantity - line.given_up - line.shipped - (line.pre_invoiced - line.pre_shipped) AS left,
       line.shipped + line.pre_invoiced - line.pre_shipped AS taken, line.net, line.gross, line.unit_price,
       line.discount, line.tax_rate_id, {PERCENTAGES}, sales_order.state, sales_order.prices_include_vat,
       sales_order.tax_regime, sales_order.currency, sales_order.rate, document.customer_id, document.number,
       coalesce(shipped.net, 0) + coalesce(ahead.net, 0) - coalesce(delivered.net, 0) AS taken_net,
       coalesce(shipped.gross, 0) + coalesce(ahead.gross, 0) - coalesce(delivered.gross, 0) AS taken_gross
FROM sales_order_line line
JOIN sales_order ON sales_order.id = line.order_id JOIN document ON document.id = line.order_id
JOIN tax_rate ON tax_rate.id = line.tax_rate_id
JOIN product ON product.id = line.product_id JOIN unit ON unit.id = product.unit_id
LEFT JOIN LATERAL (
    SELECT sum(part.net) FILTER (WHERE shipment.state = 'processed') AS net,
           sum(part.gross) FILTER (WHERE shipment.state = 'processed') AS gross
    FROM shipment_line part JOIN shipment ON shipment.id = part.shipment_id WHERE part.order_line_id = line.id
) shipped ON true
LEFT JOIN LATERAL (
    SELECT sum(part.net) AS net, sum(part.gross) AS gross FROM invoice_line part
    WHERE part.order_line_id = line.id AND part.kind = 'advance'
) ahead ON true
LEFT JOIN LATERAL (
    SELECT sum(delivered_net + credited_net) AS net, sum(delivered_gross + credited_gross) AS gross
    FROM advance WHERE advance.order_line_id = line.id
) delivered ON true
WHERE line.order_id = ANY(%(ids)s::bigint[])
ORDER BY line.order_id, line.position
"""


def add_advances(session: Session, wanted: Sequence[NewAdvance], *, by: int) -> list[int]:
    """Makes a draft of each, holding the pieces it names, and gives the ids.

    Raises Refused, by position in the batch, for orders that are not approved or have nothing left to leave, and for
    quantities of other orders' lines, that are not above 0, or more than is left; and for a single piece that was paid
    for at two percentages of VAT.
    """
    lock_documents(session, [new.order_id for new in wanted])
    return write_drafts(session, _plans(session, wanted, are_new=True), by=by)


def edit_advance(session: Session, invoice: int, new: NewAdvance, *, version: int, by: int) -> None:
    """Writes a draft anew; Stale where it is no longer at `version`, and what `add_advances` refuses.

    A single piece stays a draft whatever it was paid for at since: only issuing it is refused.
    """
    rewrite(session, invoice, lambda: _plans(session, [new]), sources=[new.order_id], version=version, by=by)


def _plans(session: Session, wanted: Sequence[NewAdvance], *, are_new: bool = False) -> list[Plan]:
    lines: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in read(session, LINES, ids=[new.order_id for new in wanted]):
        lines[row.order_id].append(row)
    settings = company(session)
    drafts: list[tuple[NewAdvance, list[tuple[Row[Any], Decimal]], Advance]] = []
    errors: dict[int, DomainError] = {}
    seen: set[int] = set()
    for position, new in enumerate(wanted):
        try:
            _check(new, lines.get(new.order_id, []), seen)
            pieces = _pieces(new, lines[new.order_id])
            drafts.append((new, pieces, _advance(pieces, settings.decimals)))
        except DomainError as error:
            errors[position] = error
        seen.add(new.order_id)
    refuse(errors)
    receipts = Receipts(session, [advance for _, _, advance in drafts])
    today = settings.today()
    plans = []
    for position, (new, pieces, advance) in enumerate(drafts):
        days = receipts.days(advance, today)
        if are_new and _is_one_piece(pieces) and (mixed := received_at_two_rates(advance.rows, days)):
            errors[position] = mixed
        plans.append(_plan(new, pieces, advance, max(days, default=today), settings.decimals))
    refuse(errors)
    refuse_negative(plans)
    return plans


def _check(new: NewAdvance, lines: Sequence[Row[Any]], seen: set[int]) -> None:
    if not lines:
        raise NotFound("not_found", "There is no order {id} with lines.", id=new.order_id)
    if new.order_id in seen:
        raise Invalid("order_twice", "An order is named twice: invoice it once.")
    if lines[0].state != "approved":
        raise DomainError("not_approved", "Order {number} is {state}: only what is agreed and did not leave is "
                          "invoiced in advance.", number=lines[0].number, state=lines[0].state)  # fmt: skip
    if foreign := set(new.quantities or ()) - {row.id for row in lines}:
        raise Invalid("foreign_line", "Lines {lines} are not of this order.", lines=sorted(foreign))


def _pieces(new: NewAdvance, lines: Sequence[Row[Any]]) -> list[tuple[Row[Any], Decimal]]:
    if new.quantities is None:
        pieces = [(row, row.left) for row in lines if row.left > 0]
    else:
        pieces = [(row, _quantity(row, new.quantities[row.id])) for row in lines if row.id in new.quantities]
    if not pieces:
        raise Invalid("nothing_chosen", "Nothing is left to invoice in advance, or nothing is chosen.")
    return pieces


def _is_one_piece(pieces: Sequence[tuple[Row[Any], Decimal]]) -> bool:
    """Whether it is the least that can be invoiced, so that it can never be written as two."""
    return len(pieces) == 1 and pieces[0][1] == Decimal(1).scaleb(-pieces[0][0].decimals)


def _advance(pieces: Sequence[tuple[Row[Any], Decimal]], decimals: int) -> Advance:
    """Pieces keep their part of the line's net (gross where prices include VAT)."""
    rows = [row for row, _ in pieces]
    taxed = [_amount(row, quantity, decimals) for row, quantity in pieces]
    return Advance(rows, [row.id for row in rows], taxed, rows[0].prices_include_vat)


def _plan(
    new: NewAdvance, pieces: Sequence[tuple[Row[Any], Decimal]], advance: Advance, supplied: date, decimals: int
) -> Plan:  # fmt: skip
    """VAT is reckoned for the invoice, at the percentages of a day."""
    first = advance.rows[0]
    return Plan(
        first.customer_id, first.tax_regime, first.prices_include_vat, first.currency, first.rate,
        [_line(row, quantity) | {"tax_percent": percent_on(row, supplied)} for row, quantity in pieces],
        advance.worth(supplied, decimals), [new.order_id], new.note, new.due_dates,
    )  # fmt: skip


def _quantity(row: Row[Any], quantity: Decimal) -> Decimal:
    wanted = exact(quantity, row.decimals, f"{row.sku}: quantity")
    if wanted <= 0:
        raise Invalid("quantity_not_positive", "{sku}: the quantity must be above 0.", sku=row.sku)
    if wanted > row.left:
        raise DomainError("more_than_ordered", "{sku}: {wanted} is more than the {left} of order {number} still to be "
                          "invoiced in advance.", sku=row.sku, wanted=wanted, left=row.left,
                          number=row.number)  # fmt: skip
    return wanted


def _amount(row: Row[Any], quantity: Decimal, decimals: int) -> Decimal:
    whole, taken = (row.gross, row.taken_gross) if row.prices_include_vat else (row.net, row.taken_net)
    return part(whole, row.quantity, row.taken + quantity, taken, decimals)


def _line(row: Row[Any], quantity: Decimal) -> dict[str, Any]:
    kept = ("product_id", "sku", "name", "unit", "unit_price", "discount", "tax_rate_id")
    return {"kind": "advance", "shipment_line_id": None, "account_id": None, "order_line_id": row.id,
            "quantity": quantity} | {name: getattr(row, name) for name in kept}  # fmt: skip


ORDERS = """
SELECT line.id, line.order_id, line.quantity, line.given_up, line.shipped, line.net, line.gross, line.sku,
       line.tax_percent, sales_order.prices_include_vat, coalesce(ahead.quantity, 0) AS ahead,
       coalesce(taken.net, 0) + coalesce(ahead.net, 0) AS taken_net,
       coalesce(taken.gross, 0) + coalesce(ahead.gross, 0) AS taken_gross,
       coalesce(taken.otherwise, 0) + coalesce(ahead.otherwise, 0) AS taken_otherwise
FROM sales_order_line line JOIN sales_order ON sales_order.id = line.order_id
LEFT JOIN LATERAL (
    SELECT sum(part.net) FILTER (WHERE shipment.state = 'processed') AS net,
           sum(part.gross) FILTER (WHERE shipment.state = 'processed') AS gross,
           sum(part.net) FILTER (WHERE shipment.state = 'processed' AND part.tax_percent <> line.tax_percent)
               AS otherwise
    FROM shipment_line part JOIN shipment ON shipment.id = part.shipment_id WHERE part.order_line_id = line.id
) taken ON true
LEFT JOIN LATERAL (
    SELECT sum(its.quantity - delivered - its.credited) AS quantity,
           sum(its.net - delivered_net - its.credited_net) AS net,
           sum(its.gross - delivered_gross - credited_gross) AS gross,
           sum(its.net - delivered_net - its.credited_net) FILTER (WHERE sold.tax_percent <> line.tax_percent)
               AS otherwise
    FROM advance its JOIN invoice_line sold ON sold.id = its.invoice_line_id WHERE its.order_line_id = line.id
) ahead ON true
WHERE line.order_id = ANY(%(ids)s::bigint[])
ORDER BY line.order_id, line.position
"""


def left_of_orders(
    session: Session, orders: Iterable[int], more: Iterable[Row[Any]]
) -> dict[int, list[tuple[int, Decimal]]]:  # fmt: skip
    """What is left to pay on each line of orders once `more`, lines of advance invoices, are issued.

    Refused, by invoice, where pieces of such a line left, or were given up, since its draft was written; one invoice
    after the other takes what is there.
    """
    lines = list(more)
    rows = read(session, ORDERS, ids=sorted(set(orders)))
    _refuse_left({row.id: row for row in rows}, lines)
    issued: dict[int, list[Row[Any]]] = defaultdict(list)
    for line in lines:
        issued[line.order_line_id].append(line)
    left: dict[int, list[tuple[int, Decimal]]] = defaultdict(list)
    decimals = company(session).decimals
    for row in rows:
        its = issued[row.id]
        pieces = row.ahead + sum((line.quantity for line in its), ZERO)
        wanted = row.quantity - row.given_up
        rest = ZERO if pieces + row.shipped == wanted else _left_to_pay(row, its, wanted, decimals)
        left[row.order_id].append((row.id, rest))
    return left


def _refuse_left(rows: Mapping[int, Row[Any]], lines: Sequence[Row[Any]]) -> None:
    there = {i: row.quantity - row.given_up - row.shipped - row.ahead for i, row in rows.items()}
    by_invoice: dict[int, list[Row[Any]]] = defaultdict(list)
    for line in lines:
        by_invoice[line.invoice_id].append(line)
    errors: dict[int, DomainError] = {}
    for invoice, its in sorted(by_invoice.items()):
        rest = dict(there)
        for line in its:
            rest[line.order_line_id] -= line.quantity
        if gone := next((line.order_line_id for line in its if rest[line.order_line_id] < 0), None):
            errors[invoice] = _left_since(rows[gone].sku, there[gone])
        else:
            there = rest
    refuse(errors)


def _left_to_pay(row: Row[Any], more: Iterable[Row[Any]], wanted: Decimal, decimals: int) -> Decimal:
    made = Made(row.taken_net, row.taken_gross, row.taken_otherwise)
    for line in more:
        made = made.and_also(Made(line.net, line.gross, line.net if line.tax_percent != row.tax_percent else ZERO))
    net, gross = (rounded(whole * wanted / row.quantity, decimals) for whole in (row.net, row.gross))
    return left_to_pay(net, gross, made, row.tax_percent, vat_included=row.prices_include_vat, decimals=decimals)


def _left_since(sku: str, left: Decimal) -> DomainError:
    return DomainError("not_in_advance", "{sku}: only {left} did not leave yet: write the draft anew.",
                       sku=sku, left=left)  # fmt: skip
