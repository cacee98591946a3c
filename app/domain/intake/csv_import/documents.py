"""Documents out of a file: the rows of one key are the lines of one document, which is written once.

One that stands already is written anew where the file says something else of it and it may still be changed. What a
document of theirs may be is for the actions to say: an import goes through them like everybody else.
"""

import hashlib
import json
from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.intake.csv_import.cells import Field
from app.domain.intake.csv_import.files import Sheet
from app.domain.intake.csv_import.keys import archived, plain, resolve_all, shown_value
from app.domain.intake.csv_import.plans import (
    ADDED,
    CHANGED,
    UNCHANGED,
    Access,
    Entry,
    Kind,
    Plan,
    entries_of,
    fields_in,
)
from app.domain.intake.csv_import.standing import Standing, changes_of, named, standing, stored
from app.domain.intake.models import ImportedDocument
from app.domain.kernel.company import company
from app.domain.kernel.errors import DomainError, Invalid, Refused, Stale
from app.domain.kernel.rows import insert, read, write
from app.domain.kernel.spreadsheets import undefused


@dataclass
class Group:
    """The rows of one document: what they say by column, as it is stored, and whether it stands already as they say.

    One that does not is `its`; `rows` are those of its lines that each row is about, and `changes` what that says
    otherwise.
    """

    key: str
    entries: list[Entry]
    lines: list[dict[str, Any]]
    is_known: bool = False
    its: Standing | None = None
    rows: list[Row[Any] | None] = field(default_factory=list)
    changes: list[list[tuple[str, str, str]]] = field(default_factory=list)

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

    A key holds for one `owner` (a column): two customers may have an order 7 each. `standing` tells the rows of
    documents by their ids, as Standing says, and `editable` the states in which they may be changed.
    """

    table: ClassVar[str]
    standing: ClassVar[str]
    editable: ClassVar[tuple[str, ...]] = ("draft",)
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
        self._recognize(session, groups, fields, access)
        self._change(session, [it for it in groups if it.is_good and it.its], by=by)
        self._add(session, [it for it in groups if it.is_good and not it.is_known and not it.its], by=by)
        done = {id(entry): UNCHANGED for group in groups if group.is_known for entry in group.entries}
        changed = {
            id(entry): changes
            for group in groups if group.its for entry, changes in zip(group.entries, group.changes, strict=True)
        }  # fmt: skip
        return Plan([
            entry.outcome(self.key, done[id(entry)]) if id(entry) in done
            else entry.outcome(self.key, CHANGED if changed[id(entry)] else UNCHANGED, changed[id(entry)])
            if id(entry) in changed
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

    @abstractmethod
    def edit(self, session: Session, document: int, new: Any, *, version: int, by: int) -> None:
        """The action that writes a document anew."""

    def kept(self, new: Any, its: Standing, group: Group) -> Any:
        """The document with what no file says of it."""
        return new

    def find(self, session: Session, keys: Iterable[str], access: Access) -> dict[str, int]:
        """The documents that keys name which were not imported by them."""
        names = {key: key.partition(" ")[2] for key in keys}
        found = named(session, self.table, names.values(), access.warehouses)
        return {key: found[name] for key, name in names.items() if name in found}

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

    def _recognize(
        self, session: Session, groups: Sequence[Group], fields: Mapping[str, Field], access: Access
    ) -> None:
        """Marks what stands already; the key of a draft that was removed is free again."""
        good = {group.key: group for group in groups if group.is_good}
        found = {row.key: row for row in read(session, IMPORTED.format(self.table), kind=self.table, keys=sorted(good))}
        write(session, FREE, kind=self.table, keys=[key for key, row in found.items() if not row.there])
        there = {key: row.document_id for key, row in found.items() if row.there}
        for key in there:
            good[key].is_known = found[key].digest == good[key].digest
        ids = {key: pk for key, pk in there.items() if not good[key].is_known}
        ids |= self.find(session, good.keys() - there.keys(), access)
        rows = standing(session, self.standing, ids.values())
        taken: set[int] = set()
        for key, pk in ids.items():
            if pk in taken:
                good[key].reject(Invalid("document_twice", "The file names this document twice: keep one of them."))
            elif pk not in rows:
                good[key].reject(Invalid("no_lines_there", "This draft has no lines by now: write them there, or give "
                                         "this one another key."))  # fmt: skip
            elif not rows[pk].is_of(access.warehouses):
                good[key].reject(Invalid("of_another_warehouse", "This key stands for a document of another warehouse: "
                                         "give this one another."))  # fmt: skip
            else:
                self._compare(good[key], rows[pk], fields)
            taken.add(pk)

    def _compare(self, group: Group, its: Standing, fields: Mapping[str, Field]) -> None:
        """Finds what the file says otherwise of a document, and fills in what it does not say."""
        rows = its.beside(line.get("product") for line in group.lines)
        texts = [{name: shown_value(it, entry.values[name]) for name, it in fields.items()} for entry in group.entries]
        changes = [changes_of(row, told, self.key) for row, told in zip(rows, texts, strict=True)]
        if len(its.rows) != len(rows):
            changes[-1].append(("rows", str(len(its.rows)), str(len(rows))))
        if not any(changes):
            group.is_known = True
            return
        if its.head.state not in self.editable:
            head = its.head
            group.reject(Invalid("stands_already", "This is {document} and {state} by now: change it there, or give "
                                 "this one another key.", document=head.document, state=head.state))  # fmt: skip
        for row, line in zip(rows, group.lines, strict=True):
            for it in self.fields:
                if it.name not in fields and (row is not None or it.name in self.head):
                    line[it.name] = stored(row if row is not None else its.head, it)
        group.its, group.rows, group.changes = its, rows, changes

    def _change(self, session: Session, groups: Sequence[Group], *, by: int) -> None:
        today = company(session).today()
        for group in groups:
            its = group.its
            assert its
            try:
                new = self.kept(self.make(group, today=today, by=by), its, group)
                self.edit(session, its.head.id, new, version=its.head.version, by=by)
            except DomainError as refusal:
                group.reject(refusal)
            else:
                write(session, ANEW, kind=self.table, document=its.head.id, digest=group.digest)

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
ANEW = "UPDATE imported_document SET digest = %(digest)s WHERE kind = %(kind)s AND document_id = %(document)s"
IMPORTED = """
SELECT imported.key, imported.digest, imported.document_id, its.id IS NOT NULL AS there
FROM imported_document imported LEFT JOIN {} its ON its.id = imported.document_id
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
