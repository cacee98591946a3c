"""The whole database in a file, and made again from it."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from click.testing import Result
from sqlalchemy import Engine

from app import database, embedded
from tests.conftest import Postgres
from tests.traces import checksums
from tests.web.companies import Shop


@pytest.fixture
def empty(postgres: Postgres) -> Iterator[Engine]:
    """A database with nothing in it."""
    name = f"{postgres.template}_restored"
    postgres.drop(name)
    with psycopg.connect(postgres.superuser, autocommit=True) as connection:
        database.create(connection, name)
    engine = postgres.engine(name)
    yield engine
    engine.dispose()
    postgres.drop(name)


def run(shop: Shop, where: Engine, *words: object) -> Result:
    shop.app.config["DATABASE_OWNER_URL"] = where.url.render_as_string(hide_password=False)
    return shop.app.test_cli_runner().invoke(args=[str(word) for word in words])


def shape(engine: Engine) -> list[str]:
    """Tables, guards and rights, as PostgreSQL writes them; without the word that it draws for each text."""
    program = embedded.client_programs(embedded.NEWEST) / "pg_dump"
    address = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    told = subprocess.run([program, "--schema-only", address], capture_output=True, text=True, check=True).stdout
    lines = (line for line in told.splitlines() if not line.startswith(("\\restrict", "\\unrestrict")))
    # A condition that is read in once more says in other places that its words are texts.
    return [re.sub(r"[()]|::text\b|::character varying\b|(\[\])", "", line) for line in lines]


def test_what_is_backed_up_is_restored_to_the_last_row_guard_and_right(
    own_shop: Shop, empty: Engine, tmp_path: Path
) -> None:
    file = tmp_path / "of today.backup"

    told = run(own_shop, own_shop.engine, "backup", file)

    assert told.exit_code == 0, told.output
    assert file.stat().st_mode & 0o077 == 0
    assert list(tmp_path.iterdir()) == [file]
    told = run(own_shop, empty, "restore", file)
    assert told.exit_code == 0, told.output
    assert checksums(empty) == checksums(own_shop.engine)
    assert shape(empty) == shape(own_shop.engine)


def test_nothing_is_restored_over_what_is_there(own_shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "old.backup"
    file.write_bytes(b"anything")
    before = checksums(own_shop.engine)

    told = run(own_shop, own_shop.engine, "restore", file)

    assert told.exit_code == 1
    assert "This database is not empty" in told.output
    assert checksums(own_shop.engine) == before


def test_a_file_that_is_no_backup_leaves_the_database_empty(own_shop: Shop, empty: Engine, tmp_path: Path) -> None:
    file, half = tmp_path / "notes.txt", tmp_path / "half.backup"
    file.write_text("buy milk")
    run(own_shop, own_shop.engine, "backup", half)
    half.write_bytes(half.read_bytes()[:-200])

    for broken in (file, half):
        told = run(own_shop, empty, "restore", broken)

        assert told.exit_code == 1
        assert "pg_restore did not succeed" in told.output
        with empty.connect() as connection:
            assert (
                connection.exec_driver_sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").scalar() == 0
            )


def test_a_backup_that_breaks_off_leaves_the_one_before(own_shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "kept.backup"
    file.write_bytes(b"the one before")
    with own_shop.engine.begin() as connection:
        connection.exec_driver_sql("SET ROLE NONE")
        connection.exec_driver_sql("CREATE TABLE not_the_owners (id int)")

    told = run(own_shop, own_shop.engine, "backup", file)

    assert told.exit_code == 1
    assert "pg_dump did not succeed" in told.output
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"the one before"]
