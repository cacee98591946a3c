"""Engines that go from one database to the next: what an engine compiled for one it need not compile for another."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Engine, event

_idle: dict[str, list[Engine]] = {}


@contextmanager
def lent(kind: str, url: URL, make: Callable[[URL], Engine]) -> Iterator[Engine]:
    """An engine of this kind on this database, of those that nobody has just now or made anew; its connections are
    closed afterwards.
    """
    idle = _idle.setdefault(kind, [])
    engine = idle.pop() if idle else _movable(make(url))
    engine.url = url
    yield engine
    engine.dispose()
    idle.append(engine)


def _movable(engine: Engine) -> Engine:
    @event.listens_for(engine, "do_connect")
    def _(dialect: Any, record: Any, arguments: Any, options: dict[str, Any]) -> None:
        options["dbname"] = engine.url.database

    return engine
