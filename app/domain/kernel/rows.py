"""Set-based reads and writes: one constant SQL text for any number of rows."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import psycopg
from psycopg import Cursor
from psycopg.adapt import Dumper
from psycopg.rows import namedtuple_row
from sqlalchemy import ARRAY, Table
from sqlalchemy.dialects.postgresql import JSONB, dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from app.domain.kernel.orm import Base, Exact

Rows = Sequence[Mapping[str, object]]

_POSTGRES = dialect()  # type: ignore[no-untyped-call]
FEW = 200
AT_ONCE = 2_000


class ArrayDumper(Dumper):
    """A list as the text of an array, whose type the statement's cast says.

    psycopg asks each element for its own way to be written, which took a fifth of a batch; plain values need no asking.
    """

    plain = frozenset({int, Decimal, bool, date, datetime})

    def dump(self, values: list[object]) -> bytes:
        """Numbers, dates, booleans, texts, bytes and None; TypeError for what has no place in a column."""
        if self.plain.issuperset(map(type, values)):
            return ("{" + ",".join(map(str, values)) + "}").encode()
        return ("{" + ",".join(map(self._element, values)) + "}").encode()

    def _element(self, value: object) -> str:
        if value is None:
            return "NULL"
        if type(value) in self.plain:
            return str(value)
        if isinstance(value, str):
            escaped = value.replace("\\", "\\\\").replace('"', '\\"')
            return f'"{escaped}"'
        if isinstance(value, bytes):
            return f'"\\\\x{value.hex()}"'
        raise TypeError(f"a list of {type(value).__name__} is no column")


def read(session: Session, sql: str, /, **values: object) -> Sequence[Any]:
    """All rows of a SELECT (or of a RETURNING) as named tuples; driver parameters are written `%(name)s`."""
    return _executed(session, sql, values).fetchall()


def stream(session: Session, sql: str, /, **values: object) -> Iterator[Any]:
    """The rows of a SELECT one by one, so many that memory could not hold them; ends with the session's transaction."""
    driver = session.connection().connection.driver_connection
    assert driver is not None
    with psycopg.ServerCursor(driver, "streamed", row_factory=namedtuple_row) as cursor:
        cursor.itersize = AT_ONCE
        yield from cursor.execute(sql.encode(), values)


def write(session: Session, sql: str, /, **values: object) -> int:
    """Runs a changing statement and tells how many rows it touched."""
    return _executed(session, sql, values).rowcount


def _executed(session: Session, sql: str, values: Mapping[str, object]) -> Cursor[Any]:
    """Straight to psycopg, by one cursor for each connection: a deed is a hundred small statements, and SQLAlchemy's
    way to each of them takes longer than psycopg's. Errors are SQLAlchemy's, as everywhere else.
    """
    connection = session.connection()
    # A kept plan expects some ten elements in every array, and is a hundred times too slow for a thousand.
    many = any(isinstance(value, list) and len(value) > FEW for value in values.values())
    place = "whole_cursor" if many else "cursor"
    cursor: Cursor[Any] | None = connection.info.get(place)
    if cursor is None:
        driver = connection.connection.driver_connection
        assert driver is not None
        kind = _whole(driver.cursor_factory) if many else driver.cursor_factory
        cursor = connection.info[place] = kind(driver, row_factory=namedtuple_row)
    try:
        return cursor.execute(sql.encode(), values)
    except psycopg.Error as error:
        raise DBAPIError.instance(sql, dict(values), error, psycopg.Error, dialect=_POSTGRES) from error


@cache
def _whole(kind: type[Cursor[Any]]) -> type[Cursor[Any]]:
    """The same cursor, but values are written into the statement, which the server then plans for just these."""
    return type("WholeCursor", (psycopg.ClientCursor, kind), {})


def reserve_ids(session: Session, entity: type[Base], count: int) -> list[int]:
    """So many fresh ids of a table, in ascending order, before the rows exist."""
    sql = _nextval(_table(entity).name)
    return sorted(row[0] for row in read(session, sql, count=count))


def insert(session: Session, entity: type[Base], rows: Rows) -> None:
    """Inserts rows that all have the same keys by one INSERT … SELECT FROM unnest(…)."""
    insert_together(session, (entity, rows))


def insert_together(session: Session, *batches: tuple[type[Base], Rows]) -> None:
    """Inserts the rows of several tables, which may refer to each other, by one statement."""
    filled = [(_table(entity), rows, tuple(rows[0])) for entity, rows in batches if rows]
    if not filled:
        return
    sql, json_keys = _insert_sql(tuple((table, keys) for table, _, keys in filled))
    columns: dict[str, list[object]] = {
        f"{key}_{place}": [row[key] for row in rows] for place, (_, rows, keys) in enumerate(filled) for key in keys
    }
    for key in json_keys:
        columns[key] = [as_json(value) for value in columns[key]]
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
def _insert_sql(batches: tuple[tuple[Table, tuple[str, ...]], ...]) -> tuple[str, tuple[str, ...]]:
    """The statement, and the names of the parameters that are JSON."""
    inserts: list[str] = []
    json_keys: list[str] = []
    for place, (table, keys) in enumerate(batches):
        casts = []
        for key in keys:
            kind = table.columns[key].type
            assert not isinstance(kind, ARRAY), "unnest would flatten it"
            is_json = isinstance(kind, JSONB)
            casts.append(f"%({key}_{place})s::{'text[]::jsonb[]' if is_json else array_type(kind)}")
            json_keys.extend([f"{key}_{place}"] if is_json else [])
        names = ", ".join(f'"{key}"' for key in keys)
        inserts.append(f"INSERT INTO {table.name} ({names}) SELECT * FROM unnest({', '.join(casts)})")
    *first, last = inserts
    together = ", ".join(f"batch_{place} AS ({insert})" for place, insert in enumerate(first))
    return f"WITH {together} {last}" if first else last, tuple(json_keys)


def as_json(value: object) -> str | None:
    """The text of a JSON parameter; dates and decimals as they are written."""
    return None if value is None else json.dumps(value, default=str, ensure_ascii=False)
