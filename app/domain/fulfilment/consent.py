"""What a person has to agree to before an order is approved: each rule has a name, and whoever consents says it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from app.domain.kernel.errors import DomainError, Invalid, refuse
from app.domain.kernel.rows import read
from app.domain.kernel.values import HUNDRED, ZERO, rounded
from app.domain.sales.loading import Orders
from app.domain.settlement.exposure import exposures
from app.domain.stock.reservations import Claim, Trial
from app.domain.stock.sources import source_costs

SHORT_STOCK = "short_stock"
EXPIRED = "expired"
DISCOUNT_LIMIT = "discount_limit"
BELOW_COST = "below_cost"
CREDIT_LIMIT = "credit_limit"
CONSENTS = (SHORT_STOCK, EXPIRED, DISCOUNT_LIMIT, BELOW_COST, CREDIT_LIMIT)

LIMIT = "SELECT percent FROM discount_limit WHERE actor_id = %(by)s"
# Whoever approves next for the same customer waits here, and then sees what this deed promised.
LOCK_LIMITS = """
SELECT id, code, credit_limit FROM customer
WHERE id = ANY(%(customers)s::bigint[]) AND credit_limit IS NOT NULL ORDER BY id FOR NO KEY UPDATE
"""
NOT_PROMISED = """
SELECT sales_order.id FROM sales_order JOIN document ON document.id = sales_order.id
WHERE document.customer_id = ANY(%(customers)s::bigint[]) AND sales_order.state = 'active'
"""


def check_consent(consent: Collection[str]) -> None:
    """Raises Invalid for a consent to nothing known."""
    if unknown := set(consent) - set(CONSENTS):
        raise Invalid("unknown_consent", "{consent} is nothing to consent to.", consent=", ".join(sorted(unknown)))


def refuse_without_consent(
    session: Session, orders: Orders, consent: Collection[str], claims: Sequence[Claim], *, by: int, on: date
) -> None:
    """Raises Refused for orders that need a consent which was not given: the first that is missing, with its lines.

    Customers with a credit limit stay locked; one order after the other uses up what they may still owe, save those
    that are refused anyway, also because not all that they claim is there. That is looked at only where there is a
    limit: whoever reserves the `claims` refuses what is short.
    """
    errors: dict[int, DomainError] = {}
    for rule, broken in (
        (EXPIRED, _expired(orders, on)),
        (DISCOUNT_LIMIT, _above_limit(session, orders, by)),
        (BELOW_COST, _below_cost(session, orders)),
    ):
        if rule not in consent:
            errors = broken | errors
    if CREDIT_LIMIT not in consent:
        errors |= _above_credit(session, orders, errors, () if SHORT_STOCK in consent else claims)
    refuse(errors)


def _expired(orders: Orders, on: date) -> dict[int, DomainError]:
    return {
        order: Invalid("expired", "The estimate was valid until {until}: price it again, or keep its prices.",
                       until=head.valid_until)
        for order, head in orders.heads.items()
        if head.state == "estimate" and head.valid_until and head.valid_until < on
    }  # fmt: skip


def _above_limit(session: Session, orders: Orders, by: int) -> dict[int, DomainError]:
    """Only what a person typed is measured: what lists and cards give is the company's own decision."""
    typed = [line for line in orders.all_lines() if line.price_source == "manual"]
    limits = read(session, LIMIT, by=by)
    if not limits:
        return {}
    limit = limits[0].percent
    return {
        order: DomainError(
            "discount_limit", "{lines}: more than the {limit} % that you may give. Somebody who may has to agree.",
            lines=", ".join(f"{line.sku} −{rounded(typed_discount(line))} %" for line in lines), limit=limit,
        )
        for order, lines in _by_order(line for line in typed if typed_discount(line) > limit).items()
    }  # fmt: skip


def typed_discount(line: Any) -> Decimal:
    """What a typed price and discount take off the price that the list has, in per cent; 0 where it costs more."""
    if not line.base_price:
        return Decimal(line.discount)
    price = line.unit_price * (HUNDRED - line.discount) / HUNDRED
    discount: Decimal = HUNDRED - price * HUNDRED / line.base_price
    return max(discount, ZERO)


def _below_cost(session: Session, orders: Orders) -> dict[int, DomainError]:
    goods = [line for line in orders.all_lines() if line.kind != "service"]
    costs = source_costs(session, ((line.warehouse_id, line.product_id) for line in goods))
    sold_under = [
        line for line in goods
        if (cost := costs[line.warehouse_id, line.product_id]) is not None and line.net < rounded(cost * line.quantity)
    ]  # fmt: skip
    return {
        order: DomainError(
            "below_cost", "{skus}: sold below cost. Ask a higher price, or somebody who may has to agree.",
            skus=", ".join(line.sku for line in lines),
        )
        for order, lines in _by_order(sold_under).items()
    }  # fmt: skip


def _above_credit(
    session: Session, orders: Orders, refused: Collection[int], claims: Sequence[Claim]
) -> dict[int, DomainError]:
    limited = {head.customer_id for head in orders.heads.values() if head.credit_limit is not None}
    if not limited:
        return {}
    limits = {row.id: row for row in read(session, LOCK_LIMITS, customers=sorted(limited))}
    promised = exposures(session, limits, uncounted=[
        row.id for row in read(session, NOT_PROMISED, customers=list(limits))
    ])  # fmt: skip
    stock = Trial(session, claims)
    errors: dict[int, DomainError] = {}
    for order in sorted(set(orders.ids) - set(refused)):
        customer = orders.heads[order].customer_id
        exposure = promised.get(customer, ZERO) + sum((line.gross for line in orders.lines[order]), ZERO)
        if (limit := limits.get(customer)) and exposure > limit.credit_limit:
            errors[order] = DomainError(
                "credit_limit", "Customer {code} would owe {exposure}, more than the limit of {limit}. Take a payment, "
                "or somebody who may has to agree.", code=limit.code, exposure=exposure, limit=limit.credit_limit,
            )  # fmt: skip
        elif short := stock.take(order):
            errors[order] = short
        else:
            promised[customer] = exposure
    return errors


def _by_order(lines: Iterable[Any]) -> dict[int, list[Any]]:
    orders: dict[int, list[Any]] = defaultdict(list)
    for line in lines:
        orders[line.order_id].append(line)
    return orders
