"""Exact numbers: what is accepted, how it is rounded, and that parts always add up to the whole."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.kernel.errors import Invalid
from app.domain.kernel.values import currency_decimals, exact, part, rounded, shared


@pytest.mark.parametrize(
    ("value", "decimals", "result"),
    [("12.5", 2, "12.50"), (7, 3, "7.000"), (Decimal("-0.1"), 2, "-0.10"), ("1e2", 0, "100"), (" 5 ", 0, "5"),
     ("0.10", 1, "0.1"), ("-0", 2, "0.00"), ("999999999999.99", 2, "999999999999.99")],
)  # fmt: skip
def test_a_number_is_read_exactly(value: object, decimals: int, result: str) -> None:
    assert str(exact(value, decimals, "Price")) == result


@pytest.mark.parametrize(
    ("value", "code"),
    [(1.5, "not_a_number"), (True, "not_a_number"), (None, "not_a_number"), ("", "not_a_number"),
     ("1,5", "not_a_number"), ("twelve", "not_a_number"), ([1], "not_a_number"), ("NaN", "out_of_range"),
     ("sNaN", "out_of_range"), ("Infinity", "out_of_range"), ("-inf", "out_of_range"), ("1e12", "out_of_range"),
     (-(10**12), "out_of_range"), ("1e999999", "out_of_range"), ("0.001", "too_many_decimals"),
     ("1e-999999", "too_many_decimals"), (Decimal("1.005"), "too_many_decimals"), ("1_000", "not_a_number"),
     ("١٢", "not_a_number")],
)  # fmt: skip
def test_anything_else_is_refused_with_what_it_was_for(value: object, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        exact(value, 2, "Price")

    assert refusal.value.code == code
    assert str(refusal.value).startswith("Price: ")


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**11), max_value=10**11, places=3))
def test_what_is_read_is_what_was_written(number: Decimal) -> None:
    assert exact(str(number), 3, "Quantity") == number


@pytest.mark.parametrize(
    ("value", "decimals", "result"),
    [("0.005", 2, "0.01"), ("-0.005", 2, "-0.01"), ("2.5", 0, "3"), ("-2.5", 0, "-3"), ("1.0049", 2, "1.00"),
     ("0.0004", 3, "0.000")],
)  # fmt: skip
def test_halves_are_rounded_away_from_zero(value: str, decimals: int, result: str) -> None:
    assert rounded(Decimal(value), decimals) == Decimal(result)


@pytest.mark.parametrize(("currency", "decimals"), [("EUR", 2), ("JPY", 0), ("TND", 3), ("BGN", 2)])
def test_a_currency_knows_its_decimals(currency: str, decimals: int) -> None:
    assert currency_decimals(currency) == decimals


def in_parts(whole: Decimal, pieces: list[Decimal], decimals: int = 2) -> list[Decimal]:
    quantity, parts = sum(pieces, Decimal(0)), list[Decimal]()
    for count in range(1, len(pieces) + 1):
        parts.append(part(whole, quantity, sum(pieces[:count], Decimal(0)), sum(parts, Decimal(0)), decimals))
    return parts


@pytest.mark.parametrize(
    ("whole", "pieces", "parts"),
    [("100.00", (3, 2, 2), ("42.86", "28.57", "28.57")), ("1.00", (1, 1, 1), ("0.33", "0.34", "0.33")),
     ("0.01", (1, 1), ("0.01", "0.00")), ("5.00", (4,), ("5.00",))],
)  # fmt: skip
def test_a_whole_in_parts_as_the_worked_examples_have_it(whole: str, pieces: Any, parts: Any) -> None:
    assert in_parts(Decimal(whole), [Decimal(p) for p in pieces]) == [Decimal(p) for p in parts]


money = st.decimals(min_value=-(10**6), max_value=10**6, places=2)
quantities = st.lists(st.decimals(min_value="0.001", max_value=10**4, places=3), min_size=1, max_size=8)


@given(money, quantities)
def test_parts_add_up_to_the_whole(whole: Decimal, pieces: list[Decimal]) -> None:
    assert sum(in_parts(whole, pieces)) == whole


@given(st.decimals(min_value=0, max_value=10**6, places=2), quantities)
def test_no_part_of_a_positive_whole_is_negative(whole: Decimal, pieces: list[Decimal]) -> None:
    assert all(value >= 0 for value in in_parts(whole, pieces))


def test_a_cancelled_part_leaves_nothing_behind() -> None:
    """Three pieces of 1.00: the second is cancelled and shipped again, and still nothing is lost or left."""
    first = part(Decimal("1.00"), Decimal(3), Decimal(1), Decimal(0))
    third = part(Decimal("1.00"), Decimal(3), Decimal(2), first)
    again = part(Decimal("1.00"), Decimal(3), Decimal(3), first + third)

    assert first + third + again == Decimal("1.00")


@pytest.mark.parametrize(
    ("total", "weights", "shares"),
    [("0.10", (1, 1, 1), ("0.04", "0.03", "0.03")), ("100.00", (3, 2, 2), ("42.86", "28.57", "28.57")),
     ("0.01", (1, 5), ("0.00", "0.01")), ("0.01", (2, 2), ("0.01", "0.00")), ("-0.01", (1, 5), ("0.00", "-0.01")),
     ("1.00", (0, 0), ("1.00", "0.00")), ("1.00", (-1, 3), ("-0.50", "1.50")), ("3.00", (), ()),
     # Thirds have no last digit: all three are a third of a cent above a whole one.
     ("0.02", (1, 1, 4), ("0.00", "0.00", "0.02"))],
)  # fmt: skip
def test_a_total_is_shared_by_the_largest_remainder(total: str, weights: Any, shares: Any) -> None:
    assert shared(Decimal(total), [Decimal(w) for w in weights]) == [Decimal(s) for s in shares]


weights = st.lists(st.decimals(min_value=-(10**6), max_value=10**6, places=2), min_size=1, max_size=12)


@given(money, weights, st.sampled_from([0, 2, 3]))
def test_shares_add_up_to_the_total(total: Decimal, shares: list[Decimal], decimals: int) -> None:
    total = rounded(total, decimals)

    assert sum(shared(total, shares, decimals)) == total


@given(money, st.lists(st.decimals(min_value="0.01", max_value=10**6, places=2), min_size=1, max_size=12))
def test_no_share_is_a_step_or_more_away_from_its_due(total: Decimal, shares: list[Decimal]) -> None:
    for got, weight in zip(shared(total, shares), shares, strict=True):
        assert abs(got - total * weight / sum(shares)) < Decimal("0.01")


@given(money, st.lists(st.decimals(min_value="0.01", max_value=10**4, places=2), min_size=1, max_size=6))
def test_a_share_does_not_depend_on_where_equal_weights_stand(total: Decimal, shares: list[Decimal]) -> None:
    assert sorted(shared(total, shares)) == sorted(shared(total, list(reversed(shares))))
