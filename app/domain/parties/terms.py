"""Payment terms: from the date and the total of an invoice to its instalments. Pure."""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

import holidays

from app.domain.kernel.errors import DomainError
from app.domain.kernel.values import HUNDRED, ZERO, rounded


class Rule(NamedTuple):
    """When something is due, counted from the date of the invoice; what a rule does not use is left at its default."""

    rule: str
    days: int = 0
    months: int = 0
    day: int = 1


class Part(NamedTuple):
    """A share of the total in per cent, or a fixed amount, due by a rule of its own."""

    due: Rule
    percent: Decimal | None = None
    amount: Decimal | None = None


class Term(NamedTuple):
    """The parts in order; what they leave is due by `rest`.

    With a `calendar` (the code of a country, empty: only weekends) what is due on a day off is due on the next
    working day; without (None) every day will do.
    """

    code: str
    rest: Rule
    parts: Sequence[Part] = ()
    calendar: str | None = None


class DueAmount(NamedTuple):
    due_on: date
    amount: Decimal


def due_date(due: Rule, on: date) -> date:
    """When something of the date `on` is due by a rule."""
    match due.rule:
        case "immediate":
            return on
        case "days":
            return on + timedelta(days=due.days)
        case "end_of_month":
            return _day_of_month(on, due.months, 31)
        case "day_of_month":
            return _day_of_month(on, due.months, due.day)
        case "days_then_end_of_month":
            return _day_of_month(on + timedelta(days=due.days), 0, 31)
        case "end_of_month_then_days":
            return _day_of_month(on, 0, 31) + timedelta(days=due.days)
    raise ValueError(due.rule)


def _day_of_month(on: date, months: int, day: int) -> date:
    """That day of the month so many months on; the last one where the month has no such day."""
    year, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    return date(year, month + 1, min(day, monthrange(year, month + 1)[1]))


def working_day(on: date, country: str) -> date:
    """The date itself, or the next one that is no weekend and no public holiday of the country (ISO 3166 code).

    Of a country that the calendar does not know only Saturdays and Sundays are days off.
    """
    days_off = _calendar(country)
    while not days_off.is_working_day(on):
        on += timedelta(days=1)
    return on


@lru_cache
def _calendar(country: str) -> holidays.HolidayBase:
    known = country.upper() in holidays.list_supported_countries()
    return holidays.country_holidays(country.upper()) if known else holidays.HolidayBase()


def due_dates(term: Term, on: date) -> list[date]:
    """When each part of the term, and then the rest, is due."""
    dates = [due_date(due, on) for due in (*(part.due for part in term.parts), term.rest)]
    return dates if term.calendar is None else [working_day(each, term.calendar) for each in dates]


def instalments(term: Term, total: Decimal, on: date, decimals: int = 2) -> list[DueAmount]:
    """The total of a document dated `on` as instalments, which add up to it; none of 0.00.

    Raises DomainError where the parts are more than the whole, or one of them has another sign than it.
    """
    amounts = [_amount(part, total, decimals) for part in term.parts]
    amounts.append(total - sum(amounts, ZERO))
    if any(amount * total < 0 for amount in amounts) or (not total and any(amounts)):
        raise DomainError(
            "parts_exceed_whole",
            "By payment term {term} the {total} would be due as {parts}: choose another term.",
            term=term.code,
            total=total,
            parts=", ".join(str(amount) for amount in amounts),
        )
    return [DueAmount(due_on, amount) for due_on, amount in zip(due_dates(term, on), amounts, strict=True) if amount]


def _amount(part: Part, total: Decimal, decimals: int) -> Decimal:
    if part.percent is not None:
        return rounded(total * part.percent / HUNDRED, decimals)
    assert part.amount is not None
    return rounded(part.amount, decimals)
