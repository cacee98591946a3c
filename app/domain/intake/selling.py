"""What happens to a day's sales of a trade export, in four steps: ordered, shipped, invoiced, paid.

What is assumed beyond the export: of each product the day receives what its sales need beyond what is there, in full
dozens, at 60 % of the day's lowest price for it. Orders of customers with an id come by phone, those of guests from the
e-shop. Each order is shipped and invoiced whole on its day.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import ROUND_CEILING, Decimal
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.domain.billing.invoicing import draft_invoices, issue_invoices
from app.domain.fulfilment.ordering import process_orders
from app.domain.intake.cards import Cards, customers, products
from app.domain.intake.plan import GUEST, Chunk, Plan
from app.domain.intake.sorting import GOODS, kind_of
from app.domain.kernel.rows import read
from app.domain.kernel.values import PRICE_DECIMALS, ZERO, rounded
from app.domain.sales.orders import NewLine, NewOrder, add_orders
from app.domain.treasury.cash import NewCashOrder, Target, add_cash_orders, process_cash_orders
from app.domain.warehousing.receipts import NewReceipt, NewReceiptLine, add_receipts, process_receipts

COST_SHARE = Decimal("0.60")
DOZEN = Decimal(12)


class Issued(NamedTuple):
    """An invoice made from a sale; the gross as text, since it is kept in a deed's answer."""

    id: int
    customer: int
    gross: str


def take_orders(session: Session, plan: Plan, cards: Cards, chunk: Chunk, *, by: int) -> list[int]:
    """An active order for each sale, a line for each of its lines, at the prices of the export."""
    product_ids = products(session, cards, {code: plan.products[code] for code in _codes(chunk)})
    buyers = {sale.customer: plan.customers.get(sale.customer, "") for sale in chunk.sales}
    customer_ids = customers(session, cards, buyers)
    orders = [
        NewOrder(
            channel="eshop" if sale.customer == GUEST else "phone",
            customer_id=customer_ids[sale.customer],
            warehouse_id=cards.warehouse,
            on=chunk.on,
            lines=[
                NewLine(product_ids[line.code.upper()], line.quantity, unit_price=line.price, discount=ZERO)
                for line in sale.lines
            ],
            price_list_id=cards.price_list,
            customer_reference=sale.invoice,
            active=True,
        )
        for sale in chunk.sales
    ]
    return add_orders(session, orders, by=by)


def ship(session: Session, plan: Plan, cards: Cards, chunk: Chunk, orders: Sequence[int], *, by: int) -> list[int]:
    """Takes in what is missing and ships the orders whole; gives the receipt, if one was needed."""
    product_ids = products(session, cards, {code: plan.products[code] for code in _codes(chunk)})
    receipts = _receive(session, cards, chunk, product_ids, by)
    process_orders(
        session, orders, by=by, on=chunk.on, agreed_by="the buyer", agreed_how="order", consent=["below_cost"]
    )
    return receipts


def _codes(chunk: Chunk) -> list[str]:
    return list(dict.fromkeys(line.code.upper() for sale in chunk.sales for line in sale.lines))


def _receive(session: Session, cards: Cards, chunk: Chunk, product_ids: Mapping[str, int], by: int) -> list[int]:
    """Takes in what the chunk's sales need beyond what is there; the receipt, if one was needed."""
    needed: dict[int, Decimal] = defaultdict(Decimal)
    lowest: dict[int, Decimal] = {}
    for line in (line for sale in chunk.sales for line in sale.lines if kind_of(line) == GOODS):
        product = product_ids[line.code.upper()]
        needed[product] += line.quantity
        lowest[product] = min(line.price, lowest.get(product, line.price))
    return receive(session, cards, chunk, needed, lowest, by=by)


def receive(
    session: Session, cards: Cards, chunk: Chunk, needed: Mapping[int, Decimal], prices: Mapping[int, Decimal], *,
    by: int,
) -> list[int]:  # fmt: skip
    """Takes in what is needed of products beyond what is there; gives the receipt, if one was needed."""
    missing = dict(needed)
    there = read(
        session,
        "SELECT product_id, on_hand - reserved AS available FROM stock_balance "
        "WHERE warehouse_id = %(warehouse)s AND product_id = ANY(%(products)s::bigint[])",
        warehouse=cards.warehouse,
        products=list(needed),
    )
    for row in there:
        missing[row.product_id] -= row.available
    lines = [
        NewReceiptLine(
            product,
            (quantity / DOZEN).to_integral_value(ROUND_CEILING) * DOZEN,
            unit_cost=rounded(prices[product] * COST_SHARE, PRICE_DECIMALS),
        )
        for product, quantity in sorted(missing.items())
        if quantity > 0
    ]
    if not lines:
        return []
    receipts = add_receipts(session, [NewReceipt(cards.warehouse, lines, on=chunk.on)], by=by)
    process_receipts(session, receipts, by=by, on=chunk.on)
    return receipts


def invoice(session: Session, chunk: Chunk, orders: Sequence[int], *, by: int) -> dict[str, Issued]:
    """Invoices each order's shipment whole; gives the invoices by the export's own numbers."""
    sql = "SELECT order_id, id FROM shipment WHERE order_id = ANY(%(orders)s::bigint[])"
    shipments = {row.order_id: row.id for row in read(session, sql, orders=list(orders))}
    invoices = draft_invoices(session, [[shipments[order]] for order in orders], by=by)
    issue_invoices(session, invoices, by=by, on=chunk.on)
    facts = facts_of(session, invoices)
    return {sale.invoice: facts[document] for sale, document in zip(chunk.sales, invoices, strict=True)}


INVOICED = """
SELECT invoice.id, document.customer_id, invoice.gross FROM invoice JOIN document ON document.id = invoice.id
WHERE invoice.id = ANY(%(invoices)s::bigint[])
"""
OPEN = """
SELECT document_id, sum(amount - allocated) AS amount FROM open_item
WHERE document_id = ANY(%(invoices)s::bigint[]) GROUP BY document_id
"""


def facts_of(session: Session, invoices: Sequence[int]) -> dict[int, Issued]:
    """What the replay remembers of invoices, by id."""
    rows = read(session, INVOICED, invoices=list(invoices))
    return {row.id: Issued(row.id, row.customer_id, str(row.gross)) for row in rows}


def pay(session: Session, cards: Cards, chunk: Chunk, due: Mapping[str, Issued], *, by: int) -> None:
    """Cash for what is open of each of these invoices; one on which nothing is needs none."""
    left = {row.document_id: row.amount for row in read(session, OPEN, invoices=[its.id for its in due.values()])}
    payments = [
        NewCashOrder(
            cards.desk,
            its.customer,
            left[its.id],
            purpose=f"Invoice {number} of the export",
            targets=[Target(its.id, left[its.id])],
            on=chunk.on,
        )
        for number, its in due.items()
        if left.get(its.id)
    ]
    if payments:
        process_cash_orders(session, add_cash_orders(session, payments, by=by), by=by, on=chunk.on)
