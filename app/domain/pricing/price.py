"""Which price and which discount apply, and why. Pure.

The price comes from one list, or from the list that it is derived from. Of the discounts exactly one applies: the first
in PRECEDENCE that is valid; discounts do not add up.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from typing import Any, NamedTuple

from app.domain.kernel.values import HUNDRED, PRICE_DECIMALS, ZERO, rounded

EXPLANATION_VERSION = 1
CENT = Decimal("0.01")
HALF = Decimal("0.5")
# Whose rule it is, and whether for the product itself or for one of its groups, the nearest first.
PRECEDENCE = (
    ("customer", "product"), ("customer_group", "product"), ("customer", "group"), ("customer_group", "group")
)  # fmt: skip


@dataclass(frozen=True)
class Span:
    """From which quantity on, and within which dates (both inclusive, open where empty), something holds."""

    min_quantity: Decimal
    valid_from: date | None
    valid_to: date | None

    def is_valid(self, quantity: Decimal, on: date) -> bool:
        """Whether it holds for this quantity on this date."""
        return (
            self.min_quantity <= quantity
            and (self.valid_from is None or self.valid_from <= on)
            and (self.valid_to is None or on <= self.valid_to)
        )


@dataclass(frozen=True)
class ListRow:
    """A row of a price list."""

    id: int
    span: Span
    price: Decimal


@dataclass(frozen=True)
class ListFacts:
    """A price list and how it is derived from another, if it is."""

    id: int
    code: str
    base_id: int | None = None
    percent: Decimal = ZERO
    step: Decimal | None = None
    less_cent: bool = False


@dataclass(frozen=True)
class DiscountRule:
    """A discount for a product: `whose` is customer or customer_group; `level` 0 names the product itself, 1 its own
    group, 2 the group above, and so on.
    """

    id: int
    whose: str
    level: int
    span: Span
    percent: Decimal | None
    special_price: Decimal | None

    @property
    def of_what(self) -> str:
        return "group" if self.level else "product"


class Generals(NamedTuple):
    """The general discounts in per cent: the customer's, and the customer group's. None is not 0."""

    customer: Decimal | None = None
    customer_group: Decimal | None = None


NO_GENERALS = Generals()


@dataclass(frozen=True)
class Quote:
    """A unit price (none: no row speaks for it), the discount in per cent, and how they came about."""

    price: Decimal | None
    discount: Decimal
    explanation: dict[str, Any]


@dataclass(frozen=True)
class Tariff:
    """All that may decide the price of one product for one customer."""

    lists: Mapping[int, ListFacts]
    rows: Mapping[int, Sequence[ListRow]]
    discounts: Sequence[DiscountRule] = ()
    generals: Generals = NO_GENERALS


def quote(tariff: Tariff, *, price_list: int, quantity: Decimal, on: date) -> Quote:
    """The price of a product in a list for the document's whole quantity of it, on the order's date."""
    base, told = _base_price(tariff, price_list, quantity, on)
    winner = _winner(tariff.discounts, quantity, on)
    general = _general(tariff.generals) if winner is None else None
    price, discount = base, ZERO
    if winner is not None and winner.special_price is not None:
        price = winner.special_price
    elif winner is not None and winner.percent is not None:
        discount = winner.percent
    elif general is not None:
        discount = getattr(tariff.generals, general)
    explanation = {
        "version": EXPLANATION_VERSION,
        "on": on.isoformat(),
        "quantity": str(quantity),
        **told,
        "discounts": [
            *(_told_rule(rule, rule is winner, quantity, on) for rule in _in_order(tariff.discounts)),
            *_told_generals(tariff.generals, general),
        ],
    }
    return Quote(price, discount, explanation)


def _base_price(tariff: Tariff, price_list: int, quantity: Decimal, on: date) -> tuple[Decimal | None, dict[str, Any]]:
    """The price in a list and its explanation: a row of its own that is valid, else what its base gives."""
    its = tariff.lists[price_list]
    considered = sorted(tariff.rows.get(price_list, ()), key=lambda row: (row.span.min_quantity, row.id))
    valid = [row for row in considered if row.span.is_valid(quantity, on)]
    row = valid[-1] if valid else None
    told: dict[str, Any] = {"list": its.code, "rows": [_told_row(it, it is row, it in valid) for it in considered]}
    price = row.price if row else None
    if price is None and its.base_id is not None:
        base, why = _base_price(tariff, its.base_id, quantity, on)
        price = None if base is None else derived(base, its)
        told["derived"] = {
            "from": why, "percent": str(its.percent), "step": its.step and str(its.step), "less_cent": its.less_cent
        }  # fmt: skip
    return price, told | {"base_price": None if price is None else str(price)}


def derived(base: Decimal, its: ListFacts) -> Decimal:
    """The price of a derived list: up or down by its percentage, half up to its step, less 0.01; never below 0.01."""
    price = base * (HUNDRED + its.percent) / HUNDRED
    if its.step is None:
        price = rounded(price, PRICE_DECIMALS)
    else:
        price = (price / its.step + HALF).to_integral_value(ROUND_FLOOR) * its.step
    if its.less_cent:
        price -= CENT
    return max(price, CENT)


def _in_order(rules: Iterable[DiscountRule]) -> list[DiscountRule]:
    """By precedence, then the nearest group, then the largest quantity."""
    return sorted(
        rules, key=lambda it: (PRECEDENCE.index((it.whose, it.of_what)), it.level, -it.span.min_quantity, it.id)
    )


def _winner(rules: Iterable[DiscountRule], quantity: Decimal, on: date) -> DiscountRule | None:
    return next((rule for rule in _in_order(rules) if rule.span.is_valid(quantity, on)), None)


def _general(generals: Generals) -> str | None:
    """Whose general discount applies where no rule does."""
    return next((whose for whose in Generals._fields if getattr(generals, whose) is not None), None)


def _told_row(row: ListRow, won: bool, valid: bool) -> dict[str, Any]:
    return {"row": row.id, **_told_span(row.span), "price": str(row.price), "valid": valid, "won": won}


def _told_rule(rule: DiscountRule, won: bool, quantity: Decimal, on: date) -> dict[str, Any]:
    worth = {"percent": rule.percent, "special_price": rule.special_price}
    return {
        "rule": f"{rule.whose}_{rule.of_what}",
        "id": rule.id,
        "level": rule.level,
        **_told_span(rule.span),
        **{name: None if value is None else str(value) for name, value in worth.items()},
        "valid": rule.span.is_valid(quantity, on),
        "won": won,
    }


def _told_generals(generals: Generals, winner: str | None) -> list[dict[str, Any]]:
    return [
        {"rule": f"{whose}_general", "percent": None if percent is None else str(percent), "won": whose == winner}
        for whose, percent in generals._asdict().items()
        if whose == "customer" or percent is not None
    ]


def _told_span(span: Span) -> dict[str, Any]:
    return {
        "min_quantity": str(span.min_quantity),
        "from": span.valid_from and span.valid_from.isoformat(),
        "to": span.valid_to and span.valid_to.isoformat(),
    }
