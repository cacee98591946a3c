"""Document numbers: the series, and the one place that gives numbers, in the seal of a deed."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, text
from sqlalchemy import Sequence as DatabaseSequence
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.domain.kernel.errors import DomainError, Refused
from app.domain.kernel.orm import Base, BigId, metadata, one_of
from app.domain.kernel.rows import read, write

RESTARTS = ("never", "yearly")
# Orders are numbered at their first save, so a number may be lost with a draft: a sequence waits for nobody.
ORDER_NUMBERS = DatabaseSequence("number_orders_seq", metadata=metadata)


class NumberSeries(Base):
    """How numbers of some kinds of documents look and count.

    `gapless` numbers are taken in the seal; the others from a sequence, at the first save. `ascending` refuses a
    document dated before the last one of its series.
    """

    __tablename__ = "number_series"
    __table_args__ = (one_of("restart", RESTARTS), CheckConstraint("width BETWEEN 1 AND 15", name="width"))

    id: Mapped[BigId]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    prefix: Mapped[str] = mapped_column(server_default="", default="")
    width: Mapped[int] = mapped_column(server_default="6", default=6)
    restart: Mapped[str] = mapped_column(server_default="never", default="never")
    gapless: Mapped[bool] = mapped_column(server_default=text("true"), default=True)
    ascending: Mapped[bool] = mapped_column(server_default=text("false"), default=False)

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class NumberCounter(Base):
    """The last number given in a series (and year, 0 where it never restarts)."""

    __tablename__ = "number_counter"

    series_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("number_series.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]
    last_on: Mapped[date] = mapped_column(Date)


class Request(NamedTuple):
    document_id: int
    series: str
    on: date


def ask_number(session: Session, series: str, documents: Mapping[int, date]) -> None:
    """Lets these documents (id → business date) take the next numbers of the series with this code in the seal."""
    pending: list[Request] = session.info.setdefault("pending numbers", [])
    pending.extend(Request(document_id, series, on) for document_id, on in documents.items())


def label(prefix: str, width: int, restart: str, year: int, value: int) -> str:
    """How a number is written: prefix, the year where the series restarts, and zeros up to the width."""
    return f"{prefix}{f'{year}-' if restart == 'yearly' else ''}{value:0{width}d}"


NEXT_NUMBERS = """
SELECT series.id, series.prefix, series.width, nextval('number_orders_seq') AS value
FROM number_series series, generate_series(1, %(count)s) WHERE series.code = 'orders'
"""


def next_order_numbers(session: Session, count: int) -> list[tuple[int, str]]:
    """So many fresh order numbers, ascending, each with the id of its series; they may have gaps."""
    rows = read(session, NEXT_NUMBERS, count=count)
    if count and not rows:
        raise LookupError("no number series 'orders'")
    return [(row.id, label(row.prefix, row.width, "never", 0, row.value)) for row in rows]


LOCK_COUNTERS = """
SELECT series.id, series.code, series.prefix, series.width, series.restart, series.ascending,
       counter.year, counter.last, counter.last_on
FROM number_series series JOIN number_counter counter ON counter.series_id = series.id
WHERE series.code = ANY(%(codes)s::text[]) AND counter.year = ANY(%(years)s::bigint[])
      AND (counter.year = 0) = (series.restart = 'never')
ORDER BY series.id, counter.year FOR NO KEY UPDATE OF counter
"""
ADD_COUNTERS = """
INSERT INTO number_counter (series_id, year, last, last_on)
SELECT series.id, CASE series.restart WHEN 'yearly' THEN wanted.year ELSE 0 END, 0, '0001-01-01'
FROM unnest(%(codes)s::text[], %(years)s::bigint[]) AS wanted (code, year)
JOIN number_series series ON series.code = wanted.code
ON CONFLICT DO NOTHING
"""
WRITE_NUMBERS = """
WITH raised AS (
    UPDATE number_counter SET last = given.last, last_on = greatest(number_counter.last_on, given.last_on)
    FROM unnest(%(counters)s::bigint[], %(years)s::bigint[], %(lasts)s::bigint[], %(last_ons)s::date[])
         AS given (series_id, year, last, last_on)
    WHERE number_counter.series_id = given.series_id AND number_counter.year = given.year
)
UPDATE document SET series_id = given.series_id, number = given.number
FROM unnest(%(ids)s::bigint[], %(series)s::bigint[], %(numbers)s::text[]) AS given (id, series_id, number)
WHERE document.id = given.id
"""


class Counter:
    """A locked counter that hands out the next numbers of its series."""

    def __init__(self, row: Any) -> None:
        self.series_id: int = row.id
        self.year: int = row.year
        self.last: int = row.last
        self.last_on: date = row.last_on
        self._row = row

    def next(self, on: date) -> str:
        """The next number; raises DomainError where the series does not go back in time and `on` does."""
        if self._row.ascending and on < self.last_on:
            raise DomainError(
                "before_last_of_series",
                "{series}: its last number is of {last_on}: nothing may be dated {on}; choose {last_on} or later.",
                series=self._row.code,
                last_on=self.last_on,
                on=on,
            )
        self.last += 1
        self.last_on = max(self.last_on, on)
        return label(self._row.prefix, self._row.width, self._row.restart, self.year, self.last)


def give_numbers(session: Session) -> None:
    """Gives every asked number, in the order of the dates and of asking, and notes them for the chain."""
    pending: list[Request] = session.info.pop("pending numbers", [])
    if not pending:
        return
    counters = _counters(session, pending)
    given, errors = [], {}
    for request in sorted(pending, key=lambda request: request.on):
        counter = counters[request.series, request.on.year]
        try:
            given.append((request.document_id, counter.series_id, counter.next(request.on)))
        except DomainError as error:
            errors[request.document_id] = error
    if errors:
        raise Refused(errors)
    _write(session, list({id(counter): counter for counter in counters.values()}.values()), given)


def _counters(session: Session, pending: Sequence[Request]) -> dict[tuple[str, int], Counter]:
    """The counter of each series and year, locked in one order; a missing one is made first."""
    wanted = sorted({(request.series, request.on.year) for request in pending})
    codes = [code for code, _ in wanted]
    years = [year for _, year in wanted]
    for _ in range(2):
        rows = read(session, LOCK_COUNTERS, codes=codes, years=[0, *years])
        found = {(row.code, row.year): Counter(row) for row in rows}
        counters = {key: found.get(key) or found.get((key[0], 0)) for key in wanted}
        if all(counters.values()):
            return {key: counter for key, counter in counters.items() if counter}
        write(session, ADD_COUNTERS, codes=codes, years=years)
    raise LookupError(f"no number series among {codes}")


def _write(session: Session, counters: Sequence[Counter], given: Sequence[tuple[int, int, str]]) -> None:
    ids, series, numbers = zip(*given, strict=True)
    write(
        session, WRITE_NUMBERS,
        counters=[counter.series_id for counter in counters],
        years=[counter.year for counter in counters],
        lasts=[counter.last for counter in counters],
        last_ons=[counter.last_on for counter in counters],
        ids=list(ids), series=list(series), numbers=list(numbers),
    )  # fmt: skip
