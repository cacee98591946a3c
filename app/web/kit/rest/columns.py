"""What answers are made of: the columns of screens under the API's names, and the lines of documents."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from marshmallow import fields
from sqlalchemy import JSON, BigInteger, Boolean, Date, DateTime, Integer

from app.domain.kernel.document import Document
from app.domain.kernel.orm import Exact as ExactType
from app.domain.kernel.rows import read
from app.domain.parties.models import Customer
from app.domain.settlement.models import STATUSES
from app.domain.stock.models import Warehouse
from app.web.kit import look
from app.web.kit.listing import Column
from app.web.kit.rest.errors import as_json
from app.web.kit.rest.fields import Choice
from app.web.kit.rights import mine

# A screen's name → the API's.
RENAMED = {
    "on": "date", "requested_on": "requested_date", "agreed_how": "how", "payment": "payment_status",
    "price": "unit_price",
}  # fmt: skip
SCREEN = {api: screen for screen, api in RENAMED.items()}
# The same in lines, where what one costs stands beside what all of them do.
OF_LINES = {**RENAMED, "cost": "unit_cost"}
SCREEN_LINES = {api: screen for screen, api in OF_LINES.items()}
# What screens call by name, programs get by id and key.
KEYED = {
    "customer": {
        "customer": Column("", Customer.code), "customer_id": Column("", Document.customer_id),
        "customer_name": Column("", Customer.name),
    },
    "warehouse": {"warehouse": Column("", Warehouse.code), "warehouse_id": Column("", Document.warehouse_id)},
}  # fmt: skip


def api_name(name: str) -> str:
    """What the API calls a column or question of a screen."""
    return RENAMED.get(name, name)


def answered(columns: Mapping[str, Column], keyed: Mapping[str, Mapping[str, Column]]) -> dict[str, Column]:
    """The columns that are read for an answer; `keyed` are what one kind of document tells for its own names."""
    told = {**KEYED, **keyed}
    return {
        name: inner for outer, column in columns.items() for name, inner in told.get(outer, {outer: column}).items()
    }


def plain_row(row: Any, columns: Mapping[str, Column]) -> dict[str, Any]:
    """A row as the API gives it: money with the decimals of its currency, other numbers without zeros at their end."""
    return {api_name(name): plain_value(getattr(row, name), column.kind) for name, column in columns.items()}


def plain_value(value: Any, kind: str) -> Any:
    """A value of a kind of column."""
    if value is None or kind not in ("money", "flag", "count"):
        return as_json(value)
    if kind == "count":
        return int(value)
    return bool(value) if kind == "flag" else f"{value:.{look.company_facts()['decimals']}f}"


def answer_field(column: Column, states: Iterable[str]) -> fields.Field:
    """How a column is described. What the caller may not see is not there at all, so nothing is required."""
    if column.kind == "state":
        return Choice(states)
    if column.kind == "payment":
        return Choice(STATUSES, allow_none=True)
    if column.kind == "flag":
        return fields.Boolean(allow_none=True)
    if column.kind in ("money", "number"):
        return number_field()
    return typed_field(column.expression.type)


def typed_field(kind: Any) -> fields.Field:
    """How a value of a column's type is described."""
    if isinstance(kind, ExactType):
        return number_field()
    if isinstance(kind, DateTime):
        return fields.String(allow_none=True, metadata={"format": "date-time"})
    if isinstance(kind, Date):
        return fields.String(allow_none=True, metadata={"format": "date"})
    if isinstance(kind, Boolean):
        return fields.Boolean(allow_none=True)
    if isinstance(kind, (Integer, BigInteger)):
        return fields.Integer(allow_none=True)
    if isinstance(kind, JSON):
        return fields.Raw(allow_none=True)
    return fields.String(allow_none=True)


def number_field() -> fields.Field:
    """A number in an answer."""
    return fields.String(allow_none=True, metadata={"pattern": r"^-?\d+(\.\d+)?$", "example": "19.99"})


class Value(NamedTuple):
    """A value of a document's line: the SQL that gives it, its kind (text, number, money, id, date, flag or json), and
    what one must see: `prices` or `costs`.
    """

    sql: str
    kind: str = "text"
    needs: str = ""

    @property
    def field(self) -> fields.Field:
        if self.kind in ("number", "money"):
            return number_field()
        if self.kind == "id":
            return fields.Integer(allow_none=True)
        if self.kind == "json":
            return fields.Raw(allow_none=True)
        if self.kind == "flag":
            return fields.Boolean(allow_none=True)
        return fields.String(allow_none=True, metadata={"format": "date"} if self.kind == "date" else {})


class Lines(NamedTuple):
    """The lines of a document: what is read of each, and from where.

    `source` is the FROM … WHERE … ORDER BY part; its `line` is the table of lines, its %(id)s the document.
    """

    values: Mapping[str, Value]
    source: str

    def fields(self) -> dict[str, fields.Field]:
        """How a line is described."""
        return {"id": fields.Integer(), **{name: value.field for name, value in self.values.items()}}

    def of(self, session: Any, pk: int, resource: str) -> list[dict[str, Any]]:
        """The lines of a document, as far as the caller sees them."""
        seen = {
            name: value for name, value in self.values.items()
            if not value.needs
            or (mine().sees("lines", resource) if value.needs == "prices" else mine().sees(value.needs))
        }  # fmt: skip
        columns = "".join(f", {value.sql} AS {name}" for name, value in seen.items())
        rows = read(session, f"SELECT line.id{columns} {self.source}", id=pk)
        return [
            {"id": row.id, **{name: plain_value(getattr(row, name), value.kind) for name, value in seen.items()}}
            for row in rows
        ]
