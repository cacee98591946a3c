"""The contract with PostgreSQL: two roles, the databases that the owner owns, and the letters they must know."""

from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg import sql

from app.place import Unfit

OWNER = "stockbook_owner"
APP = "stockbook_app"
OLDEST = 16


def connect_args(role: str) -> dict[str, Any]:
    """What makes every connection act as this role, whoever signs in, and in one time zone."""
    return {"options": f"-c role={role} -c timezone=UTC"}


def prepare(connection: psycopg.Connection[Any], passwords: Mapping[str, str] | None = None) -> None:
    """Makes the roles where they are missing and lets the owner build in this database; raises Unfit if it may not.

    With passwords the roles may sign in themselves; without, whoever is connected takes them on.
    """
    try:
        for role in (OWNER, APP):
            _create_role(connection, role, (passwords or {}).get(role))
        if passwords:
            # Whoever signs in as the owner to migrate finds both roles ready and has nothing to make.
            connection.execute(f"GRANT {APP} TO {OWNER}")
        if not _scalar(connection, "SELECT has_schema_privilege(%s, 'public', 'CREATE')", OWNER):
            connection.execute(f"GRANT CREATE, USAGE ON SCHEMA public TO {OWNER}")
    except psycopg.errors.InsufficientPrivilege as error:
        raise Unfit(
            f"The database's roles {OWNER} and {APP} are not ready, and {connection.info.user} may not make them "
            f"({error.diag.message_primary}). As an administrator: CREATE ROLE {OWNER}; CREATE ROLE {APP}; "
            f"GRANT {OWNER}, {APP} TO {connection.info.user}; GRANT CREATE ON SCHEMA public TO {OWNER};"
        ) from None


def _create_role(connection: psycopg.Connection[Any], role: str, password: str | None) -> None:
    name = sql.Identifier(role)
    if not _scalar(connection, "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", role):
        connection.execute(sql.SQL("CREATE ROLE {}").format(name))
    if password:
        connection.execute(sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(name, sql.Literal(password)))
    if not _scalar(connection, "SELECT pg_has_role(%s, 'SET')", role):
        connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(name))


def create(connection: psycopg.Connection[Any], name: str) -> None:
    """Makes an empty database that belongs to the owner and knows the letters of every language."""
    modern = connection.info.server_version >= 170000
    locale = "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'" if modern else "LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'"
    connection.execute(
        sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING UTF8 " + locale).format(
            sql.Identifier(name), sql.Identifier(OWNER)
        )
    )


def exists(connection: psycopg.Connection[Any], name: str) -> bool:
    """Whether the server has a database of this name."""
    return bool(_scalar(connection, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = %s)", name))


def check(connection: psycopg.Connection[Any]) -> None:
    """Raises Unfit where the server is too old, or the database does not know small and capital letters."""
    if connection.info.server_version < OLDEST * 10_000:
        raise Unfit(f"PostgreSQL {OLDEST} or newer is needed; this is {connection.info.server_version // 10_000}.")
    if _scalar(connection, "SHOW server_encoding") != "UTF8" or _scalar(connection, "SELECT lower('ДОМ')") != "дом":
        raise Unfit(
            f"The database {connection.info.dbname} does not know the small letters of every language: make it anew "
            "with TEMPLATE template0 ENCODING UTF8 LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' "
            "(before PostgreSQL 17: LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8')."
        )


def _scalar(connection: psycopg.Connection[Any], query: str, *values: object) -> Any:
    row = connection.execute(query.encode(), values or None).fetchone()
    return row[0] if row else None
