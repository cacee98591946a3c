"""What pieces that leave are worth, and what a cancellation has to put right."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.stock.costing import correction, issue_cost

D = Decimal


def issued(pieces: list[Decimal], value: Decimal, decimals: int = 2) -> list[Decimal]:
    """The costs of pieces that leave one after the other until nothing is left."""
    on_hand, costs = sum(pieces, D(0)), []
    for quantity in pieces:
        costs.append(issue_cost(quantity, on_hand, value, decimals))
        on_hand, value = on_hand - quantity, value - costs[-1]
    return costs


def test_three_pieces_worth_ten_leave_as_3_33_3_34_and_3_33() -> None:
    assert issued([D(1)] * 3, D("10.00")) == [D("3.33"), D("3.34"), D("3.33")]


def test_in_a_currency_without_decimals_no_piece_costs_half_a_coin() -> None:
    assert issued([D(1)] * 3, D(100), decimals=0) == [D(33), D(34), D(33)]


def test_half_a_cent_is_rounded_away_from_zero() -> None:
    assert issue_cost(D(1), D(2), D("0.05")) == D("0.03")


def test_what_was_free_leaves_for_nothing() -> None:
    assert issued([D(2), D(3)], D(0)) == [0, 0]


@given(
    st.lists(st.decimals("0.001", "1000", places=3), min_size=1, max_size=12),
    st.decimals("0", "100000", places=2),
    st.sampled_from([0, 2, 3]),
)
def test_the_parts_add_up_whatever_leaves_and_the_last_takes_the_rest(pieces, value, decimals) -> None:
    worth = value.quantize(D(1).scaleb(-decimals))

    costs = issued(pieces, worth, decimals)

    assert sum(costs) == worth
    assert all(cost >= 0 and cost == round(cost, decimals) for cost in costs)


@pytest.mark.parametrize(
    ("on_hand", "value", "last_cost", "added"),
    [
        ("0", "-40.00", "1.00", "40.00"),
        ("0", "40.00", None, "-40.00"),
        ("5", "-10.00", "2.00", "20.00"),
        ("5", "-10.00", None, "10.00"),
        ("3", "-0.01", "0.3333", "1.01"),
        ("5", "10.00", "9.00", "0"),
        ("5", "0.00", "9.00", "0"),
        ("0", "0.00", "9.00", "0"),
    ],
)
def test_a_correction_makes_a_value_possible_and_touches_no_other(on_hand, value, last_cost, added) -> None:
    assert correction(D(on_hand), D(value), last_cost and D(last_cost)) == D(added)


@given(
    st.decimals("0", "1000", places=3), st.decimals("-1000", "1000", places=2),
    st.one_of(st.none(), st.decimals("0", "100", places=4)), st.sampled_from([0, 2]),
)  # fmt: skip
def test_after_a_correction_nothing_is_worth_nothing_and_something_not_less(
    on_hand, value, last_cost, decimals
) -> None:
    worth = value.quantize(D(1).scaleb(-decimals))

    after = worth + correction(on_hand, worth, last_cost, decimals)

    assert after >= 0
    assert after == round(after, decimals)
    assert on_hand > 0 or after == 0
    assert after == worth or worth < 0 or on_hand == 0
