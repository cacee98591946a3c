"""The list of one kind of document: one statement for the page, one for the count, both inside the scope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from flask import Response, request, url_for
from flask_babel import gettext
from markupsafe import Markup
from sqlalchemy import ARRAY, BigInteger, CompoundSelect, Select, and_, any_, bindparam, case, func, select
from sqlalchemy.orm import aliased

from app.domain.kernel.document import Document
from app.domain.parties.models import Customer
from app.domain.settlement.models import PaymentStatus
from app.domain.stock.models import Warehouse
from app.domain.treasury.models import CashDesk
from app.web.kit import look
from app.web.kit.address import links, of_first_page, with_arguments
from app.web.kit.arguments import ListArguments, list_arguments
from app.web.kit.export import cell, csv_of
from app.web.kit.keyset import Order, Page, capped, counted, known_long, note_long, ordering, page, rest_of
from app.web.kit.look import plain
from app.web.kit.narrowing import Narrowed, registered_ids
from app.web.kit.rights import mine
from app.web.kit.scope import COUNTED, places_seen, scope

PLACES = select(Warehouse.id, Warehouse.code, Warehouse.name).where(Warehouse.active).order_by(Warehouse.code)
IDS = bindparam("ids", type_=ARRAY(BigInteger))


class Column(NamedTuple):
    """A column of a document: its label, what is read, how it looks, and what one must see (`prices`, `costs`)."""

    label: Any
    expression: Any
    kind: str = "text"
    needs: str = ""

    @property
    def numeric(self) -> bool:
        return self.kind in ("money", "number")

    def opening(self, name: str) -> str:
        """The tag that opens a cell of this column."""
        named = name == "number"
        return look.opening(self.label, main=named, numeric=self.numeric, whole=named or self.kind == "date")

    def shown(self, value: Any, overdue: Any = None) -> Any:
        """A value on a page; beside what is paid stands whether it is overdue."""
        if self.kind == "money":
            return look.money(value)
        if self.kind == "payment":
            return look.badge(value) + look.badge("overdue" if overdue else "")
        if self.kind in ("state", "flag"):
            return look.badge(value)
        if self.kind == "word":
            return look.word(value) if value else ""
        return look.shown(value)

    def cells(self, name: str, rows: Sequence[Any], addresses: Sequence[str]) -> list[str]:
        """Its cells in some rows, each with the address that it leads to."""
        opening, values = self.opening(name), [getattr(row, name) for row in rows]
        if name == "number":
            named = [value or f"#{row.id}" for value, row in zip(values, rows, strict=True)]
            return look.column(opening, zip(addresses, named, strict=True), lambda its: look.link(*its))
        beside = [getattr(row, "overdue", None) if self.kind == "payment" else None for row in rows]
        return look.column(opening, zip(values, beside, strict=True), lambda its: self.shown(*its))


def _drawn(columns: Mapping[str, Column], rows: Sequence[Any], root: str) -> list[tuple[Any, str, Markup]]:
    """Each row with its address, below that of the list, and its cells."""
    addresses = [f"{root}{row.id}" for row in rows]
    drawn = look.rows(column.cells(name, rows, addresses) for name, column in columns.items())
    return list(zip(rows, addresses, drawn, strict=True))


class Listing:
    """Reads the documents of one view for the person of this request.

    It is narrowed by what is `given`: the address's arguments, unless somebody asks otherwise.
    """

    def __init__(self, view: Any, columns: Mapping[str, Column], given: Mapping[str, str] | None = None) -> None:
        self.view = view
        self.given = request.args if given is None else given
        self.model: Any = view.datamodel.obj
        self.columns = columns
        self.session = view.datamodel.session
        self.name = type(view).__name__

    @cached_property
    def root(self) -> str:
        """The list's address."""
        return url_for(f"{self.name}.list")

    # Statements

    def _rows(self, *wanted: Any) -> Select[Any]:
        return self._scoped(self._all_rows(*wanted))

    def _scoped(self, statement: Select[Any]) -> Select[Any]:
        condition = scope(self.model)
        return statement if condition is None else statement.where(condition)

    def _all_rows(self, *wanted: Any) -> Select[Any]:
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
        return statement

    def _keys(self, narrowed: Narrowed) -> Select[Any]:
        """The ids of the list, narrowed by all that the registry knows nothing of."""
        keys = select(self.model.id).where(*narrowed.conditions)
        if narrowed.paid:
            keys = keys.join(PaymentStatus, PaymentStatus.document_id == self.model.id)
        if places_seen(self.model) is None and (condition := scope(self.model)) is not None:
            keys = keys.where(condition)
        return keys

    def _order(self, name: str, direction: str) -> Order:
        """Exactly as the indexes run: drafts without a date or number come first where the latest do."""
        if name == "id":
            return Order(name, direction, self.model.id)
        value = self.columns[name].expression
        missing = Document.customer_id if name == "customer" else value
        key = Document.id if name in ("number", "customer") else self.model.id
        return Order(name, direction, key, value, missing if missing.nullable else None)

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
        arguments = list_arguments(self.name, self.orders(), self.usual_order())
        found, narrowed = self._read(arguments)
        shown = {name: self.columns[name] for name in self.view.list_columns if name in self.columns}
        return {
            "rows": found.rows, "first": found.first, "count": found.count, "arguments": arguments,
            "asked": narrowed.asked, "amount": narrowed.amount, "asks": list(narrowed.offered(self.session)),
            "links": links(self.root, self.name, arguments, found.before, found.after),
            "orders": self.orders(),
            "columns": shown, "drawn": _drawn(shown, found.rows, self.root),
        }  # fmt: skip

    def page_after(
        self, token: str, size: int, *, order: str = "id", direction: str = "desc", q: str = "", skip: int = 0
    ) -> Page:
        """The rows after the one that a token of an earlier page names, the first for an empty token.

        Narrowed as the list is, with `skip` rows left out first; BadRequest for a token or an argument that cannot be
        meant. `order` is one of `orders()` or `id`.
        """
        return self._read(ListArguments(token, "", size, order, direction, q), skip=skip)[0]

    def orders(self) -> list[str]:
        """What the person of this request may order the list by."""
        return [name for name in self.view.order_columns if name in self.columns]

    def usual_order(self) -> tuple[str, str]:
        """The latest first: by their date where it is asked up to which, so that whatever came after is not read."""
        return ("on" if self.given.get("until") and "on" in self.orders() else "id"), "desc"

    def _read(self, arguments: ListArguments, *, skip: int = 0) -> tuple[Page, Narrowed]:
        """Where the registry knows of few documents that are asked for, they are looked up, once; where of many, each
        row is looked at until a page is full. Left to itself the planner, which knows nothing of how many there are,
        may go through all. That they are many is remembered for a while, so that turning pages does not count them.
        """
        narrowed = Narrowed(self.view, self.columns, arguments.q, self.given)
        keys = self._keys(narrowed)
        if not narrowed.is_of_few:
            return self._page(keys, counted(self.session, keys, self.name), arguments, skip), narrowed
        known, asked = registered_ids(narrowed), (self.name, *narrowed.of_registry)
        if not known_long(asked):
            found = self._page(*self._of_few(keys, known), arguments, skip)
            if found.count is not None:
                return found, narrowed
            note_long(asked)
        own = aliased(Document)
        fits = select(and_(*narrowed.all_of(own))).where(own.id == self.model.id).scalar_subquery()
        count = None if keys.whereclause is None else capped(keys.where(self.model.id.in_(known)))
        return self._page(keys.where(fits), count, arguments, skip), narrowed

    def _of_few(self, keys: Select[Any], known: Select[Any] | CompoundSelect[Any]) -> tuple[Select[Any], Any]:
        """The ids of the list where few are known, none where many are, and their count, beyond COUNTED there."""
        its = known.limit(COUNTED + 1).cte("registered").prefix_with("MATERIALIZED")
        how_many = select(func.count()).select_from(its).scalar_subquery()
        few = keys.where(self.model.id == any_(func.array(select(its.c.id).scalar_subquery())))
        counted = how_many
        if keys.whereclause is not None:
            left = select(func.count()).select_from(few.subquery()).scalar_subquery()
            counted = case((how_many > COUNTED, how_many), else_=left)
        return few.where(how_many <= COUNTED), counted

    def _page(self, keys: Select[Any], count: Any, arguments: ListArguments, skip: int) -> Page:
        order = self._order(arguments.order, arguments.direction)
        if arguments.order in ("number", "customer"):
            keys = self._registered(keys)
        if arguments.order == "customer":
            keys = keys.outerjoin(Customer, Customer.id == Document.customer_id)
        return page(
            self.session, keys, order, arguments.size, self._by_id, count, after=arguments.after,
            before=arguments.before, skip=skip,
        )  # fmt: skip

    def _registered(self, keys: Select[Any]) -> Select[Any]:
        """The same ids from the registry, which knows what they are ordered by, along an index of its own."""
        its = select(Document.id).where(Document.kind == self.view.lifecycle.kind)
        return its if keys.whereclause is None else its.where(Document.id.in_(keys))

    def _by_id(self, ids: Sequence[int]) -> Any:
        return self.session.execute(self._of_ids(), {"ids": ids})

    def _of_ids(self) -> Select[Any]:
        """What the list shows of the documents in `ids`. Putting a statement together takes longer than sending it, so
        that one is kept of each set of columns; the scope, which is of one person, is put to it each time.
        """
        kept: dict[tuple[str, ...], Select[Any]] = vars(self.view).setdefault("kept statements", {})
        named = tuple(self.columns)
        if named not in kept:
            kept[named] = self._all_rows(*self._wanted()).where(self.model.id == any_(IDS))
        return self._scoped(kept[named])

    def csv(self, asked: ListArguments | None = None) -> Response:
        """All rows of the list as it is narrowed and ordered, with its columns; only those after the row that a token
        names, where one is `asked` for. Without, the address says it, whose page is of no matter.
        """
        if asked is None:
            asked = list_arguments(self.name, self.orders(), self.usual_order())._replace(after="")
        narrowed, order = (
            Narrowed(self.view, self.columns, asked.q, self.given),
            self._order(asked.order, asked.direction),
        )
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
        rows = self._rows(*cells).where(*narrowed.conditions, *narrowed.all_of(Document))
        if (rest := rest_of(order, asked.after)) is not None:
            rows = rows.where(rest)
        return csv_of(rows.order_by(*ordering(order)), self.view.route_base[1:])

    # Addresses

    def address(self, **changes: Any) -> str:
        """The list's address with some arguments changed, from its first page; None takes one away."""
        return with_arguments(self.root, {**of_first_page(self.name), **changes})

    def chips(self, asked: Mapping[str, Any], asks: Sequence[tuple[str, Any, Sequence[Any]]]) -> list[tuple[str, str]]:
        """What else the list is narrowed by, in words, each with the address of the list without it."""
        another = gettext("another one")
        said = {
            "since": lambda day: gettext("from %(day)s", day=look.day(day)),
            "until": lambda day: gettext("to %(day)s", day=look.day(day)),
            "least": lambda amount: gettext("amount from %(amount)s", amount=plain(amount)),
            "most": lambda amount: gettext("amount to %(amount)s", amount=plain(amount)),
            "warehouse": lambda pk: dict(self.warehouses()).get(pk, f"{gettext('warehouse')}: {another}"),
        }
        given = {**asked, "warehouse": asked["warehouse"] or None}
        told = {name: say(given[name]) for name, say in said.items() if given.get(name) is not None}
        told |= {
            name: f"{ask.label}: {dict(offered).get(asked[name], another)}"
            for name, ask, offered in asks if asked[name]
        }  # fmt: skip
        return [(words, self.address(**{name: None})) for name, words in told.items()]

    def customer(self, pk: int) -> str:
        """The name of a customer, for those who see customers."""
        found = self.session.get(Customer, pk) if mine().may("view", "Customers") else None
        return found.name if found is not None else ""

    def customers(self) -> str:
        """Where customers may be looked for to narrow the list by, if the person may look there."""
        if "customer" not in self.columns or not mine().may("view", "Customers"):
            return ""
        return url_for("CustomerAddressView.choices_of", column="customer_id")

    def warehouses(self) -> list[tuple[int, str]]:
        """What may be chosen to narrow the list by."""
        if not mine().may("view", "Warehouses"):
            return []
        if places_seen(self.model) is not None:
            return [(warehouse.id, str(warehouse)) for warehouse in mine().user.warehouses if warehouse.active]
        condition = scope(Warehouse)
        rows = PLACES if condition is None else PLACES.where(condition)
        return [(row.id, f"{row.code} {row.name}") for row in self.session.execute(rows)]
