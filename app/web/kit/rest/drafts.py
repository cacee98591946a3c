"""How a draft is written over the API: the fields of the screen's form and lines, under the API's names."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext
from marshmallow import Schema, ValidationError, fields, validate
from wtforms import BooleanField, DateField, HiddenField, IntegerField, SelectField
from wtforms.validators import DataRequired, InputRequired, Length

from app.web.kit.drafting import MOST_LINES, Cell, DraftingView
from app.web.kit.forms import LONGEST_TEXT, ExactField, RelationField
from app.web.kit.rest.columns import OF_LINES, SCREEN, SCREEN_LINES, api_name
from app.web.kit.rest.fields import Choice, Day, Exact, Flag, Id, Key, Text, Whole
from app.web.kit.rest.reading import schema_of
from app.web.kit.scope import LARGEST_ID, ScopedInterface
from app.web.kit.sheets import Numbers, Sheet


def draft_schema(view: type[DraftingView], name: str, head: Mapping[str, Any], line: Mapping[str, Any]) -> type[Schema]:
    """The body that writes a draft: the form's fields, `lines` where the document has them, and what is added to each.

    A field that is None is left out; so are the lines where `head` says None of them.
    """
    its = {api_name(key): field_of(unbound) for key, unbound in form_fields(view.head).items()}
    its = {key: field for key, field in (its | dict(head)).items() if field is not None}
    if view.cells and "lines" not in head:
        subject = view.subject
        more: dict[str, Any] = {"required": True} if subject.needed else {"load_default": None, "allow_none": True}
        of_line: dict[str, Any] = {subject.name: Key(subject.target, only=subject.only, **more)}
        of_line |= {_line_name(cell): _cell_field(cell) for cell in view.cells}
        inner = {key: field for key, field in (of_line | dict(line)).items() if field is not None}
        its["lines"] = fields.List(
            fields.Nested(schema_of(f"{name}Line", inner)), required=True, validate=validate.Length(1, MOST_LINES)
        )
    return schema_of(name, its)


def sheet_schema(sheet: Sheet, name: str) -> type[Schema]:
    """The body that fills in the lines of a draft; a number that is left out is as an emptied field."""
    of_line = {"line": Id(required=True)} | {_line_name(field): _cell_field(field) for field in sheet.fields}
    lines = fields.List(
        fields.Nested(schema_of(f"{name}Line", of_line)), required=True, validate=validate.Length(1, MOST_LINES)
    )
    return schema_of(name, {"version": Whole(1, LARGEST_ID, required=True), "lines": lines})


def filled(sheet: Sheet, lines: Sequence[Mapping[str, Any]]) -> Numbers:
    """What was sent, by line; ValidationError for a line named twice and for what the person is not offered."""
    offered = {field.name: _line_name(field) for field in sheet.offered}
    hidden = {_line_name(field) for field in sheet.fields} - set(offered.values())
    if any(line.get(name) is not None for line in lines for name in hidden):
        raise ValidationError({"lines": [gettext("You may not write this.")]})
    if len({line["line"] for line in lines}) < len(lines):
        raise ValidationError({"lines": [gettext("Name each line once.")]})
    return {line["line"]: {key: line[name] for key, name in offered.items()} for line in lines}


def form_fields(form: Any) -> dict[str, Any]:
    """The fields a person fills in, as the form's class declares them."""
    found = {name: getattr(form, name) for name in dir(form) if hasattr(getattr(form, name), "field_class")}
    ordered = sorted(found.items(), key=lambda item: item[1].creation_counter)
    return {name: unbound for name, unbound in ordered if not issubclass(unbound.field_class, HiddenField)}


def field_of(unbound: Any) -> fields.Field:
    """The API's field for a field of a form."""
    kind, named = unbound.field_class, unbound.kwargs
    validators = named.get("validators", ())
    needed = any(isinstance(one, (InputRequired, DataRequired)) for one in validators)
    usual = named.get("default")
    more: dict[str, Any] = {"required": True} if needed and usual is None else {"load_default": usual}
    if issubclass(kind, RelationField):
        target, door = named["target"], named.get("door", ScopedInterface)
        return Key(target, only=named.get("only"), door=door, allow_none=not needed, **more)
    if issubclass(kind, ExactField):
        return Exact(named["decimals"], allow_none=not needed, **more)
    if issubclass(kind, DateField):
        return Day(allow_none=not needed, **more)
    if issubclass(kind, SelectField):
        words = [choice.value for choice in named["choices"]]
        if "" not in words and usual is None:
            more = {"required": True}
        elif "" in words:
            more = {"load_default": usual or None}
        return Choice(filter(None, words), allow_none="" in words, **more)
    if issubclass(kind, BooleanField):
        return Flag(load_default=bool(usual))
    if issubclass(kind, IntegerField):
        return Whole(-LARGEST_ID, LARGEST_ID, allow_none=not needed, **more)
    longest = next((one.max for one in validators if isinstance(one, Length)), LONGEST_TEXT)
    return Text(longest, shortest=1 if needed else 0, allow_none=not needed, **more)


def _line_name(cell: Cell) -> str:
    return OF_LINES.get(cell.name, cell.name)


def _cell_field(cell: Cell) -> fields.Field:
    more: dict[str, Any] = {"required": True} if cell.needed else {"load_default": None, "allow_none": True}
    if cell.kind == "number":
        return Exact(cell.decimals, **more)
    return Day(**more) if cell.kind == "date" else Text(**more)


def written(view: DraftingView, given: Mapping[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What was sent, by the names of the form and of its lines; ValidationError for what the person is not offered."""
    values = {SCREEN.get(name, name): value for name, value in given.items() if name != "lines"}
    hidden = {_line_name(cell) for cell in view.cells} - {_line_name(cell) for cell in view.offered()}
    lines = given.get("lines", [])
    errors = {
        f"lines.{i}.{name}": [gettext("You may not write this.")]
        for i, line in enumerate(lines) for name in sorted(hidden) if line.get(name) is not None
    }  # fmt: skip
    if errors:
        raise ValidationError(errors)
    hidden_fields = {
        name: unbound.kwargs.get("default") or "" for name, unbound in _hidden(view.head).items() if name not in values
    }
    return hidden_fields | values, [{SCREEN_LINES.get(name, name): one for name, one in line.items()} for line in lines]


def _hidden(form: Any) -> dict[str, Any]:
    own = {name: getattr(form, name) for name in dir(form) if hasattr(getattr(form, name), "field_class")}
    return {
        name: unbound for name, unbound in own.items()
        if issubclass(unbound.field_class, HiddenField) and name not in ("version", "form_key")
    }  # fmt: skip
