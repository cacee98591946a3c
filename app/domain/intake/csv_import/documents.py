"""Documents out of a file: the rows of one key are the lines of one document, which is written once.

What a document of theirs may be is for the actions to say: an import goes through them like everybody else.
"""

import hashlib
import json
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.intake.csv_import.cells import Field
from app.domain.intake.csv_import.files import Sheet
from app.domain.intake.csv_import.keys import archived, plain, resolve_all, shown_value
from app.domain.intake.csv_import.plans import ADDED, UNCHANGED, Access, Entry, Kind, Plan, entries_of, fields_in
from app.domain.intake.models import ImportedDocument
from app.domain.kernel.company import company
from app.domain.kernel.errors import DomainError, Invalid, Refused, Stale
from app.domain.kernel.rows import insert, read, write
from app.domain.kernel.spreadsheets import undefused


@dataclass
class Group:
    """The rows of one document: what they say by column, as it is stored, and whether it was imported before."""

    key: str
    entries: list[Entry]
    lines: list[dict[str, Any]]
    is_known: bool = False

    @property
    def head(self) -> dict[str, Any]:
        return self.lines[0]

    @property
    def is_good(self) -> bool:
        return all(entry.reason is None for entry in self.entries)

    @property
    def digest(self) -> str:
        """By which the same document is known again, wherever columns and rows stand; an empty cell says nothing."""
        told = [{name: value for name, value in line.items() if value not in (None, "")} for line in self.lines]
        said = sorted(json.dumps(line, sort_keys=True, default=str) for line in told)
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()

    def reject(self, reason: DomainError) -> None:
        for entry in self.entries:
            entry.reject(reason)


class Documents(Kind):
    """One kind of document. `head` are the columns that all rows of a document say alike.

    A key holds for one `owner` (a column): two customers may have an order 7 each.
    """

    table: ClassVar[str]
    head: ClassVar[tuple[str, ...]]
    owner: ClassVar[str]
    key: ClassVar[tuple[str, ...]] = ("document",)

    def run(self, session: Session, sheet: Sheet, access: Access, *, by: int) -> Plan:
        fields = fields_in(sheet, self.fields, self.needs, access)
        entries = entries_of(sheet, fields)
        resolve_all(session, entries, fields, access)
        for entry in entries:
            _check(entry, fields)
        groups = self._groups(entries, fields)
        self._recognize(session, groups)
        self._add(session, [it for it in groups if it.is_good and not it.is_known], by=by)
        known = {id(entry) for group in groups if group.is_known for entry in group.entries}
        return Plan([
            entry.outcome(self.key, UNCHANGED) if id(entry) in known
            else entry.outcome(self.key, ADDED, _told(entry, fields, self.key))
            for entry in entries
        ])  # fmt: skip

    # What a kind says

    @abstractmethod
    def make(self, group: Group, *, today: Any, by: int) -> Any:
        """The document as its action takes it."""

    @abstractmethod
    def add(self, session: Session, new: Sequence[Any], *, by: int) -> list[int]:
        """The action that writes documents; Refused by position."""

    def key_of(self, entry: Entry, fields: Mapping[str, Field]) -> str | None:
        """What the document is known by; None where a row does not say it."""
        owner, name = entry.values.get(self.owner), entry.values.get("document")
        return None if owner is None or name is None else f"{owner.id} {name}"

    def suspects(self, entry: Entry, groups: Sequence[Group]) -> list[Group]:
        """The documents to which a rejected row may belong that does not say its key."""
        name = undefused(entry.raw.get("document", "")).strip()
        return [group for group in groups if group.head["document"] == name]

    def check_group(self, group: Group) -> None:
        """Whether the rows of one document fit each other; rejects them all."""
        for name in self.head:
            for entry, line in zip(group.entries, group.lines, strict=True):
                if line.get(name) != group.head.get(name):
                    entry.reject(Invalid("other_head", "{column}: row {row} says something else of the same document.",
                                         column=name, row=group.entries[0].row.number))  # fmt: skip

    # What all of them do

    def _groups(self, entries: Sequence[Entry], fields: Mapping[str, Field]) -> list[Group]:
        found: dict[str, Group] = {}
        loose = []
        for entry in entries:
            key = self.key_of(entry, fields)
            if key is None:
                loose.append(entry)
                continue
            group = found.setdefault(key, Group(key, [], []))
            group.entries.append(entry)
            group.lines.append({name: plain(fields[name], value) for name, value in entry.values.items()})
        for group in found.values():
            self.check_group(group)
        groups = list(found.values())
        for group in groups:
            _reject_with(group, [entry for entry in group.entries if entry.reason is not None])
        for entry in loose:
            for group in self.suspects(entry, groups):
                _reject_with(group, [entry])
        return groups

    def _recognize(self, session: Session, groups: Sequence[Group]) -> None:
        """Marks what was imported before; the key of a draft that was removed is free again."""
        good = {group.key: group for group in groups if group.is_good}
        gone = []
        for row in read(session, _imported(self.table), kind=self.table, keys=sorted(good)):
            group = good[row.key]
            if not row.there:
                gone.append(row.key)
            elif row.digest == group.digest:
                group.is_known = True
            else:
                group.reject(Invalid("imported_before", "It was imported before with other lines and is {number} now: "
                                     "change it there, or give this one another key.",
                                     number=row.number or f"draft {row.document_id}"))  # fmt: skip
        write(session, FREE, kind=self.table, keys=gone)

    def _add(self, session: Session, groups: Sequence[Group], *, by: int) -> None:
        try:
            ids = self._written(session, groups, by)
        except Refused as refusal:
            for place, error in refusal.errors.items():
                groups[place].reject(error)
            groups = [group for group in groups if group.is_good]
            ids = self._written(session, groups, by)
        try:
            insert(session, ImportedDocument, [
                {"kind": self.table, "key": group.key, "digest": group.digest, "document_id": document}
                for group, document in zip(groups, ids, strict=True)
            ])  # fmt: skip
        except IntegrityError:
            raise Stale("stale", "Somebody else imported the same just now: look at the file again.") from None

    def _written(self, session: Session, groups: Sequence[Group], by: int) -> list[int]:
        today = company(session).today()
        new = [self.make(group, today=today, by=by) for group in groups]
        return self.add(session, new, by=by) if new else []


FREE = "DELETE FROM imported_document WHERE kind = %(kind)s AND key = ANY(%(keys)s::text[])"


def _imported(table: str) -> str:
    return f"""
    SELECT imported.key, imported.digest, imported.document_id, document.number, its.id IS NOT NULL AS there
    FROM imported_document imported JOIN document ON document.id = imported.document_id
    LEFT JOIN {table} its ON its.id = imported.document_id
    WHERE imported.kind = %(kind)s AND imported.key = ANY(%(keys)s::text[])
    """


def _reject_with(group: Group, bad: Sequence[Entry]) -> None:
    if bad:
        group.reject(Invalid("with_others", "Row {row} of the same document is rejected.", row=bad[0].row.number))


def _check(entry: Entry, fields: Mapping[str, Field]) -> None:
    """Rejects a row for what is wrong with a cell."""
    for name, it in fields.items():
        value = entry.values.get(name)
        if name in entry.errors:
            entry.reject(entry.errors[name])
        elif it.target and value is not None and not value.active:
            entry.reject(archived(it, value))


def _told(entry: Entry, fields: Mapping[str, Field], key: Sequence[str]) -> list[tuple[str, str, str]]:
    return [
        (name, "", shown_value(fields[name], value))
        for name, value in entry.values.items() if value is not None and name not in key
    ]  # fmt: skip
