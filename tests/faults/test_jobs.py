"""Workers that are killed, that work side by side, and that are told to stop."""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine

from app.domain.kernel import clock
from app.domain.kernel.jobs import Asked, Task, ask, ask_all
from app.domain.kernel.rows import read
from app.domain.kernel.unit import deed, open_session
from tests.conftest import Postgres
from tests.faults.forked import Worker
from tests.faults.hands import AGAIN, deaf, doubled, fails, fails_once, leave_name, leave_slowly, names, refused

Start = Callable[..., Worker]


@pytest.fixture
def start(fresh_environment: dict[str, str]) -> Iterator[Start]:
    """Starts workers; whatever still runs in the end is killed."""
    with ExitStack() as processes:

        def start(*arguments: str) -> Worker:
            worker = Worker(fresh_environment, *arguments)
            processes.callback(worker.wait)
            processes.callback(worker.kill)
            return worker

        yield start


def wanted(its: Task, **more: Any) -> int:
    job = deed(lambda session: ask(session, its, by=None, **more))
    assert job is not None
    return job


def until(sql: str, **values: object) -> Any:
    """The first row of a query, as soon as it has one."""
    for _ in range(1_200):
        with open_session() as session:
            rows = read(session, sql, **values)
        if rows:
            return rows[0]
        time.sleep(0.05)
    with open_session() as session:
        there = [tuple(row) for row in read(session, "SELECT task, status, failures, error FROM job")]
    raise AssertionError(f"nothing came of {sql}: {there}")


def wait_for(postgres: Postgres, engine: Engine, sql: str) -> None:
    """Waits until a superuser, who sees what others do, finds something."""
    with psycopg.connect(postgres.url(str(engine.url.database)), autocommit=True) as connection:
        for _ in range(1_200):
            if connection.execute(sql).fetchone() is not None:
                return
            time.sleep(0.05)
    raise AssertionError(f"nothing came of {sql}")


ENDED = "SELECT * FROM job WHERE id = %(id)s AND status IN ('done', 'failed', 'cancelled')"
LISTENING = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND query ILIKE 'listen%'"
ALL_ENDED = "SELECT FROM job HAVING bool_and(status = 'done') AND count(*) = %(count)s"
PROGRESS = "SELECT FROM job WHERE id = %(id)s AND status = 'running' AND done > 0"
HOLDS = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'INSERT INTO actor%'"


def left() -> list[str]:
    with open_session() as session:
        return names(session)


def test_a_worker_hears_of_a_job_and_puts_it_away(postgres: Postgres, fresh_database: Engine, start: Start) -> None:
    start()
    wait_for(postgres, fresh_database, LISTENING)

    job = wanted(leave_name, name="heard")

    # The worker looks by itself only once an hour.
    assert until(ENDED, id=job).status == "done"
    until("SELECT WHERE NOT EXISTS (SELECT FROM procrastinate_jobs)")
    assert left() == ["heard"]


def test_a_worker_killed_in_the_middle_of_a_job_leaves_nothing_and_another_does_it_once(
    fresh_database: Engine, start: Start
) -> None:
    job = wanted(leave_slowly, name="slow", steps=40)
    killed = start()
    until(PROGRESS, id=job)
    killed.kill()
    killed.wait()
    assert left() == []

    start("0.2")

    row = until(ENDED, id=job)
    assert (row.status, row.attempts, row.result, left()) == ("done", 2, {"steps": 40}, ["slow"])


def test_of_two_with_one_key_the_one_that_is_to_be_tried_again_gives_way(fresh_database: Engine, start: Start) -> None:
    job = wanted(doubled, name="twin", lock="twin", waiting_once="twin")

    start("0.2")

    assert until(ENDED, id=job).status == "cancelled"
    until("SELECT WHERE NOT EXISTS (SELECT FROM procrastinate_jobs)")
    assert left() == [f"twin{AGAIN}"]


def test_what_a_dead_worker_held_gives_way_to_the_same_that_waits(
    postgres: Postgres, fresh_database: Engine, start: Start
) -> None:
    job = wanted(deaf, name="deaf", waiting_once="one")
    killed = start("0.2")
    wait_for(postgres, fresh_database, HOLDS)
    killed.kill()
    killed.wait()
    # One that may be begun at once could have ended before anybody misses the dead worker.
    wanted(leave_name, name="other", waiting_once="one", not_before=clock.now() + timedelta(hours=1))

    start("0.2")

    assert until(ENDED, id=job).status == "cancelled"
    until("SELECT WHERE (SELECT count(*) FROM procrastinate_jobs) = 1")
    assert left() == []


def test_a_job_that_kills_its_workers_is_told_as_failed(
    postgres: Postgres, fresh_database: Engine, start: Start
) -> None:
    job = wanted(deaf, name="deaf")
    for _ in range(2):
        killed = start("0.2")
        wait_for(postgres, fresh_database, HOLDS)
        killed.kill()
        killed.wait()
        wait_for(postgres, fresh_database, f"SELECT 1 WHERE NOT EXISTS ({HOLDS})")
    start("0.2")

    row = until(ENDED, id=job)
    assert (row.status, row.error, left()) == ("failed", "The worker died while it was at this.", [])


def test_two_workers_do_each_job_once_and_those_of_one_lock_in_their_order(
    fresh_database: Engine, start: Start
) -> None:
    deed(lambda session: ask_all(
        session, [Asked(leave_name, {"name": f"{lock} {place}"}, lock=lock) for place in range(20) for lock in "AB"],
        by=None,
    ))  # fmt: skip
    start("0.2"), start("0.2")

    until(ALL_ENDED, count=40)

    done = left()
    assert len(done) == 40
    for lock in "AB":
        assert [name for name in done if name.startswith(lock)] == [f"{lock} {place}" for place in range(20)]


def test_a_job_that_is_tried_again_keeps_those_of_its_lock_waiting(fresh_database: Engine, start: Start) -> None:
    first = wanted(fails_once, name="first", lock="A")
    second = wanted(leave_name, name="second", lock="A")
    other = wanted(leave_name, name="other", lock="B")
    start("0.2")

    for job in (first, second, other):
        assert until(ENDED, id=job).status == "done"

    assert left() == ["other", "first", "second"]


def test_a_job_that_fails_is_tried_again_then_listed_with_its_reference(fresh_database: Engine, start: Start) -> None:
    broken, no = wanted(fails, name="x"), wanted(refused)
    start("0.2")

    row = until(ENDED, id=broken)
    assert (row.status, row.attempts, row.failures, left()) == ("failed", 2, 2, [])
    assert "Reference: " in row.error
    row = until(ENDED, id=no)
    assert (row.status, row.attempts, row.error) == ("failed", 1, "The file x.csv is not so.")


def test_a_worker_told_to_stop_gives_a_long_job_back_and_ends_well(fresh_database: Engine, start: Start) -> None:
    job = wanted(leave_slowly, name="long", steps=10_000)
    worker = start()
    until(PROGRESS, id=job)

    worker.terminate()

    assert worker.wait(120) == 0
    row = until("SELECT * FROM job WHERE id = %(id)s AND status = 'waiting'", id=job)
    assert (row.failures, left()) == (0, [])
    until("SELECT FROM procrastinate_jobs WHERE id = %(id)s AND status = 'todo'", id=job)


def test_a_worker_told_to_stop_ends_a_short_job(fresh_database: Engine, start: Start) -> None:
    job = wanted(leave_slowly, name="short", steps=20)
    worker = start()
    until(PROGRESS, id=job)

    worker.terminate()

    assert (worker.wait(60), until(ENDED, id=job).status, left()) == (0, "done", ["short"])


def test_a_worker_whose_database_goes_away_ends_and_says_so(
    fresh_database: Engine, start: Start, postgres: Postgres
) -> None:
    worker = start("0.2")
    wait_for(postgres, fresh_database, LISTENING)

    postgres.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '' AND datname = "
        f"'{fresh_database.url.database}'"
    )
    fresh_database.dispose()
    job = wanted(leave_name, name="after all")
    with suppress(subprocess.TimeoutExpired):
        worker.wait(15)
    another = start("0.2") if worker.poll() is not None else worker

    assert until(ENDED, id=job).status == "done"
    assert left() == ["after all"]
    assert another.poll() is None
