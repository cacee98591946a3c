"""When how much of an invoice is due."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.kernel.errors import DomainError
from app.domain.parties.terms import Part, Rule, Term, due_date, due_dates, instalments, working_day

D = Decimal
JANUARY = date(2026, 1, 31)
THIRD = Part(Rule("immediate"), percent=D("33.33"))
AT_ONCE = Rule("immediate")


@pytest.mark.parametrize(
    ("rule", "on", "due"),
    [
        (Rule("immediate"), JANUARY, JANUARY),
        (Rule("immediate", 14), JANUARY, JANUARY),
        (Rule("days", 0), JANUARY, JANUARY),
        (Rule("days", 30), JANUARY, date(2026, 3, 2)),
        (Rule("days", 1), date(2028, 2, 28), date(2028, 2, 29)),
        (Rule("days", 31), date(2026, 12, 1), date(2027, 1, 1)),
        (Rule("end_of_month"), date(2026, 2, 3), date(2026, 2, 28)),
        (Rule("end_of_month", months=1), date(2026, 2, 28), date(2026, 3, 31)),
        (Rule("end_of_month", months=12), date(2027, 2, 28), date(2028, 2, 29)),
        (Rule("day_of_month", months=1, day=31), JANUARY, date(2026, 2, 28)),
        (Rule("day_of_month", months=1, day=31), date(2026, 3, 5), date(2026, 4, 30)),
        (Rule("day_of_month", months=1, day=15), date(2026, 12, 20), date(2027, 1, 15)),
        (Rule("day_of_month", months=0, day=10), date(2026, 12, 20), date(2026, 12, 10)),
        (Rule("days_then_end_of_month", 45), date(2021, 9, 13), date(2021, 10, 31)),
        (Rule("end_of_month_then_days", 45), date(2021, 9, 13), date(2021, 11, 14)),
        (Rule("days_then_end_of_month", 30), JANUARY, date(2026, 3, 31)),
        (Rule("end_of_month_then_days", 30), JANUARY, date(2026, 3, 2)),
    ],
)
def test_dates_are_counted_by_the_calendar_from_the_date_of_the_invoice(rule: Rule, on: date, due: date) -> None:
    assert due_date(rule, on) == due


@given(st.dates(date(1990, 1, 1), date(2200, 1, 1)), st.integers(0, 3650))
def test_so_many_days_later_is_so_many_days_later(on: date, days: int) -> None:
    assert (due_date(Rule("days", days), on) - on).days == days


def test_a_rule_that_is_none_is_a_fault_of_the_program() -> None:
    with pytest.raises(ValueError, match="whenever"):
        due_date(Rule("whenever", 1), JANUARY)


@pytest.mark.parametrize(
    ("total", "amounts"),
    [
        ("100.00", ["33.33", "33.33", "33.34"]),
        ("0.05", ["0.02", "0.02", "0.01"]),
        ("-100.00", ["-33.33", "-33.33", "-33.34"]),
        ("0.01", ["0.01"]),
        ("0.00", []),
    ],
)
def test_shares_are_rounded_and_the_rest_is_what_they_leave(total: str, amounts: list[str]) -> None:
    term = Term("THIRDS", Rule("days", 60), [THIRD, Part(Rule("days", 30), percent=D("33.33"))])

    assert [its.amount for its in instalments(term, D(total), JANUARY)] == [D(amount) for amount in amounts]


def test_a_fixed_amount_comes_first_and_each_part_is_due_by_its_own_rule() -> None:
    term = Term("DOWN", Rule("end_of_month", months=1), [
        Part(AT_ONCE, amount=D("50.00")), Part(Rule("days", 10), percent=D(25)),
    ])  # fmt: skip

    assert instalments(term, D("199.99"), JANUARY) == [
        (JANUARY, D("50.00")), (date(2026, 2, 10), D("50.00")), (date(2026, 2, 28), D("99.99")),
    ]  # fmt: skip
    assert sum(its.amount for its in instalments(term, D("1000"), JANUARY, 0)) == 1000


@pytest.mark.parametrize(
    ("parts", "total"),
    [
        ([Part(AT_ONCE, percent=D(60)), Part(AT_ONCE, percent=D("40.01"))], "100.00"),
        ([Part(AT_ONCE, amount=D("50.01"))], "50.00"),
        ([Part(AT_ONCE, amount=D("50.00"))], "-100.00"),
        ([Part(AT_ONCE, amount=D("50.00"))], "0.00"),
    ],
)
def test_parts_that_exceed_the_whole_or_have_another_sign_are_refused(parts: list[Part], total: str) -> None:
    with pytest.raises(DomainError) as refusal:
        instalments(Term("BAD", AT_ONCE, parts), D(total), JANUARY)

    assert (refusal.value.code, "BAD" in str(refusal.value)) == ("parts_exceed_whole", True)


@pytest.mark.parametrize(
    ("on", "country", "due"),
    [
        (date(2026, 3, 2), "BG", date(2026, 3, 2)),
        (date(2026, 3, 3), "BG", date(2026, 3, 4)),  # the Liberation Day of Bulgaria, a Tuesday
        (date(2026, 3, 3), "DE", date(2026, 3, 3)),
        (date(2026, 2, 28), "BG", date(2026, 3, 2)),  # a Saturday
        (date(2025, 12, 24), "bg", date(2025, 12, 29)),  # Christmas until Friday, then a weekend
        (date(2026, 2, 28), "", date(2026, 3, 2)),
        (date(2026, 3, 3), "ZZ", date(2026, 3, 3)),
    ],
)
def test_a_day_off_moves_to_the_next_working_day_of_the_country(on: date, country: str, due: date) -> None:
    assert working_day(on, country) == due


def test_only_a_term_with_a_calendar_minds_days_off() -> None:
    rest = Rule("days", 31)

    assert due_dates(Term("N31", rest), JANUARY) == [date(2026, 3, 3)]
    assert due_dates(Term("N31", rest, calendar="BG"), JANUARY) == [date(2026, 3, 4)]


@given(
    st.decimals(-(10**6), 10**6, places=2),
    st.lists(st.decimals(D("0.01"), 33, places=2), max_size=2),
    st.dates(date(1990, 1, 1), date(2200, 1, 1)),
)
def test_instalments_add_up_to_the_total(total: Decimal, percents: list[Decimal], on: date) -> None:
    term = Term("X", Rule("days", 30), [Part(AT_ONCE, percent=percent) for percent in percents])

    its = instalments(term, total, on)

    assert sum(part.amount for part in its) == total
    assert all(part.amount and part.due_on >= on for part in its)
