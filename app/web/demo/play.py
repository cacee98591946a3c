"""Plays the story of the demo company: each of its days is a deed, each of its steps an action that people use too."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from app.domain.billing.invoicing import draft_invoices, issue_invoices
from app.domain.fulfilment.ordering import approve_orders, cancel_orders, process_orders
from app.domain.fulfilment.shipping import cancel_shipments, process_shipments
from app.domain.kernel.rows import read
from app.domain.kernel.unit import deed
from app.domain.sales.orders import NewLine, NewOrder, add_orders
from app.domain.treasury.cash import NewCashOrder, Target, add_cash_orders, cancel_cash_orders, process_cash_orders
from app.domain.warehousing.receipts import (
    NewReceipt,
    NewReceiptLine,
    add_receipts,
    cancel_receipts,
    process_receipts,
)
from app.web.demo import aside, beginning, between, books, carried, company, righted, story, web_shop
from app.web.demo.cards import WEB_SHOP, Cards

SELLERS = {"SHOP": "seller", "CENTRAL": "manager"}
SHIPPERS = {"SHOP": "seller", "CENTRAL": "storekeeper"}
CASHIERS = {"SHOP": "cashier", "OFFICE": "accountant"}
EMPTY: Mapping[str, Any] = MappingProxyType({})

# Of one day: goods come in, orders go their way, papers are written, money comes.
ORDER_OF_STEPS = (
    "receive", "send_back", "estimate", "ask", "order", "agree", "process", "ship", "take_back", "call_off", "invoice",
    "draft_invoice", "pay", "pay_back", "bring", "aside",
)  # fmt: skip

SHIPMENTS = "SELECT id FROM shipment WHERE order_id = %(order)s AND state = %(state)s ORDER BY id"
SHIPMENT_LINES = """
SELECT line.id, order_line.sku FROM shipment_line line
JOIN sales_order_line order_line ON order_line.id = line.order_line_id
WHERE line.shipment_id = ANY(%(ids)s::bigint[])
"""
OWED = """
SELECT document_id AS invoice_id, sum(amount - allocated) AS open FROM open_item
WHERE order_id = %(order)s AND invoice_id IS NOT NULL GROUP BY document_id
"""
PAYMENTS = """
SELECT DISTINCT allocation.payment_id AS id
FROM open_item JOIN allocation ON allocation.target_id = open_item.document_id
WHERE open_item.order_id = %(order)s AND allocation.released_on IS NULL
"""


class Step(NamedTuple):
    """What happens on a day: the name of a step, whose it is (None: nobody's yet), and what it takes."""

    day: int
    name: str
    of: str
    takes: tuple[Any, ...]


def steps() -> dict[int, list[Step]]:
    """The whole story by day, the oldest first, each day in the order in which things happen."""
    by_day: dict[int, list[Step]] = defaultdict(list)
    for step in sorted(_steps(), key=lambda step: (-step.day, ORDER_OF_STEPS.index(step.name))):
        by_day[step.day].append(step)
    return by_day


def _steps() -> Iterator[Step]:
    for number, delivery in enumerate((*_first_deliveries(), *story.DELIVERIES)):
        name = f"delivery {number}"
        yield Step(delivery.day, "receive", name, (delivery,))
        if delivery.cancelled:
            day, reason = delivery.cancelled
            yield Step(day, "send_back", name, (reason,))
    for number, sale in enumerate(story.SALES):
        for day, name, *takes in sale.steps:
            yield Step(day, name, f"sale {number}", (sale, *takes))
    for number, money in enumerate(story.MONEY):
        yield Step(money.day, "bring", f"money {number}", (money,))
    acts = (*aside.ACTS, *beginning.ACTS, *books.ACTS, *between.ACTS, *carried.ACTS, *righted.ACTS, *web_shop.ACTS)
    for number, (day, act) in enumerate(acts):
        yield Step(day, "aside", f"aside {number}", (act,))


def _first_deliveries() -> Iterator[story.Delivery]:
    for warehouse, day in story.FIRST_DELIVERY.items():
        wanted = {item: getattr(item, warehouse.lower()) for item in company.ITEMS}
        goods = {item.sku: (quantity, item.cost) for item, quantity in wanted.items() if quantity != "0"}
        yield story.Delivery(day, warehouse, goods, "The first delivery")


def play(cards: Cards, day: Callable[[int], date]) -> None:
    """Does what is not done yet, day by day; `day` tells which date so many days ago was."""
    made: dict[str, int] = {}
    for number, its in steps().items():
        made |= deed(partial(_play_day, its=its, cards=cards, made=dict(made), day=day), key=f"demo day {number}")


def _play_day(
    session: Session, *, its: list[Step], cards: Cards, made: Mapping[str, int], day: Callable[[int], date]
) -> dict[str, int]:
    """A day's steps; gives the ids of the documents that it made, by whose they are."""
    player = Player(session, cards, day, dict(made))
    for step in its:
        getattr(player, step.name)(day(step.day), step.of, *step.takes)
    return player.made


class Player:
    """The steps, named as the story names them. Each takes its date, whose step it is, and what the story says more.

    `made` keeps the document that a story began with: the order of a sale, the receipt of a delivery.
    """

    def __init__(self, session: Session, cards: Cards, day: Callable[[int], date], made: dict[str, int]) -> None:
        self.session = session
        self.cards = cards
        self.day = day
        self.made = made

    def receive(self, on: date, of: str, delivery: story.Delivery) -> None:
        by = self.cards.actors["storekeeper" if delivery.warehouse == "CENTRAL" else "manager"]
        lines = [
            NewReceiptLine(self.cards.products[sku], Decimal(quantity), Decimal(cost))
            for sku, (quantity, cost) in delivery.goods.items()
        ]
        receipt = NewReceipt(self.cards.warehouses[delivery.warehouse], lines, on=on, note=delivery.note)
        self.made[of] = add_receipts(self.session, [receipt], by=by)[0]
        if not delivery.draft:
            process_receipts(self.session, [self.made[of]], by=by, on=on)

    def send_back(self, on: date, of: str, reason: str) -> None:
        cancel_receipts(self.session, [self.made[of]], by=self.cards.actors["manager"], on=on, reason=reason)

    def estimate(self, on: date, of: str, sale: story.Sale, until: int, more: Mapping[str, Any] = EMPTY) -> None:
        self._add_order(on, of, sale, {**more, "valid_until": self.day(until)})

    def ask(self, on: date, of: str, sale: story.Sale, more: Mapping[str, Any] = EMPTY) -> None:
        self._add_order(on, of, sale, {**more, "active": True})

    def order(self, on: date, of: str, sale: story.Sale, more: Mapping[str, Any] = EMPTY) -> None:
        self._add_order(on, of, sale, {**more, "active": True, "responsible_id": self._seller(sale)})

    def _add_order(self, on: date, of: str, sale: story.Sale, more: Mapping[str, Any]) -> None:
        by = self.cards.actors[WEB_SHOP] if sale.channel == "eshop" else self._seller(sale)
        if isinstance(days := more.get("requested_on"), int):
            more = {**more, "requested_on": self.day(days)}
        lines = [NewLine(self.cards.products[sku], Decimal(quantity)) for sku, quantity in sale.lines.items()]
        customer, warehouse = self.cards.customers[sale.customer], self.cards.warehouses[sale.warehouse]
        order = NewOrder(sale.channel, customer, warehouse, on, lines, **more)
        self.made[of] = add_orders(self.session, [order], by=by)[0]

    def _seller(self, sale: story.Sale) -> int:
        return self.cards.actors[SELLERS[sale.warehouse]]

    def _shipper(self, sale: story.Sale) -> int:
        return self.cards.actors[SHIPPERS[sale.warehouse]]

    def agree(
        self, on: date, of: str, sale: story.Sale, who: str, how: str, consent: tuple[str, ...] = ()
    ) -> None:  # fmt: skip
        approve_orders(self.session, [self.made[of]], by=self._seller(sale), on=on, agreed_by=who, agreed_how=how,
                       consent=consent)  # fmt: skip

    def process(self, on: date, of: str, sale: story.Sale, who: str, how: str) -> None:
        process_orders(self.session, [self.made[of]], by=self._seller(sale), on=on, agreed_by=who, agreed_how=how)

    def ship(
        self, on: date, of: str, sale: story.Sale, quantities: story.Quantities = EMPTY, rest: str = "back_order"
    ) -> None:
        drafts = self._shipments(of, "draft")
        lines = {row.sku: row.id for row in read(self.session, SHIPMENT_LINES, ids=drafts)}
        less = {lines[sku]: Decimal(quantity) for sku, quantity in quantities.items()}
        process_shipments(self.session, drafts, by=self._shipper(sale), on=on, quantities=less, rest=rest)

    def take_back(self, on: date, of: str, sale: story.Sale, reason: str) -> None:
        shipments = self._shipments(of, "processed")
        cancel_shipments(self.session, shipments, by=self._shipper(sale), on=on, reason=reason)

    def call_off(self, on: date, of: str, sale: story.Sale, reason: str) -> None:
        cancel_orders(self.session, [self.made[of]], by=self._seller(sale), on=on, reason=reason)

    def invoice(self, on: date, of: str, sale: story.Sale) -> None:
        by = self.cards.actors["accountant"]
        invoices = draft_invoices(self.session, [self._shipments(of, "processed")], by=by)
        issue_invoices(self.session, invoices, by=by, on=on)

    def draft_invoice(self, on: date, of: str, sale: story.Sale) -> None:
        draft_invoices(self.session, [self._shipments(of, "processed")], by=self._seller(sale))

    def pay(self, on: date, of: str, sale: story.Sale, desk: str, amount: str | None = None) -> None:
        [owed] = read(self.session, OWED, order=self.made[of])
        paid = owed.open if amount is None else Decimal(amount)
        targets = [Target(owed.invoice_id, paid)]
        self._add_money(on, desk, sale.customer, NewCashOrder(0, 0, paid, "Payment", targets))

    def pay_back(self, on: date, of: str, sale: story.Sale, reason: str) -> None:
        payments = [row.id for row in read(self.session, PAYMENTS, order=self.made[of])]
        cancel_cash_orders(self.session, payments, by=self.cards.actors["accountant"], on=on, reason=reason)

    def bring(self, on: date, of: str, money: story.Money) -> None:
        order = NewCashOrder(0, 0, Decimal(money.amount), money.purpose, on=on)
        self._add_money(on, money.desk, money.customer, order, draft=money.draft)

    def aside(self, on: date, of: str, act: aside.Act) -> None:
        self.made |= act(self.session, self.cards, on, self.made)

    def _add_money(self, on: date, desk: str, customer: str, order: NewCashOrder, *, draft: bool = False) -> None:
        by = self.cards.actors[CASHIERS[desk]]
        order = replace(order, cash_desk_id=self.cards.desks[desk], customer_id=self.cards.customers[customer])
        made = add_cash_orders(self.session, [order], by=by)
        if not draft:
            process_cash_orders(self.session, made, by=by, on=on)

    def _shipments(self, of: str, state: str) -> list[int]:
        return [row.id for row in read(self.session, SHIPMENTS, order=self.made[of], state=state)]
