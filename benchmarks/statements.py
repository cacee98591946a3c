"""How many SQL statements each action sends for 1, 100 and 1,200 documents. They must be as many."""

import random
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Engine, event

from benchmarks.ground import Facts
from benchmarks.ours import orders_to_cash


def counts(engine: Engine, facts: Facts, sizes: Sequence[int]) -> dict[str, list[int]]:
    """Statements by action, for each size."""
    sent = 0

    def note(*_: object) -> None:
        nonlocal sent
        sent += 1

    answer: dict[str, list[int]] = {}

    def counted(name: str, act: Callable[[], Any]) -> Any:
        before = sent
        given = act()
        answer.setdefault(name, []).append(sent - before)
        return given

    event.listen(engine, "before_cursor_execute", note)
    orders_to_cash(facts, random.Random(3), 1)
    for size in sizes:
        orders_to_cash(facts, random.Random(size), size, counted)
    event.remove(engine, "before_cursor_execute", note)
    return answer
