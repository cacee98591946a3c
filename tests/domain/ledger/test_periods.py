"""Periods that close, also while somebody is posting."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.domain.kernel import clock
from app.domain.kernel.errors import DomainError
from app.domain.kernel.rows import read
from app.domain.kernel.unit import deed
from app.domain.ledger.periods import check_date, close_period, reopen_period
from tests.domain.ledger.conftest import found

JANUARY = (date(2026, 1, 1), date(2026, 1, 31))


def refusal(work: Callable[[], None]) -> DomainError:
    with pytest.raises(DomainError) as refused:
        work()
    return refused.value


def periods(session: Session) -> list[tuple[date, date, str]]:
    return [tuple(row) for row in read(session, "SELECT starts_on, ends_on, state FROM period ORDER BY starts_on")]


def test_today_and_any_earlier_open_date_will_do(session, anna, today) -> None:
    check_date(session, by=anna, on=today, reason="whatever the step is asked")
    check_date(session, on=date(2001, 2, 3))


def test_tomorrow_is_refused_by_the_companys_own_clock(session, anna, today) -> None:
    error = refusal(lambda: check_date(session, by=anna, on=today + timedelta(1)))

    assert error.code == "in_the_future"
    assert str(today) in str(error)


def test_the_date_is_that_of_the_companys_time_zone(session, today) -> None:
    found(session)
    earlier, later = "Pacific/Pago_Pago", "Pacific/Kiritimati"
    assert clock.today(earlier) < clock.today(later)

    for zone in (earlier, later):
        session.connection().exec_driver_sql("UPDATE company SET time_zone = %s", (zone,))
        session.info.pop("company", None)
        check_date(session, on=clock.today(zone))
        assert refusal(lambda zone=zone: check_date(session, on=clock.today(zone) + timedelta(1)))


@pytest.mark.parametrize("value", [None, "2026-01-01", 20260101, datetime(2026, 1, 1)])  # noqa: DTZ001
def test_what_is_no_date_is_refused(session, anna, value) -> None:
    assert refusal(lambda: check_date(session, by=anna, on=value)).code == "not_a_date"
    assert refusal(lambda: close_period(session, value, date(2026, 1, 1), by=anna)).code == "not_a_date"


@pytest.mark.parametrize(("on", "refused"), [
    (date(2025, 12, 31), False), (JANUARY[0], True), (date(2026, 1, 15), True), (JANUARY[1], True),
    (date(2026, 2, 1), False),
])  # fmt: skip
def test_a_closed_period_takes_nothing_from_its_first_to_its_last_day(session, anna, on: date, refused: bool) -> None:
    close_period(session, *JANUARY, by=anna)

    if refused:
        error = refusal(lambda: check_date(session, by=anna, on=on))
        assert error.code == "closed_period"
        assert "2026-01-01 to 2026-01-31" in str(error)
        assert "reopened" in str(error)
    else:
        check_date(session, by=anna, on=on)


def test_a_reopened_period_takes_postings_until_it_is_closed_again(session, anna) -> None:
    close_period(session, *JANUARY, by=anna)
    reopen_period(session, JANUARY[0], by=anna, reason="a late bill")
    check_date(session, by=anna, on=JANUARY[0])
    assert periods(session) == [(*JANUARY, "open")]

    close_period(session, *JANUARY, by=anna)

    assert refusal(lambda: check_date(session, by=anna, on=JANUARY[0])).code == "closed_period"
    assert periods(session) == [(*JANUARY, "closed")]


def test_the_second_click_changes_nothing(session, anna) -> None:
    def versions() -> list[int]:
        return [row.version for row in read(session, "SELECT version FROM period")]

    close_period(session, *JANUARY, by=anna)
    close_period(session, *JANUARY, by=anna)
    assert versions() == [1]

    reopen_period(session, JANUARY[0], by=anna, reason="a late bill")
    reopen_period(session, JANUARY[0], by=anna, reason="a late bill")
    assert versions() == [2]


@pytest.mark.parametrize("dates", [
    (date(2026, 1, 31), date(2026, 2, 28)),
    (date(2026, 1, 1), date(2026, 1, 30)),
    (date(2025, 12, 1), date(2026, 3, 31)),
])  # fmt: skip
def test_dates_that_overlap_another_period_are_refused_by_its_name(session, anna, dates) -> None:
    close_period(session, *JANUARY, by=anna)

    error = refusal(lambda: close_period(session, *dates, by=anna))

    assert error.code == "period_overlaps"
    assert "2026-01-01 to 2026-01-31" in str(error)
    assert periods(session) == [(*JANUARY, "closed")]


def test_a_period_that_ends_before_it_starts_or_is_not_over_is_refused(session, anna, today) -> None:
    assert refusal(lambda: close_period(session, *reversed(JANUARY), by=anna)).code == "wrong_order"
    assert refusal(lambda: close_period(session, today, today + timedelta(1), by=anna)).code == "not_over"
    close_period(session, today, today, by=anna)


def test_a_period_is_reopened_for_a_reason_and_its_history_tells_who_did_what(session, anna) -> None:
    close_period(session, *JANUARY, by=anna)
    assert refusal(lambda: reopen_period(session, JANUARY[0], by=anna, reason="  ")).code == "no_reason"
    reopen_period(session, JANUARY[0], by=anna, reason=" a late bill ")
    reopen_period(session, JANUARY[0], by=anna, reason="once more")
    close_period(session, *JANUARY, by=anna)

    told = read(session, "SELECT step, reason, actor_id FROM ledger_history ORDER BY id")

    assert [tuple(row) for row in told] == [("close", "", anna), ("reopen", "a late bill", anna), ("close", "", anna)]


def test_a_period_that_is_not_there_cannot_be_reopened(session, anna) -> None:
    assert refusal(lambda: reopen_period(session, JANUARY[0], by=anna, reason="a late bill")).code == "no_period"


def in_steps(work: Callable[[Session], None]) -> tuple[Future[None], threading.Event, threading.Event]:
    """Starts a deed that does its work and then waits: (its end, `worked`, `may_commit`)."""
    worked, may_commit = threading.Event(), threading.Event()

    def steps(session: Session) -> None:
        work(session)
        worked.set()
        assert may_commit.wait(60)

    pool = ThreadPoolExecutor(1)
    end = pool.submit(deed, steps)
    pool.shutdown(wait=False)
    return end, worked, may_commit


@pytest.mark.parametrize("prepared", [False, True])
def test_closing_waits_for_whoever_posts(fresh_database: Engine, prepared: bool) -> None:
    anna = deed(found)

    def posting(session: Session) -> None:
        for _ in range(10 if prepared else 1):
            check_date(session, by=anna, on=JANUARY[0])

    posted, worked, may_commit = in_steps(posting)
    assert worked.wait(60)
    closed, closing, may_close = in_steps(lambda session: close_period(session, *JANUARY, by=anna))
    may_close.set()

    assert not closing.wait(0.5)
    may_commit.set()
    posted.result(20)
    closed.result(20)
    assert deed(periods) == [(*JANUARY, "closed")]


@pytest.mark.parametrize("warm", [False, True])
def test_whoever_posts_waits_for_closing_and_is_then_refused(fresh_database: Engine, warm: bool) -> None:
    anna = deed(found)
    with fresh_database.connect() as connection, ThreadPoolExecutor(1) as pool:
        posting = Session(connection)
        for _ in range(10 if warm else 0):  # from the sixth time on the driver sends a prepared statement
            check_date(posting, by=anna, on=JANUARY[0])
            posting.commit()
        closed, closing, may_close = in_steps(lambda session: close_period(session, *JANUARY, by=anna))
        assert closing.wait(60)
        posted = pool.submit(check_date, posting, by=anna, on=JANUARY[0])

        with pytest.raises(TimeoutError):
            posted.result(0.5)
        may_close.set()
        closed.result(20)
        assert refusal(lambda: posted.result(20)).code == "closed_period"
        posting.rollback()


def test_two_who_post_do_not_wait_for_each_other(fresh_database: Engine) -> None:
    anna = deed(found)
    first, worked, may_commit = in_steps(lambda session: check_date(session, by=anna, on=JANUARY[0]))
    assert worked.wait(60)

    second, also_worked, also_may_commit = in_steps(lambda session: check_date(session, by=anna, on=JANUARY[0]))

    assert also_worked.wait(60)
    may_commit.set()
    also_may_commit.set()
    first.result(20)
    second.result(20)
