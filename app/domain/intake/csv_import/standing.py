"""Documents that stand already, as files say them: what may still be changed goes out, is edited and comes back."""

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.intake.csv_import.cells import Field, told
from app.domain.kernel.rows import read
from app.domain.kernel.spreadsheets import defused

AT_ONCE = 500

# What a document is called in a file: by the key that it came with, as long as it is of the same owner; else by its
# number, and a draft without one by its id.
CALLED = """
coalesce((SELECT min(substr(imported.key, strpos(imported.key, ' ') + 1)) FROM imported_document imported
          WHERE imported.document_id = document.id AND split_part(imported.key, ' ', 1) = {owner}::text),
         document.number, 'draft ' || document.id) AS document
"""
DRAFT = re.compile(r"draft ([1-9]\d{0,17})", re.ASCII)
NAMED = """
SELECT document.id, coalesce(document.number, 'draft ' || document.id) AS name FROM document
WHERE document.kind = %(kind)s
      AND (document.number = ANY(%(names)s::text[]) OR (document.id = ANY(%(ids)s::bigint[]) AND number IS NULL))
      AND (%(places)s::bigint[] IS NULL OR document.warehouse_id = ANY(%(places)s::bigint[]))
"""


@dataclass
class Standing:
    """A document as it is. A row tells its `id`, `version` and `state`, what it is called (`document`), and of each
    column what a file says of it; of one that names a row of another table, the id too.
    """

    rows: Sequence[Row[Any]]

    @property
    def head(self) -> Row[Any]:
        return self.rows[0]

    def is_of(self, places: frozenset[int] | None) -> bool:
        """Whether it is of one of these warehouses, as far as it is of any; None is all."""
        its = getattr(self.head, "warehouse_id", None)
        return places is None or its is None or its in places

    def beside(self, products: Iterable[Any]) -> list[Row[Any] | None]:
        """For each of these products its row: the first of the same that no other has, whatever their order."""
        left: dict[Any, deque[Row[Any]]] = defaultdict(deque)
        for row in self.rows:
            left[row.product_id].append(row)
        return [left[product].popleft() if left[product] else None for product in products]


def standing(session: Session, sql: str, ids: Iterable[int]) -> dict[int, Standing]:
    """Documents by id, from the statement that tells their rows in order."""
    rows = read(session, sql, ids=sorted(ids))
    return {pk: Standing(list(its)) for pk, its in groupby(rows, key=lambda row: row.id)}


def named(session: Session, kind: str, names: Iterable[str], places: frozenset[int] | None) -> dict[str, int]:
    """Documents of a kind by what they are called, of these warehouses; None is all."""
    wanted = sorted(set(names))
    ids = [int(found[1]) for name in wanted if (found := DRAFT.fullmatch(name))]
    own = None if places is None else sorted(places)
    return {row.name: row.id for row in read(session, NAMED, kind=kind, names=wanted, ids=ids, places=own)}


def rows_of(session: Session, sql: str, ids: Sequence[int], names: Sequence[str]) -> Iterator[list[str]]:
    """Documents as rows of a file with these columns, some hundred documents at a time."""
    for first in range(0, len(ids), AT_ONCE):
        for row in read(session, sql, ids=ids[first : first + AT_ONCE]):
            cells = ((getattr(row, name), text(row, name)) for name in names)
            yield [defused(its) if isinstance(value, str) else its for value, its in cells]


def text(row: Row[Any], name: str) -> str:
    """A column of a row as a file says it."""
    return told(getattr(row, name))


def stored(row: Row[Any], field: Field) -> Any:
    """A column of a row as it is stored: the id of what it names."""
    return getattr(row, f"{field.name}_id" if field.target else field.name)


def changes_of(
    row: Row[Any] | None, texts: Mapping[str, str], key: Sequence[str]
) -> list[tuple[str, str, str]]:  # fmt: skip
    """What a row of a file says otherwise than the row of a document: column, before, after."""
    before = {name: "" if row is None else text(row, name) for name in texts}
    return [(name, before[name], after) for name, after in texts.items() if name not in key and before[name] != after]
