"""What something left behind: a checksum of every table, and the statements it sent."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import Engine, inspect
from sqlalchemy.orm import Session

# Of the rows in whatever order they lie: how many, and what their hashes come to.
SUM = "SELECT '{0}', count(*) || ' ' || coalesce(sum(hashtextextended(it::text, 0)), 0) FROM \"{0}\" it"


def checksums(source: Engine | Session) -> dict[str, str]:
    """A checksum of all rows by table: of a database as it is committed, or as a session sees it."""
    if isinstance(source, Engine):
        with source.connect() as connection:
            return checksums(Session(connection))
    connection = source.connection()
    tables = sorted(inspect(connection).get_table_names())
    rows = connection.exec_driver_sql(" UNION ALL ".join(SUM.format(table) for table in tables))
    return {row[0]: row[1] for row in rows}


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
