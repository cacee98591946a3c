from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from tests.domain.kernel.ground import FOUNDATION
from tests.traces import statements as sent_statements


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
    with sent_statements() as sent:

        def sent_by(work: Callable[[], object]) -> int:
            before = len(sent)
            work()
            return len(sent) - before

        yield sent_by
