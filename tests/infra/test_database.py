"""The contract with PostgreSQL: which database is refused, and what its administrator is told to do."""

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import make_url

from app import database
from app.place import Unfit
from tests.conftest import Postgres


@pytest.fixture
def new_database(postgres: Postgres, worker_database: str) -> Iterator[str]:
    """The name of a database that is not there yet and will be taken away."""
    name = f"{worker_database}_new"
    yield name
    postgres.drop(name)


def connect(postgres: Postgres, name: str, **options: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(postgres.url(name), autocommit=True, **options)


def test_a_database_of_ours_belongs_to_the_owner_and_knows_every_letter(postgres: Postgres, new_database: str) -> None:
    with psycopg.connect(postgres.superuser, autocommit=True) as connection:
        database.prepare(connection)
        database.create(connection, new_database)
        assert database.exists(connection, new_database)
        assert not database.exists(connection, "nowhere")
    with connect(postgres, new_database) as connection:
        database.check(connection)
        owner = connection.execute("SELECT datdba::regrole::text FROM pg_database WHERE datname = current_database()")
        assert owner.fetchone() == (database.OWNER,)


@pytest.mark.parametrize("how", ["LOCALE 'C' ENCODING 'UTF8'", "LOCALE 'C' ENCODING 'SQL_ASCII'"])
def test_a_database_that_does_not_know_small_letters_is_refused(
    postgres: Postgres, new_database: str, how: str
) -> None:
    postgres.execute(f"CREATE DATABASE {new_database} TEMPLATE template0 {how}")

    with connect(postgres, new_database, client_encoding="UTF8") as it, pytest.raises(Unfit, match="small letters"):
        database.check(it)


def test_who_may_not_make_the_roles_is_told_what_an_administrator_has_to_do(
    postgres: Postgres, new_database: str
) -> None:
    role = f"{new_database}_visitor"
    postgres.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'x'")
    try:
        url = make_url(postgres.superuser).set(username=role, password="x").render_as_string(hide_password=False)
        with psycopg.connect(url, autocommit=True) as connection, pytest.raises(Unfit) as refusal:
            database.prepare(connection)
        assert f"GRANT {database.OWNER}, {database.APP} TO {role}" in str(refusal.value)
        postgres.execute(f"GRANT {database.OWNER}, {database.APP} TO {role}")
        with psycopg.connect(url, autocommit=True) as connection:
            assert connection.execute("SELECT pg_has_role('stockbook_app', 'SET')").fetchone() == (True,)
            database.prepare(connection)
    finally:
        postgres.execute(f"DROP ROLE {role}")


def test_every_connection_acts_as_its_role_in_one_time_zone(postgres: Postgres, worker_database: str) -> None:
    for role in (database.APP, database.OWNER):
        with connect(postgres, worker_database, **database.connect_args(role)) as connection:
            shown = connection.execute("SELECT current_user, current_setting('TimeZone')").fetchone()
            assert shown == (role, "UTC")
