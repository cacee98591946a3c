"""Cards out of a file: each row finds its card by what people call it, and writes what differs. Set by set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from sqlalchemy import Table
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.intake.csv_import.cells import Field, told
from app.domain.intake.csv_import.files import Sheet
from app.domain.intake.csv_import.keys import archived, code_column, plain, resolve_all, shown_value
from app.domain.intake.csv_import.plans import (
    ADDED,
    CHANGED,
    UNCHANGED,
    Access,
    Entry,
    Kind,
    Outcome,
    Plan,
    entries_of,
    fields_in,
)
from app.domain.kernel.errors import Invalid, Stale
from app.domain.kernel.orm import Base
from app.domain.kernel.rows import array_type, insert, read, write
from app.domain.kernel.spreadsheets import undefused


@dataclass(eq=False)
class Draft:
    """A row with the card that it is about: the one there is, or none yet, and what it shall be.

    `near` are the cards beside which it has to find room.
    """

    entry: Entry
    before: Any
    identity: object
    after: dict[str, Any] = field(default_factory=dict)
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    near: Sequence[Any] = ()

    @property
    def is_good(self) -> bool:
        return self.entry.reason is None

    @property
    def is_new(self) -> bool:
        return self.is_good and self.before is None

    @property
    def is_changed(self) -> bool:
        return self.is_good and self.before is not None and bool(self.changes)

    @property
    def what(self) -> str:
        if self.before is None:
            return ADDED
        return CHANGED if self.changes else UNCHANGED

    def whole(self, name: str) -> Any:
        """What the card shall have in a column, also where the file says nothing of it."""
        return self.after[name] if name in self.after else getattr(self.before, name, None)


class Cards(Kind):
    """One kind of card, known by its code where it does not say by what else."""

    model: ClassVar[type[Base]]
    key: ClassVar[tuple[str, ...]] = ("code",)
    needs: ClassVar[tuple[str, ...]] = ("code",)

    def run(self, session: Session, sheet: Sheet, access: Access, *, by: int) -> Plan:
        fields = fields_in(sheet, self.fields, self.needs, access)
        entries = entries_of(sheet, fields)
        resolve_all(session, entries, fields, access)
        for entry in entries:
            self._check_key(entry, fields)
        drafts = self.match(session, [entry for entry in entries if entry.reason is None])
        _refuse_twice(drafts)
        for draft in drafts:
            if draft.is_good:
                self._decide(draft, fields)
        self.look_over(session, drafts)
        self._store(session, drafts, fields, by=by)
        found = {id(draft.entry): draft for draft in drafts}
        return Plan([_outcome(entry, self.key, found.get(id(entry))) for entry in entries])

    # What a kind may say more

    def check(self, draft: Draft) -> None:
        """Whether the columns of one card fit each other; raises Invalid."""

    def look_over(self, session: Session, drafts: Sequence[Draft]) -> None:
        """Rejects what does not fit other rows, of the file or of the table."""

    def write(self, session: Session, drafts: Sequence[Draft], fields: Mapping[str, Field], *, by: int) -> None:
        """Changes cards, then adds the new ones."""
        self.update(session, [draft for draft in drafts if draft.is_changed], fields)
        columns = {name: column_of(self.model, it) for name, it in fields.items()}
        insert(session, self.model, [
            {column: draft.after[name] for name, column in columns.items()} for draft in drafts if draft.is_new
        ])  # fmt: skip

    def match(self, session: Session, entries: Sequence[Entry]) -> list[Draft]:
        """Each row with its card, locked, by the key that is one whatever the letter case."""
        name = self.key[0]
        rows = read(session, _by_text(self), keys=[entry.values[name] for entry in entries])
        return [
            Draft(entry, row if row.id is not None else None, row.identity)
            for entry, row in zip(entries, rows, strict=True)
        ]

    # What all of them do

    def columns(self) -> str:
        """What is read of a card: its columns by their names in a file, and the codes of what they point to."""
        found = ["card.id"]
        for it in self.fields:
            found.append(f'card."{column_of(self.model, it)}" AS "{it.name}"')
            if it.target:
                code = f"SELECT {code_column(it.target)} FROM {it.target} its WHERE its.id = card.{it.name}_id"
                found.append(f'({code}) AS "{it.name}_code"')
        return ", ".join(found)

    def update(self, session: Session, drafts: Sequence[Draft], fields: Mapping[str, Field]) -> None:
        """Writes the columns of the file that may change into these cards."""
        names = [name for name, it in fields.items() if name not in self.key and not it.fixed]
        if drafts and names:
            given = {name: [draft.after[name] for draft in drafts] for name in names}
            write(session, _update(self, tuple(names)), ids=[draft.before.id for draft in drafts], **given)

    def _check_key(self, entry: Entry, fields: Mapping[str, Field]) -> None:
        for name in self.key:
            if name in entry.errors:
                entry.reject(entry.errors[name])

    def _decide(self, draft: Draft, fields: Mapping[str, Field]) -> None:
        """What the card shall be, column by column."""
        try:
            if draft.before is None:
                self._begin(draft, fields)
            else:
                for name, it in fields.items():
                    if name not in self.key:
                        _change(draft, it)
            if draft.before is None or draft.changes:
                self.check(draft)
        except Invalid as error:
            draft.entry.reject(error)

    def _begin(self, draft: Draft, fields: Mapping[str, Field]) -> None:
        entry = draft.entry
        for it in self.fields:
            if it.name in entry.errors:
                raise entry.errors[it.name]
            if it.needed and (it.name not in fields or entry.values[it.name] is None):
                raise it.wrong(Invalid("needed", "a new {noun} needs this.", noun=self.noun))
        for name, it in fields.items():
            value = entry.values[name]
            if it.target and value is not None and not value.active:
                raise archived(it, value)
            draft.after[name] = plain(it, value)
            if name not in self.key and value is not None:
                draft.changes.append((name, "", shown_value(it, value)))

    def _store(self, session: Session, drafts: Sequence[Draft], fields: Mapping[str, Field], *, by: int) -> None:
        try:
            self.write(session, drafts, fields, by=by)
        except IntegrityError:
            # Everything that stood there was looked at: it came in between.
            raise Stale("stale", "Somebody else wrote the same just now: look at the file again.") from None


def _outcome(entry: Entry, key: Sequence[str], draft: Draft | None) -> Outcome:
    """A row without a draft has a reason."""
    return entry.outcome(key, UNCHANGED) if draft is None else entry.outcome(key, draft.what, draft.changes)


def column_of(model: type[Base], it: Field) -> str:
    """The column of the table that a field of a file is."""
    table: Any = model.__table__
    return it.name if it.name in table.columns else f"{it.name}_id"


def _refuse_twice(drafts: Sequence[Draft]) -> None:
    first: dict[object, int] = {}
    for draft in drafts:
        number = first.setdefault(draft.identity, draft.entry.row.number)
        if number != draft.entry.row.number:
            draft.entry.reject(Invalid("row_twice", "It is in row {row} already: keep one of them.", row=number))


def _change(draft: Draft, it: Field) -> None:
    old, entry = getattr(draft.before, it.name), draft.entry
    # What is as it was is taken, whatever it is.
    if it.is_text and (old or "") == undefused(entry.raw[it.name]):
        draft.after[it.name] = old
        return
    if it.name in entry.errors:
        raise entry.errors[it.name]
    value = entry.values[it.name]
    new = draft.after[it.name] = plain(it, value)
    if new == old:
        return
    if it.fixed:
        raise it.wrong(Invalid("fixed", "this is fixed once it is there: add another one instead."))
    if it.target and value is not None and not value.active:
        raise archived(it, value)
    before = getattr(draft.before, f"{it.name}_code") if it.target else old
    draft.changes.append((it.name, told(before), shown_value(it, value)))


def _by_text(cards: Cards) -> str:
    table, key = cards.model.__tablename__, cards.key[0]
    return f"""
    WITH wanted AS (SELECT * FROM unnest(%(keys)s::text[]) WITH ORDINALITY AS it (key, place)),
    card AS (
        SELECT * FROM {table} WHERE upper({key}) IN (SELECT upper(wanted.key) FROM wanted)
        ORDER BY id FOR NO KEY UPDATE
    )
    SELECT upper(wanted.key) AS identity, {cards.columns()}
    FROM wanted LEFT JOIN card ON upper(card.{key}) = upper(wanted.key) ORDER BY wanted.place
    """


def _update(cards: Cards, names: tuple[str, ...]) -> str:
    table = cards.model.__table__
    assert isinstance(table, Table)
    fields = {it.name: it for it in cards.fields}
    columns = {name: column_of(cards.model, fields[name]) for name in names}
    casts = ", ".join(f"%({name})s::{array_type(table.columns[column].type)}" for name, column in columns.items())
    listed = ", ".join(f'"{name}"' for name in names)
    written = ", ".join(f'"{column}" = given."{name}"' for name, column in columns.items())
    return f"""
    UPDATE {table.name} card SET {written}, version = card.version + 1
    FROM unnest(%(ids)s::bigint[], {casts}) AS given (id, {listed}) WHERE card.id = given.id
    """
