from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from tests.domain.kernel.ground import FOUNDATION


@pytest.fixture
def firm(session: Session) -> Session:
    """A session in which the company, its people, one customer, one warehouse and three series exist."""
    session.connection().exec_driver_sql(FOUNDATION)
    return session


@pytest.fixture
def shop(fresh_database: Engine) -> Engine:
    """The same company in a database of its own, committed, where deeds go."""
    with fresh_database.begin() as connection:
        connection.exec_driver_sql(FOUNDATION)
    return fresh_database


@pytest.fixture
def statements(engine: Engine) -> Iterator[Callable[[Callable[[], object]], int]]:
    """`statements(work)` does the work and tells how many statements it sent to the worker's database."""
    sent: list[str] = []

    def note(connection, cursor, statement, *_: object) -> None:  # type: ignore[no-untyped-def]
        sent.append(statement)

    def sent_by(work: Callable[[], object]) -> int:
        before = len(sent)
        work()
        return len(sent) - before

    event.listen(engine, "before_cursor_execute", note)
    yield sent_by
    event.remove(engine, "before_cursor_execute", note)
