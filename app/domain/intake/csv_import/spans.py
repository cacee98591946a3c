"""Rows that hold from one date to another: of the same thing no two may hold on the same day."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.domain.intake.csv_import.cards import Cards, Draft, column_of
from app.domain.intake.csv_import.keys import plain
from app.domain.intake.csv_import.plans import Entry
from app.domain.kernel.errors import Invalid
from app.domain.kernel.rows import read
from app.domain.kernel.values import ZERO

Span = tuple[date, date]


class Spans(Cards):
    """Rows with `min_quantity`, `valid_from` and `valid_to`; the columns of their key before these say of what."""

    def match(self, session: Session, entries: Sequence[Entry]) -> list[Draft]:
        """Each row with the one of the same key, and beside the others of the same thing, all locked."""
        its = {it.name: it for it in self.fields}
        of = self.key[:-2]
        ids = [[plain(its[name], entry.values.get(name)) or 0 for name in of] for entry in entries]
        rows = read(session, _near(self, of), **{name: [row[place] for row in ids] for place, name in enumerate(of)})
        found: dict[object, list[Any]] = defaultdict(list)
        for row in rows:
            found[(*(getattr(row, name) or 0 for name in of), row.min_quantity)].append(row)
        return [
            self._draft(entry, found, (*keys, entry.values.get("min_quantity") or ZERO))
            for entry, keys in zip(entries, ids, strict=True)
        ]

    def _draft(self, entry: Entry, found: dict[object, list[Any]], thing: tuple[object, ...]) -> Draft:
        starts = entry.values.get("valid_from")
        near = found[thing]
        same = next((row for row in near if row.valid_from == starts), None)
        return Draft(entry, same, (thing, starts), near=near)

    def check(self, draft: Draft) -> None:
        starts, ends = draft.whole("valid_from"), draft.whole("valid_to")
        if starts and ends and ends < starts:
            raise Invalid("dates", "valid_to: {ends} is before {starts}.", ends=ends, starts=starts)

    def look_over(self, session: Session, drafts: Sequence[Draft]) -> None:
        """What is changed comes first, as it may make room for what is new."""
        held: dict[object, dict[object, Span]] = {}
        for draft in drafts:
            thing, _ = _identity(draft)
            held.setdefault(thing, {row.valid_from: _span(row.valid_from, row.valid_to) for row in draft.near})
        for draft in [it for it in drafts if it.is_changed] + [it for it in drafts if it.is_new]:
            thing, starts = _identity(draft)
            span = _span(starts, draft.whole("valid_to"))
            for other, there in held[thing].items():
                if other != starts and span[0] <= there[1] and there[0] <= span[1]:
                    draft.entry.reject(Invalid(
                        "overlap", "valid_from, valid_to: another row of the same holds {when}: end that one first, or "
                        "choose other dates.", when=_told(there),
                    ))  # fmt: skip
                    break
            else:
                held[thing][starts] = span


def _identity(draft: Draft) -> tuple[object, date | None]:
    assert isinstance(draft.identity, tuple)
    thing, starts = draft.identity
    return thing, starts


def _span(starts: date | None, ends: date | None) -> Span:
    return starts or date.min, ends or date.max


def _told(span: Span) -> str:
    words = [f"from {span[0]}"] if span[0] != date.min else []
    words += [f"to {span[1]}"] if span[1] != date.max else []
    return " ".join(words) or "always"


def _near(cards: Spans, of: Sequence[str]) -> str:
    table = cards.model.__table__
    its = {it.name: it for it in cards.fields}
    columns = [table.columns[column_of(cards.model, its[name])] for name in of]
    # Where a column may be empty, 0 stands for that, as in the constraint that keeps rows apart.
    parts = ", ".join(f"coalesce({it.name}, 0)" if it.nullable else it.name for it in columns)
    wanted = ", ".join(f"%({name})s::bigint[]" for name in of)
    return f"""
    WITH card AS (
        SELECT * FROM {cards.model.__tablename__} WHERE ({parts}) IN (SELECT * FROM unnest({wanted}))
        ORDER BY id FOR NO KEY UPDATE
    )
    SELECT {cards.columns()} FROM card
    """
