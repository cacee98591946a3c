"""Which of many discounts applies, and what a list that is derived from another says. Pure."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.pricing.price import (
    DiscountRule,
    Generals,
    ListFacts,
    ListRow,
    Quote,
    Span,
    Tariff,
    derived,
    quote,
)

D = Decimal
DAY = date(2026, 3, 10)
ALWAYS = Span(D(0), None, None)
BASE = ListFacts(1, "BASE")
# From the strongest to the weakest.
LADDER = (
    DiscountRule(1, "customer", 0, ALWAYS, D(1), None),
    DiscountRule(2, "customer_group", 0, ALWAYS, D(2), None),
    DiscountRule(3, "customer", 1, ALWAYS, D(3), None),
    DiscountRule(4, "customer", 2, ALWAYS, D(4), None),
    DiscountRule(5, "customer_group", 1, ALWAYS, D(5), None),
    DiscountRule(6, "customer_group", 2, ALWAYS, D(6), None),
)


def ask(*rules: DiscountRule, quantity: str = "5", generals: Generals | None = None) -> Quote:
    """A quote for a product that costs 10.00 in the base list."""
    rows = {1: [ListRow(1, ALWAYS, D("10.00"))]}
    tariff = Tariff({1: BASE}, rows, rules, generals or Generals())
    return quote(tariff, price_list=1, quantity=D(quantity), on=DAY)


def rule(identity: int, percent: str, *, least: str = "0", until: date | None = None) -> DiscountRule:
    return DiscountRule(identity, "customer", 0, Span(D(least), None, until), D(percent), None)


@pytest.mark.parametrize("strongest", range(len(LADDER)))
def test_the_nearest_rule_goes_before_all_that_are_further_away(strongest: int) -> None:
    asked = ask(*reversed(LADDER[strongest:]), generals=Generals(D(7), D(8)))

    assert asked.discount == strongest + 1
    assert [told["id"] for told in asked.explanation["discounts"] if told["won"]] == [strongest + 1]


def test_without_a_rule_the_customers_general_discount_goes_before_the_groups() -> None:
    assert ask(generals=Generals(D(7), D(8))).discount == 7
    assert ask(generals=Generals(None, D(8))).discount == 8
    assert ask(generals=Generals(D(0), D(8))).discount == 0
    assert ask().discount == 0


def test_discounts_do_not_add_up() -> None:
    assert ask(LADDER[0], LADDER[4], generals=Generals(D(50), D(50))).discount == 1


def test_a_rule_of_zero_per_cent_keeps_the_others_away() -> None:
    assert ask(rule(1, "0"), generals=Generals(D(20))).discount == 0


def test_of_one_kind_the_largest_quantity_that_is_reached_decides() -> None:
    rules = (rule(1, "5"), rule(2, "10", least="10"), rule(3, "15", least="100"))

    assert [ask(*rules, quantity=quantity).discount for quantity in ("9", "10", "99", "100")] == [5, 10, 10, 15]


def test_a_rule_that_is_over_leaves_the_next_one_to_decide() -> None:
    over = rule(1, "50", until=DAY - timedelta(days=1))

    asked = ask(over, LADDER[1])

    assert asked.discount == 2
    assert [(told["id"], told["valid"]) for told in asked.explanation["discounts"][:2]] == [(1, False), (2, True)]


def test_a_special_price_replaces_the_lists_and_carries_no_discount() -> None:
    special = DiscountRule(9, "customer", 0, ALWAYS, None, D("7.77"))

    asked = ask(special, generals=Generals(D(20)))

    assert (asked.price, asked.discount) == (D("7.77"), 0)
    assert asked.explanation["base_price"] == "10.00"


def test_a_special_price_needs_no_price_in_the_list() -> None:
    special = DiscountRule(9, "customer_group", 0, ALWAYS, None, D("7.77"))

    asked = quote(Tariff({1: BASE}, {}, [special]), price_list=1, quantity=D(1), on=DAY)

    assert asked.price == D("7.77")


@pytest.mark.parametrize(
    ("base", "percent", "step", "less_cent", "price"),
    [
        ("12.40", "0", "1.00", True, "11.99"), ("12.50", "0", "1.00", False, "13.00"),
        ("10.00", "5", None, False, "10.50"), ("9.99", "-10", None, False, "8.9910"),
        ("1.23", "0", "0.05", False, "1.25"), ("1.22", "0", "0.05", False, "1.20"),
        ("1.24", "0", "0.10", False, "1.20"), ("1.25", "0", "0.10", False, "1.30"),
        ("0.004", "0", "0.01", False, "0.01"),
        ("0.40", "0", "1.00", True, "0.01"), ("100.00", "-33.33", "0.01", False, "66.67"),
    ],
)  # fmt: skip
def test_a_derived_price_goes_by_its_percentage_and_then_to_its_step(
    base: str, percent: str, step: str | None, less_cent: bool, price: str
) -> None:
    its = ListFacts(2, "OWN", 1, D(percent), step and D(step), less_cent)

    assert derived(D(base), its) == D(price)


@given(
    st.decimals(0, 10**6, places=4), st.decimals(-99, 900, places=2), st.sampled_from([None, "0.01", "0.05", "1.00"])
)
def test_a_derived_price_is_never_below_a_cent(base: Decimal, percent: Decimal, step: str | None) -> None:
    its = ListFacts(2, "OWN", 1, percent, step and D(step), less_cent=step is not None)

    assert derived(base, its) >= D("0.01")


def test_a_row_of_its_own_wins_where_it_is_valid_else_the_base_decides() -> None:
    up = ListFacts(2, "UP", 1, D(10))
    rows = {1: [ListRow(1, ALWAYS, D("10.00"))], 2: [ListRow(2, Span(D(12), None, None), D("8.00"))]}
    tariff = Tariff({1: BASE, 2: up}, rows)

    few, many = (quote(tariff, price_list=2, quantity=D(quantity), on=DAY) for quantity in ("11", "12"))

    assert (few.price, many.price) == (D("11.0000"), D("8.00"))
    assert few.explanation["derived"]["from"]["base_price"] == "10.00"
    assert few.explanation["rows"][0]["valid"] is False
    assert "derived" not in many.explanation


def test_a_list_may_be_derived_from_a_derived_one() -> None:
    lists = {1: BASE, 2: ListFacts(2, "UP", 1, D(10)), 3: ListFacts(3, "SHOP", 2, D(0), D("1.00"), less_cent=True)}
    tariff = Tariff(lists, {1: [ListRow(1, ALWAYS, D("12.40"))]})

    assert quote(tariff, price_list=3, quantity=D(1), on=DAY).price == D("13.99")


def test_where_the_base_has_no_price_there_is_none() -> None:
    tariff = Tariff({1: BASE, 2: ListFacts(2, "UP", 1, D(10))}, {})

    assert quote(tariff, price_list=2, quantity=D(1), on=DAY).price is None
