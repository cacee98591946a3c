"""A worker in a process of its own, with tasks that leave a name for each time they had their effect.

`main` runs it until it is told to stop, on the database of its environment. It misses other workers after three
seconds, and looks for jobs by itself only once an hour: what it does sooner, it heard of.
"""

import asyncio
import os
import sys
import time
from dataclasses import replace

from sqlalchemy.orm import Session

from app.domain.kernel.attempts import Run
from app.domain.kernel.errors import DomainError
from app.domain.kernel.jobs import TASKS, TryAgain, ask, task
from app.domain.kernel.rows import read, write
from app.domain.kernel.unit import deed

AGAIN = " again"


def leave(session: Session, name: str) -> None:
    write(session, "INSERT INTO actor (name, kind) VALUES (%(name)s, 'job')", name=name)


def names(session: Session) -> list[str]:
    return [row.name for row in read(session, "SELECT name FROM actor WHERE kind = 'job' ORDER BY id")]


@task("test.leave")
def leave_name(run: Run, *, name: str) -> None:
    run.deed(lambda session: leave(session, name))


@task("test.slow", lane="long")
def leave_slowly(run: Run, *, name: str, steps: int) -> None:
    """In one deed, of which it tells how far it is."""

    def work(session: Session) -> dict[str, int]:
        leave(session, name)
        for step in range(steps):
            run.progress(step, steps)
            time.sleep(0.05)
        return {"steps": steps}

    run.deed(work)


@task("test.deaf", lane="long", tries=2)
def deaf(run: Run, *, name: str) -> None:
    """Holds what it writes and tells nothing, until its process is killed."""

    def work(session: Session) -> None:
        leave(session, name)
        time.sleep(3600)

    run.deed(work)


@task("test.fails", tries=2)
def fails(run: Run, *, name: str) -> None:
    def work(session: Session) -> None:
        leave(session, name)
        raise ZeroDivisionError

    run.deed(work)


@task("test.moody", tries=3)
def fails_once(run: Run, *, name: str) -> None:
    if not run.failures:
        raise TryAgain("moody", "Not just now.")
    run.deed(lambda session: leave(session, name))


@task("test.doubled", tries=3)
def doubled(run: Run, *, name: str) -> None:
    """Is asked for again, under the key of its name, while it runs for the first time, and then fails."""
    if not name.endswith(AGAIN):
        deed(lambda session: ask(session, doubled, by=None, lock=name, waiting_once=name, name=name + AGAIN))
        raise TryAgain("moody", "Not just now.")
    run.deed(lambda session: leave(session, name))


@task("test.refused")
def refused(run: Run) -> None:
    raise DomainError("not_so", "The file {name} is not so.", name="x.csv")


def main(ask_every: str = "3600") -> None:
    from app.factory import create_app
    from app.web import worker

    worker.SIGN_OF_LIFE, worker.PATIENCE, worker.LOOK_EVERY, worker.ASK_EVERY = 1, 3, 1, float(ask_every)
    worker.TIME_TO_END = 1.0
    # What comes of time would come at any moment of a test.
    TASKS.update({name: replace(its, every="") for name, its in TASKS.items()})
    url = os.environ["DATABASE_URL"]
    told = asyncio.run(worker.work(create_app(SQLALCHEMY_DATABASE_URI=url), url))
    sys.exit(0 if told else 1)
