"""Long work: declared as a task, asked for inside a deed, done by a worker, once.

A task is a function of a `Run` (see attempts.py) and of plain arguments. It is declared where its module is imported
with the program:

    @task("shop_message")
    def apply_message(run: Run, *, message: int) -> None:
        run.deed(lambda session: apply(session, message, by=run.by))

and asked for in the deed that needs it, so that there is a job exactly if that deed is committed:

    ask(session, apply_message, by=shop, lock=f"shop order {shop} {number}", message=message)

`about` says what it is about, as people call it.
`lock`: of the jobs with one lock one runs at a time, in the order in which they were asked for; one that is to be tried
again keeps those behind it waiting. `waiting_once`: while a job with this key waits, asking for another one gives None;
those that failed are listed until one with their key ends, which counts their failures, should it fail too.
`every`: five fields of cron, in UTC; the schedule then asks, with no arguments and at most one job waiting.
`lane`: `quick` for what people or shops wait for and is done in a second or so, `long` for all else; they never wait
for each other. A worker hears of a job the moment its deed is committed.

What has its effect in `run.deed` has it once, whatever is killed and however often it is tried; a task with several
deeds must find out by itself what is done already. A refusal (DomainError) ends the job with its sentence. `TryAgain`
and any other error are tried again after 2, 8, 32, … seconds, `tries` times in all, and then the job has failed.
A job that succeeded is listed for a month, or, with `kept=False`, not at all. `given_up` is called, in the deed in
which a job fails for good, with the session, the sentence that it fails with, and the job's arguments.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.domain.kernel import clock
from app.domain.kernel.errors import DomainError, NotFound
from app.domain.kernel.orm import Base, JsonColumn, Timestamp, one_of
from app.domain.kernel.rows import as_json, read

WAITING, RUNNING, DONE, FAILED, CANCELLED = STATUSES = ("waiting", "running", "done", "failed", "cancelled")
LANES = ("quick", "long")
# The one task that the queue's library knows; which of ours it is stands in the job.
PERFORM = "perform"

# The library's own function has no ON CONFLICT, and a unique violation would end the deed that asks. The job has the
# queue's number, so that either is found from the other. Where one with the key waits it is held until the deed is
# committed: a worker that took it before would not see what the deed asks for.
ASK = """
WITH asked AS MATERIALIZED (
    SELECT nextval('procrastinate_jobs_id_seq') AS id, it.*,
           row_number() OVER (PARTITION BY key IS NULL, coalesce(key, place::text) ORDER BY place) AS turn
    FROM unnest(%(tasks)s::text[], %(lanes)s::text[], %(abouts)s::text[], %(arguments)s::text[]::jsonb[],
                %(locks)s::text[], %(keys)s::text[], %(moments)s::timestamptz[])
         WITH ORDINALITY AS it (task, lane, about, arguments, lock, key, not_before, place)
    ORDER BY place
), queued AS (
    INSERT INTO procrastinate_jobs (id, queue_name, task_name, lock, queueing_lock, args, scheduled_at)
    SELECT id, lane, %(perform)s, lock, key, jsonb_build_object('job', id), not_before FROM asked
    WHERE turn = 1 ORDER BY id
    ON CONFLICT (queueing_lock) WHERE status = 'todo' DO UPDATE SET queueing_lock = excluded.queueing_lock RETURNING id
), added AS (
    INSERT INTO job (id, task, lane, about, arguments, actor_id, at, lock, waiting_once, next_at)
    SELECT id, task, lane, about, arguments, %(by)s, %(at)s, lock, key, not_before FROM asked JOIN queued USING (id)
)
SELECT queued.id FROM asked LEFT JOIN queued USING (id) ORDER BY place
"""
ASK_AGAIN = """
WITH queued AS (
    INSERT INTO procrastinate_jobs (id, queue_name, task_name, lock, queueing_lock, args)
    SELECT id, lane, %(perform)s, lock, waiting_once, jsonb_build_object('job', id) FROM job
    WHERE id = %(id)s AND status IN ('failed', 'cancelled')
    ON CONFLICT DO NOTHING RETURNING id
)
UPDATE job SET status = 'waiting', failures = 0, error = NULL, next_at = NULL, ended_at = NULL, cancelling = false
WHERE id IN (SELECT id FROM queued) RETURNING id
"""
CANCEL = """
WITH gone AS (
    DELETE FROM procrastinate_jobs queued USING job
    WHERE queued.id = %(id)s AND queued.status = 'todo' AND job.id = queued.id AND job.status = 'waiting'
)
UPDATE job SET cancelling = true, status = CASE status WHEN 'waiting' THEN 'cancelled' ELSE status END,
    ended_at = CASE status WHEN 'waiting' THEN %(at)s::timestamptz END
WHERE id = %(id)s AND status IN ('waiting', 'running') RETURNING status
"""
FOUND = "SELECT status FROM job WHERE id = %(id)s FOR NO KEY UPDATE"


class Job(Base):
    """Something long that was asked for, what became of it, and how far it is."""

    __tablename__ = "job"
    __table_args__ = (
        one_of("status", STATUSES),
        one_of("lane", LANES),
        Index("ix_job_actor_id", "actor_id", "id"),
        Index("ix_job_unfinished", "status", postgresql_where=text("status IN ('waiting', 'running', 'failed')")),
        Index("ix_job_ended_at", "ended_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    task: Mapped[str]
    lane: Mapped[str]
    # What it is about, as people call it: a file, a list, an order.
    about: Mapped[str]
    arguments: Mapped[JsonColumn]
    # Nobody's where the schedule asked.
    actor_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("actor.id"))
    at: Mapped[Timestamp]
    lock: Mapped[str | None]
    waiting_once: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default=WAITING, default=WAITING)
    # How often it was begun: an attempt that was taken for dead finds another number here and stores nothing.
    attempts: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    failures: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    next_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    done: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    total: Mapped[int | None]
    cancelling: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    error: Mapped[str | None]
    result: Mapped[Any | None] = mapped_column(JSONB)


class JobFile(Base):
    """A part of the file that came of a job; all of it is kept for a day."""

    __tablename__ = "job_file"

    job_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("job.id", ondelete="CASCADE"), primary_key=True)
    place: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class TryAgain(DomainError):
    """A refusal that may be gone in a while."""


@dataclass(frozen=True)
class Task:
    """A declared kind of long work; the function takes a Run and the arguments by name."""

    name: str
    function: Callable[..., None]
    lane: str
    tries: int
    kept: bool
    every: str
    given_up: Callable[..., None] | None = None


class Asked(NamedTuple):
    """A job that somebody wants: see the head of this file."""

    task: Task
    arguments: Mapping[str, object]
    about: str = ""
    lock: str | None = None
    waiting_once: str | None = None
    not_before: datetime | None = None


TASKS: dict[str, Task] = {}


def task(
    name: str, *, lane: str = "quick", tries: int = 6, kept: bool = True, every: str = "",
    given_up: Callable[..., None] | None = None,
) -> Callable[[Callable[..., None]], Task]:  # fmt: skip
    """Declares the decorated function as the task of this name, which jobs keep: it is not renamed while some wait."""
    assert lane in LANES
    assert name not in TASKS, f"there are two tasks {name}"

    def declare(function: Callable[..., None]) -> Task:
        TASKS[name] = Task(name, function, lane, tries, kept, every, given_up)
        return TASKS[name]

    return declare


def ask(
    session: Session, its: Task, /, *, by: int | None, about: str = "", lock: str | None = None,
    waiting_once: str | None = None, not_before: datetime | None = None, **arguments: object,
) -> int | None:  # fmt: skip
    """Asks for one job in the open deed and gives its id; None where one with the key `waiting_once` waits already."""
    return ask_all(session, [Asked(its, arguments, about, lock, waiting_once, not_before)], by=by)[0]


def ask_all(session: Session, wanted: Sequence[Asked], *, by: int | None) -> list[int | None]:
    """Asks for any number of jobs by one statement; their ids in the same order, as `ask` gives them."""
    found = read(
        session, ASK, perform=PERFORM, by=by, at=clock.now(),
        tasks=[it.task.name for it in wanted], lanes=[it.task.lane for it in wanted],
        abouts=[it.about for it in wanted], arguments=[as_json(dict(it.arguments)) for it in wanted],
        locks=[it.lock for it in wanted], keys=[it.waiting_once for it in wanted],
        moments=[it.not_before for it in wanted],
    )  # fmt: skip
    return [row.id for row in found]


def ask_again(session: Session, job_id: int) -> None:
    """Puts a job that failed or was cancelled back to those that wait.

    Raises NotFound, and DomainError where it did not fail, where the same waits already, or where its worker has yet
    to put it away.
    """
    status = _status(session, job_id)
    if status not in (FAILED, CANCELLED):
        raise DomainError("job_not_failed", "Only what failed or was cancelled can be tried again.")
    if not read(session, ASK_AGAIN, id=job_id, perform=PERFORM):
        raise DomainError("job_waits", "The same is waiting or just ending: look again in a moment.")


def cancel(session: Session, job_id: int) -> str:
    """Takes a waiting job back, or asks a running one to stop at its next sign of life; gives its status now.

    Raises NotFound, and DomainError where it has ended.
    """
    _status(session, job_id)
    for row in read(session, CANCEL, id=job_id, at=clock.now()):
        return str(row.status)
    raise DomainError("job_ended", "This has ended already: there is nothing to cancel.")


def _status(session: Session, job_id: int) -> str:
    for row in read(session, FOUND, id=job_id):
        return str(row.status)
    raise NotFound("no_job", "There is no such job.")
