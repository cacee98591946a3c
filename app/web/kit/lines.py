"""The lines of a document as its page shows them: what the person may see, and nothing more is read."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from app.domain.kernel.rows import read
from app.web.kit import look
from app.web.kit.rights import mine


class Head(NamedTuple):
    """A column of lines: the SQL expression that gives it, its label, its kind, and what one must see."""

    sql: str
    label: Any
    kind: str = "text"
    needs: str = ""

    def shown(self, value: Any) -> Any:
        if self.kind == "money":
            return look.money(value)
        return look.price(value) if self.kind == "price" else look.shown(value)

    @property
    def numeric(self) -> bool:
        return self.kind in ("money", "number", "price")


def any_lines_of(session: Any, heads: Sequence[Head], source: str, pk: int, resource: str) -> dict[str, Any]:
    """The same of documents that need no lines: nothing at all where there are none."""
    lines = lines_of(session, heads, source, pk, resource)
    return lines if lines["rows"] else {"heads": [], "rows": []}


def lines_of(session: Any, heads: Sequence[Head], source: str, pk: int, resource: str) -> dict[str, Any]:
    """`heads` that the person sees, and `rows` of (line id, values) in the order of the document.

    `source` is the FROM … WHERE … ORDER BY part; its `line` is the table of lines, its %(id)s the document.
    """
    rights = mine()
    # A label stands at every line again: it is put into words once.
    seen = [
        head._replace(label=str(head.label)) for head in heads
        if not head.needs or (rights.sees("lines", resource) if head.needs == "prices" else rights.sees(head.needs))
    ]  # fmt: skip
    columns = ", ".join(f"{head.sql} AS c{i}" for i, head in enumerate(seen))
    rows = read(session, f"SELECT line.id, {columns} {source}", id=pk)
    return {"heads": seen, "rows": [(row[0], row[1:]) for row in rows]}
