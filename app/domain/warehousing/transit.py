"""Goods that one warehouse sends to another: how they leave, arrive, and come back when it was not meant."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.catalog.products import accounts_of
from app.domain.kernel.company import company
from app.domain.kernel.drafts import check_cancellation
from app.domain.kernel.errors import DomainError, Invalid, refuse
from app.domain.kernel.rows import write
from app.domain.kernel.values import ZERO, exact, rounded
from app.domain.ledger.periods import check_date
from app.domain.ledger.posting import Posting, post, post_mirrors
from app.domain.lifecycles import INTERNAL_ORDER
from app.domain.stock.mirrors import mirror_moves
from app.domain.stock.moves import Key, Line, issue_goods, lock_balances, receive_goods, write_reserved
from app.domain.stock.reservations import (
    change,
    fill_waiting,
    release_documents,
    reservations_of_internal,
    shed,
)
from app.domain.stock.sources import source_costs
from app.domain.warehousing.asking import InternalOrders
from app.domain.warehousing.goods import post_differences
from app.domain.warehousing.inventory_accounts import follow_accounts

Quantities = Mapping[int, Decimal]

WRITE_SENT = """
WITH dated AS (UPDATE internal_order SET sent_on = %(on)s WHERE id = ANY(%(orders)s::bigint[]))
UPDATE internal_order_line line SET sent = given.sent, cost = given.cost
FROM unnest(%(ids)s::bigint[], %(sent)s::numeric[], %(costs)s::numeric[]) AS given (id, sent, cost)
WHERE line.id = given.id
"""
WRITE_RECEIVED = """
WITH dated AS (UPDATE internal_order SET received_on = %(on)s WHERE id = ANY(%(orders)s::bigint[]))
UPDATE internal_order_line line SET received = given.received, value = given.value
FROM unnest(%(ids)s::bigint[], %(received)s::numeric[], %(values)s::numeric[]) AS given (id, received, value)
WHERE line.id = given.id
"""


@INTERNAL_ORDER.step("send", load=InternalOrders, first=check_date)
def send_internal_orders(
    session: Session, orders: InternalOrders, /, *, by: int, on: date, quantities: Quantities | None = None
) -> None:
    """Goods leave at average cost and are on the way. What is not sent is given up, and free for others.

    `quantities` (line → quantity) sends less than was asked for.
    """
    sent = _quantities(orders, quantities or {}, {line.id: line.quantity for line in orders.lines})
    _refuse_unsendable(orders, sent, on)
    costs = _issue(session, orders, sent, on)
    write(
        session, WRITE_SENT, orders=orders.ids, on=on, ids=list(sent), sent=list(sent.values()),
        costs=[costs.get(line, ZERO) for line in sent],
    )  # fmt: skip
    accounts = accounts_of(session, (line.product_id for line in orders.lines))
    post(session, "internal_order.sent", [
        Posting(line.internal_order_id, {"cost": costs.get(line.id, ZERO)}, accounts[line.product_id])
        for line in orders.lines
    ], on=on, by=by)  # fmt: skip


def _quantities(orders: InternalOrders, given: Quantities, usual: Quantities) -> dict[int, Decimal]:
    """How many of each line, as given or as usual; Invalid for other orders' lines, Refused for impossible numbers."""
    if foreign := sorted(given.keys() - usual.keys()):
        raise Invalid("foreign_line", "Lines {lines} are not of these internal orders.", lines=foreign)
    found: dict[int, Decimal] = {}
    errors: dict[int, DomainError] = {}
    for line in orders.lines:
        try:
            quantity = exact(given.get(line.id, usual[line.id]), line.decimals, f"{line.sku}: quantity")
            if quantity < 0:
                raise Invalid("negative_quantity", "{sku}: the quantity must not be negative.", sku=line.sku)
            found[line.id] = quantity
        except DomainError as error:
            errors[line.internal_order_id] = error
    refuse(errors)
    return found


def _refuse_unsendable(orders: InternalOrders, sent: Quantities, on: date) -> None:
    """Refused for more than was asked for, for nothing at all, and before the day of asking."""
    errors: dict[int, DomainError] = {
        i: Invalid("nothing_to_send", "Nothing leaves: enter the quantity of at least one line, or cancel the order.")
        for i in orders.ids
        if not any(sent[line.id] for line in orders.of(i))
    }
    for line in orders.lines:
        if sent[line.id] > line.quantity:
            errors[line.internal_order_id] = Invalid(
                "more_than_asked", "{sku}: {sent} is more than the {quantity} that were asked for.",
                sku=line.sku, sent=sent[line.id], quantity=line.quantity,
            )  # fmt: skip
        if on < line.on:
            errors[line.internal_order_id] = _too_early("It was asked for on {day}: nothing is sent before.", line.on)
    refuse(errors)


def _too_early(sentence: str, day: date) -> DomainError:
    return Invalid("before_document", sentence, day=day)


def _issue(session: Session, orders: InternalOrders, sent: Quantities, on: date) -> dict[int, Decimal]:
    """Takes the goods out of stock with what was held for them, ends the reservations, and gives the costs."""
    balances = lock_balances(session, orders.from_keys)
    had = reservations_of_internal(session, orders.ids)
    costs = issue_goods(session, [
        Line(line.internal_order_id, line.id, line.source_id, line.product_id, sent[line.id]) for line in orders.lines
    ], held={line: row.quantity for line, row in had.items()}, on=on)  # fmt: skip
    for line, row in had.items():
        if not sent[line]:
            balances[row.warehouse_id, row.product_id].reserved -= row.quantity
    change(session, {row.id: (ZERO, ZERO) for row in had.values()})
    freed = {(row.warehouse_id, row.product_id) for line, row in had.items() if row.quantity > sent[line]}
    if freed:
        write_reserved(session, {key: balances[key] for key in sorted(freed)})
        fill_waiting(session, freed)
    return costs


@INTERNAL_ORDER.step("receive", load=InternalOrders, first=check_date)
def receive_internal_orders(
    session: Session, orders: InternalOrders, /, *, by: int, on: date, quantities: Quantities | None = None
) -> None:
    """Goods arrive at the cost at which they left, who waits for them has them, and the books follow.

    What is missing is lost, and what is more was found.
    `quantities` (line → quantity) receives less or more than was sent.
    """
    refuse({
        line.internal_order_id: _too_early("It was sent on {day}: nothing arrives before.", line.sent_on)
        for line in orders.lines if on < line.sent_on
    })  # fmt: skip
    received = _quantities(orders, quantities or {}, {line.id: line.sent for line in orders.lines})
    values = _values(session, orders, received)
    receive_goods(session, [
        Line(line.internal_order_id, line.id, line.warehouse_id, line.product_id, received[line.id], values[line.id])
        for line in orders.lines
    ], on=on)  # fmt: skip
    fill_waiting(session, orders.to_keys)
    write(
        session, WRITE_RECEIVED, orders=orders.ids, on=on, ids=list(received), received=list(received.values()),
        values=[values[line] for line in received],
    )  # fmt: skip
    accounts = accounts_of(session, (line.product_id for line in orders.lines))
    post(session, "internal_order.received", [
        Posting(line.internal_order_id, _amounts(line.cost, values[line.id]), accounts[line.product_id])
        for line in orders.lines
    ], on=on, by=by)  # fmt: skip


def _amounts(cost: Decimal, value: Decimal) -> dict[str, Decimal]:
    """What arrived of what left, what is missing of it, and what came beside it."""
    return {"cost": min(cost, value), "short": max(cost - value, ZERO), "surplus": max(value - cost, ZERO)}


def _values(session: Session, orders: InternalOrders, received: Quantities) -> dict[int, Decimal]:
    """What each line brings: its cost, or the share of the pieces that arrived; more pieces come at the average.

    Where there is no average the last cost or the planned cost tells it; Refused where nothing does.
    """
    decimals = company(session).decimals
    balances = lock_balances(session, orders.to_keys)
    there = {key: (balance.on_hand, balance.value) for key, balance in balances.items()}
    others = _other_costs(session, orders, received)
    values: dict[int, Decimal] = {}
    errors: dict[int, DomainError] = {}
    for line in orders.lines:
        key, arrived = (line.warehouse_id, line.product_id), received[line.id]
        on_hand, value = there[key]
        if arrived <= line.sent:
            values[line.id] = rounded(line.cost * arrived / line.sent, decimals) if line.sent else ZERO
        elif on_hand + line.sent:
            found = (value + line.cost) * (arrived - line.sent) / (on_hand + line.sent)
            values[line.id] = line.cost + rounded(found, decimals)
        elif (cost := others.get(key)) is not None:
            values[line.id] = rounded(arrived * cost, decimals)
        else:
            errors[line.internal_order_id] = _no_cost(line)
        there[key] = (on_hand + arrived, value + values.get(line.id, ZERO))
    refuse(errors)
    return values


def _no_cost(line: Row[Any]) -> DomainError:
    return Invalid(
        "no_cost", "{sku}: nothing tells what one is worth. Give the product a planned cost, 0 if it is worth nothing.",
        sku=line.sku,
    )  # fmt: skip


def _other_costs(session: Session, orders: InternalOrders, received: Quantities) -> Mapping[Key, Decimal | None]:
    """The costs of one where more arrives than was sent, in case nothing lies there."""
    more = {(line.warehouse_id, line.product_id) for line in orders.lines if received[line.id] > line.sent}
    return source_costs(session, more) if more else {}


@INTERNAL_ORDER.step("cancel", load=InternalOrders, first=check_date)
def cancel_internal_orders(session: Session, orders: InternalOrders, /, *, by: int, on: date, reason: str) -> None:
    """What is held is free, what left is back where it came from at the same value, and the books follow."""
    check_cancellation(session, INTERNAL_ORDER, orders.ids, on=on, reason=reason)
    _refuse_before(orders, on)
    release_documents(session, orders.ids)
    corrections = mirror_moves(session, orders.ids, on=on)
    shed(session, orders.to_keys)
    fill_waiting(session, orders.from_keys)
    for event in ("internal_order.received", "internal_order.sent"):
        post_mirrors(session, event, orders.ids, on=on, by=by)
    follow_accounts(session, orders.ids, on=on, by=by)
    post_differences(session, corrections, on=on, by=by)


def _refuse_before(orders: InternalOrders, on: date) -> None:
    """Nothing is taken back before it happened."""
    last = {line.internal_order_id: line.received_on or line.sent_on for line in orders.lines}
    refuse({
        i: _too_early("Its goods moved on {day}, so it cannot be cancelled before.", day)
        for i, day in last.items() if day is not None and on < day
    })  # fmt: skip
