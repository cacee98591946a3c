"""A seeded company on a database of its own: one for all tests that only look, a copy for each that changes."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from itertools import count
from secrets import token_hex

import pytest
from flask import Flask
from sqlalchemy import URL, Engine, create_engine

from app import database
from app.domain.kernel import unit
from app.factory import only_reading
from tests.conftest import Postgres
from tests.engines import lent
from tests.traces import NotedCursor
from tests.web.shop import PEOPLE, Known, Visitor, application, seed


@dataclass
class Shop:
    """The program on a seeded database."""

    app: Flask
    engine: Engine
    known: Known

    def visit(self, name: str | None = None) -> Visitor:
        """Somebody with a browser, signed in by this name or nobody.

        Who was signed in to one copy of the company is so to the others: nothing but the browser's cookie says it.
        """
        if name not in PEOPLE:
            return Visitor(self.app, name)
        if name not in _signed_in:
            _signed_in[name] = Visitor(self.app, name).left()
        visitor = Visitor(self.app)
        visitor.go_on(*_signed_in[name])
        return visitor


# Sign-in name → the cookie and the token of its session.
_signed_in: dict[str, tuple[str, str]] = {}


@pytest.fixture(scope="session")
def program(postgres: Postgres) -> Flask:
    """The program, made once: each test points it at its own database."""
    return application(postgres.engine(postgres.template))


@pytest.fixture(scope="session")
def seeded(postgres: Postgres, program: Flask) -> Iterator[tuple[str, Known]]:
    """The name of a seeded database that nobody is connected to, and what is in it."""
    name = f"{postgres.template}_web_{os.getpid()}_{token_hex(2)}"
    postgres.copy(name)
    engine = postgres.engine(name)
    with pointed(program, engine):
        known = seed(program, engine)
    yield name, known
    postgres.drop(name)


@pytest.fixture(scope="session")
def standing(postgres: Postgres, seeded: tuple[str, Known]) -> Iterator[Engine]:
    """The database of all tests that change nothing."""
    name = f"{seeded[0]}_look"
    postgres.execute(f"CREATE DATABASE {name} TEMPLATE {seeded[0]} STRATEGY FILE_COPY")
    engine = postgres.engine(name)
    yield engine
    engine.dispose()
    postgres.drop(name)


@pytest.fixture
def shop(standing: Engine, seeded: tuple[str, Known], program: Flask, engine: Engine) -> Iterator[Shop]:
    """The company, for tests that change nothing."""
    with pointed(program, standing, leave=False):
        yield Shop(program, standing, seeded[1])
    unit.bind(engine)


_copies = count(1)


@pytest.fixture
def own_shop(postgres: Postgres, seeded: tuple[str, Known], program: Flask, engine: Engine) -> Iterator[Shop]:
    """The company, for a test that changes it."""
    with opened(postgres, seeded, program, str(next(_copies))) as shop:
        yield shop
    unit.bind(engine)


@contextmanager
def opened(postgres: Postgres, seeded: tuple[str, Known], program: Flask, mark: str) -> Iterator[Shop]:
    """A copy of the seeded company with the program pointed at it, gone afterwards."""
    name = f"{seeded[0]}_{mark}"
    postgres.execute(f"CREATE DATABASE {name} TEMPLATE {seeded[0]} STRATEGY FILE_COPY")
    with postgres.lent(name) as engine, pointed(program, engine):
        yield Shop(program, engine, seeded[1])
    postgres.drop(name)


@contextmanager
def pointed(program: Flask, engine: Engine, *, leave: bool = True, pages: Engine | None = None) -> Iterator[None]:
    """The program and the domain's deeds on this database; pages on connections of their own, unless it is said."""
    with lent("pages", engine.url, _reader) if pages is None else nullcontext(pages) as reader:
        program.extensions["sqlalchemy"]._app_engines[program][None] = reader
        unit.bind(engine)
        # What was too long there to count may be short here.
        program.extensions.pop("long lists", None)
        yield
        reader.dispose()
    if leave:
        engine.dispose()


def _reader(url: URL) -> Engine:
    arguments = database.connect_args(database.APP) | {"cursor_factory": NotedCursor}
    return create_engine(url, **only_reading({"connect_args": arguments}))
