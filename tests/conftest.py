"""One PostgreSQL for the whole run, a database for each worker, a copy of it for tests that commit.

TEST_DATABASE_URL (of a superuser) makes the tests use that server instead of one of their own, TEST_DATABASE_TEMPLATE
a migrated database on it instead of migrating one. Whoever signs in, tests act as `stockbook_app`, as the program does;
only `owner_engine` and `behind_the_back` may do more.
"""

import gc
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from hypothesis import HealthCheck, Phase, settings
from psycopg.pq import TransactionStatus
from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.orm import Session

from app import database, embedded
from app.domain.kernel import unit
from app.place import CHECKOUT
from tests.engines import lent
from tests.places import quick_place
from tests.traces import NotedCursor
from tests.world import World

pytest_plugins = ["tests.web.companies"]

# What is loaded and collected stays to the end: looking through it for garbage again and again took a sixth of a run.
gc.disable()

# A test that forgets to say which database it means shall find none, never the one of the person who runs it.
for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
    os.environ[name] = "postgresql://nobody@127.0.0.1:1/no_database_chosen"
os.environ["SECRET_KEY"] = "only for tests, " * 4

# A machine that is busy with something else is slow, not wrong.
settings.register_profile("stockbook", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("stockbook")
# Where a test is expected to fail, nobody wants the smallest example of it.
settings.register_profile("planted", settings.get_profile("stockbook"), phases=[Phase.explicit, Phase.generate])


@dataclass(frozen=True)
class Postgres:
    """The run's server: `superuser` is the address of its maintenance database, `template` the migrated database."""

    superuser: str
    template: str

    def url(self, name: str) -> str:
        return make_url(self.superuser).set(database=name).render_as_string(hide_password=False)

    def engine(self, name: str, role: str = database.APP) -> Engine:
        arguments = database.connect_args(role) | {"cursor_factory": NotedCursor}
        engine = create_engine(self.url(name), connect_args=arguments)
        unit.prepare(engine)
        return engine

    def lent(self, name: str) -> AbstractContextManager[Engine]:
        """An engine for one test, which the next will use for its database."""
        return lent(self.superuser, make_url(self.url(name)), lambda _: self.engine(name))

    def execute(self, statement: str) -> None:
        if self.superuser not in _administration:
            _administration[self.superuser] = psycopg.connect(self.superuser, autocommit=True)
        _administration[self.superuser].execute(statement.encode())

    def copy(self, name: str) -> None:
        """A new copy of the template; what an interrupted test left under this name goes first."""
        self.drop(name)
        self.execute(f"CREATE DATABASE {name} OWNER {database.OWNER} TEMPLATE {self.template} STRATEGY FILE_COPY")

    def drop(self, name: str) -> None:
        self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


# One connection for all the databases that a process makes and drops.
_administration: dict[str, psycopg.Connection[Any]] = {}


def migrate(url: str, revision: str = "head") -> None:
    """Brings the database at this address to the revision."""
    config = Config(CHECKOUT / "migrations" / "alembic.ini")
    config.attributes["url"] = url
    command.upgrade(config, revision)


class Server:
    """Starts the run's server when the first test needs it, in the one process that lives as long as the run."""

    def __init__(self) -> None:
        self._exits = ExitStack()
        self._postgres: Postgres | None = None

    def postgres(self) -> Postgres:
        if self._postgres is None:
            template = f"stockbook_test_{os.getpid()}"
            superuser = os.environ.get("TEST_DATABASE_URL") or self._start()
            self._postgres = Postgres(superuser, template)
            self._exits.callback(self._postgres.drop, template)
            self._make(self._postgres)
        return self._postgres

    def _make(self, postgres: Postgres) -> None:
        migrated = os.environ.get("TEST_DATABASE_TEMPLATE")
        if migrated:
            replace(postgres, template=migrated).copy(postgres.template)
            return
        with psycopg.connect(postgres.superuser, autocommit=True) as connection:
            database.prepare(connection)
            database.create(connection, postgres.template)
        migrate(postgres.url(postgres.template))

    def _start(self) -> str:
        place = tempfile.TemporaryDirectory(prefix="stockbook-test-", dir=quick_place())
        folder = Path(self._exits.enter_context(place))
        folder.chmod(0o755)
        server = self._exits.enter_context(embedded.serve(folder, durable=False))
        return server.url(embedded.SUPERUSER, "postgres")

    def stop(self) -> None:
        self._exits.close()


SERVER = pytest.StashKey[Server]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[SERVER] = Server()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


class Controller:
    """Tells xdist's workers where the server is."""

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node) -> None:  # type: ignore[no-untyped-def]
        postgres = node.config.stash[SERVER].postgres()
        node.workerinput["postgres"] = (postgres.superuser, postgres.template)


def pytest_plugin_registered(plugin: object, manager: pytest.PytestPluginManager) -> None:
    if manager.hasplugin("xdist") and not manager.hasplugin("stockbook-controller"):
        manager.register(Controller(), "stockbook-controller")


def pytest_unconfigure(config: pytest.Config) -> None:
    if SERVER in config.stash:
        config.stash[SERVER].stop()
    while _administration:
        _administration.popitem()[1].close()


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> Postgres:
    """The run's server."""
    worker = getattr(request.config, "workerinput", None)
    return Postgres(*worker["postgres"]) if worker else request.config.stash[SERVER].postgres()


@pytest.fixture(scope="session")
def worker_database(postgres: Postgres, request: pytest.FixtureRequest) -> Iterator[str]:
    """The name of this worker's database."""
    name = f"{postgres.template}_{getattr(request.config, 'workerinput', {}).get('workerid', 'main')}"
    postgres.copy(name)
    yield name
    postgres.drop(name)


@pytest.fixture(scope="session")
def engine(postgres: Postgres, worker_database: str) -> Iterator[Engine]:
    """The worker's database as the application sees it; deeds go there."""
    engine = postgres.engine(worker_database)
    unit.bind(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def owner_engine(postgres: Postgres, worker_database: str) -> Iterator[Engine]:
    """The worker's database as migrations see it."""
    engine = postgres.engine(worker_database, database.OWNER)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def founded(postgres: Postgres, worker_database: str) -> Iterator[tuple[Engine, World]]:
    """A second database of the worker, in which a small company stands: it is set up once instead of for each test."""
    name = f"{worker_database}_founded"
    postgres.copy(name)
    engine = postgres.engine(name)
    with Session(engine, autoflush=False, expire_on_commit=False) as session:
        world = World(session)
        session.commit()
    yield engine, world
    engine.dispose()
    postgres.drop(name)


@pytest.fixture
def ground(engine: Engine, request: pytest.FixtureRequest) -> Engine:
    """The database for what is rolled back: where the company stands if the test asks for its world, else empty."""
    asked: bool = "world" in request.fixturenames
    return request.getfixturevalue("founded")[0] if asked else engine


_sessions = count(1)


@pytest.fixture
def session(ground: Engine) -> Iterator[Session]:
    """A session whose work is checked by every deferred constraint and then rolled back."""
    with Session(ground, autoflush=False, expire_on_commit=False) as session:
        # What is rolled back grows the tables without their statistics ever telling the plans that are kept.
        if next(_sessions) % 25 == 0:
            session.connection().exec_driver_sql("DISCARD PLANS")
        yield session
        if session.is_active and _transaction(session) == TransactionStatus.INTRANS:
            session.flush()
            session.connection().exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
        session.rollback()


@pytest.fixture
def world(session: Session, founded: tuple[Engine, World]) -> World:
    """A small company in the session that is rolled back."""
    return founded[1].seen_by(session)


def _transaction(session: Session) -> TransactionStatus:
    return session.connection().connection.driver_connection.info.transaction_status


_copies = count(1)


@pytest.fixture
def fresh_database(postgres: Postgres, engine: Engine) -> Iterator[Engine]:
    """A new, empty, migrated database for a test that commits; deeds go there until the test ends."""
    name = f"{postgres.template}_{os.getpid()}_{next(_copies)}"
    postgres.copy(name)
    with postgres.lent(name) as fresh:
        unit.bind(fresh)
        yield fresh
    unit.bind(engine)
    postgres.drop(name)


@pytest.fixture
def fresh_environment(fresh_database: Engine) -> dict[str, str]:
    """The environment of a command that works on the fresh database."""
    url = fresh_database.url.render_as_string(hide_password=False)
    return {**os.environ, "DATABASE_URL": url, "DATABASE_OWNER_URL": url}


@pytest.fixture
def behind_the_back(request: pytest.FixtureRequest) -> Callable[..., int]:
    """`plant(sql, **values)` changes rows as a superuser whom no trigger sees, and tells how many it touched.

    In a test with `fresh_database` it commits there; else it happens inside the transaction of `session`.
    """

    def plant(sql: str, /, **values: object) -> int:
        if "fresh_database" in request.fixturenames:
            with request.getfixturevalue("fresh_database").begin() as connection:
                return _without_triggers(connection, sql, values)
        session = request.getfixturevalue("session")
        session.flush()
        return _without_triggers(session.connection(), sql, values)

    return plant


def _without_triggers(connection, sql: str, values: dict[str, object]) -> int:  # type: ignore[no-untyped-def]
    connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
    connection.exec_driver_sql("SET CONSTRAINTS ALL DEFERRED")
    connection.exec_driver_sql("SET LOCAL ROLE NONE")
    connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
    touched = connection.exec_driver_sql(sql, values).rowcount
    connection.exec_driver_sql("SET LOCAL session_replication_role = origin")
    connection.exec_driver_sql(f"SET LOCAL ROLE {database.APP}")
    return touched
