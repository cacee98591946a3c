"""The list of one kind of document: one statement for the page, one for the count, both inside the scope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from flask import Response, request, url_for
from sqlalchemy import Select, func, or_, select
from werkzeug.exceptions import BadRequest

from app.domain.kernel.document import Document
from app.domain.parties.models import Customer
from app.domain.settlement.models import STATUSES, PaymentStatus
from app.domain.stock.models import Warehouse
from app.domain.treasury.models import CashDesk
from app.web.kit import look
from app.web.kit.address import with_arguments
from app.web.kit.arguments import list_arguments, whole
from app.web.kit.export import cell, csv_of
from app.web.kit.overdue import is_overdue
from app.web.kit.rights import mine
from app.web.kit.scope import COUNTED, LARGEST_ID, ScopedInterface, scope, starts_with, words


class Column(NamedTuple):
    """A column of a document: its label, what is read, how it looks, and what one must see (`prices`, `costs`)."""

    label: Any
    expression: Any
    kind: str = "text"
    needs: str = ""

    @property
    def numeric(self) -> bool:
        return self.kind in ("money", "number")

    def shown(self, value: Any, row: Any) -> Any:
        if self.kind == "money":
            return look.money(value)
        if self.kind == "payment":
            return look.badge(value) + look.badge("overdue" if row._mapping.get("overdue") else "")
        if self.kind in ("state", "flag"):
            return look.badge(value)
        if self.kind == "word":
            return look.word(value) if value else ""
        return look.shown(value)


class Listing:
    """Reads the documents of one view for the person of this request."""

    def __init__(self, view: Any, columns: Mapping[str, Column]) -> None:
        self.view = view
        self.model: Any = view.datamodel.obj
        self.columns = columns
        self.session = view.datamodel.session
        self.name = type(view).__name__

    # Statements

    def _rows(self, *wanted: Any) -> Select[Any]:
        statement = (
            select(*wanted)
            .select_from(self.model)
            .join(Document, Document.id == self.model.id)
            .outerjoin(Customer, Customer.id == Document.customer_id)
            .outerjoin(Warehouse, Warehouse.id == Document.warehouse_id)
            .outerjoin(PaymentStatus, PaymentStatus.document_id == self.model.id)
        )
        if self.view.desks:
            statement = statement.join(CashDesk, CashDesk.id == self.model.cash_desk_id)
        condition = scope(self.model)
        return statement if condition is None else statement.where(condition)

    def _keys(self, asked: Mapping[str, Any], q: str, order: str) -> Select[Any]:
        """The ids alone, from no more tables than conditions and order need: counting and turning pages stay quick."""
        statement = select(self.model.id)
        if q or asked["warehouse"] or asked["customer"] or order in ("number", "customer"):
            statement = statement.join(Document, Document.id == self.model.id)
        if order == "customer":
            statement = statement.outerjoin(Customer, Customer.id == Document.customer_id)
        if asked.get("payment"):
            statement = statement.join(PaymentStatus, PaymentStatus.document_id == self.model.id)
        condition = scope(self.model)
        return statement if condition is None else statement.where(condition)

    def _wanted(self) -> list[Any]:
        named = [column.expression.label(name) for name, column in self.columns.items()]
        known = {"id": self.model.id, "state": self.model.state, "number": Document.number}
        return [*(read.label(name) for name, read in known.items() if name not in self.columns), *named]

    def one(self, pk: int) -> Any:
        """One document, or None where it is out of scope."""
        return self.session.execute(self._rows(*self._wanted()).where(self.model.id == pk)).first()

    def numbers(self, ids: Sequence[int]) -> dict[int, str]:
        """Number by id, a draft's own sign where there is none yet."""
        rows = self.session.execute(self._rows(self.model.id, Document.number).where(self.model.id.in_(ids)))
        return {row.id: row.number or f"#{row.id}" for row in rows}

    # The page

    def page(self) -> dict[str, Any]:
        """Rows, count and what was asked; BadRequest for arguments that cannot be meant."""
        orders = [name for name in self.view.order_columns if name in self.columns]
        arguments = list_arguments(self.name, orders, ("id", "desc"))
        conditions, asked = self._conditions(arguments.q)
        # Exactly as the indexes run: drafts without a date or number come first where the latest do.
        named = [] if arguments.order == "id" else [self.columns[arguments.order].expression]
        ordering = [key.asc() if arguments.direction == "asc" else key.desc() for key in [*named, self.model.id]]
        keys = self._keys(asked, arguments.q, arguments.order).where(*conditions)
        start = arguments.page * arguments.size
        ids = list(self.session.scalars(keys.order_by(*ordering).offset(start).limit(arguments.size)))
        count = self.session.scalar(select(func.count()).select_from(keys.limit(COUNTED + 1).subquery())) or 0
        rows = self.session.execute(self._rows(*self._wanted()).where(self.model.id.in_(ids)))
        found = sorted(rows, key=lambda row: ids.index(row.id))
        return {
            "rows": found, "count": count, "page": arguments.page, "size": arguments.size, "q": arguments.q,
            "asked": asked, "order": arguments.order, "direction": arguments.direction, "orders": orders,
            "columns": {name: self.columns[name] for name in self.view.list_columns if name in self.columns},
        }  # fmt: skip

    def csv(self) -> Response:
        """All rows of the list as it is narrowed just now, the columns of the list, latest first."""
        arguments = list_arguments(self.name, (), ("id", "desc"))
        conditions, _ = self._conditions(arguments.q)
        named: dict[str, Any] = {}
        for name in self.view.list_columns:
            if name == "customer":
                named |= {"customer": Customer.code, "customer_name": Customer.name}
            elif name in self.columns:
                named[name] = self.columns[name].expression
        money = look.company_facts()["decimals"]
        cells = [
            cell(expression, decimals=money if name in self.columns and self.columns[name].kind == "money" else None)
            .label(name)
            for name, expression in named.items()
        ]  # fmt: skip
        return csv_of(self._rows(*cells).where(*conditions).order_by(self.model.id.desc()), self.view.route_base[1:])

    def _conditions(self, q: str) -> tuple[list[Any], dict[str, Any]]:
        found: list[Any] = []
        asked: dict[str, Any] = {"state": self._one_of("state", self.view.lifecycle.states)}
        if asked["state"]:
            found.append(self.model.state == asked["state"])
        if self.view.pays and mine().sees("prices"):
            asked["payment"] = self._one_of("payment", STATUSES)
            if asked["payment"]:
                found.append(PaymentStatus.status == asked["payment"])
            asked["overdue"] = self._one_of("overdue", ("yes",))
            if asked["overdue"]:
                found.append(is_overdue(self.view.pays, self.model.id))
        for name, sign in (("since", "__ge__"), ("until", "__le__")):
            asked[name] = self._date(name)
            if asked[name]:
                found.append(getattr(self.model.on, sign)(asked[name]))
        asked["warehouse"] = whole("warehouse", 0, 1, LARGEST_ID)
        if asked["warehouse"]:
            found.append(Document.warehouse_id == asked["warehouse"])
        asked["customer"] = whole("customer", 0, 1, LARGEST_ID)
        if asked["customer"]:
            found.append(Document.customer_id == asked["customer"])
        if q:
            customers = select(Customer.id).where(or_(starts_with(Customer.code, q), words(Customer, q)))
            found.append(or_(starts_with(Document.number, q), Document.customer_id.in_(customers)))
        return found, asked

    def _one_of(self, name: str, values: Sequence[str]) -> str:
        value = request.args.get(name, "")
        if value and value not in values:
            raise BadRequest(f"{name} cannot be {value[:40]}.")
        return value

    def _date(self, name: str) -> date | None:
        text = request.args.get(name, "")
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            raise BadRequest(f"{name} must be a date like 2026-03-31.") from None

    # Addresses

    def address(self, **changes: Any) -> str:
        """The list's address with some arguments changed; None takes one away."""
        kept = {name: value for name, value in request.args.items() if name != f"page_{self.name}"}
        kept |= {name: value for name, value in changes.items() if value is not None}
        for name in [name for name, value in changes.items() if value is None]:
            kept.pop(name, None)
        return with_arguments(url_for(f"{self.name}.list"), kept)

    def turned(self, page: int) -> str:
        return self.address(**{f"page_{self.name}": page})

    def ordered(self, column: str, order: str, direction: str) -> str:
        turn = "desc" if column == order and direction == "asc" else "asc"
        return self.address(**{f"_oc_{self.name}": column, f"_od_{self.name}": turn})

    def warehouses(self) -> list[tuple[int, str]]:
        """What may be chosen to narrow the list by."""
        return ScopedInterface(Warehouse).choices() if mine().may("view", "Warehouses") else []
