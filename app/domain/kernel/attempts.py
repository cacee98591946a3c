"""One attempt at a job: begun, told of while it goes on, and ended together with what it did.

An attempt holds no lock. It has a number, and whatever it stores in the end is stored only if the job is still at that
number: of an attempt that was taken for dead and the one that came after it, one has its effect and the other none.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from app.domain.kernel import clock
from app.domain.kernel.jobs import TASKS, Task, task
from app.domain.kernel.rows import as_json, read, write
from app.domain.kernel.unit import deed

T = TypeVar("T")

LONGEST_PAUSE = timedelta(hours=1)
LISTED, FILES_KEPT = timedelta(days=30), timedelta(days=1)
PART = 2**20

CLAIM = """
UPDATE job SET status = 'running', attempts = attempts + 1, started_at = %(at)s, next_at = NULL, done = 0, total = NULL
WHERE id = %(id)s AND status IN ('waiting', 'running') AND NOT cancelling
RETURNING id, task, about, arguments, actor_id, attempts, failures
"""
MINE = "WHERE id = %(id)s AND attempts = %(attempt)s AND status = 'running'"
PROGRESS = f"UPDATE job SET done = %(done)s, total = %(total)s {MINE} RETURNING cancelling"
# What is asked for again and again under one key is listed once, as it ended last.
FORGET_EARLIER = """
WITH earlier AS (
    DELETE FROM job earlier USING job mine
    WHERE mine.id = %(id)s AND mine.attempts = %(attempt)s AND mine.status = 'running' AND earlier.id <> mine.id
          AND earlier.waiting_once = mine.waiting_once AND earlier.status = 'failed'
    RETURNING earlier.failures
)
"""
DONE = f"""
{FORGET_EARLIER} UPDATE job SET status = 'done', ended_at = %(at)s, error = NULL, result = %(result)s::jsonb {MINE}
"""
DROP = f"{FORGET_EARLIER} DELETE FROM job {MINE}"
FAIL = f"""
{FORGET_EARLIER} UPDATE job SET status = 'failed', ended_at = %(at)s, error = %(error)s,
    failures = failures + 1 + (SELECT coalesce(sum(failures), 0) FROM earlier) {MINE}
"""
PUT_OFF = f"UPDATE job SET status = 'waiting', failures = failures + 1, next_at = %(at)s, error = %(error)s {MINE}"
GIVE_BACK = f"UPDATE job SET status = 'waiting' {MINE}"
CANCELLED = """
UPDATE job SET status = 'cancelled', ended_at = %(at)s
WHERE id = %(id)s AND status IN ('waiting', 'running') AND cancelling
"""
GIVE_WAY = """
UPDATE job SET status = 'cancelled', ended_at = %(at)s WHERE id = %(id)s AND status = 'waiting'
"""
# Workers that give no sign of life are forgotten, and with them who had taken their jobs.
FORGET_WORKERS = "SELECT procrastinate_prune_stalled_workers_v1(%(patience)s)"
# Where the same was asked for meanwhile, that one is enough: two with one key cannot wait.
FIND_STALLED = """
WITH stalled AS MATERIALIZED (
    SELECT id, EXISTS (SELECT FROM procrastinate_jobs other
                       WHERE other.queueing_lock = queued.queueing_lock AND other.status = 'todo') AS again
    FROM procrastinate_jobs queued WHERE status = 'doing' AND worker_id IS NULL ORDER BY id FOR UPDATE SKIP LOCKED
), told AS (
    UPDATE job SET status = CASE WHEN again THEN 'cancelled' ELSE 'waiting' END, failures = failures + 1,
        error = %(error)s, ended_at = CASE WHEN again THEN %(at)s::timestamptz END
    FROM stalled WHERE job.id = stalled.id AND (status = 'running' OR again AND status = 'waiting')
), gone AS (
    DELETE FROM procrastinate_jobs queued USING stalled WHERE queued.id = stalled.id AND again
)
SELECT id, procrastinate_retry_job_v2(id, NULL, NULL, NULL, NULL) FROM stalled WHERE NOT again
"""
FORGET_JOBS = "DELETE FROM job WHERE ended_at < %(before)s"
FORGET_FILES = "DELETE FROM job_file USING job WHERE job.id = job_file.job_id AND job.ended_at < %(before)s"
KEEP_PART = "INSERT INTO job_file (job_id, place, content) VALUES (%(id)s, %(place)s, %(content)s)"
DIED = "The worker died while it was at this."


class Superseded(Exception):
    """Another attempt at the same job has begun, or the job has ended: this one stores nothing."""


class Cancelled(Exception):
    """Somebody cancelled the job."""


class GivenBack(Exception):
    """The worker is to stop: the job waits for another one."""


class Run:
    """What a task is given: `by` is the actor who asked, `stopping` tells whether the worker is to stop."""

    def __init__(self, row: Any, its: Task | None, stopping: Callable[[], bool]) -> None:
        self.id: int = row.id
        self.by: int | None = row.actor_id
        self.about: str = row.about
        self.arguments: dict[str, Any] = row.arguments
        self.attempt: int = row.attempts
        self.failures: int = row.failures
        self.task_name: str = row.task
        self.task = its
        self.ended = False
        self._stopping = stopping
        self._told = 0

    def progress(self, done: int, total: int | None = None) -> None:
        """Says how far it is, as often as one likes: it is stored twice a second at most, outside the open deed.

        Raises Cancelled, GivenBack or Superseded where the attempt is to end; the open deed is then rolled back.
        """
        if self._stopping():
            raise GivenBack()
        moment = time.monotonic_ns()
        if moment - self._told < 500_000_000:
            return
        self._told = moment
        rows = deed(lambda session: read(session, PROGRESS, done=done, total=total, **self._mine))
        if not rows:
            raise Superseded()
        if rows[0].cancelling:
            raise Cancelled()

    def deed(self, work: Callable[[Session], T]) -> T:
        """Does the work in one deed that also ends the job, with the answer (plain JSON values) as its result."""

        def whole(session: Session) -> T:
            answer = work(session)
            self._end(session, answer)
            return answer

        answer = deed(whole)
        self.ended = True
        return answer

    def keep(self, session: Session, pieces: Iterable[bytes]) -> int:
        """Keeps a file that comes of the job, in the deed that ends it; its size in bytes.

        However large it is, little of it is in memory.
        """
        size, part = 0, bytearray()
        place = count()
        for piece in pieces:
            part += piece
            if len(part) >= PART:
                write(session, KEEP_PART, id=self.id, place=next(place), content=bytes(part))
                size += len(part)
                part.clear()
        write(session, KEEP_PART, id=self.id, place=next(place), content=bytes(part))
        return size + len(part)

    def finish(self) -> None:
        """Ends the job where the task has not; Superseded where it is another attempt's."""
        if not self.ended:
            self.deed(lambda _session: None)

    def fail(self, error: str) -> None:
        """Ends the job as failed, with a sentence for the person. One that failed before under its key goes, and is
        counted here.
        """

        def work(session: Session) -> None:
            failed = write(session, FAIL, at=clock.now(), error=error, **self._mine)
            if failed and self.task is not None and self.task.given_up is not None:
                self.task.given_up(session, error, **self.arguments)

        deed(work)

    def put_off(self, error: str) -> datetime | None:
        """After a failure: when it is tried again; None where that was the last try, and the job has failed."""
        if self.task is None or self.failures + 1 >= self.task.tries:
            self.fail(error)
            return None
        at = clock.now() + pause(self.failures + 1)
        deed(lambda session: write(session, PUT_OFF, at=at, error=error, **self._mine))
        return at

    def give_back(self) -> None:
        """Lets another worker have it, which counts as no failure."""
        deed(lambda session: write(session, GIVE_BACK, **self._mine))

    def cancelled(self) -> None:
        """Ends the job as cancelled."""
        deed(lambda session: write(session, CANCELLED, id=self.id, at=clock.now()))

    @property
    def _mine(self) -> dict[str, int]:
        return {"id": self.id, "attempt": self.attempt}

    def _end(self, session: Session, result: object) -> None:
        if self.task is not None and self.task.kept:
            ended = write(session, DONE, at=clock.now(), result=as_json(result), **self._mine)
        else:
            ended = write(session, DROP, **self._mine)
        if not ended:
            raise Superseded()


def begin(job_id: int, stopping: Callable[[], bool]) -> Run | None:
    """Begins an attempt; None where there is nothing to do any more.

    One whose workers died as often as it may be tried has failed.
    """

    def work(session: Session) -> Run | None:
        for row in read(session, CLAIM, id=job_id, at=clock.now()):
            return Run(row, TASKS.get(row.task), stopping)
        write(session, CANCELLED, id=job_id, at=clock.now())
        return None

    run = deed(work)
    if run is not None and run.task is not None and run.failures >= run.task.tries:
        run.fail(DIED)
        return None
    return run


def pause(failures: int) -> timedelta:
    """How long after so many failures the next try comes: 2, 8, 32, … seconds, at most an hour."""
    return min(timedelta(seconds=2 * 4 ** (min(failures, 10) - 1)), LONGEST_PAUSE)


def give_way(job_id: int) -> None:
    """Ends a job that was to be tried again as the same was asked for meanwhile, and waits."""
    deed(lambda session: write(session, GIVE_WAY, id=job_id, at=clock.now()))


def revive(patience: int) -> Sequence[int]:
    """Puts back to those that wait the jobs of workers without a sign of life for so many seconds; gives their ids."""

    def work(session: Session) -> list[int]:
        read(session, FORGET_WORKERS, patience=patience)
        return [row.id for row in read(session, FIND_STALLED, error=DIED, at=clock.now())]

    return deed(work)


@task("forget_jobs", kept=False, every="23 * * * *")
def forget_jobs(run: Run) -> None:
    """Takes off the list what ended a month ago, and throws away the files of the day before."""

    def work(session: Session) -> None:
        write(session, FORGET_JOBS, before=clock.now() - LISTED)
        write(session, FORGET_FILES, before=clock.now() - FILES_KEPT)

    run.deed(work)
