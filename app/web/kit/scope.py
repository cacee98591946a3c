"""What a person may see of a table: their own warehouses and desks. Applied once, below every list, form and choice."""

from collections.abc import Callable, Sequence
from typing import Any

from flask_appbuilder.models.filters import Filters
from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy import BigInteger, ColumnElement, func, select
from sqlalchemy.orm import aliased

from app.domain.billing.models import Adjustment, CreditNote, CustomerReturn, Invoice
from app.domain.fulfilment.models import Shipment
from app.domain.kernel.document import Document
from app.domain.ledger.models import ManualEntry
from app.domain.sales.models import SalesOrder
from app.domain.stock.models import StockBalance, Warehouse
from app.domain.treasury.models import BankLine, BankStatement, CashDesk, CashOrder, OpeningBalance
from app.domain.warehousing.models import (
    InternalOrder,
    OpeningStock,
    ReorderPoint,
    StockCount,
    StockReceipt,
    WriteOff,
)
from app.web.kit.filters import FilterConverter
from app.web.kit.rights import Rights, mine

COUNTED = 10_000
LARGEST_ID = 2**63 - 1


def _of_document(model: Any) -> Callable[[Rights], ColumnElement[bool]]:
    def condition(rights: Rights) -> ColumnElement[bool]:
        # A look-up for each row: a list then stops after its page, where a join would first go through everything.
        own = aliased(Document)
        place = select(own.warehouse_id).where(own.id == model.id).scalar_subquery()
        return place.in_(rights.warehouses)

    return condition


def as_id(text: str) -> int | None:
    """The id that a text is; None for anything that is none."""
    if not (text.isascii() and text.isdecimal() and len(text) < 20):
        return None
    return int(text) if 0 < int(text) <= LARGEST_ID else None


def _of_either(rights: Rights) -> ColumnElement[bool]:
    """An internal order is seen by those of both its warehouses."""
    asked = _of_document(InternalOrder)(rights)
    return asked | InternalOrder.source_id.in_(rights.warehouses)


# Table → the resource whose rights say whether it is limited, and the condition that limits it.
RULES: dict[type, tuple[str, Callable[[Rights], ColumnElement[bool]]]] = {
    SalesOrder: ("Orders", _of_document(SalesOrder)),
    Shipment: ("Shipments", _of_document(Shipment)),
    StockReceipt: ("Receipts", _of_document(StockReceipt)),
    OpeningStock: ("Opening stock", _of_document(OpeningStock)),
    StockCount: ("Stock counts", _of_document(StockCount)),
    WriteOff: ("Write-offs", _of_document(WriteOff)),
    InternalOrder: ("Internal orders", _of_either),
    ReorderPoint: ("Internal orders", lambda rights: ReorderPoint.warehouse_id.in_(rights.warehouses)),
    CustomerReturn: ("Returns", _of_document(CustomerReturn)),
    CreditNote: ("Credit notes", _of_document(CreditNote)),
    Invoice: ("Invoices", _of_document(Invoice)),
    CashOrder: ("Cash orders", lambda rights: CashOrder.cash_desk_id.in_(rights.cash_desks)),
    Adjustment: ("Adjustments", _of_document(Adjustment)),
    OpeningBalance: ("Opening balances", _of_document(OpeningBalance)),
    ManualEntry: ("Manual entries", _of_document(ManualEntry)),
    BankLine: ("Bank documents", _of_document(BankLine)),
    BankStatement: ("Bank documents", _of_document(BankStatement)),
    Warehouse: ("Warehouses", lambda rights: Warehouse.id.in_(rights.warehouses)),
    CashDesk: ("Cash desks", lambda rights: CashDesk.id.in_(rights.cash_desks)),
    StockBalance: ("Stock", lambda rights: StockBalance.warehouse_id.in_(rights.warehouses)),
}


def scope(model: type, right: str = "view") -> ColumnElement[bool] | None:
    """The condition on rows of this table for the person of this request; None where they see all of it."""
    rule = RULES.get(model)
    if rule is None:
        return None
    resource, condition = rule
    rights = mine()
    return condition(rights) if rights.is_own(resource, right) else None


def in_scope(session: Any, model: Any, ids: Sequence[int], right: str = "view") -> set[int]:
    """Which of these ids the person of this request may see (or use this right on)."""
    usable = [i for i in ids if 0 < i <= LARGEST_ID]
    statement = select(model.id).where(model.id.in_(usable))
    condition = scope(model, right)
    if condition is not None:
        statement = statement.where(condition)
    return set(session.scalars(statement))


class ScopedInterface(SQLAInterface):
    """The framework's door to a table, with the scope built in: no list, form, choice or count goes past it."""

    filter_converter_class = FilterConverter

    def __init__(self, obj: type, *options: Any) -> None:
        super().__init__(obj)
        self.options = options

    def apply_all(self, query: Any, *more: Any, **named: Any) -> Any:
        return super().apply_all(query.options(*self.options), *more, **named)

    def _scoped(self, query: Any) -> Any:
        condition = scope(self.obj)
        return query if condition is None else query.where(condition)

    def apply_filters(self, query: Any, filters: Filters | None) -> Any:
        return super().apply_filters(self._scoped(query), filters)

    def _get_base_query(
        self, query: Any, filters: Filters | None = None, order_column: str = "", order_direction: str = ""
    ) -> Any:
        return super()._get_base_query(self._scoped(query), filters, order_column, order_direction)

    def get_related_obj(self, col_name: str, value: Any) -> Any:
        return self.get_related_interface(col_name).get(value)

    def get(self, id: Any, filters: Filters | None = None, *more: Any, **named: Any) -> Any:  # noqa: A002
        """The row, or None where there is none, it is out of scope, or the id cannot be one."""
        key = self.obj.__mapper__.primary_key[0]
        if isinstance(id, int) and not 0 < id <= (LARGEST_ID if isinstance(key.type, BigInteger) else 2**31 - 1):
            return None
        return super().get(id, filters, *more, **named)

    def query_count(self, query: Any, filters: Filters | None = None, select_columns: list[str] | None = None) -> int:
        """Counts keys, and stops beyond COUNTED: the list then says "10,000+"."""
        keys = self.apply_filters(query, filters).with_entities(*self.obj.__mapper__.primary_key).limit(COUNTED + 1)
        return int(self.session.scalar(select(func.count()).select_from(keys.subquery())) or 0)

    def choices(
        self, q: str = "", chosen: int | None = None, limit: int = 50, only: tuple[str, str] | None = None
    ) -> list[tuple[int, str]]:
        """What a form offers of this table: living rows in scope whose name or code begins so, and the chosen one."""
        model: Any = self.obj
        query = self._scoped(self.session.query(model))
        if hasattr(model, "active"):
            query = query.where(model.active)
        if only is not None:
            query = query.where(getattr(model, only[0]) == only[1])
        code = getattr(model, "code", getattr(model, "sku", None))
        if q and code is not None:
            query = query.where(starts_with(code, q) | words(model, q))
        rows = query.order_by(code if code is not None else model.id).limit(limit).all()
        if chosen is not None and chosen not in {row.id for row in rows}:
            rows += [row for row in [self.session.get(model, chosen)] if row is not None]
        return [(row.id, str(row)) for row in rows]


class OpenInterface(ScopedInterface):
    """The same door without the scope: for naming a warehouse that one asks, and may not look into."""

    def _scoped(self, query: Any) -> Any:
        return query


def starts_with(column: Any, text: str) -> ColumnElement[bool]:
    """Whatever the letter case; the text's own % and _ mean themselves."""
    result: ColumnElement[bool] = func.lower(column).startswith(text.lower(), autoescape=True)
    return result


def words(model: Any, text: str) -> ColumnElement[bool]:
    """Whether every word of the text begins some word of the row."""
    letters = "".join(char if char.isalnum() else " " for char in text)
    wanted = " & ".join(f"{word}:*" for word in letters.split())
    result: ColumnElement[bool] = model.search.op("@@")(func.to_tsquery("simple", wanted))
    return result
