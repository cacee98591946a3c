"""The base of every kind of master data over the API: the cards of a screen, whose columns and rights are its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

from flask import Response
from flask_babel import gettext
from marshmallow import Schema, ValidationError, fields
from sqlalchemy import Date, select

from app.domain.kernel.orm import Exact as ExactType
from app.domain.kernel.orm import Money
from app.web.kit.cards import add_card, change_card, delete_card
from app.web.kit.forms import LONGEST_TEXT, is_key, natural_key, target_of
from app.web.kit.rest import lists
from app.web.kit.rest.columns import plain_value, typed_field
from app.web.kit.rest.errors import Unusable
from app.web.kit.rest.fields import Choice, Day, Exact, Flag, Key, Text, Whole
from app.web.kit.rest.reading import schema_of, wants_csv
from app.web.kit.rest.resource import Operation, ScreenApi, key_sent
from app.web.kit.scope import LARGEST_ID, ScopedInterface
from app.web.kit.views import MasterView


class CardApi(ScreenApi, abstract=True):
    """Master data of one table. A subclass names the screen."""

    view: ClassVar[type[MasterView]]

    @cached_property
    def model(self) -> Any:
        """The table."""
        return self.view.datamodel.obj

    def operations(self) -> Iterable[Operation]:
        def op(
            name: str, method: str, rule: str, summary: str, call: Any, right: str = "view", **more: Any
        ) -> Operation:
            return Operation(name, method, rule, f"{summary}: {self.resource_name}", call, right, **more)

        yield op("list", "GET", "/", "List", self.list, query=lists.ListQuery, answer=self._page, csv=True)
        yield op("read", "GET", "/<id:pk>", "Read", self.read, answer=self._row)
        if self.view.can_add:
            yield op("create", "POST", "/", "Add", self.create, "edit", body=self._body("New", self.view.add_columns),
                     answer=self._row, status=201, keyed=True)  # fmt: skip
        if self.view.can_edit:
            yield op("edit", "PUT", "/<id:pk>", "Change; what is left out stays", self.edit, "edit",
                     body=self._body("Change", self.view.edit_columns), answer=self._row)  # fmt: skip
        if self.view.can_delete:
            yield op("delete", "DELETE", "/<id:pk>", "Delete", self.delete, "delete", status=204)

    # Schemas

    def _column(self, name: str) -> Any:
        return self.model.__table__.columns[name]

    @cached_property
    def _row(self) -> type[Schema]:
        its: dict[str, fields.Field] = {"id": fields.Integer(required=True)}
        for name in self.view.show_columns:
            column = self._column(name)
            if is_key(column):
                its[name.removesuffix("_id")] = fields.String(allow_none=True)
            its[name] = typed_field(column.type)
        if hasattr(self.model, "version"):
            its["version"] = fields.Integer()
        return schema_of(self.model.__name__, its)

    @cached_property
    def _page(self) -> type[Schema]:
        return lists.page_schema(self.model.__name__, self._row)

    def _body(self, suffix: str, columns: Sequence[str]) -> type[Schema]:
        change = suffix == "Change"
        its = {name.removesuffix("_id") if is_key(self._column(name)) else name: self._field(name, change=change)
               for name in columns}  # fmt: skip
        if change and hasattr(self.model, "version"):
            its["version"] = Whole(1, LARGEST_ID, required=True)
        return schema_of(f"{self.model.__name__}{suffix}", its)

    def _field(self, name: str, *, change: bool) -> fields.Field:
        column = self._column(name)
        usual = column.default is not None or column.server_default is not None
        more: dict[str, Any] = {"allow_none": column.nullable, "required": not (change or column.nullable or usual)}
        if name in self.view.choices:
            return Choice(self.view.choices[name], **more)
        if is_key(column):
            return Key(target_of(column), only=self.view.only.get(name), door=_door(self.view, name), **more)
        if isinstance(column.type, ExactType):
            return Exact(column.type.decimals, **more)
        kind = column.type.python_type
        if kind is bool:
            return Flag(**more)
        if kind is int:
            return Whole(-LARGEST_ID, LARGEST_ID, **more)
        if isinstance(column.type, Date):
            return Day(**more)
        longest = min(getattr(column.type, "length", None) or LONGEST_TEXT, LONGEST_TEXT)
        return Text(longest, shortest=1 if more["required"] else 0, **more)

    # Reading

    def list(self, q: str, after: str) -> dict[str, Any] | Response:
        """A page of the list, or all of it as CSV."""
        if wants_csv():
            return lists.csv_of_all_cards(self.screen, q, after)
        found = lists.cards(self.screen, q, after)
        return {"count": found.count, "next": found.after or None, "result": self._told(found.rows)}

    def read(self, pk: int) -> dict[str, Any]:
        """One card."""
        return self._told([self._found(pk)])[0]

    def _found(self, pk: int) -> Any:
        item = self.screen.datamodel.get(pk)
        if item is None:
            raise Unusable(404, gettext("There is no such thing, or none that you may see."))
        return item

    def _told(self, rows: Sequence[Any]) -> list[dict[str, Any]]:
        """Rows as the caller sees them; names behind keys come by one statement for each column."""
        seen = self.screen.visible(self.view.show_columns)
        names = {name: self._names(name, rows) for name in seen if is_key(self._column(name))}
        told = []
        for row in rows:
            its: dict[str, Any] = {"id": row.id}
            for name in seen:
                value = getattr(row, name)
                if name in names:
                    its[name.removesuffix("_id")] = names[name].get(value)
                its[name] = plain_value(value, "money" if isinstance(self._column(name).type, Money) else "")
            if hasattr(self.model, "version"):
                its["version"] = row.version
            told.append(its)
        return told

    def _names(self, name: str, rows: Sequence[Any]) -> dict[int, str]:
        target: Any = target_of(self._column(name))
        wanted = {getattr(row, name) for row in rows} - {None}
        statement = select(target.id, natural_key(target)).where(target.id.in_(wanted))
        return {row[0]: str(row[1]) for row in self.screen.datamodel.session.execute(statement)}

    # Writing

    def create(self, given: dict[str, Any]) -> dict[str, Any]:
        """Adds a card."""
        offered = [self._column(name) for name in self.screen.visible(self.view.add_columns)]
        empty = {column.name: None for column in offered if column.nullable and column.default is None}
        return self.added(empty | self._values(given, self.view.add_columns))

    def added(self, values: dict[str, Any]) -> dict[str, Any]:
        """The card of these values, once for each key."""
        self.screen.datamodel.session.rollback()
        pk = add_card(self.model, values, key_sent(), self.screen.assign)
        return self.read(pk)

    def edit(self, pk: int, given: dict[str, Any]) -> dict[str, Any]:
        """Changes a card that is still as it was when it was read."""
        item, version = self._found(pk), given.pop("version", "")
        if not self.screen.may_edit(item):
            raise Unusable(403, gettext("You may not change this one."))
        stays = {name: getattr(item, name) for name in self.screen.visible(self.view.edit_columns)}
        values = stays | self._values(given, self.view.edit_columns)
        self.screen.datamodel.session.rollback()
        change_card(self.model, pk, str(version), values, self.screen.assign)
        self.screen.datamodel.session.expire_all()
        return self.read(pk)

    def delete(self, pk: int) -> None:
        """Deletes a card that nothing refers to."""
        if not self.screen.may_delete(self._found(pk)):
            raise Unusable(403, gettext("You may not delete this one."))
        self.screen.datamodel.session.rollback()
        delete_card(self.model, pk)

    def _values(self, given: Mapping[str, Any], columns: Sequence[str]) -> dict[str, Any]:
        """What was sent, by column; ValidationError for columns that the caller does not see."""
        seen = self.screen.visible(columns)
        of_api = {name.removesuffix("_id") if is_key(self._column(name)) else name: name for name in columns}
        hidden = [name for name in given if of_api[name] not in seen]
        if hidden:
            raise ValidationError({name: [gettext("You may not write this.")] for name in hidden})
        return {of_api[name]: value for name, value in given.items()}


def _door(view: Any, name: str) -> type[ScopedInterface]:
    """Which rows a form offers in a field, where it has one of its own."""
    own = view.extra_fields.get(name)
    return own.kwargs.get("door", ScopedInterface) if own is not None else ScopedInterface
