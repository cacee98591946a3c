"""What an import does with each row of a file, as it is shown before and told afterwards."""

import hashlib
import json
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

from sqlalchemy.orm import Session

from app.domain.intake.csv_import.cells import Field
from app.domain.intake.csv_import.files import REASON, Row, Sheet, shown
from app.domain.kernel.errors import DomainError, Invalid

ADDED, CHANGED, UNCHANGED, REJECTED = WHATS = ("added", "changed", "unchanged", "rejected")


@dataclass(frozen=True)
class Access:
    """What whoever imports may write: these columns only, and rows of these warehouses and desks; None is all."""

    columns: frozenset[str] | None = None
    warehouses: frozenset[int] | None = None
    cash_desks: frozenset[int] | None = None


class Outcome(NamedTuple):
    """What becomes of a row: `changes` are (column, before, after), `key` is what the row is called."""

    number: int
    key: str
    what: str
    changes: tuple[tuple[str, str, str], ...] = ()
    reason: str = ""


class Plan(NamedTuple):
    """What becomes of every row of a file, in its order."""

    rows: list[Outcome]

    @property
    def counts(self) -> dict[str, int]:
        found = Counter(row.what for row in self.rows)
        return {what: found[what] for what in WHATS}

    @property
    def reasons(self) -> dict[int, str]:
        """Why rows are rejected, by their number."""
        return {row.number: row.reason for row in self.rows if row.what == REJECTED}

    @property
    def digest(self) -> str:
        """By which it is seen whether a plan is still the same."""
        return hashlib.sha256(json.dumps(self.rows).encode()).hexdigest()


class Kind(ABC):
    """What can be imported: the columns that a file may have, and those by which a row is known.

    `needs` are the columns without which no row is known, so that a file must have them.
    """

    noun: ClassVar[str]
    fields: ClassVar[tuple[Field, ...]]
    key: ClassVar[tuple[str, ...]]
    needs: ClassVar[tuple[str, ...]]

    @abstractmethod
    def run(self, session: Session, sheet: Sheet, access: Access, *, by: int) -> Plan:
        """Writes what can be written of a file, in the open deed, and tells what became of each row.

        Raises Invalid for what is wrong with the file as a whole, and Stale where somebody wrote the same just now.
        """


@dataclass(eq=False)
class Entry:
    """A row on its way: its cells by column, what they say, and the reason why it is not taken."""

    row: Row
    raw: Mapping[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, Invalid] = field(default_factory=dict)
    reason: DomainError | None = None

    def reject(self, reason: DomainError) -> None:
        """Keeps the first reason."""
        self.reason = self.reason or reason

    def name(self, keys: Sequence[str]) -> str:
        """What the row is called: its key as it stands in the file."""
        return " ".join(shown(self.raw[key]) for key in keys if self.raw.get(key))

    def outcome(self, keys: Sequence[str], what: str, changes: Sequence[tuple[str, str, str]] = ()) -> Outcome:
        """What becomes of it; rejected where there is a reason."""
        if self.reason is not None:
            return Outcome(self.row.number, self.name(keys), REJECTED, (), str(self.reason))
        return Outcome(self.row.number, self.name(keys), what, tuple(changes))


def fields_in(sheet: Sheet, fields: Sequence[Field], keys: Sequence[str], access: Access) -> dict[str, Field]:
    """The fields of a file's columns, by name.

    Invalid for columns that there are not (or not for this person), that come twice, and where one of `keys`, without
    which no row can be known, is missing.
    """
    usable = {it.name: it for it in fields if access.columns is None or it.name in access.columns}
    names = [name for name in sheet.names if name != REASON]
    unknown = [shown(name) for name in names if name not in usable]
    if unknown:
        raise Invalid("unknown_columns", "Row 1 names the columns; there is no column {unknown}, there are {known}.",
                      unknown=", ".join(unknown[:5]), known=", ".join(usable))  # fmt: skip
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Invalid("column_twice", "Row 1: the column {twice} is there twice.", twice=", ".join(twice))
    missing = [name for name in keys if name not in names]
    if missing:
        raise Invalid("missing_columns", "Row 1: the column {missing} is missing, without which no row is known.",
                      missing=", ".join(missing))  # fmt: skip
    return {name: usable[name] for name in names}


def entries_of(sheet: Sheet, fields: Mapping[str, Field]) -> list[Entry]:
    """Every row with what its cells say; a row of more or fewer cells than the header is rejected."""
    return [_entry(row, sheet.names, fields) for row in sheet.rows]


def _entry(row: Row, names: Sequence[str], fields: Mapping[str, Field]) -> Entry:
    if len(row.cells) != len(names):
        entry = Entry(row, dict(zip(names, row.cells, strict=False)))
        entry.reject(Invalid("ragged", "The row has {cells} cells and the header {columns}: is a separator missing, or "
                             "one too many?", cells=len(row.cells), columns=len(names)))  # fmt: skip
        return entry
    entry = Entry(row, {name: cell for name, cell in zip(names, row.cells, strict=True) if name in fields})
    for name, text in entry.raw.items():
        try:
            entry.values[name] = fields[name].read(text)
        except Invalid as error:
            entry.errors[name] = error
    return entry
