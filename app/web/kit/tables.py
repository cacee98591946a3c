"""Tables of figures: their columns, and their rows as cells of a page, as JSON and as CSV, which say the same."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from flask import Response
from marshmallow import fields

from app.domain.kernel.spreadsheets import defused
from app.web.kit import look
from app.web.kit.export import csv_file
from app.web.kit.rest.columns import number_field, plain_value
from app.web.kit.rest.errors import as_json
from app.web.kit.rights import mine

AT_ONCE = 500


class Head(NamedTuple):
    """A column of a table: the name of the value, its label, and how it looks.

    `kind` is text, word (of the domain), event, date, moment, count, number or money. `needs` is what one must see:
    prices, costs. Columns that are `summed` have a total; those told `once` are left out where the row above is of the
    same thing, and noughts in `sparse` ones. What is `hidden` is told to programs only: ids say nothing to people.
    """

    name: str
    label: Any
    kind: str = "text"
    needs: tuple[str, ...] = ()
    summed: bool = False
    once: bool = False
    sparse: bool = False
    hidden: bool = False

    @property
    def numeric(self) -> bool:
        return self.kind in ("count", "number", "money")

    def shown(self, value: Any) -> Any:
        """The value on a page."""
        if self.sparse and not value:
            return ""
        if self.kind == "money":
            return look.money(value)
        if self.kind == "word":
            return look.word(value) if value else ""
        return look.event(value) if self.kind == "event" else look.shown(value)

    def field(self) -> fields.Field:
        """How the value is described to programs."""
        if self.kind in ("number", "money"):
            return number_field()
        if self.kind == "count":
            return fields.Integer(allow_none=True)
        shape = {"date": "date", "moment": "date-time"}.get(self.kind)
        return fields.String(allow_none=True, metadata={"format": shape} if shape else {})


def seen(heads: Iterable[Head], *, programs: bool = False) -> list[Head]:
    """The columns that the person of this request sees, or a program in their name."""
    return [head for head in heads if (programs or not head.hidden) and all(mine().sees(what) for what in head.needs)]


def as_plain(heads: Iterable[Head], row: Any) -> dict[str, Any]:
    """A row as the API gives it."""
    return {head.name: plain_value(getattr(row, head.name), head.kind) for head in heads}


def csv_of_rows(heads: Sequence[Head], rows: Iterable[Any], name: str) -> Response:
    """Rows as a file to be saved, sent while they are read: values as the API gives them, texts defused."""
    return csv_file(_lines(heads, rows, look.company_facts()["decimals"]), name)


def _lines(heads: Sequence[Head], rows: Iterable[Any], decimals: int) -> Iterator[bytes]:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([head.name for head in heads])
    columns = [(head.name, head.kind) for head in heads]
    for number, row in enumerate(rows, 1):
        writer.writerow([_cell(getattr(row, name), kind, decimals) for name, kind in columns])
        if number % AT_ONCE == 0:
            yield out.getvalue().encode()
            out.seek(0)
            out.truncate()
    yield out.getvalue().encode()


def _cell(value: Any, kind: str, decimals: int) -> Any:
    if isinstance(value, Decimal) and kind == "money":
        return f"{value:.{decimals}f}"
    if isinstance(value, (datetime, Decimal)):
        return as_json(value)
    return defused(value) if isinstance(value, str) else value
