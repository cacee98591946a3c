"""What something left behind: a checksum of every table, and the statements it sent."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import Engine, inspect
from sqlalchemy.orm import Session

SUM = "SELECT coalesce(md5(string_agg(it::text, chr(10) ORDER BY it::text)), '') FROM \"{}\" it"


def checksums(source: Engine | Session) -> dict[str, str]:
    """A checksum of all rows by table: of a database as it is committed, or as a session sees it."""
    if isinstance(source, Engine):
        with source.connect() as connection:
            return checksums(Session(connection))
    connection = source.connection()
    tables = sorted(inspect(connection).get_table_names())
    return {table: connection.exec_driver_sql(SUM.format(table)).scalar_one() for table in tables}


_notes: list[Callable[[str], None]] = []


class NotedCursor(psycopg.Cursor[Any]):
    """A cursor whose statements can be watched; the tests' engines use no other."""

    def execute(self, query: Any, *arguments: Any, **options: Any) -> "NotedCursor":
        for note in _notes:
            note(query.decode() if isinstance(query, bytes) else str(query))
        return super().execute(query, *arguments, **options)


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements that this process sends meanwhile, in order."""
    sent: list[str] = []
    _notes.append(sent.append)
    try:
        yield sent
    finally:
        _notes.remove(sent.append)
