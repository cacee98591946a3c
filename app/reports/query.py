"""A report's rows as one SELECT: read whole, by pages, or one after the other where there may be millions of them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.kernel.errors import Invalid
from app.domain.kernel.rows import read, stream


class Query(NamedTuple):
    """A SELECT, in the order in which its rows are told, with the values of its parameters."""

    sql: str
    values: Mapping[str, object]

    def rows(self, session: Session) -> Sequence[Row[Any]]:
        """All rows."""
        return read(session, self.sql, **self.values)

    def some(self, session: Session, most: int, skip: int = 0) -> Sequence[Row[Any]]:
        """At most so many rows, after so many others."""
        sql = f"{self.sql} LIMIT %(rows_at_most)s OFFSET %(rows_before)s"
        return read(session, sql, **self.values, rows_at_most=most, rows_before=skip)

    def stream(self, session: Session) -> Iterator[Any]:
        """All rows one by one, however many; the session's transaction has to stay open meanwhile."""
        return stream(session, self.sql, **self.values)

    def sums(self, session: Session, names: Sequence[str]) -> Mapping[str, Any]:
        """How many rows there are (`count`), and the sum of each of these columns over all of them."""
        sums = "".join(f', coalesce(sum("{name}"), 0) AS "{name}"' for name in names)
        return dict(read(session, f"SELECT count(*) AS count{sums} FROM ({self.sql}) told", **self.values)[0]._asdict())


def ids(wanted: Collection[int] | None) -> list[int] | None:
    """Ids as a parameter, None where all are meant."""
    return None if wanted is None else sorted(wanted)


def check_stretch(since: date, until: date) -> None:
    """Refuses a stretch that ends before it starts."""
    if until < since:
        raise Invalid(
            "wrong_order", "The stretch cannot end on {until} before it starts on {since}.", since=since, until=until
        )
