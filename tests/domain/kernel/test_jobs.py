"""Jobs: asked for in a deed, attempted, ended, tried again, cancelled."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.domain.kernel import attempts
from app.domain.kernel.attempts import Cancelled, GivenBack, Run, Superseded, begin, pause, revive
from app.domain.kernel.errors import DomainError, NotFound
from app.domain.kernel.jobs import Asked, ask, ask_again, ask_all, cancel
from app.domain.kernel.rows import read, write
from app.domain.kernel.unit import deed, open_session
from tests.faults.hands import fails, leave, leave_name, leave_slowly, names
from tests.traces import statements

QUEUE = "SELECT id, queue_name, lock, queueing_lock, status::text FROM procrastinate_jobs ORDER BY id"


def asked(**more: Any) -> int:
    """A job that is committed."""
    job = deed(lambda session: ask(session, leave_name, by=None, **{"name": "x", **more}))
    assert job is not None
    return job


def begun(job: int, *, stopping: bool = False) -> Run:
    run = begin(job, lambda: stopping)
    assert run is not None
    return run


def seen(sql: str, **values: object) -> list[Any]:
    with open_session() as session:
        return list(read(session, sql, **values))


def status(job: int) -> str:
    return str(seen("SELECT status FROM job WHERE id = %(id)s", id=job)[0].status)


def left() -> list[str]:
    with open_session() as session:
        return names(session)


def test_a_job_waits_exactly_if_the_deed_that_asked_for_it_is_committed(fresh_database: Engine) -> None:
    def work(session: Session) -> None:
        ask(session, leave_name, by=None, name="lost")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        deed(work)
    job = asked(lock="A 1", about="orders.csv")

    assert [tuple(row) for row in seen(QUEUE)] == [(job, "quick", "A 1", None, "todo")]
    (row,) = seen("SELECT * FROM job")
    assert (row.id, row.task, row.status, row.attempts, row.arguments) == (
        job,
        "test.leave",
        "waiting",
        0,
        {"name": "x"},
    )
    assert row.about == "orders.csv"


def test_any_number_of_jobs_is_asked_for_by_one_statement_in_their_order(session: Session) -> None:
    read(session, "SELECT 1")
    with statements() as sent:
        ids = ask_all(session, [Asked(leave_name, {"name": f"n{place}"}) for place in range(300)], by=None)

    assert len(sent) == 1
    assert ids == sorted(ids)
    assert len(set(ids)) == 300
    rows = read(session, "SELECT arguments FROM job ORDER BY id")
    assert [row.arguments["name"] for row in rows] == [f"n{place}" for place in range(300)]


def test_what_waits_once_is_not_asked_for_twice_and_the_deed_goes_on(fresh_database: Engine) -> None:
    def work(session: Session) -> list[int | None]:
        leave(session, "still here")
        twice = Asked(leave_name, {"name": "a"}, waiting_once="a")
        return [
            *ask_all(session, [twice, twice, Asked(leave_name, {"name": "b"})], by=None),
            *ask_all(session, [twice], by=None),
        ]

    first, second, third, fourth = deed(work)

    assert first
    assert third
    assert (second, fourth) == (None, None)
    assert left() == ["still here"]
    begun(first).finish()
    write_off(first)
    assert asked(waiting_once="a") > third


def test_what_waits_already_is_not_taken_before_who_asks_for_it_again_is_done(fresh_database: Engine) -> None:
    free = "SELECT id FROM procrastinate_jobs WHERE status = 'todo' FOR UPDATE SKIP LOCKED"
    job = asked(waiting_once="A 1")

    with open_session() as session:
        assert ask(session, leave_name, by=None, waiting_once="A 1", name="y") is None
        assert seen(free) == []
        session.commit()

    assert [row.id for row in seen(free)] == [job]


def test_of_jobs_with_one_key_that_are_asked_for_together_the_first_waits(session: Session) -> None:
    wanted = [
        Asked(leave_name, {"name": name}, waiting_once=key) for name, key in (("a", "1"), ("b", "1"), ("c", None))
    ]

    first, second, third = ask_all(session, wanted, by=None)

    assert (first is None, second, third is None) == (False, None, False)


def write_off(job: int) -> None:
    """The queue lets go of a job that has ended, as its library does."""
    deed(lambda session: write(session, "DELETE FROM procrastinate_jobs WHERE id = %(id)s", id=job))


def test_what_a_job_does_and_that_it_is_done_are_stored_together(fresh_database: Engine) -> None:
    job = asked()
    run = begun(job)
    assert status(job) == "running"

    with pytest.raises(ZeroDivisionError):
        run.deed(lambda session: (leave(session, "no"), 1 / 0))
    assert (status(job), left()) == ("running", [])
    run.deed(lambda session: leave(session, "yes"))

    assert (status(job), left()) == ("done", ["yes"])
    assert begin(job, lambda: False) is None


def test_an_attempt_that_was_taken_for_dead_stores_nothing_once_another_began(fresh_database: Engine) -> None:
    job = asked()
    first, second = begun(job), begun(job)

    with pytest.raises(Superseded):
        first.deed(lambda session: leave(session, "first"))
    with pytest.raises(Superseded):
        first.progress(1, 2)
    first.fail("too late")
    first.put_off("too late")
    first.give_back()
    assert status(job) == "running"
    second.deed(lambda session: leave(session, "second"))

    assert (status(job), left()) == ("done", ["second"])


def test_an_attempt_that_was_taken_for_dead_and_ends_first_has_its_effect_alone(fresh_database: Engine) -> None:
    job = asked()
    first = begun(job)
    first.deed(lambda session: leave(session, "first"))

    assert begin(job, lambda: False) is None
    assert left() == ["first"]


def test_a_failure_is_tried_again_later_and_the_last_one_is_told(fresh_database: Engine) -> None:
    job = deed(lambda session: ask(session, fails, by=None, name="x"))
    assert job is not None

    at = begun(job).put_off("First.")
    (row,) = seen("SELECT status, failures, error, next_at FROM job")
    assert tuple(row) == ("waiting", 1, "First.", at)
    assert begun(job).put_off("Second.") is None

    (row,) = seen("SELECT status, failures, error, ended_at FROM job")
    assert tuple(row)[:3] == ("failed", 2, "Second.")
    assert row.ended_at
    assert begin(job, lambda: False) is None


def test_pauses_grow_to_an_hour_and_no_more() -> None:
    assert [pause(failures) for failures in (1, 2, 3)] == [timedelta(seconds=wait) for wait in (2, 8, 32)]
    assert pause(7) == pause(1000) == timedelta(hours=1)


def test_a_failed_job_is_tried_anew_under_its_number(fresh_database: Engine) -> None:
    job = asked(lock="A", waiting_once="k")
    with pytest.raises(DomainError, match="Only what failed"):
        deed(lambda session: ask_again(session, job))
    begun(job).fail("No.")
    with pytest.raises(DomainError, match="waiting or just ending"):
        deed(lambda session: ask_again(session, job))
    write_off(job)

    deed(lambda session: ask_again(session, job))

    assert [tuple(row) for row in seen(QUEUE)] == [(job, "quick", "A", "k", "todo")]
    (row,) = seen("SELECT status, failures, error, ended_at FROM job")
    assert tuple(row) == ("waiting", 0, None, None)
    begun(job).deed(lambda session: leave(session, "at last"))
    assert left() == ["at last"]


def test_of_those_that_failed_under_one_key_the_last_is_listed_and_counts_all(fresh_database: Engine) -> None:
    def fail_once(**more: Any) -> int:
        job = asked(**more)
        begun(job).fail("The key was revoked.")
        write_off(job)
        return job

    others = [fail_once(waiting_once="other"), fail_once(), fail_once()]
    for _ in range(3):
        last = fail_once(waiting_once="shop 1")

    rows = [tuple(row) for row in seen("SELECT id, failures FROM job ORDER BY id")]
    assert rows == [*((job, 1) for job in others), (last, 3)]
    good = asked(waiting_once="shop 1")
    assert status(last) == "failed"
    begun(good).finish()
    assert [row.id for row in seen("SELECT id FROM job WHERE status = 'failed' ORDER BY id")] == others


def test_a_job_that_waits_is_cancelled_at_once_and_a_running_one_at_its_next_sign(fresh_database: Engine) -> None:
    waiting, running = asked(), asked()
    run = begun(running)

    assert deed(lambda session: cancel(session, waiting)) == "cancelled"
    assert deed(lambda session: cancel(session, running)) == "running"

    assert [row.id for row in seen(QUEUE)] == [running]
    with pytest.raises(Cancelled):
        run.progress(1, 2)
    run.cancelled()
    assert (status(waiting), status(running)) == ("cancelled", "cancelled")
    with pytest.raises(DomainError, match="ended already"):
        deed(lambda session: cancel(session, waiting))
    with pytest.raises(NotFound):
        deed(lambda session: cancel(session, 2**40))


def test_a_cancelled_job_whose_worker_died_is_not_begun_again(fresh_database: Engine) -> None:
    job = asked()
    begun(job)
    deed(lambda session: cancel(session, job))

    assert begin(job, lambda: False) is None
    assert status(job) == "cancelled"


def test_a_worker_that_is_to_stop_gives_its_job_back_without_a_failure(fresh_database: Engine) -> None:
    job = asked()
    run = begun(job, stopping=True)

    with pytest.raises(GivenBack):
        run.progress(1, 2)
    run.give_back()

    (row,) = seen("SELECT status, failures FROM job")
    assert tuple(row) == ("waiting", 0)


def test_progress_is_seen_by_others_while_the_deed_is_open(fresh_database: Engine) -> None:
    job = deed(lambda session: ask(session, leave_slowly, by=None, name="x"))
    assert job is not None
    run = begun(job)

    def work(session: Session) -> None:
        leave(session, "x")
        run.progress(3, 10)
        (row,) = seen("SELECT done, total FROM job")
        assert tuple(row) == (3, 10)

    run.deed(work)


def test_jobs_of_a_worker_without_a_sign_of_life_wait_again_and_those_of_others_go_on(fresh_database: Engine) -> None:
    dead, alive = asked(), asked()
    taken = "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %(worker)s WHERE id = %(job)s"
    for job, age in ((dead, 20), (alive, 1)):
        begun(job)
        deed(lambda session, job=job, age=age: write(
            session, taken, job=job, worker=read(session, "INSERT INTO procrastinate_workers (last_heartbeat) VALUES "
            "(now() - make_interval(secs => %(age)s)) RETURNING id", age=age)[0].id))  # fmt: skip

    assert revive(15) == [dead]
    assert revive(15) == []

    rows = {row.id: tuple(row)[1:] for row in seen("SELECT id, status, failures, error FROM job")}
    assert rows == {dead: ("waiting", 1, attempts.DIED), alive: ("running", 0, None)}
    assert {row.id: row.status for row in seen(QUEUE)} == {dead: "todo", alive: "doing"}


def test_a_job_whose_workers_die_again_and_again_has_failed(fresh_database: Engine) -> None:
    job = asked()
    deed(lambda session: write(session, "UPDATE job SET failures = 6, status = 'running'"))

    assert begin(job, lambda: False) is None
    (row,) = seen("SELECT status, error FROM job")
    assert tuple(row) == ("failed", attempts.DIED)


def test_what_ended_a_month_ago_is_forgotten(fresh_database: Engine) -> None:
    old, new = asked(), asked()
    for job in (old, new):
        begun(job).finish()
    deed(
        lambda session: write(
            session, "UPDATE job SET ended_at = ended_at - interval '31 days' WHERE id = %(id)s", id=old
        )
    )
    job = deed(lambda session: ask(session, attempts.forget_jobs, by=None))
    assert job is not None
    run = begun(job)

    attempts.forget_jobs.function(run)

    assert [row.id for row in seen("SELECT id FROM job")] == [new]
