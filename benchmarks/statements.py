"""How many SQL statements each action sends for 1, 100 and 1,200 documents. They must be as many."""

import random
from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from app import database
from app.domain.kernel import unit
from app.embedded import Server
from benchmarks import ground
from benchmarks.ours import orders_to_cash
from tests.domain.test_statement_counts import STORIES
from tests.domain.trade import Trade
from tests.traces import NotedCursor


class CountingCursor(psycopg.Cursor[Any]):
    """A cursor that counts what it sends."""

    sent = 0

    def execute(self, *arguments: Any, **options: Any) -> "CountingCursor":
        CountingCursor.sent += 1
        return super().execute(*arguments, **options)


def counts(server: Server, sizes: Sequence[int]) -> dict[str, list[int]]:
    """Statements by action, for each size."""
    answer: dict[str, list[int]] = {}

    def counted(name: str, act: Callable[[], Any]) -> Any:
        before = CountingCursor.sent
        given = act()
        answer.setdefault(name, []).append(CountingCursor.sent - before)
        return given

    with ground.copy(server) as name:
        way = database.connect_args(database.APP) | {"cursor_factory": CountingCursor}
        engine = create_engine(server.url(database.APP, name), connect_args=way)
        unit.bind(engine)
        with unit.open_session() as session:
            facts = ground.facts(session)
        orders_to_cash(facts, random.Random(3), 1)
        for size in sizes:
            orders_to_cash(facts, random.Random(size), size, counted)
        engine.dispose()
    return answer


def every_action(server: Server, size: int) -> dict[str, tuple[int, int]]:
    """Statements for one document and for `size`, by story and action; nothing of the stories stays."""
    answer: dict[str, tuple[int, int]] = {}
    with ground.empty(server) as name:
        way = database.connect_args(database.APP) | {"cursor_factory": NotedCursor}
        engine = create_engine(server.url(database.APP, name), connect_args=way)
        for story in STORIES:
            with Session(engine, autoflush=False, expire_on_commit=False) as session:
                trade = Trade(session)
                story(trade, 1)
                story(trade, 1)
                one = dict(trade.counts)
                story(trade, size)
                answer |= {f"{act}, {story.__name__}": (one[act], sent) for act, sent in trade.counts.items()}
        engine.dispose()
    return answer
