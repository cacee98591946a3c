"""A seeded company on a database of its own: one for all tests that only look, a copy for each that changes."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

import pytest
from flask import Flask
from sqlalchemy import Engine

from app.domain.kernel import unit
from tests.conftest import Postgres
from tests.web.shop import Known, Visitor, application, seed


@dataclass
class Shop:
    """The program on a seeded database."""

    app: Flask
    engine: Engine
    known: Known

    def visit(self, name: str | None = None) -> Visitor:
        """Somebody with a browser, signed in by this name or nobody."""
        return Visitor(self.app, name)


@pytest.fixture(scope="session")
def seeded(postgres: Postgres) -> Iterator[tuple[str, Known]]:
    """The name of a seeded database that nobody is connected to, and what is in it."""
    name = f"{postgres.template}_web_{os.getpid()}"
    postgres.copy(name)
    engine = postgres.engine(name)
    app = application(engine)
    known = seed(app, engine)
    _leave(app, engine)
    yield name, known
    postgres.drop(name)


@pytest.fixture(scope="session")
def _standing(postgres: Postgres, seeded: tuple[str, Known]) -> Iterator[Shop]:
    with _opened(postgres, seeded, "look") as shop:
        yield shop


@pytest.fixture
def shop(_standing: Shop, engine: Engine) -> Iterator[Shop]:
    """The company, for tests that change nothing."""
    unit.bind(_standing.engine)
    yield _standing
    unit.bind(engine)


_copies = count(1)


@pytest.fixture
def own_shop(postgres: Postgres, seeded: tuple[str, Known], engine: Engine) -> Iterator[Shop]:
    """The company, for a test that changes it."""
    with _opened(postgres, seeded, str(next(_copies))) as shop:
        yield shop
    unit.bind(engine)


@contextmanager
def _opened(postgres: Postgres, seeded: tuple[str, Known], mark: str) -> Iterator[Shop]:
    name = f"{seeded[0]}_{mark}"
    postgres.execute(f"CREATE DATABASE {name} TEMPLATE {seeded[0]} STRATEGY WAL_LOG")
    engine = postgres.engine(name)
    app = application(engine)
    unit.bind(engine)
    yield Shop(app, engine, seeded[1])
    _leave(app, engine)
    postgres.drop(name)


def _leave(app: Flask, engine: Engine) -> None:
    with app.app_context():
        app.extensions["sqlalchemy"].engine.dispose()
    engine.dispose()
