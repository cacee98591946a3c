"""Reading a request strictly: JSON that means one thing, in the shape of its schema, with keys that exist."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from flask import request
from flask_babel import gettext
from marshmallow import RAISE, Schema, ValidationError, fields

from app.web.kit.forms import OWN
from app.web.kit.rest.errors import Unusable
from app.web.kit.rest.fields import Wanted
from app.web.kit.rights import mine
from app.web.kit.scope import OpenInterface

# More than any request needs; what is beyond is refused before each value is looked at.
DEEPEST, LONGEST_LIST, MOST_NAMES, MOST_VALUES = 20, 2_000, 200, 20_000


class Strict(Schema):
    """A schema that knows every name it takes."""

    class Meta:
        unknown = RAISE


def schema_of(name: str, given: Mapping[str, fields.Field]) -> type[Schema]:
    """A schema class of these fields, under the name that the description calls it by."""
    return type(name, (Strict,), dict(given))


def read_body(schema: type[Schema], resource: str) -> dict[str, Any]:
    """The request's JSON, as its schema reads it; keys of other tables are ids. Raises Unusable, ValidationError."""
    return resolved(schema().load(_parsed()), resource)


def read_query(schema: type[Schema]) -> dict[str, Any]:
    """The arguments of the address, as their schema reads them."""
    many = [name for name, values in request.args.lists() if len(values) > 1]
    if many:
        raise ValidationError({name: [gettext("Give it once.")] for name in many})
    return resolved(schema().load(request.args.to_dict()), "")


def wants_csv() -> bool:
    """Whether the caller takes CSV before JSON."""
    return request.accept_mimetypes.best_match(["application/json", "text/csv"]) == "text/csv"


def sent_file() -> tuple[bytes, str]:
    """The file of the request and its name, sent as it is or in the part `file` of a form."""
    if request.mimetype == "text/csv":
        return request.get_data(), ""
    if request.mimetype == "multipart/form-data" and "file" in request.files:
        part = request.files["file"]
        return part.read(), part.filename or ""
    raise Unusable(415, gettext("Send a CSV file: as text/csv, or in a form as the part `file`."))


def _parsed() -> Any:
    if request.mimetype != "application/json":
        raise Unusable(415, gettext("Send JSON, with the header Content-Type: application/json."))
    try:
        text = request.get_data(cache=True).decode("utf-8")
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        why = str(error) if isinstance(error, _Twice) else gettext("This is not JSON that can be read.")
        raise Unusable(400, why) from None
    if not isinstance(found, dict):
        raise Unusable(422, gettext("Send an object: {…}."), "invalid")
    if _counted(found) > MOST_VALUES:
        raise _too_much()
    _refuse_unstorable(found, "")
    return found


def _too_much() -> Unusable:
    return Unusable(413, gettext("This is too much at once: send it in several requests."))


def _counted(value: Any, depth: int = 1) -> int:
    """How many values there are inside; Unusable for what is longer or deeper than anything may be."""
    if depth > DEEPEST:
        raise Unusable(400, gettext("This is nested too deeply."))
    if not isinstance(value, (dict, list)):
        return 0
    if len(value) > (MOST_NAMES if isinstance(value, dict) else LONGEST_LIST):
        raise _too_much()
    inner = value.values() if isinstance(value, dict) else value
    return len(value) + sum(_counted(one, depth + 1) for one in inner)


class _Twice(ValueError):
    """A name that stands twice in one object."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Twice(gettext("A name stands twice in one object."))
    return found


def _no_number(text: str) -> Any:
    raise ValueError(text)


def _refuse_unstorable(value: Any, path: str) -> None:
    if isinstance(value, str) and ("\x00" in value or (not value.isprintable() and _is_broken(value))):
        raise ValidationError({path or "body": [gettext("The text contains a character that cannot be stored.")]})
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in inner:
        if isinstance(name, str):
            _refuse_unstorable(name, path)
        _refuse_unstorable(one, f"{path}.{name}".lstrip("."))


def _is_broken(text: str) -> bool:
    """Whether it holds half a character (a lone surrogate), which UTF-8 has no place for."""
    return any("\ud800" <= char <= "\udfff" for char in text)


# Keys of other tables


def resolved(values: dict[str, Any], resource: str) -> dict[str, Any]:
    """The values with an id for each natural key; ValidationError names keys that lead nowhere this person may go.

    `resource` is what is written, none where something is only asked for. One statement for each table, however many
    lines name its rows.
    """
    wanted = list(_wanted(values, ()))
    errors: dict[str, list[str]] = {}
    for table in dict.fromkeys(one.field.table for _, one in wanted):
        ones = [(path, one) for path, one in wanted if one.field.table == table]
        known = ones[0][1].field.rows({one.key for _, one in ones})
        for path, one in ones:
            try:
                _put(values, path, _accepted(one, known.get(one.key), resource))
            except ValidationError as error:
                errors[".".join(map(str, path))] = error.messages
    if errors:
        raise ValidationError(errors)
    return values


def _accepted(wanted: Wanted, row: Any, resource: str) -> Any:
    """The id of what is named; ValidationError where there is none, or where it may not be named."""
    found = wanted.field.accepted(row)
    if found is None or _not_own(wanted.field, found, resource):
        raise ValidationError(gettext("There is no such thing here: %(key)s", key=str(wanted.key)[:60]))
    return found


def _wanted(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Wanted]]:
    if isinstance(value, Wanted):
        yield path, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _wanted(inner, (*path, name))
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from _wanted(inner, (*path, i))


def _not_own(field: Any, found: int, resource: str) -> bool:
    """Whether a warehouse or desk is somebody else's, where the right to write reaches no others."""
    if not resource or field.target not in OWN or field.door is OpenInterface or not mine().is_own(resource, "edit"):
        return False
    return found not in getattr(mine(), OWN[field.target])


def _put(values: Any, path: tuple[Any, ...], found: int) -> None:
    for name in path[:-1]:
        values = values[name]
    values[path[-1]] = found
