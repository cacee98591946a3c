"""A company in a database of its own, and many who do deeds in it at the same moment."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.domain.kernel.errors import DomainError, Refused
from app.domain.kernel.rows import read
from app.domain.kernel.unit import deed
from app.domain.proof import run_checks
from app.domain.treasury.cash import NewCashOrder, Target, add_cash_orders
from tests.traces import checksums
from tests.world import D, World

WAITING = "SELECT FROM pg_locks WHERE NOT granted AND %(pid)s = ANY(pg_blocking_pids(pid))"


class Company:
    """What `world` prepares is seen by others once `commit` is called; `prove` looks at what all of them left."""

    def __init__(self, engine: Engine, world: World) -> None:
        self.engine, self.world, self.by = engine, world, world.by
        self.product = world.add_product("A")
        world.receive(self.product, "1000")

    def commit(self) -> None:
        self.world.session.commit()

    def shipped(self, count: int) -> list[int]:
        """So many shipments of a piece each."""
        return [self.world.shipped_order((self.product, "1"))[1] for _ in range(count)]

    def payment(self, invoice: int, amount: str, *more: int) -> int:
        """A draft of a cash order for one or several invoices, the same amount each."""
        targets = [Target(document, D(amount)) for document in (invoice, *more)]
        order = NewCashOrder(self.world.desk, self.world.customer, D(amount) * len(targets), targets=targets)
        made: int = self.world.do(add_cash_orders, [order])[0]
        return made

    def doing(
        self, action: Callable[..., Any], *args: Any, key: str | None = None, **arguments: Any
    ) -> Callable[[], Any]:
        """A deed to be done later, in a connection of its own."""
        return lambda: deed(lambda session: action(session, *args, by=self.by, **arguments), key=key, request=key)

    def at_once(self, *works: Callable[[], Any]) -> list[Any]:
        """Does all this at the same moment; gives answers, or the refusal's codes, in the same order."""
        start = Barrier(len(works))

        def do(work: Callable[[], Any]) -> Any:
            start.wait()
            try:
                return work()
            except Refused as refusal:
                return sorted(error.code for error in refusal.errors.values())
            except DomainError as error:
                return [error.code]

        with ThreadPoolExecutor(len(works)) as pool:
            return list(pool.map(do, works))

    def meeting(self, first: Callable[[Session], Any], work: Callable[[], Any]) -> list[Any]:
        """Does `first`, a deed of a session, and commits it only once `work` waits for it, or is done; gives what came
        of both, so that whoever looked before the lock has seen what is no longer so.
        """
        met = []

        def stand_still(session: Session) -> Any:
            answer = first(session)
            session.flush()
            met.append(pool.submit(work))
            self._until_met(met[0], read(session, "SELECT pg_backend_pid() AS pid")[0].pid)
            return answer

        with ThreadPoolExecutor(1) as pool:
            return [deed(stand_still), met[0].result()]

    def _until_met(self, other: Future[Any], pid: int) -> None:
        with Session(self.engine) as session:
            while not other.done() and not read(session, WAITING, pid=pid):
                time.sleep(0.02)

    def column(self, sql: str, **values: object) -> list[Any]:
        """The first column of what is committed."""
        with Session(self.engine) as session:
            return [row[0] for row in read(session, sql, **values)]

    def checksums(self) -> dict[str, str]:
        return checksums(self.engine)

    def prove(self) -> None:
        with Session(self.engine) as session:
            broken = {check.name: check.offenders for check in run_checks(session=session) if not check.ok}
        assert broken == {}


@pytest.fixture
def company(fresh_database: Engine) -> Iterator[Company]:
    with Session(fresh_database, autoflush=False, expire_on_commit=False) as session:
        yield Company(fresh_database, World(session))
