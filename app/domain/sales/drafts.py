"""What a person writes down as an order, checked, priced and added up before anything is stored."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.catalog.products import products
from app.domain.catalog.tax_rates import percent_on
from app.domain.kernel.company import Settings, company
from app.domain.kernel.errors import DomainError, Invalid, refuse
from app.domain.kernel.rows import read
from app.domain.kernel.values import HUNDRED, LIMIT, PRICE_DECIMALS, ZERO, exact, rounded
from app.domain.parties.customers import customers
from app.domain.pricing.price import Quote
from app.domain.pricing.quotes import Prices, Wanted
from app.domain.pricing.taxes import DOMESTIC, Rate, check_regime, rates, tax_rules
from app.domain.sales.models import CHANNELS
from app.domain.sales.totals import Amounts, Taxed, amounts, line_amount, total
from app.domain.stock.models import WAYS
from app.domain.stock.warehouses import warehouses

PERCENT_DECIMALS = 2


@dataclass(frozen=True)
class Charged:
    """What a shop charged for a line, after discount and without VAT, and the tax rate (none: the product's)."""

    amount: Decimal
    tax_rate_id: int | None = None


@dataclass(frozen=True)
class NewLine:
    """A wanted product. Without `unit_price` the price list decides, and without `discount` the customer's general one.

    A typed price carries no discount but the typed one. What a shop charged is the amount of the line, to the cent;
    `shop_line` is what it calls the line.
    """

    product_id: int
    quantity: Decimal
    unit_price: Decimal | None = None
    discount: Decimal | None = None
    warehouse_id: int | None = None
    promised_on: date | None = None
    charged: Charged | None = None
    shop_line: str = ""


@dataclass(frozen=True)
class NewOrder:
    """An order as it is written down; `way` none means the warehouse's, `price_list_id` and `tax_regime` none the
    customer's.
    """

    channel: str
    customer_id: int
    warehouse_id: int
    on: date
    lines: Sequence[NewLine]
    requested_on: date | None = None
    valid_until: date | None = None
    responsible_id: int | None = None
    price_list_id: int | None = None
    way: str | None = None
    tax_regime: str | None = None
    customer_reference: str = ""
    note: str = ""
    active: bool = False


@dataclass
class PricedLine:
    line: NewLine
    product: Row[Any]
    quote: Quote
    unit_price: Decimal | None
    discount: Decimal
    source: str
    tax: Rate
    amounts: Amounts = field(default_factory=lambda: Amounts(ZERO, ZERO, ZERO))


@dataclass
class PricedOrder:
    """An order whose lines have prices and amounts, and which says its tax regime; a line without a price counts as 0
    until it has one.
    """

    order: NewOrder
    customer: Row[Any]
    vat_included: bool
    currency: str
    lines: list[PricedLine]

    @property
    def total(self) -> Amounts:
        return total([line.amounts for line in self.lines])


class Facts:
    """All that the orders of a batch name, read at once."""

    def __init__(self, session: Session, orders: Sequence[NewOrder]) -> None:
        lines = [line for order in orders for line in order.lines]
        self.company: Settings = company(session)
        self.customers = customers(session, (order.customer_id for order in orders))
        self.rates = rates(session, (line.charged.tax_rate_id for line in lines if line.charged is not None))
        self.taxes = tax_rules(session, (self.regime_of(order) for order in orders))
        self.products = products(session, (line.product_id for line in lines))
        places = {order.warehouse_id for order in orders} | {line.warehouse_id for line in lines if line.warehouse_id}
        self.warehouses = warehouses(session, places)
        self.responsibles = _actors(session, {order.responsible_id for order in orders if order.responsible_id})
        self.prices = Prices(session, [
            self.wanted(order, line) for order in orders if order.customer_id in self.customers for line in order.lines
        ])  # fmt: skip

    def list_of(self, order: NewOrder) -> Any:
        """The price list that applies to an order of a known customer."""
        return self.prices.list_of(self.customers[order.customer_id], order.price_list_id)

    def regime_of(self, order: NewOrder) -> str:
        """The tax regime that is chosen, else the customer's as it is now."""
        customer = self.customers.get(order.customer_id)
        return order.tax_regime or (customer.tax_regime if customer else DOMESTIC)

    def wanted(self, order: NewOrder, line: NewLine) -> Wanted:
        return Wanted(self.customers[order.customer_id], line.product_id, order.price_list_id)


def _actors(session: Session, wanted: set[int]) -> set[int]:
    sql = "SELECT id FROM actor WHERE id = ANY(%(ids)s::bigint[])"
    return {row.id for row in read(session, sql, ids=sorted(wanted))} if wanted else set()


def price_orders(session: Session, orders: Sequence[NewOrder]) -> list[PricedOrder]:
    """Checks and prices orders; raises Refused with what is wrong by position in the batch."""
    facts = Facts(session, orders)
    errors: dict[int, DomainError] = {}
    priced = []
    for position, order in enumerate(orders):
        try:
            _check_head(order, facts)
            priced.append(_price(order, facts))
        except DomainError as error:
            errors[position] = error
    refuse(errors)
    return priced


def no_lines() -> Invalid:
    """Why nobody can be waiting for an order."""
    return Invalid("no_lines", "The order has no lines: enter what the customer wants.")


def _check_head(order: NewOrder, facts: Facts) -> None:
    customer = facts.customers.get(order.customer_id)
    if customer is None:
        raise Invalid("unknown_customer", "There is no customer {id}.", id=order.customer_id)
    if not customer.active:
        raise Invalid("archived_customer", "Customer {code} is archived: choose another.", code=customer.code)
    if order.channel not in CHANNELS:
        raise Invalid("unknown_channel", "{channel} is no channel: choose one of {channels}.",
                      channel=order.channel, channels=", ".join(CHANNELS))  # fmt: skip
    if order.way is not None and order.way not in WAYS:
        raise Invalid("unknown_way", "{way} is no way of working: choose one of {ways}.",
                      way=order.way, ways=", ".join(WAYS))  # fmt: skip
    check_regime(order.tax_regime)
    if order.responsible_id and order.responsible_id not in facts.responsibles:
        raise Invalid("unknown_person", "There is no person {id} to be responsible.", id=order.responsible_id)
    for warehouse in (order.warehouse_id, *(line.warehouse_id for line in order.lines)):
        if warehouse is not None and warehouse not in facts.warehouses:
            raise Invalid("unknown_warehouse", "There is no active warehouse {id}.", id=warehouse)
    applied = facts.list_of(order)
    if applied is None or not applied.active:
        raise Invalid("no_price_list", "No price list applies: choose one, or make one the default.")
    if applied.currency != facts.company.currency:
        raise Invalid("foreign_currency", "Price list {code} is in {currency}; so far only {own} can be sold in.",
                      code=applied.code, currency=applied.currency, own=facts.company.currency)  # fmt: skip


def _price(order: NewOrder, facts: Facts) -> PricedOrder:
    applied = facts.list_of(order)
    assert applied is not None, "checked with the head"
    if applied.vat_included and any(line.charged is not None for line in order.lines):
        raise Invalid("charged_without_vat", "What the shop charged is without VAT, but prices of list {code} have it.",
                      code=applied.code)  # fmt: skip
    if order.active and not order.lines:
        raise no_lines()
    exact_lines = [_exact_line(number, line, facts) for number, line in enumerate(order.lines, 1)]
    quantities: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for line in exact_lines:
        quantities[line.product_id] += line.quantity
    lines = [_price_line(line, order, quantities[line.product_id], facts) for line in exact_lines]
    taxed = [Taxed(_amount(line, facts.company.decimals), line.tax.tax_rate_id, line.tax.percent) for line in lines]
    its = amounts(taxed, vat_included=applied.vat_included, decimals=facts.company.decimals)
    for priced_line, its_amounts in zip(lines, its, strict=True):
        priced_line.amounts = its_amounts
    priced = PricedOrder(
        replace(order, tax_regime=facts.regime_of(order)),
        facts.customers[order.customer_id],
        applied.vat_included,
        applied.currency,
        lines,
    )
    if any(abs(amount) >= LIMIT for amount in (priced.total.gross, *(line.amount for line in taxed))):
        raise Invalid("out_of_range", "The amounts are too large: check the quantities and prices.")
    if priced.total.gross < 0:
        raise Invalid("negative_total", "The total is {total}: what is given back is a credit note.",
                      total=priced.total.gross)  # fmt: skip
    return priced


def _exact_line(number: int, line: NewLine, facts: Facts) -> NewLine:
    """The line with exact numbers; raises Invalid for what cannot be ordered like this."""
    product = facts.products.get(line.product_id)
    if product is None:
        raise Invalid("unknown_product", "Line {line}: there is no product {id}.", line=number, id=line.product_id)
    if not product.active:
        raise Invalid("archived_product", "Line {line}: {sku} is archived.", line=number, sku=product.sku)
    what = f"Line {number}, {product.sku}"
    quantity = exact(line.quantity, product.decimals, f"{what}: quantity")
    price = None if line.unit_price is None else exact(line.unit_price, PRICE_DECIMALS, f"{what}: price")
    discount = None if line.discount is None else exact(line.discount, PERCENT_DECIMALS, f"{what}: discount")
    if quantity <= 0:
        raise Invalid("quantity_not_positive", "{what}: the quantity must be above 0.", what=what)
    if price is not None and price < 0 and product.kind != "service":
        raise Invalid("negative_price", "{what}: only a service may have a negative price.", what=what)
    if discount is not None and not 0 <= discount <= HUNDRED:
        raise Invalid("discount_out_of_range", "{what}: a discount is from 0 to 100 %.", what=what)
    charged = line.charged and _exact_charge(line.charged, what, product, facts)
    return replace(line, quantity=quantity, unit_price=price, discount=discount, charged=charged)


def _exact_charge(charged: Charged, what: str, product: Row[Any], facts: Facts) -> Charged:
    amount = exact(charged.amount, facts.company.decimals, f"{what}: amount")
    if amount < 0 and product.kind != "service":
        raise Invalid("negative_price", "{what}: only a service may have a negative price.", what=what)
    if charged.tax_rate_id is not None and charged.tax_rate_id not in facts.rates:
        raise Invalid("unknown_tax_rate", "{what}: there is no tax rate {id}.", what=what, id=charged.tax_rate_id)
    return replace(charged, amount=amount)


def _price_line(line: NewLine, order: NewOrder, quantity: Decimal, facts: Facts) -> PricedLine:
    its = facts.prices.quote(facts.wanted(order, line), quantity=quantity, on=order.on)
    product = facts.products[line.product_id]
    tax = facts.taxes.of(facts.regime_of(order), product.tax_rate_id, product, order.on)
    if line.charged is not None:
        per_unit = rounded(line.charged.amount / line.quantity, PRICE_DECIMALS)
        if (rate := facts.rates.get(line.charged.tax_rate_id)) is not None:
            tax = Rate(rate.id, percent_on(rate, order.on))
        return PricedLine(line, product, its, per_unit, ZERO, "shop", tax)
    manual_price = line.unit_price is not None
    manual_discount = line.discount is not None
    price = line.unit_price if manual_price else its.price
    discount = line.discount if line.discount is not None else (ZERO if manual_price else its.discount)
    return PricedLine(line, product, its, price, discount, "manual" if manual_price or manual_discount else "list", tax)


def _amount(line: PricedLine, decimals: int) -> Decimal:
    if line.line.charged is not None:
        return line.line.charged.amount
    if line.unit_price is None:
        return ZERO
    return line_amount(line.line.quantity, line.unit_price, line.discount, decimals)
