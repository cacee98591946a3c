"""CSV files as people bring them: what a spreadsheet saved or a list of ours exported, read into rows of cells.

UTF-8 with or without a byte order mark; commas, semicolons or tabs; quoted line breaks belong to their cell. Rows are
counted as a spreadsheet counts them: the header is row 1.
"""

import codecs
import csv
import io
import re
from collections.abc import Mapping
from typing import NamedTuple

from app.domain.kernel.errors import Invalid

MOST_ROWS = 20_000
MOST_COLUMNS = 100
DELIMITERS = ",;\t"
REASON = "reason"
SHOWN = 40
# A cell that is too long is the row's fault, and no reason to stop reading.
csv.field_size_limit(2**31 - 1)


class Row(NamedTuple):
    """A row of the file: its number in a spreadsheet, and its cells as they stand there."""

    number: int
    cells: tuple[str, ...]


class Sheet(NamedTuple):
    """A file as rows; `names` are its columns in small letters."""

    header: tuple[str, ...]
    rows: list[Row]
    delimiter: str

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(cell.strip().lower() for cell in self.header)


def shown(text: str) -> str:
    """A text of the file in a sentence: its beginning, without what cannot be printed."""
    kept = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text[:SHOWN])
    return f"{kept}…" if len(text) > SHOWN else kept


def read_sheet(content: bytes) -> Sheet:
    """The rows of a file; Invalid for what is no CSV file, has no rows, or more than MOST_ROWS."""
    text = _text(content)
    first = re.split(r"[\r\n]", text, maxsplit=1)[0]
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: tuple[str, ...] = ()
    rows: list[Row] = []
    number = 0
    try:
        for number, cells in enumerate(reader, 1):
            if number == 1:
                header = tuple(cells)
            elif any(cells):
                rows.append(Row(number, tuple(cells)))
            if len(rows) > MOST_ROWS or len(header) > MOST_COLUMNS:
                raise Invalid("file_too_long", "The file has more than {rows} rows or {columns} columns: split it.",
                              rows=f"{MOST_ROWS:,}", columns=MOST_COLUMNS)  # fmt: skip
    except csv.Error as error:
        raise Invalid("no_csv", "Row {row} cannot be read as CSV: {error}. Is a quotation mark missing?",
                      row=number + 1, error=str(error)) from None  # fmt: skip
    if not rows:
        raise Invalid("no_rows", "The file is empty: its first row names the columns, and each row after it is one "
                      "thing to import.")  # fmt: skip
    return Sheet(header, rows, delimiter)


def _text(content: bytes) -> str:
    """What cannot be decoded stays as it is: the row it stands in is not taken, and goes back unchanged."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in content.split(b"\n", 1)[0]:
        raise Invalid("not_utf8", "The file is in UTF-16: save it as “CSV UTF-8” and bring it again.")
    return content.removeprefix(codecs.BOM_UTF8).decode("utf-8", "surrogateescape")


def rejected_file(sheet: Sheet, reasons: Mapping[int, str]) -> bytes:
    """The rows of these numbers with their reasons, as a file like the one that they came in.

    The cells are the original ones; the reason stands in a last column of its own, which an import passes over.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=sheet.delimiter)
    kept = [place for place, name in enumerate(sheet.names) if name != REASON]
    writer.writerow([*(sheet.header[place] for place in kept), REASON])
    for row in sheet.rows:
        if row.number in reasons:
            fits = len(row.cells) == len(sheet.header)
            cells = [row.cells[place] for place in kept] if fits else [*row.cells]
            cells += [""] * (len(kept) - len(cells))
            writer.writerow([*cells, reasons[row.number]])
    return codecs.BOM_UTF8 + out.getvalue().encode("utf-8", "surrogateescape")
