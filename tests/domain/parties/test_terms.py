"""When an invoice is due."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.parties.terms import due_date

JANUARY = date(2026, 1, 31)


@pytest.mark.parametrize(
    ("rule", "days", "on", "due"),
    [
        ("immediate", 0, JANUARY, JANUARY),
        ("immediate", 14, JANUARY, JANUARY),
        ("days", 0, JANUARY, JANUARY),
        ("days", 30, JANUARY, date(2026, 3, 2)),
        ("days", 1, date(2028, 2, 28), date(2028, 2, 29)),
        ("days", 31, date(2026, 12, 1), date(2027, 1, 1)),
    ],
)
def test_days_are_counted_by_the_calendar(rule: str, days: int, on: date, due: date) -> None:
    assert due_date(rule, days, on) == due


@given(st.dates(date(1990, 1, 1), date(2200, 1, 1)), st.integers(0, 3650))
def test_so_many_days_later_is_so_many_days_later(on: date, days: int) -> None:
    assert (due_date("days", days, on) - on).days == days


def test_a_rule_that_is_none_is_a_fault_of_the_program() -> None:
    with pytest.raises(ValueError, match="whenever"):
        due_date("whenever", 1, JANUARY)
