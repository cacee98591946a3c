"""Replays a trade export: each sale goes from order to cash through the same actions that people use, day by day.

Each day, or piece of a day, is one deed under a key made of the file's digest and the day: a replay that was killed
goes on where it stopped, and one that was finished does nothing more.

What is assumed beyond the export: of each product the day receives what its sales need beyond what is there, in full
dozens, at 60 % of the day's lowest price for it. Orders of customers with an id come by phone, those of guests from the
e-shop. Each order is shipped and invoiced whole on its day.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from decimal import ROUND_CEILING, Decimal
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from app.domain.billing.invoicing import draft_invoices, issue_invoices
from app.domain.fulfilment.ordering import process_orders
from app.domain.intake.cards import Cards, customers, open_shop, products
from app.domain.intake.plan import GUEST, Chunk, Plan, read_plan
from app.domain.intake.reconciliation import Reconciliation, reconcile
from app.domain.intake.rejects import write_rejects
from app.domain.intake.sorting import GOODS, kind_of
from app.domain.kernel.errors import DomainError, Refused
from app.domain.kernel.rows import read
from app.domain.kernel.unit import deed, open_session
from app.domain.kernel.values import PRICE_DECIMALS, ZERO, rounded
from app.domain.sales.orders import NewLine, NewOrder, add_orders
from app.domain.treasury.cash import NewCashOrder, Target, add_cash_orders, process_cash_orders
from app.domain.warehousing.receipts import NewReceipt, NewReceiptLine, add_receipts, process_receipts

COST_SHARE = Decimal("0.60")
DOZEN = Decimal(12)

Progress = Callable[[int, int], None]


class Issued(NamedTuple):
    """An invoice made from a sale; the gross as text, since it is kept in the deed's answer."""

    id: int
    customer: int
    gross: str


def replay(
    path: Path, *, by: int, reject_path: Path | None = None, progress: Progress = lambda _done, _total: None
) -> Reconciliation:
    """Replays a whole export and tells how it adds up; a second run of the same file changes nothing.

    Lines that are not taken go to `reject_path`. `progress` is told lines done and lines to do. Raises DomainError
    where the file is no export, the database is another company's, or the domain refuses a day; the days before stay.
    """
    plan = read_plan(path)
    if reject_path is not None:
        write_rejects(reject_path, plan.rejects)
    cards = Cards(**deed(lambda session: _open(session, plan), key=f"trade:{plan.digest}:cards", request=plan.lines))
    issued, receipts, done = dict[str, Issued](), list[int](), 0
    for chunk in plan.chunks:
        answer = _replay_once(plan, cards, chunk, issued, by)
        issued |= {invoice: Issued(*facts) for invoice, facts in answer["invoices"].items()}
        receipts += answer["receipts"]
        done += chunk.lines
        progress(done, plan.taken_lines)
    with open_session() as session:
        return reconcile(session, plan, {invoice: made.id for invoice, made in issued.items()}, receipts)


def _open(session: Session, plan: Plan) -> dict[str, Any]:
    """The cards, and a look whether the books are still before the file."""
    cards = open_shop(session)
    last = read(session, 'SELECT max("on") AS last FROM invoice')[0].last
    if last and plan.chunks and plan.chunks[0].on < last:
        raise DomainError(
            "books_are_ahead",
            "The last invoice in the books is of {last}, the file starts on {first}, and invoices do not go back in "
            "time: replay it into an empty database.",
            last=last, first=plan.chunks[0].on,
        )
    return cards._asdict()


def _replay_once(plan: Plan, cards: Cards, chunk: Chunk, issued: Mapping[str, Issued], by: int) -> dict[str, Any]:
    try:
        return deed(
            lambda session: _replay(session, plan, cards, chunk, issued, by),
            key=f"trade:{plan.digest}:{chunk.on}:{chunk.piece}",
            request=[[sale.invoice for sale in chunk.sales], chunk.due],
        )
    except (DomainError, Refused) as refusal:
        first = next(iter(refusal.errors.values())) if isinstance(refusal, Refused) else refusal
        raise DomainError(
            "day_refused",
            "{on}: {sentence} This day is not stored, the days before it are; the same command goes on from there.",
            on=chunk.on, sentence=str(first),
        ) from refusal


def _replay(
    session: Session, plan: Plan, cards: Cards, chunk: Chunk, issued: Mapping[str, Issued], by: int
) -> dict[str, Any]:
    """One chunk: goods come in, sales are made, and what is due is paid."""
    receipts, made = list[int](), dict[str, Issued]()
    if chunk.sales:
        codes = dict.fromkeys(line.code.upper() for sale in chunk.sales for line in sale.lines)
        product_ids = products(session, cards, {code: plan.products[code] for code in codes})
        receipts = _receive(session, cards, chunk, product_ids, by)
        orders = _order(session, plan, cards, chunk, product_ids, by)
        made = _ship_and_invoice(session, chunk, orders, by)
    at_once = {sale.invoice: made[sale.invoice] for sale in chunk.sales if sale.customer == GUEST}
    _pay(session, cards, chunk, {invoice: issued[invoice] for invoice in chunk.due} | at_once, by)
    return {"invoices": made, "receipts": receipts}


def _receive(session: Session, cards: Cards, chunk: Chunk, product_ids: Mapping[str, int], by: int) -> list[int]:
    """Takes in what the chunk's sales need beyond what is there; the receipt, if one was needed."""
    needed: dict[int, Decimal] = defaultdict(Decimal)
    lowest: dict[int, Decimal] = {}
    for line in (line for sale in chunk.sales for line in sale.lines if kind_of(line) == GOODS):
        product = product_ids[line.code.upper()]
        needed[product] += line.quantity
        lowest[product] = min(line.price, lowest.get(product, line.price))
    there = read(
        session,
        "SELECT product_id, on_hand - reserved AS available FROM stock_balance "
        "WHERE warehouse_id = %(warehouse)s AND product_id = ANY(%(products)s::bigint[])",
        warehouse=cards.warehouse, products=list(needed),
    )
    for row in there:
        needed[row.product_id] -= row.available
    lines = [
        NewReceiptLine(
            product,
            (missing / DOZEN).to_integral_value(ROUND_CEILING) * DOZEN,
            unit_cost=rounded(lowest[product] * COST_SHARE, PRICE_DECIMALS),
        )
        for product, missing in sorted(needed.items())
        if missing > 0
    ]
    if not lines:
        return []
    receipts = add_receipts(session, [NewReceipt(cards.warehouse, lines, on=chunk.on)], by=by)
    process_receipts(session, receipts, by=by, on=chunk.on)
    return receipts


def _order(
    session: Session, plan: Plan, cards: Cards, chunk: Chunk, product_ids: Mapping[str, int], by: int
) -> list[int]:
    """An active order for each sale, a line for each of its lines, at the prices of the export."""
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


def _ship_and_invoice(session: Session, chunk: Chunk, orders: list[int], by: int) -> dict[str, Issued]:
    """The chunk's orders whole from approval to invoice; each sale's invoice."""
    process_orders(session, orders, by=by, on=chunk.on, agreed_by="the buyer", agreed_how="order")
    sql = "SELECT order_id, id FROM shipment WHERE order_id = ANY(%(orders)s::bigint[])"
    shipments = {row.order_id: row.id for row in read(session, sql, orders=orders)}
    invoices = draft_invoices(session, [[shipments[order]] for order in orders], by=by)
    issue_invoices(session, invoices, by=by, on=chunk.on)
    made = read(
        session,
        "SELECT invoice.id, document.customer_id, invoice.gross FROM invoice JOIN document ON document.id = invoice.id "
        "WHERE invoice.id = ANY(%(invoices)s::bigint[])",
        invoices=invoices,
    )
    facts = {row.id: Issued(row.id, row.customer_id, str(row.gross)) for row in made}
    return {sale.invoice: facts[invoice] for sale, invoice in zip(chunk.sales, invoices, strict=True)}


def _pay(session: Session, cards: Cards, chunk: Chunk, due: Mapping[str, Issued], by: int) -> None:
    """Cash for each of these invoices in full; one that comes to 0.00 needs none."""
    payments = [
        NewCashOrder(
            cards.desk,
            invoice.customer,
            Decimal(invoice.gross),
            purpose=f"Invoice {number} of the export",
            targets=[Target(invoice.id, Decimal(invoice.gross))],
            on=chunk.on,
        )
        for number, invoice in due.items()
        if Decimal(invoice.gross)
    ]
    if payments:
        process_cash_orders(session, add_cash_orders(session, payments, by=by), by=by, on=chunk.on)
