"""Approving an order, processing it in one go, and cancelling it."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.fulfilment.advances import advanced
from app.domain.fulfilment.availability import what_can_leave
from app.domain.fulfilment.consent import SHORT_STOCK, check_consent, refuse_without_consent
from app.domain.fulfilment.drafts import Piece, add_drafts, open_drafts, remove_drafts
from app.domain.fulfilment.ending import BEGUN
from app.domain.fulfilment.shipping import process_shipments
from app.domain.kernel import clock
from app.domain.kernel.document import lock_documents
from app.domain.kernel.drafts import check_cancellation
from app.domain.kernel.errors import DomainError, Invalid, Refused, refuse
from app.domain.kernel.lifecycle import Outcome, done_before
from app.domain.kernel.rows import read, write
from app.domain.ledger.periods import check_date
from app.domain.lifecycles import SALES_ORDER
from app.domain.sales.loading import Orders
from app.domain.sales.orders import open_order_items
from app.domain.settlement.following import follow
from app.domain.settlement.items import close_items, refresh_statuses
from app.domain.stock.reservations import Claim, release_documents, reserve

# Lines without a promise of their own are promised for the date that the customer asked for.
AGREE = """
WITH given AS (
    SELECT * FROM unnest(%(lines)s::bigint[], %(days)s::date[]) AS given (line_id, day)
), promised AS (
    UPDATE sales_order_line line
    SET promised_on = coalesce((SELECT day FROM given WHERE line_id = line.id), line.promised_on,
                               sales_order.requested_on)
    FROM sales_order WHERE sales_order.id = line.order_id AND line.order_id = ANY(%(ids)s::bigint[])
         AND (line.id IN (SELECT line_id FROM given)
              OR (line.promised_on IS NULL AND sales_order.requested_on IS NOT NULL))
)
UPDATE sales_order SET agreed_by = %(agreed_by)s, agreed_how = %(agreed_how)s, agreed_at = %(at)s
WHERE id = ANY(%(ids)s::bigint[])
"""


@SALES_ORDER.step("approve", load=Orders, first=check_date)
def approve_orders(
    session: Session, orders: Orders, /, *, by: int, on: date, agreed_by: str, agreed_how: str,
    consent: Collection[str] = (), promised_on: Mapping[int, date] | None = None,
) -> list[int]:  # fmt: skip
    """The client agreed: the order is fixed, its goods are held, and a draft shipment waits in each warehouse.

    Gives the ids of the drafts.

    `agreed_by` and `agreed_how` say who agreed for the client and how. `consent` names what somebody agrees to beyond
    the rules: `short_stock` (what is not there waits), `expired` (an expired estimate keeps its prices),
    `discount_limit`, `below_cost`, `credit_limit`. `promised_on` (order line → date) says by when lines are promised.
    """
    if not (agreed_by.strip() and agreed_how.strip()):
        raise Invalid("no_agreement", "Say who agreed for the client, and how.")
    check_consent(consent)
    promised = dict(promised_on or {})
    if foreign := promised.keys() - {line.id for line in orders.all_lines()}:
        raise Invalid("foreign_line", "Lines {lines} are not of these orders.", lines=sorted(foreign))
    _refuse_unfit(orders, on)
    claims = _claims(orders)
    refuse_without_consent(session, orders, consent, claims, by=by, on=on)
    write(session, AGREE, ids=orders.ids, agreed_by=agreed_by, agreed_how=agreed_how, at=clock.now(),
          lines=list(promised), days=list(promised.values()))  # fmt: skip
    reserve(session, claims, may_wait=orders.ids if SHORT_STOCK in consent else ())
    drafts = add_drafts(session, _pieces(orders), by=by)
    open_order_items(session, orders, [i for i in orders.ids if orders.heads[i].state == "estimate"])
    refresh_statuses(session, orders.ids)
    return drafts


def _refuse_unfit(orders: Orders, on: date) -> None:
    errors: dict[int, DomainError] = {}
    for order, head in orders.heads.items():
        lines = orders.lines[order]
        unpriced = [line for line in lines if line.unit_price is None]
        if not lines:
            errors[order] = Invalid("no_lines", "The order has no lines: enter what the customer wants.")
        elif unpriced:
            errors[order] = Invalid(
                "no_price", "{skus}: no price in list {list} on {on}. Add it to the list, or type a price.",
                skus=", ".join(line.sku for line in unpriced), list=unpriced[0].price_list, on=head.on,
            )  # fmt: skip
        elif not head.active:
            errors[order] = Invalid("archived_customer", "Customer {code} is archived.", code=head.customer)
        elif head.on > on:
            errors[order] = Invalid(
                "before_document", "The order is dated {order_on}, so nothing can be agreed on {on}.",
                order_on=head.on, on=on,
            )  # fmt: skip
    refuse(errors)


def _claims(orders: Orders) -> list[Claim]:
    return [
        Claim(line.order_id, line.id, line.warehouse_id, line.product_id, line.quantity)
        for line in orders.all_lines()
        if line.kind != "service"
    ]


def _pieces(orders: Orders) -> list[Piece]:
    """Goods leave their own warehouse; services go with the order's own, or with the first line's."""
    pieces = []
    for order, lines in orders.lines.items():
        head = orders.heads[order]
        places = [line.warehouse_id for line in lines if line.kind != "service"]
        services = head.warehouse_id if head.warehouse_id in places or not places else places[0]
        for line in lines:
            warehouse = services if line.kind == "service" else line.warehouse_id
            pieces.append(Piece(order, head.customer_id, warehouse, line.id, line.quantity))
    return pieces


# Goods leave the warehouses of their lines: a storekeeper in one of them, or in the order's own, ships the order.
STATES = """
SELECT sales_order.id, sales_order.state, document.number,
       bool_or(coalesce(sales_order.way, warehouse.way) = 'manager_storekeeper') AS storekeeper
FROM sales_order JOIN document USING (id)
JOIN LATERAL (
    SELECT document.warehouse_id
    UNION SELECT line.warehouse_id FROM sales_order_line line JOIN product ON product.id = line.product_id
    WHERE line.order_id = sales_order.id AND product.kind <> 'service' AND line.quantity > line.shipped + line.given_up
) place ON true
JOIN warehouse ON warehouse.id = place.warehouse_id
WHERE sales_order.id = ANY(%(ids)s::bigint[]) GROUP BY sales_order.id, document.id
"""


REFUSE = "refuse"
BACK_ORDER = "back_order"
SHORTS = (REFUSE, BACK_ORDER)
SHORT_CODES = ("short_stock", "insufficient_stock")


def process_orders(
    session: Session, ids: Iterable[int], *, by: int, on: date, agreed_by: str, agreed_how: str,
    consent: Collection[str] = (), short: str = REFUSE,
) -> Outcome:  # fmt: skip
    """Save and process: approves what is not approved yet, and ships it, in one step.

    Short anywhere it refuses that order whole (`short="refuse"`), whoever consents, or ships what is there and leaves
    the rest as back order (`"back_order"`); approving then needs the consent `short_stock` as always. Refused where
    nothing at all is there. Orders performed before are told as already done. Raises Refused.
    """
    check_date(session, on=on)
    if short not in SHORTS:
        raise Invalid("unknown_short", "{short}: what is short is one of {shorts}.", short=short,
                      shorts=", ".join(SHORTS))  # fmt: skip
    lock_documents(session, wanted := sorted(set(ids)))
    rows = {row.id: row for row in read(session, STATES, ids=wanted)}
    performed = [i for i in wanted if i in rows and rows[i].state == "performed"]
    outcome = Outcome(already=done_before(session, "perform", performed))
    outcome.done = [i for i in wanted if i not in outcome.already]
    _refuse_storekeepers([rows[i] for i in outcome.done if i in rows])
    to_approve = [i for i in outcome.done if i not in rows or rows[i].state != "approved"]
    try:
        if to_approve:
            approve_orders(
                session, to_approve, by=by, on=on, agreed_by=agreed_by, agreed_how=agreed_how,
                consent=[rule for rule in consent if rule != SHORT_STOCK or short == BACK_ORDER],
            )  # fmt: skip
        if outcome.done:
            _ship(session, rows, outcome.done, short=short, by=by, on=on)
    except Refused as refusal:
        raise (_offering(refusal) if short == REFUSE else refusal) from None
    return outcome


def for_storekeepers(session: Session, ids: Iterable[int]) -> set[int]:
    """Which of these orders a storekeeper ships, all of them or a part: they are approved, not processed in one go."""
    return {row.id for row in read(session, STATES, ids=list(ids)) if row.storekeeper}


def _refuse_storekeepers(orders: Iterable[Row[Any]]) -> None:
    refuse({
        order.id: DomainError(
            "storekeeper_ships", "A storekeeper ships order {number}: approve it, and the shipment waits for them.",
            number=order.number,
        )
        for order in orders if order.storekeeper
    })  # fmt: skip


def _offering(refusal: Refused) -> Refused:
    """The same refusal; what is short can leave in part, and says so."""
    return Refused({
        order: DomainError(
            error.code, "{sku}: {wanted} wanted, {available} available in {warehouse}. Ship what is there and let the "
            "rest wait, or receive goods first.", **error.facts,
        ) if error.code in SHORT_CODES else error
        for order, error in refusal.errors.items()
    })  # fmt: skip


def _ship(
    session: Session, rows: Mapping[int, Row[Any]], orders: Iterable[int], *, short: str, by: int, on: date
) -> None:  # fmt: skip
    """Processes the open drafts of orders, or what is there of them; what refuses a shipment refuses its order."""
    drafts = {shipment: order for (order, _), shipment in open_drafts(session, orders).items()}
    leave: Mapping[int, Mapping[int, Decimal]] = {shipment: {} for shipment in drafts}
    if short == BACK_ORDER:
        leave = what_can_leave(session, list(drafts))
        refuse({
            order: DomainError(
                "nothing_there", "Nothing of order {number} is in stock, so nothing leaves: approve it, and it waits "
                "for goods.", number=rows[order].number,
            )
            for order in set(orders) - {drafts[shipment] for shipment in leave}
        })  # fmt: skip
    quantities = {line: quantity for its in leave.values() for line, quantity in its.items()}
    try:
        process_shipments(session, leave, by=by, on=on, quantities=quantities)
    except Refused as refusal:
        raise Refused({drafts[shipment]: error for shipment, error in refusal.errors.items()}) from None


@SALES_ORDER.step("cancel", load=Orders, first=check_date)
def cancel_orders(session: Session, orders: Orders, /, *, by: int, on: date, reason: str) -> None:
    """The customer does not want it any more: what was held is free again, nothing is owed, and what they paid is their
    advance.
    """
    check_cancellation(session, SALES_ORDER, orders.ids, on=on, reason=reason)
    refuse({
        row.order_id: DomainError(
            "something_shipped", "Shipment {number} left already: cancel it first, or give up the rest.",
            number=row.number,
        )
        for row in read(session, BEGUN, ids=orders.ids)
    })  # fmt: skip
    refuse({
        line.order_id: advanced(line.sku, line.pre_invoiced) for line in orders.all_lines() if line.pre_invoiced
    })  # fmt: skip
    release_documents(session, orders.ids)
    remove_drafts(session, orders.ids, by=by)
    follow(session, close_items(session, orders.ids), on=on, by=by)
    refresh_statuses(session, orders.ids)
