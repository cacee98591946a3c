"""Reads a trade export line by line: what can be read becomes a line, the rest says why not.

The export is CSV in UTF-8, plain or gzipped, with the columns InvoiceNo, StockCode, Description, Quantity, InvoiceDate
(local time), UnitPrice (net), CustomerID (empty: a guest) and Country. One line of text is one line of trade: a quote
that is never closed spoils its own line and no other.
"""

import csv
import gzip
import hashlib
import re
import zlib
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from sys import intern
from typing import NamedTuple

from app.domain.kernel.errors import DomainError, Invalid, NotFound
from app.domain.kernel.values import PRICE_DECIMALS, exact

COLUMNS = (
    "InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country",
)  # fmt: skip
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2}) ([01]\d|2[0-3]):[0-5]\d:[0-5]\d", re.ASCII)
NO_TEXT = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")
# Texts repeat all the time; numbers and dates are read once each.
CACHED = 100_000


class Line(NamedTuple):
    """One line of the file: a quantity of pieces at a net price each; `number` counts the file's lines from 1."""

    number: int
    invoice: str
    code: str
    description: str
    quantity: Decimal
    on: date
    price: Decimal
    customer: str
    country: str

    @property
    def amount(self) -> Decimal:
        """Quantity × price, not rounded."""
        return self.quantity * self.price


class Read(NamedTuple):
    """What became of one line of text: its cells, and either a line or the reason why it is none."""

    number: int
    cells: tuple[str, ...]
    line: Line | None
    why: str = ""


class Export:
    """An export to be read once, from its first line to its last; then `digest` names its content.

    The digest is the SHA-256 of the unpacked bytes, so that a file and its gzipped copy are the same trade.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._hash = hashlib.sha256()

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()

    def __iter__(self) -> Iterator[Read]:
        """Every line after the header; DomainError where the file as a whole cannot be read."""
        try:
            texts = enumerate(self._texts(), start=1)
            columns = self._columns(next(texts, (1, ""))[1])
            for number, text in texts:
                yield read_line(number, text, columns)
        except FileNotFoundError:
            raise NotFound("no_file", "There is no file {path}.", path=str(self.path)) from None
        except (OSError, EOFError, zlib.error) as error:
            raise DomainError(
                "damaged_file", "{path} cannot be read to its end: {error}.", path=str(self.path), error=str(error)
            ) from None

    def _texts(self) -> Iterator[str]:
        with gzip.open(self.path) if self.path.suffix == ".gz" else self.path.open("rb") as file:
            for raw in file:
                self._hash.update(raw)
                # Bytes that are no UTF-8 are kept as they are, for the reject file.
                yield raw.rstrip(b"\r\n").decode("utf-8", "surrogateescape")

    def _columns(self, header: str) -> tuple[int, ...]:
        """Where the eight columns stand, whatever their order."""
        names = _cells(header.removeprefix("\ufeff")) or ()
        missing = [column for column in COLUMNS if names.count(column) != 1]
        if missing or len(names) != len(COLUMNS):
            raise Invalid(
                "not_a_trade_export",
                "{path} is not a trade export: its first line must name the columns {columns}.",
                path=str(self.path),
                columns=", ".join(COLUMNS),
            )
        return tuple(names.index(column) for column in COLUMNS)


def read_line(number: int, text: str, columns: tuple[int, ...] = tuple(range(len(COLUMNS)))) -> Read:
    """One line of text as a line of trade, or why it cannot be one."""
    cells = _cells(text)
    if cells is None or len(cells) != len(COLUMNS):
        return Read(number, (text,), None, f"it does not have {len(COLUMNS)} columns")
    cells = tuple(cells[column] for column in columns)
    if NO_TEXT.search(text):
        return Read(number, cells, None, "it has characters that are no text")
    try:
        return Read(number, cells, _line(number, cells))
    except Invalid as error:
        return Read(number, cells, None, str(error))


def _cells(text: str) -> tuple[str, ...] | None:
    try:
        return tuple(next(csv.reader((text,), strict=True)))
    except (csv.Error, StopIteration):
        return None


def _line(number: int, cells: tuple[str, ...]) -> Line:
    invoice, code, description, quantity, moment, price, customer, country = cells
    return Line(
        number,
        _required("InvoiceNo", invoice),
        _required("StockCode", code),
        intern(description.strip()),
        _quantity(quantity),
        _day(moment),
        _price(price),
        _customer(customer),
        intern(country.strip()),
    )


def _required(what: str, text: str) -> str:
    if not text.strip():
        raise Invalid("empty", "{what} is empty.", what=what)
    return intern(text.strip())


def _customer(text: str) -> str:
    if text.strip() and not (text.strip().isascii() and text.strip().isdecimal()):
        raise Invalid("not_an_id", "CustomerID: {text!r} is not a number.", text=text)
    return intern(text.strip())


@lru_cache(CACHED)
def _quantity(text: str) -> Decimal:
    return exact(_plain("Quantity", text), 0, "Quantity")


@lru_cache(CACHED)
def _price(text: str) -> Decimal:
    return exact(_plain("UnitPrice", text), PRICE_DECIMALS, "UnitPrice")


def _plain(what: str, text: str) -> str:
    if not NUMBER.fullmatch(text):
        raise Invalid("not_a_number", "{what}: {text!r} is not a number.", what=what, text=text)
    return text


@lru_cache(CACHED)
def _day(text: str) -> date:
    found = MOMENT.fullmatch(text)
    try:
        if found:
            return date.fromisoformat(found[1])
    except ValueError:
        pass
    raise Invalid("not_a_date", "InvoiceDate: {text!r} is not a date like 2010-12-01 08:26:00.", text=text)
