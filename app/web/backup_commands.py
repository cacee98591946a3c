"""The commands `flask backup` and `flask restore`: the whole database in one file, made and read by PostgreSQL's own
programs.
"""

import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import psycopg
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import URL, make_url

from app import database, embedded
from app.domain.kernel.unit import deed
from app.place import Unfit
from app.web.audit import note

TABLES = """
SELECT count(*) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE relkind = 'r' AND nspname NOT IN ('pg_catalog', 'information_schema')
"""
# With these words both programs name, on a line of its own, each table whose rows they come to.
A_TABLE = ("dumping contents of table", "processing data for table")
LAST_WORDS = 5


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@with_appcontext
def backup(file: Path) -> None:
    """Writes the whole database, as it is at this moment, to a file from which `flask restore` makes it again."""
    unfinished = file.with_name(f"{file.name}.part")
    with _owner() as connection:
        tables = _number(connection, TABLES)
        version = connection.info.server_version // 10_000
    deed(lambda session: note(session, "exported", "backup", filter={"file": str(file)}))
    unfinished.touch(mode=0o600)
    options = ("--format=custom", "--no-owner", f"--file={unfinished.absolute()}")
    try:
        _run("pg_dump", version, tables, "Writing", *options)
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
    click.echo(f"Written: {file}. Keep SECRET_KEY with it: what is sealed in it can be read with no other.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@with_appcontext
def restore(file: Path) -> None:
    """Makes the database again from a file that `flask backup` wrote: all of it or nothing, where there is none yet."""
    with _owner() as connection:
        version = connection.info.server_version // 10_000
        if _number(connection, TABLES):
            raise click.ClickException(
                "This database is not empty, and nothing in it is overwritten: make an empty one and name it in "
                "DATABASE_URL (and DATABASE_OWNER_URL)."
            )
        database.prepare(connection)
    tables = sum(" TABLE DATA " in line for line in _lines("pg_restore", version, "--list", str(file.absolute())))
    options = ("--no-owner", "--no-comments", "--single-transaction", "--exit-on-error",
               f"--dbname={_url().database}", str(file.absolute()))  # fmt: skip
    _run("pg_restore", version, tables, "Restoring", *options)
    click.echo("Restored. `flask check` proves it, and `flask db upgrade` brings it to this version of the program.")


def _run(program: str, version: int, tables: int, label: str, *options: str) -> None:
    """Runs the program as the database's owner, with a bar that gets on with each table."""
    with click.progressbar(length=tables, label=label) as bar:
        for line in _lines(program, version, "--verbose", f"--role={database.OWNER}", *options):
            if any(words in line for words in A_TABLE):
                bar.update(1)


def _lines(program: str, version: int, *options: str) -> Iterator[str]:
    """What the program says, line by line; ClickException with its last words where it fails."""
    try:
        command = [str(embedded.client_programs(version) / program), *options]
    except Unfit as unfit:
        raise click.ClickException(str(unfit)) from None
    last: list[str] = []
    with subprocess.Popen(
        command, env=_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        assert process.stdout
        for line in process.stdout:
            last = [*last[1 - LAST_WORDS :], line]
            yield line
    if process.returncode:
        raise click.ClickException(f"{program} did not succeed:\n{''.join(last)}")


def _environment() -> dict[str, str]:
    """How the programs find the database: never in their arguments, which everybody on the machine may read."""
    url = _url()
    its = {"PGHOST": url.host or url.query.get("host"), "PGPORT": url.port or url.query.get("port"),
           "PGUSER": url.username, "PGPASSWORD": url.password, "PGDATABASE": url.database,
           "PGSSLMODE": url.query.get("sslmode"), "PGSSLROOTCERT": url.query.get("sslrootcert")}  # fmt: skip
    return os.environ | {name: str(value) for name, value in its.items() if value}


def _url() -> URL:
    return make_url(current_app.config["DATABASE_OWNER_URL"])


def _owner() -> psycopg.Connection[Sequence[int]]:
    address = _url().set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(address, autocommit=True)


def _number(connection: psycopg.Connection[Sequence[int]], query: str) -> int:
    row = connection.execute(query.encode()).fetchone()
    return row[0] if row else 0
