"""The worker: does the jobs that others asked for (app/domain/kernel/jobs.py), in a process of its own.

`flask worker` runs until it is told to stop; any number of them may run on any number of machines. Each has a few
hands, each with one job at a time, so that whoever ends a job at once takes the next one of the same lock.
Told to stop, a hand ends its job if that takes a few seconds, else gives it back; killed, it is missed after PATIENCE
seconds without a sign of life, and another worker takes its jobs.
"""

import asyncio
import logging
import os
import secrets
import signal
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import click
import procrastinate
from flask import Flask, current_app
from flask.cli import with_appcontext
from procrastinate.jobs import Job as Queued
from procrastinate.jobs import Status
from procrastinate.manager import JobManager
from procrastinate.retry import BaseRetryStrategy, RetryDecision
from procrastinate.worker import Worker
from sqlalchemy import make_url

from app import database
from app.domain.kernel import clock
from app.domain.kernel.attempts import Cancelled, GivenBack, Run, Superseded, begin, give_way, revive
from app.domain.kernel.errors import DomainError, Refused
from app.domain.kernel.jobs import PERFORM, TASKS, Task, TryAgain, ask
from app.domain.kernel.unit import deed
from app.web import shop_jobs

log = logging.getLogger(__name__)

# Its tasks are known by its being here.
assert shop_jobs

HANDS = ("quick", "quick", "long", "long")
SIGN_OF_LIFE, PATIENCE, LOOK_EVERY = 3, 15, 5
# How soon a job is taken whose time has come; of new ones workers hear at once.
ASK_EVERY = 1.0
TIME_TO_END = 8.0
SOON = timedelta(seconds=5)
# What the kernel says while somebody else holds a row.
BUSY = "busy"


class Again(Exception):
    """The job is to be tried again at this moment."""

    def __init__(self, at: datetime) -> None:
        super().__init__(at.isoformat())
        self.at = at


class Shelf(JobManager):
    """The queue's table, where a job that is to be tried again may find that the same was asked for meanwhile."""

    async def retry_job(self, job: Queued, *args: Any, **named: Any) -> None:
        """Puts a job back, unless one with its key waits already: that one is enough."""
        try:
            await super().retry_job(job, *args, **named)
        except procrastinate.exceptions.UniqueViolation:
            await asyncio.to_thread(give_way, job.task_kwargs["job"])
            await self.finish_job(job, status=Status.ABORTED, delete_job=True)


class WhenTold(BaseRetryStrategy):
    """When a job is tried again is decided by whoever made the attempt; where even that failed, soon.

    A job leaves the queue only when its attempt has noted what became of it.
    """

    def get_retry_decision(self, *, exception: BaseException, job: Queued) -> RetryDecision:
        if isinstance(exception, Again):
            return RetryDecision(retry_at=exception.at)
        log.error("what became of job %s could not be noted", job.id, exc_info=exception)
        return RetryDecision(retry_at=clock.now() + SOON)


@click.command("worker")
@click.option("--once", is_flag=True, help="Do what waits, and end.")
@click.option("--pid", type=click.Path(path_type=Path, dir_okay=False), help="A file for the number of the process.")
@with_appcontext
def worker(*, once: bool, pid: Path | None) -> None:
    """Does the jobs that wait, and those to come, until it is told to stop."""
    if pid is not None:
        pid.write_text(str(os.getpid()))
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    told = asyncio.run(work(app, app.config["SQLALCHEMY_DATABASE_URI"], wait=not once))
    sys.exit(0 if told or once else 1)


async def work(app: Flask, url: str, *, wait: bool = True) -> bool:
    """Does jobs until it is told to stop, or, without `wait`, as long as one can be begun; whether it was told to."""
    queue = _queue(app, url, schedule=wait)
    told = asyncio.Event()
    async with queue.open_async():
        await asyncio.to_thread(revive, PATIENCE)
        hands = [_hand(queue, lane, place, wait) for place, lane in enumerate(HANDS)]

        def end() -> None:
            for hand in hands:
                hand.stop()

        def stop() -> None:
            told.set()
            end()

        if wait:
            _on_signals(stop)
        looking = asyncio.create_task(_look_after_others())
        try:
            ends = await asyncio.gather(*(_run(hand, end if wait else None) for hand in hands), return_exceptions=True)
        finally:
            looking.cancel()
    for failure in ends:
        if isinstance(failure, BaseException):
            raise failure
    return told.is_set()


async def _run(hand: Worker, end: Callable[[], None] | None) -> None:
    """A hand that fails takes the others along, so that whoever started the worker sees it end."""
    try:
        await hand.run()
    finally:
        if end is not None:
            end()


def _on_signals(stop: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop)


async def _look_after_others() -> None:
    """Takes up what workers left that are no more."""
    while True:
        await asyncio.sleep(LOOK_EVERY)
        for job in await asyncio.to_thread(revive, PATIENCE):
            log.warning("job %s was left by its worker and waits again", job)


def _queue(app: Flask, url: str, *, schedule: bool) -> procrastinate.App:
    """The queue's library on the application's database, in the application's role, and whether jobs come of time."""
    conninfo = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    connector = procrastinate.PsycopgConnector(
        conninfo=conninfo, kwargs=database.connect_args(database.APP), min_size=1, max_size=len(HANDS)
    )
    queue = procrastinate.App(connector=connector)
    queue.job_manager = Shelf(connector)
    queue.task(name=PERFORM, pass_context=True, retry=WhenTold())(partial(perform, app))
    for its in TASKS.values():
        if its.every and schedule:
            tick = queue.task(name=f"every {its.name}", queue="quick", queueing_lock=f"tick {its.name}")
            queue.periodic(cron=its.every)(tick(partial(_ask_of_itself, its)))
    return queue


def _hand(queue: procrastinate.App, lane: str, place: int, wait: bool) -> Worker:
    return Worker(
        app=queue, queues=[lane], name=f"{lane} {place}", concurrency=1, wait=wait, install_signal_handlers=False,
        fetch_job_polling_interval=ASK_EVERY, update_heartbeat_interval=SIGN_OF_LIFE, stalled_worker_timeout=PATIENCE,
        shutdown_graceful_timeout=TIME_TO_END,
        # What becomes of a job stands in our own table: in the queue it is only until then.
        delete_jobs="always",
    )  # fmt: skip


def _ask_of_itself(its: Task, timestamp: int) -> None:
    deed(lambda session: ask(session, its, by=None, waiting_once=f"every {its.name}"))


def perform(app: Flask, context: procrastinate.JobContext, *, job: int) -> None:
    """One attempt at a job, from beginning to end; Again where it is to be tried again."""
    with app.app_context():
        run = begin(job, context.should_abort)
        if run is None:
            return
        again = _attempt(run)
    if again is not None:
        raise Again(again)


def _attempt(run: Run) -> datetime | None:
    """Does the task and notes how it ended; when to try again, after a failure that is not the last."""
    try:
        if run.task is None:
            raise DomainError("no_task", "This version of the program does not know how to do this.")
        run.task.function(run, **run.arguments)
        run.finish()
    except Superseded:
        log.warning("job %s is another attempt's: this one stores nothing", run.id)
    except Cancelled:
        run.cancelled()
    except GivenBack:
        run.give_back()
        return clock.now()
    except (DomainError, Refused) as refusal:
        if isinstance(refusal, TryAgain) or getattr(refusal, "code", "") == BUSY:
            return run.put_off(str(refusal))
        run.fail(str(refusal))
    except Exception:
        reference = secrets.token_hex(4)
        log.exception("job %s (%s) failed, reference %s", run.id, run.task_name, reference)
        return run.put_off(f"This should not have happened. Nothing was stored. Reference: {reference}")
    return None
