"""Set-based reads and writes: one constant SQL text for any number of rows."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import psycopg
from psycopg import Cursor
from psycopg.rows import namedtuple_row
from sqlalchemy import ARRAY, Table
from sqlalchemy.dialects.postgresql import JSONB, dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from app.domain.kernel.orm import Base, Exact

_POSTGRES = dialect()  # type: ignore[no-untyped-call]


def read(session: Session, sql: str, /, **values: object) -> Sequence[Any]:
    """All rows of a SELECT (or of a RETURNING) as named tuples; driver parameters are written `%(name)s`."""
    return _executed(session, sql, values).fetchall()


def write(session: Session, sql: str, /, **values: object) -> int:
    """Runs a changing statement and tells how many rows it touched."""
    return _executed(session, sql, values).rowcount


def _executed(session: Session, sql: str, values: Mapping[str, object]) -> Cursor[Any]:
    """Straight to psycopg, by one cursor for each connection: a deed is a hundred small statements, and SQLAlchemy's
    way to each of them takes longer than psycopg's. Errors are SQLAlchemy's, as everywhere else.
    """
    connection = session.connection()
    cursor: Cursor[Any] | None = connection.info.get("cursor")
    if cursor is None:
        driver = connection.connection.driver_connection
        assert driver is not None
        cursor = connection.info["cursor"] = driver.cursor(row_factory=namedtuple_row)
    try:
        return cursor.execute(sql.encode(), values)
    except psycopg.Error as error:
        raise DBAPIError.instance(sql, dict(values), error, psycopg.Error, dialect=_POSTGRES) from error


def reserve_ids(session: Session, entity: type[Base], count: int) -> list[int]:
    """So many fresh ids of a table, in ascending order, before the rows exist."""
    sql = _nextval(_table(entity).name)
    return sorted(row[0] for row in read(session, sql, count=count))


def insert(session: Session, entity: type[Base], rows: Sequence[Mapping[str, object]]) -> None:
    """Inserts rows that all have the same keys by one INSERT … SELECT FROM unnest(…)."""
    if not rows:
        return
    keys = tuple(rows[0])
    sql, json_keys = _insert_sql(_table(entity), keys)
    columns: dict[str, object] = {key: [row[key] for row in rows] for key in keys}
    for key in json_keys:
        columns[key] = [as_json(value) for value in columns[key]]  # type: ignore[attr-defined]
    write(session, sql, **columns)


def array_type(kind: TypeEngine[Any]) -> str:
    """The cast that a parameter list of this column type needs: 'bigint[]', 'numeric[]', …"""
    if isinstance(kind, Exact):
        return "numeric[]"
    return f"{kind.compile(_POSTGRES)}[]"


def _table(entity: type[Base]) -> Table:
    table = entity.__table__
    assert isinstance(table, Table)
    return table


@cache
def _nextval(table: str) -> str:
    return f"SELECT nextval('{table}_id_seq') FROM generate_series(1, %(count)s)"


@cache
def _insert_sql(table: Table, keys: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    casts, json_keys = [], []
    for key in keys:
        kind = table.columns[key].type
        assert not isinstance(kind, ARRAY), "unnest would flatten it"
        cast = array_type(kind)
        if isinstance(kind, JSONB):
            json_keys.append(key)
            cast = "text[]::jsonb[]"
        casts.append(f"%({key})s::{cast}")
    names = ", ".join(f'"{key}"' for key in keys)
    return f"INSERT INTO {table.name} ({names}) SELECT * FROM unnest({', '.join(casts)})", tuple(json_keys)


def as_json(value: object) -> str | None:
    """The text of a JSON parameter; dates and decimals as they are written."""
    return None if value is None else json.dumps(value, default=str, ensure_ascii=False)
