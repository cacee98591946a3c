"""Pricing estimates and active orders again: today's lists and discounts, what was typed stays."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from app.domain.kernel.company import company
from app.domain.kernel.document import lock_documents, record
from app.domain.kernel.errors import NotFound, Refused, WrongState, refuse
from app.domain.kernel.rows import as_json, read, write
from app.domain.sales.drafts import Charged, NewLine, NewOrder, PricedLine, PricedOrder, price_orders
from app.domain.settlement.following import follow
from app.domain.settlement.items import change_items, refresh_statuses

REPRICED = ("estimate", "active")


class Repriced(NamedTuple):
    """A line whose price, discount or gross is another one now."""

    order_id: int
    line_id: int
    sku: str
    before: tuple[Decimal | None, Decimal, Decimal]
    after: tuple[Decimal | None, Decimal, Decimal]


HEADS = """
SELECT sales_order.id, sales_order.state, sales_order.channel, sales_order."on", sales_order.price_list_id,
       sales_order.tax_regime, document.customer_id, document.warehouse_id
FROM sales_order JOIN document ON document.id = sales_order.id WHERE sales_order.id = ANY(%(ids)s::bigint[])
ORDER BY sales_order.id
"""
LINES = """
SELECT id, order_id, product_id, sku, quantity, unit_price, discount, price_source, net, gross, tax_rate_id
FROM sales_order_line
WHERE order_id = ANY(%(ids)s::bigint[]) ORDER BY order_id, position
"""
WRITE_LINES = """
UPDATE sales_order_line line
SET unit_price = given.unit_price, discount = given.discount, explanation = line.explanation || given.explanation,
    net = given.net, vat = given.vat, gross = given.gross, tax_rate_id = given.tax_rate_id,
    tax_percent = given.tax_percent
FROM unnest(%(ids)s::bigint[], %(unit_prices)s::numeric[], %(discounts)s::numeric[], %(explanations)s::text[]::jsonb[],
            %(nets)s::numeric[], %(vats)s::numeric[], %(grosses)s::numeric[], %(tax_rates)s::bigint[],
            %(tax_percents)s::numeric[])
     AS given (id, unit_price, discount, explanation, net, vat, gross, tax_rate_id, tax_percent)
WHERE line.id = given.id
"""
WRITE_HEADS = """
UPDATE sales_order SET prices_include_vat = given.vat_included, currency = given.currency, net = given.net,
       vat = given.vat, gross = given.gross, version = version + 1
FROM unnest(%(ids)s::bigint[], %(vat_included)s::boolean[], %(currencies)s::text[], %(nets)s::numeric[],
            %(vats)s::numeric[], %(grosses)s::numeric[]) AS given (id, vat_included, currency, net, vat, gross)
WHERE sales_order.id = given.id
"""


def reprice_orders(session: Session, ids: Sequence[int], *, by: int) -> list[Repriced]:
    """Prices the lines of estimates and active orders again, for the order's own date, and tells what changed.

    What a person typed or a shop charged stays as it is, and so does the tax regime. Raises Refused for other states
    and for what can no longer be sold.
    """
    wanted = sorted(set(ids))
    lock_documents(session, wanted)
    heads = {row.id: row for row in read(session, HEADS, ids=wanted)}
    refuse({i: _not_repriced(heads.get(i)) for i in wanted if i not in heads or heads[i].state not in REPRICED})
    lines: dict[int, list[Any]] = defaultdict(list)
    for row in read(session, LINES, ids=wanted):
        lines[row.order_id].append(row)
    try:
        priced = price_orders(session, [_as_written(heads[i], lines[i]) for i in wanted])
    except Refused as refusal:
        raise Refused({wanted[position]: error for position, error in refusal.errors.items()}) from None
    _write(session, dict(zip(wanted, priced, strict=True)), lines)
    active = [i for i in wanted if heads[i].state == "active"]
    settled = change_items(session, {
        i: [(row.id, its.amounts.gross) for row, its in zip(lines[i], priced[wanted.index(i)].lines, strict=True)]
        for i in active
    })  # fmt: skip
    follow(session, settled, on=company(session).today(), by=by)
    refresh_statuses(session, active)
    changed = [
        change
        for i, its in zip(wanted, priced, strict=True)
        for row, line in zip(lines[i], its.lines, strict=True)
        if (change := _change(row, line)) is not None
    ]
    _record(session, {i: heads[i].state for i in wanted}, changed, by)
    return changed


def _not_repriced(head: Any) -> NotFound | WrongState:
    if head is None:
        return NotFound("not_found", "There is no such sales order.")
    return WrongState("not_repriced", "The order is {state}: its prices are agreed.", state=head.state)


def _as_written(head: Any, lines: Sequence[Any]) -> NewOrder:
    """The order as a person would write it down again: only what was typed, or charged by a shop, is given."""
    return NewOrder(
        head.channel, head.customer_id, head.warehouse_id, head.on,
        [_written(row) for row in lines],
        price_list_id=head.price_list_id, tax_regime=head.tax_regime,
    )  # fmt: skip


def _written(row: Any) -> NewLine:
    if row.price_source == "manual":
        return NewLine(row.product_id, row.quantity, row.unit_price, row.discount)
    charged = Charged(row.net, row.tax_rate_id) if row.price_source == "shop" else None
    return NewLine(row.product_id, row.quantity, charged=charged)


def _write(session: Session, orders: dict[int, PricedOrder], lines: dict[int, list[Any]]) -> None:
    its = [(row.id, line) for i, order in orders.items() for row, line in zip(lines[i], order.lines, strict=True)]
    write(
        session, WRITE_LINES, ids=[row for row, _ in its],
        unit_prices=[line.unit_price for _, line in its], discounts=[line.discount for _, line in its],
        explanations=[as_json(line.quote.explanation) for _, line in its],
        nets=[line.amounts.net for _, line in its], vats=[line.amounts.vat for _, line in its],
        grosses=[line.amounts.gross for _, line in its], tax_rates=[line.tax.tax_rate_id for _, line in its],
        tax_percents=[line.tax.percent for _, line in its],
    )  # fmt: skip
    totals = [order.total for order in orders.values()]
    write(
        session, WRITE_HEADS, ids=list(orders),
        vat_included=[order.vat_included for order in orders.values()],
        currencies=[order.currency for order in orders.values()],
        nets=[total.net for total in totals], vats=[total.vat for total in totals],
        grosses=[total.gross for total in totals],
    )  # fmt: skip


def _change(row: Any, line: PricedLine) -> Repriced | None:
    before = (row.unit_price, row.discount, row.gross)
    after = (line.unit_price, line.discount, line.amounts.gross)
    return None if before == after else Repriced(row.order_id, row.id, row.sku, before, after)


def _record(session: Session, states: dict[int, str], changed: Sequence[Repriced], by: int) -> None:
    told: dict[int, dict[str, list[str]]] = {i: {} for i in states}
    for change in changed:
        before, after = (" ".join(map(str, values)) for values in (change.before, change.after))
        told[change.order_id][f"line {change.line_id}"] = [before, after]
    record(session, "reprice", [
        {"document_id": i, "from_state": state, "to_state": state, "changes": told[i]} for i, state in states.items()
    ], by=by)  # fmt: skip
