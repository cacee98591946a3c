"""Forms made from a table's columns: exact numbers, native dates, and choices that end where the scope ends."""

import re
import uuid
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from flask import url_for
from flask_appbuilder.forms import DynamicForm
from flask_babel import gettext
from sqlalchemy import Date, inspect
from wtforms import (
    BooleanField,
    DateField,
    Field,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, ValidationError
from wtforms.widgets import TextInput

from app.domain.catalog.models import Product
from app.domain.kernel.errors import Invalid
from app.domain.kernel.orm import Base, Exact, Money, Price
from app.domain.kernel.values import exact
from app.domain.parties.models import Customer
from app.domain.stock.models import Warehouse
from app.domain.treasury.models import CashDesk
from app.web.kit import look
from app.web.kit.rights import mine
from app.web.kit.scope import LARGEST_ID, ScopedInterface

# Tables too long to be sent whole with a form: their choices are asked for while one types.
LARGE = (Product, Customer)
LONGEST_TEXT = 200
MOST_OFFERED = 500


class CardForm(DynamicForm):
    """A form on one row: it carries the version it was read at, and a key that can be used once."""

    version = HiddenField()
    form_key = HiddenField(default=lambda: uuid.uuid4().hex)

    def key(self) -> str:
        """Under which the form is stored once; a form that came without a proper key gets one that nobody has."""
        text = self.form_key.data or ""
        return f"form {text if re.fullmatch('[0-9a-f]{32}', text) else uuid.uuid4().hex}"

    def renew(self) -> None:
        """Another key, so that the form can be sent again."""
        self.form_key.data = uuid.uuid4().hex


class ExactField(Field):
    """A number with at most so many decimals, read exactly from what was typed; `money` shows those of the currency."""

    widget = TextInput()

    def __init__(self, *args: Any, decimals: int, money: bool = False, **named: Any) -> None:
        super().__init__(*args, **named)
        self.decimals, self.money = decimals, money

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        if self.data is None:
            return ""
        return look.amount(self.data) if self.money else look.plain(self.data)

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        if not text:
            self.data = None
            return
        try:
            self.data = exact(text, self.decimals, str(self.label.text))
        except Invalid as refusal:
            self.data = None
            raise ValueError(str(refusal)) from None


class RelationField(Field):
    """The key of a row of another table that the person may see; archived rows are no longer offered."""

    def __init__(
        self, *args: Any, target: type, source: str = "", blank: bool = True,
        only: tuple[str, str] | None = None, door: type[ScopedInterface] = ScopedInterface, asked: bool = False,
        **named: Any,
    ) -> None:  # fmt: skip
        """`only` (column, value) keeps the choices to rows like that: accounts of one role; `door` is what one sees.

        The choices of a long table are asked for while one types, those of any where `asked` says so.
        """
        super().__init__(*args, **named)
        self.door = door
        self.only = only
        self.target = target
        self.source = source
        self.blank = blank
        self.large = asked or target in LARGE

    @property
    def source_url(self) -> str:
        """Where the choices of a long table are asked for."""
        return url_for(self.source, column=self.short_name) if self.large and self.source else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        if not text:
            self.data = None
        elif text.isdecimal() and 0 < int(text) <= LARGEST_ID:
            self.data = int(text)
        else:
            self.data = None
            raise ValueError(gettext("This is not one of the choices."))

    def pre_validate(self, form: Any) -> None:
        if self.data is None or self.data == self.object_data:
            return
        row = self.door(self.target).get(self.data)
        fits = self.only is None or getattr(row, self.only[0], None) == self.only[1]
        if row is None or not getattr(row, "active", True) or not fits:
            raise ValidationError(gettext("This is not one of the choices."))

    def iter_choices(self) -> Iterator[tuple[str, str, bool]]:
        """Value, label and whether it is chosen; of a long table only the chosen one.

        Where something has to be chosen and there is only one thing, it is chosen already.
        """
        limit = 0 if self.large else MOST_OFFERED
        wanted = limit or self.data is not None
        offered = self.door(self.target).choices(chosen=self.data, limit=limit, only=self.only) if wanted else []
        if self.blank or (self.data is None and len(offered) != 1):
            yield "", "", self.data is None
        for key, label in offered:
            yield str(key), label, key == self.data


class ManyField(SelectMultipleField):
    """Any number of rows of another table, as keys; `labels` gives (key, label) of all there are."""

    def __init__(self, *args: Any, labels: Callable[[], Iterable[tuple[int, str]]], **named: Any) -> None:
        super().__init__(*args, coerce=int, choices=[], **named)
        self.labels = labels

    def process(self, *args: Any, **named: Any) -> None:
        self.choices = [SelectChoice(key, label) for key, label in self.labels()]
        super().process(*args, **named)

    def process_data(self, value: Any) -> None:
        self.data = [row.id for row in value or []]


def strip(text: str | None) -> str | None:
    return text.strip() if text else text


class FormMaker:
    """Makes the form classes of one view from its table's columns, its labels and its choices."""

    def __init__(self, view: Any) -> None:
        self.view = view
        self.table = view.datamodel.obj.__table__

    def form(self, columns: Iterable[str], *, search: bool = False) -> type[CardForm]:
        """A form class with a field for each column; for searching nothing is required."""
        fields = {name: self.view.extra_fields.get(name) or self._field(name, search=search) for name in columns}
        return type("RowForm", (CardForm,), fields)

    def _field(self, name: str, *, search: bool) -> Any:
        column = self.table.columns[name]
        named: dict[str, Any] = {
            "label": self.view.label_columns.get(name) or self.view._prettify_column(name),
            "description": self.view.description_columns.get(name, ""),
        }
        optional = search or column.nullable
        if name in self.view.choices:
            return self._choice(name, named, optional=optional)
        if is_key(column):
            validators = [Optional()] if optional else [InputRequired()]
            source = f"{type(self.view).__name__}.choices_of"
            return RelationField(
                target=target_of(column),
                source=source,
                blank=optional,
                validators=validators,
                only=self.view.only.get(name),
                asked=search,
                **named,
            )
        return self._plain(column, named, optional=optional)

    def _choice(self, name: str, named: dict[str, Any], *, optional: bool) -> Any:
        offered = [SelectChoice("", "")] if optional else []
        offered += [SelectChoice(value, self.view.word(value)) for value in self.view.choices[name]]
        return SelectField(choices=offered, filters=[lambda value: value or None], **named)

    def _plain(self, column: Any, named: dict[str, Any], *, optional: bool) -> Any:
        default = column.default.arg if column.default is not None and column.default.is_scalar else None
        required = Optional() if optional else InputRequired()
        if isinstance(column.type, Exact):
            money = isinstance(column.type, (Money, Price))
            return ExactField(
                decimals=column.type.decimals, money=money, default=default, validators=[required], **named
            )  # fmt: skip
        kind = column.type.python_type
        if kind is bool:
            return BooleanField(default=default, **named)
        if kind is int:
            whole = NumberRange(-LARGEST_ID, LARGEST_ID)
            return IntegerField(default=default, validators=[required, whole], **named)
        if isinstance(column.type, Date):
            return DateField(default=default, validators=[required], **named)
        needed = Optional() if optional or column.server_default is not None else DataRequired()
        longest = min(getattr(column.type, "length", None) or LONGEST_TEXT, LONGEST_TEXT)
        field = TextAreaField if column.name in self.view.long_texts else StringField
        return field(default=default, filters=[strip], validators=[needed, Length(max=longest)], **named)


OWN: dict[type, str] = {Warehouse: "warehouses", CashDesk: "cash_desks"}


def keeps_to_own(form: Any, resource: str) -> bool:
    """Whether the warehouses and desks chosen in a form are the person's own, where the right to write reaches no
    others; where they are not, their fields say so.
    """
    if not mine().is_own(resource, "edit"):
        return True
    kept = True
    for field in form:
        if isinstance(field, RelationField) and field.target in OWN and field.door is ScopedInterface:
            own = getattr(mine(), OWN[field.target])
            if field.data is not None and field.data not in own:
                field.errors = [gettext("This is not one of the choices.")]
                kept = False
    return kept


def is_key(column: Any) -> bool:
    """Whether a column holds ids of another table."""
    return bool(column.foreign_keys) and column.type.python_type is int


@cache
def target_of(column: Any) -> type:
    """The class of the table that a foreign key points to."""
    table = next(iter(column.foreign_keys)).column.table
    return next(mapper.class_ for mapper in Base.registry.mappers if mapper.local_table is table)


def natural_key(model: Any) -> Any:
    """The column by which people name a row: SKU, code, number or name."""
    return next(getattr(model, name) for name in ("sku", "code", "number", "username", "name") if hasattr(model, name))


def filled(form: Any, columns: Iterable[str], model: type) -> dict[str, Any]:
    """What was typed, by column; an emptied text is nothing where the column allows it, else the empty text."""
    values = {}
    for name in columns:
        value = form[name].data
        column = inspect(model).columns.get(name)
        if value in ("", None) and column is not None and not column.nullable and column.type.python_type is str:
            value = ""
        elif value == "":
            value = None
        values[name] = value
    return values


def as_text(value: Any) -> str:
    """A value as a person reads it in a sentence."""
    if isinstance(value, Decimal):
        return look.plain(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(gettext("empty")) if value in (None, "") else str(value)
