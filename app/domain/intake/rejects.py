"""The file of what was not taken: the export's own columns, the line's number in it, and the reason."""

import csv
import os
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from app.domain.intake.reading import COLUMNS
from app.domain.intake.sorting import REASONS
from app.domain.kernel.spreadsheets import defused

HEADER = (*COLUMNS, "Line", "Reason")
TEXTS = {"InvoiceNo", "StockCode", "Description", "CustomerID", "Country"}


class Reject(NamedTuple):
    """A line that is not taken: its number in the file, its cells, why (a key of REASONS, and a detail where there is
    more to say), and what it came to, where that can be read."""

    number: int
    cells: tuple[str, ...]
    reason: str
    detail: str = ""
    amount: Decimal = Decimal(0)

    @property
    def sentence(self) -> str:
        """The reason for a person."""
        return f"{REASONS[self.reason]}: {self.detail}" if self.detail else REASONS[self.reason]


def write_rejects(path: Path, rejects: Iterable[Reject]) -> None:
    """Writes them in the order of the file; an earlier file of this name is replaced, whole or not at all."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")
    with unfinished.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        out = csv.writer(file)
        out.writerow(HEADER)
        for reject in sorted(rejects, key=lambda reject: reject.number):
            out.writerow((*_row(reject.cells), reject.number, reject.sentence))
    unfinished.replace(path)


def _row(cells: tuple[str, ...]) -> list[str]:
    """Eight cells; text that a spreadsheet would run is defused by an apostrophe."""
    padded = (*cells, *[""] * len(COLUMNS))[: len(COLUMNS)]
    return [defused(cell) if column in TEXTS else cell for column, cell in zip(COLUMNS, padded, strict=True)]
