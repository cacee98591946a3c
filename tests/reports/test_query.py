"""A report's rows: whole, by pages, one by one, and what they come to."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from app.domain.kernel.errors import Invalid
from app.reports.query import Query, check_stretch, ids

SEVEN = Query(
    'SELECT n AS "on", n * %(times)s::numeric AS amount FROM generate_series(1, 7) n ORDER BY n', {"times": 2}
)


def test_pages_follow_each_other_and_end(session: Session) -> None:
    pages = [[row.on for row in SEVEN.some(session, 3, skip)] for skip in (0, 3, 6, 9)]

    assert pages == [[1, 2, 3], [4, 5, 6], [7], []]
    assert [row.on for row in SEVEN.rows(session)] == [1, 2, 3, 4, 5, 6, 7]


def test_rows_come_one_by_one(session: Session) -> None:
    assert [(row.on, row.amount) for row in SEVEN.stream(session)][-1] == (7, Decimal(14))


def test_sums_are_of_all_rows_and_of_none_they_are_nothing(session: Session) -> None:
    empty = Query('SELECT 1 AS "on", 1::numeric AS amount WHERE false', {})

    assert SEVEN.sums(session, ["amount", "on"]) == {"count": 7, "amount": 56, "on": 28}
    assert empty.sums(session, ["amount"]) == {"count": 0, "amount": 0}


def test_a_stretch_may_be_a_day_but_not_end_before_it_starts() -> None:
    check_stretch(date(2026, 3, 1), date(2026, 3, 1))
    with pytest.raises(Invalid):
        check_stretch(date(2026, 3, 2), date(2026, 3, 1))


def test_no_ids_are_not_all_ids() -> None:
    assert (ids(None), ids([]), ids({2, 1})) == (None, [], [1, 2])
