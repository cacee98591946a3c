"""What a person may see of a table: their own warehouses and desks. Applied once, below every list, form and choice."""

from collections.abc import Callable, Collection, Sequence
from functools import cache
from typing import Any

from flask_appbuilder.models.filters import Filters
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import lazy_gettext as _
from sqlalchemy import BigInteger, ColumnElement, false, func, select
from sqlalchemy.orm import aliased
from werkzeug.exceptions import BadRequest

from app.domain.billing.models import Adjustment, CreditNote, CustomerReturn, Invoice
from app.domain.fulfilment.models import Shipment
from app.domain.intake.models import InboundMessage, Shop
from app.domain.kernel.document import Document
from app.domain.kernel.errors import DomainError
from app.domain.kernel.jobs import Job
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
NOT_WHERE_ONE_WRITES = _("You may not write drafts of this kind for this place.")


_placed: set[type] = set()


@cache
def _place_of(model: Any) -> Any:
    """The warehouse of a row's document: a look-up for each row, after which a list stops with its page, where a join
    would first go through everything. Its registry is another one than that of a statement around it, so that it stands
    in any statement of the model.
    """
    own = aliased(Document)
    return select(own.warehouse_id).where(own.id == model.id).scalar_subquery()


def _of_document(model: Any) -> Callable[[Rights], ColumnElement[bool]]:
    _placed.add(model)
    return lambda rights: _place_of(model).in_(rights.warehouses)


def as_id(text: str) -> int | None:
    """The id that a text is; None for anything that is none."""
    if not (text.isascii() and text.isdecimal() and len(text) < 20):
        return None
    return int(text) if 0 < int(text) <= LARGEST_ID else None


def _of_either(rights: Rights) -> ColumnElement[bool]:
    """An internal order is seen by those of both its warehouses."""
    return _place_of(InternalOrder).in_(rights.warehouses) | InternalOrder.source_id.in_(rights.warehouses)


def _of_no_place(_rights: Rights) -> ColumnElement[bool]:
    """What is of no warehouse and of no desk is within no right that reaches only one's own."""
    return false()


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
    CreditNote: ("Credit notes", _of_no_place),
    Invoice: ("Invoices", _of_no_place),
    CashOrder: ("Cash orders", lambda rights: CashOrder.cash_desk_id.in_(rights.cash_desks)),
    Adjustment: ("Adjustments", _of_no_place),
    OpeningBalance: ("Opening balances", _of_no_place),
    ManualEntry: ("Manual entries", _of_no_place),
    BankLine: ("Bank documents", _of_no_place),
    BankStatement: ("Bank documents", _of_no_place),
    Warehouse: ("Warehouses", lambda rights: Warehouse.id.in_(rights.warehouses)),
    CashDesk: ("Cash desks", lambda rights: CashDesk.id.in_(rights.cash_desks)),
    InboundMessage: (
        "E-shop inbox",
        lambda rights: InboundMessage.shop_id.in_(select(Shop.id).where(Shop.warehouse_id.in_(rights.warehouses))),
    ),
    StockBalance: ("Stock", lambda rights: StockBalance.warehouse_id.in_(rights.warehouses)),
    Job: ("Jobs", lambda rights: Job.actor_id == rights.user.actor_id),
}


def scope(model: type, right: str = "view", resource: str = "") -> ColumnElement[bool] | None:
    """The condition on rows of this table for the person of this request; None where they see all of it.

    `resource` is another one than the table's own, whose right is used on its rows.
    """
    rule = RULES.get(model)
    if rule is None:
        return None
    its_own, condition = rule
    rights = mine()
    return condition(rights) if rights.is_own(resource or its_own, right) else None


def places_seen(model: type) -> frozenset[int] | None:
    """The warehouses whose documents of this kind the person of this request sees; None where they see all, and where
    it is not the warehouse of the document that says what they see.
    """
    return own_places(RULES[model][0]) if model in _placed else None


def in_scope(
    session: Any, model: Any, ids: Sequence[int], right: str = "view", resource: str = ""
) -> set[int]:  # fmt: skip
    """Which of these ids the person of this request may see (or use this right on)."""
    usable = [i for i in ids if 0 < i <= LARGEST_ID]
    statement = select(model.id).where(model.id.in_(usable))
    condition = scope(model, right, resource)
    if condition is not None:
        statement = statement.where(condition)
    return set(session.scalars(statement))


def may_lead_to(session: Any, resource: str, sources: Collection[int]) -> set[int]:
    """Of which of these documents the person of this request may write drafts of another kind, which stand in the
    warehouse of what they are made from, or in none.
    """
    own = own_places(resource, "edit")
    if own is None:
        return set(sources)
    if not any(RULES[model][0] == resource for model in _placed):
        return set()
    statement = select(Document.id).where(Document.id.in_(sources), Document.warehouse_id.in_(own))
    return set(session.scalars(statement))


def keep_to_own(session: Any, model: Any, pk: int) -> int:
    """A draft that was just written down; DomainError where it stands beyond the person's right to write such ones."""
    if scope(model, "edit") is not None and not in_scope(session, model, [pk], "edit"):
        raise DomainError("not_ones_own", str(NOT_WHERE_ONE_WRITES))
    return pk


class ScopedInterface(SQLAInterface):
    """The framework's door to a table, with the scope built in: no list, form, choice or count goes past it."""

    filter_converter_class = FilterConverter

    def __init__(self, obj: type, *options: Any) -> None:
        super().__init__(obj)
        self.options = options

    def apply_all(self, query: Any, *more: Any, **named: Any) -> Any:
        return super().apply_all(query.options(*self.options), *more, **named)

    def scoped(self, query: Any) -> Any:
        condition = scope(self.obj)
        return query if condition is None else query.where(condition)

    def apply_filters(self, query: Any, filters: Filters | None) -> Any:
        return super().apply_filters(self.scoped(query), filters)

    def narrowed(self, wanted: Any, filters: Filters | None, q: str = "") -> Any:
        """A query of what is wanted of the rows in scope that pass the filters and hold the words; BadRequest for words
        where there is nothing to look for them in.
        """
        if q and not hasattr(self.obj, "search"):
            raise BadRequest("This list cannot be searched.")
        query = self.apply_filters(self.session.query(wanted), filters)
        return query.where(words(self.obj, q)) if q else query

    def by_id(self, ids: Sequence[int]) -> Sequence[Any]:
        """The rows of these ids with what the list shows of their relations, in no order."""
        model: Any = self.obj
        rows = self.session.scalars(select(model).where(model.id.in_(ids)).options(*self.options))
        return list(rows.unique())

    def _get_base_query(
        self, query: Any, filters: Filters | None = None, order_column: str = "", order_direction: str = ""
    ) -> Any:
        return super()._get_base_query(self.scoped(query), filters, order_column, order_direction)

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
        query = self.scoped(self.session.query(model))
        if hasattr(model, "active"):
            query = query.where(model.active)
        if only is not None:
            query = query.where(getattr(model, only[0]) == only[1])
        code = getattr(model, "code", getattr(model, "sku", None))
        if q and code is not None:
            query = query.where(starts_with(code, q) | words(model, q))
        rows = query.order_by(code if code is not None else model.id).limit(limit).all()
        if chosen is not None and chosen not in {row.id for row in rows}:
            # Archived ones too, but none out of scope: a form that comes back must not name what it was sent blindly.
            rows += self.scoped(self.session.query(model)).where(model.id == chosen).all()
        return [(row.id, str(row)) for row in rows]


def own_places(resource: str, right: str = "view") -> frozenset[int] | None:
    """The warehouses that a right of this person reaches; None where it reaches all."""
    rights = mine()
    return rights.warehouses if rights.is_own(resource, right) else None


def door_to(resource: str) -> type[ScopedInterface]:
    """The door to those warehouses that the right to view a resource reaches."""

    class Places(ScopedInterface):
        def scoped(self, query: Any) -> Any:
            own = own_places(resource)
            return query if own is None else query.where(Warehouse.id.in_(own))

    return Places


class OpenInterface(ScopedInterface):
    """The same door without the scope: for naming a warehouse that one asks, and may not look into."""

    def scoped(self, query: Any) -> Any:
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
