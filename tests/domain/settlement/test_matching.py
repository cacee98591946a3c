"""How amounts meet lines."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.settlement.matching import payable, share_in_order

cents = st.decimals(min_value=0, max_value=10_000, places=2)
signed = st.decimals(min_value=-10_000, max_value=10_000, places=2)


def decimals(*numbers: str) -> list[Decimal]:
    return [Decimal(number) for number in numbers]


@pytest.mark.parametrize(
    ("grosses", "owed"),
    [
        ((), ()),
        (("10", "20"), ("10", "20")),
        (("-5", "10", "20"), ("0", "5", "20")),
        (("10", "-5", "20"), ("5", "0", "20")),
        (("10", "20", "-15"), ("0", "15", "0")),
        (("10", "-4", "20", "-8"), ("0", "0", "18", "0")),
        (("0", "10", "-10"), ("0", "0", "0")),
        (("10", "-15"), ("0", "0")),
    ],
)
def test_negative_lines_settle_positive_ones_in_line_order(grosses: tuple[str], owed: tuple[str]) -> None:
    assert payable(decimals(*grosses)) == decimals(*owed)


@given(st.lists(signed, max_size=8))
def test_what_is_owed_is_the_total_and_never_less_than_nothing(grosses: list[Decimal]) -> None:
    owed = payable(grosses)

    assert sum(owed) == max(sum(grosses), 0)
    assert all(0 <= amount <= max(gross, 0) for amount, gross in zip(owed, grosses, strict=True))


@pytest.mark.parametrize(
    ("amount", "open_amounts", "shares"),
    [
        ("0", ("5", "5"), ("0", "0")),
        ("3", ("5", "5"), ("3", "0")),
        ("7", ("5", "5"), ("5", "2")),
        ("7", ("0", "5", "5"), ("0", "5", "2")),
        ("11", ("5", "5"), ("5", "5")),
        ("1", (), ()),
    ],
)
def test_an_amount_is_spread_over_lines_in_order(amount: str, open_amounts: tuple[str], shares: tuple[str]) -> None:
    assert share_in_order(Decimal(amount), decimals(*open_amounts)) == decimals(*shares)


@given(cents, st.lists(cents, max_size=8))
def test_a_line_takes_something_only_when_all_before_it_are_full(amount: Decimal, open_amounts: list[Decimal]) -> None:
    shares = share_in_order(amount, open_amounts)

    assert sum(shares) == min(amount, sum(open_amounts))
    not_full = [place for place, (share, room) in enumerate(zip(shares, open_amounts, strict=True)) if share < room]
    assert all(not shares[place] for place in range(not_full[0] + 1, len(shares))) if not_full else True
