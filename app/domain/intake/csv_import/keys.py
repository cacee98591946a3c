"""Codes of a file as ids: every table is asked once, whatever the number of rows."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy.orm import Session

from app.domain.intake.csv_import.cells import Field, told
from app.domain.intake.csv_import.files import shown
from app.domain.intake.csv_import.plans import Access, Entry
from app.domain.kernel.errors import Invalid
from app.domain.kernel.rows import read

# What only some may see is, for the others, not there.
SCOPED = {"warehouse": "warehouses", "cash_desk": "cash_desks"}


@cache
def code_column(table: str) -> str:
    """The column by which people name the rows of a table."""
    return "sku" if table == "product" else "code"


@cache
def _found(table: str) -> str:
    code = code_column(table)
    return f"""
    SELECT wanted.code, its.id, its.active, its.{code} AS own
    FROM unnest(%(codes)s::text[]) AS wanted (code) JOIN {table} its ON upper(its.{code}) = upper(wanted.code)
    """


class Named:
    """The rows that a file names, by the field and the code as it stands there."""

    def __init__(
        self, session: Session, entries: Sequence[Entry], fields: Mapping[str, Field], access: Access
    ) -> None:  # fmt: skip
        self._rows: dict[str, dict[str, Any]] = {}
        for table in sorted({it.target for it in fields.values() if it.target}):
            names = [name for name, it in fields.items() if it.target == table]
            codes = sorted({code for entry in entries for name in names if (code := entry.values.get(name))})
            seen: Iterable[int] | None = getattr(access, SCOPED[table]) if table in SCOPED else None
            self._rows[table] = {
                row.code: row for row in read(session, _found(table), codes=codes) if seen is None or row.id in seen
            }

    def resolve(self, entry: Entry, field: Field) -> Any:
        """The row that a cell names, None for an empty cell; Invalid where there is none."""
        code = entry.values[field.name]
        if code is None:
            return None
        row = self._rows[field.target].get(code)
        if row is None:
            raise field.wrong(Invalid("unknown_key", "there is no {kind} {code}.", kind=field.target.replace("_", " "),
                                      code=shown(code)))  # fmt: skip
        return row


def resolve_all(
    session: Session, entries: Sequence[Entry], fields: Mapping[str, Field], access: Access
) -> None:  # fmt: skip
    """Puts the row that a cell names in the place of its code; codes that name none are errors of their cells."""
    named = Named(session, entries, fields, access)
    for entry in entries:
        for name, it in fields.items():
            if it.target and name in entry.values:
                try:
                    entry.values[name] = named.resolve(entry, it)
                except Invalid as error:
                    entry.errors[name] = error
                    del entry.values[name]


def archived(field: Field, row: Any) -> Invalid:
    """Why a row that is archived is not taken."""
    return field.wrong(Invalid("archived_key", "{code} is archived: choose another.", code=row.own))


def plain(field: Field, value: Any) -> Any:
    """A cell's value as it is stored: the id of what it names."""
    return value.id if field.target and value is not None else value


def shown_value(field: Field, value: Any) -> str:
    """A cell's value as it is told: the code of what it names."""
    return told(value.own if field.target and value is not None else value)
