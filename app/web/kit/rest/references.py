"""Documents that a request names by id or number: only those that the caller may see can be named."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from flask_babel import gettext
from marshmallow import ValidationError, fields, validate

from app.domain.kernel.rows import read
from app.web.kit.forms import LONGEST_TEXT
from app.web.kit.rest.fields import Exact, Id, Wanted
from app.web.kit.rest.reading import schema_of
from app.web.kit.rights import mine
from app.web.kit.scope import LARGEST_ID, RULES, ScopedInterface, as_id, in_scope

MOST_NAMED = 500


SAME_NUMBER = """
SELECT id, number FROM document WHERE kind = ANY(%(kinds)s::text[]) AND number = ANY(%(numbers)s::text[])
"""


class DocumentId(fields.Raw):
    """A document of one of these tables: its id, or as a text its number. One that the caller may not see, or that the
    right which is `used` on it (right, resource) does not reach, is as one that does not exist.

    In an address, where everything is a text, a whole number without noughts before it is an id.
    """

    target = None

    def __init__(
        self, *models: type, used: tuple[str, str] | None = None, in_address: bool = False, **named: Any
    ) -> None:  # fmt: skip
        shape = {"anyOf": [
            {"type": "integer", "minimum": 1, "maximum": LARGEST_ID, "format": "int64"},
            {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT},
        ], "example": 17}  # fmt: skip
        super().__init__(metadata=shape | named.pop("metadata", {}), **named)
        self.models, self.used, self.in_address = models, used, in_address

    def _deserialize(self, value: Any, attr: str | None, data: Any, **named: Any) -> Any:
        if self.in_address and isinstance(value, str) and not value.startswith("0"):
            value = as_id(value) or value
        is_id = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LARGEST_ID
        if not is_id and not (isinstance(value, str) and 1 <= len(value) <= LONGEST_TEXT):
            raise ValidationError(gettext("Name a document: its id is a whole number, its number a text."))
        return Wanted(self, value)

    @property
    def table(self) -> tuple[Any, ...]:
        """Where it is looked for."""
        return self.models, self.used

    def rows(self, named: Iterable[int | str]) -> dict[int | str, list[int]]:
        """The documents with these ids and numbers that the caller sees: of each kind of several, there may be one."""
        keys = set(named)
        its = {model.__tablename__: model for model in self.models if mine().may("view", RULES[model][0])}
        session = ScopedInterface(self.models[0]).session
        numbers = [key for key in keys if isinstance(key, str)]
        same = read(session, SAME_NUMBER, kinds=list(its), numbers=numbers) if numbers else ()
        ids = {key for key in keys if isinstance(key, int)} | {row.id for row in same}
        seen = {i for model in its.values() for i in in_scope(session, model, list(ids))}
        if self.used is not None and mine().is_own(self.used[1], self.used[0]):
            seen = {i for model in its.values() for i in in_scope(session, model, list(seen), *self.used)}
        found: dict[int | str, list[int]] = {i: [i] for i in keys & seen}
        for row in same:
            if row.id in seen:
                found.setdefault(row.number, []).append(row.id)
        return found

    def accepted(self, ids: list[int] | None) -> int | None:
        """The id; ValidationError where several documents have the number, which desks and years may count anew."""
        if ids is None or len(ids) == 1:
            return ids and ids[0]
        raise ValidationError(gettext("There are several documents with this number: name the one by its id."))


class Named(NamedTuple):
    """So much of a document, or of one of its lines, that a payment names."""

    document_id: int
    amount: Any
    line_id: int | None


def named_schema(name: str, kinds: Mapping[str, tuple[type, ...]], at_least: int = 0) -> fields.Field:
    """A list of amounts, each of one document: the field that names it says its kind, and `line` one line of it."""
    its: dict[str, fields.Field] = {kind: DocumentId(*models) for kind, models in kinds.items()}
    its |= {"amount": Exact(3, required=True), "line": Id(load_default=None, allow_none=True)}
    needed: dict[str, Any] = {"required": True} if at_least else {"load_default": list}
    return fields.List(
        fields.Nested(schema_of(name, its)), validate=validate.Length(at_least, MOST_NAMED),
        metadata={"description": f"Each names one of {', '.join(kinds)}."}, **needed,
    )  # fmt: skip


def named_in(given: Iterable[dict[str, Any]], path: str = "allocations") -> list[Named]:
    """What a list of amounts names; ValidationError where one of them names no document, or several."""
    found, errors = [], {}
    for i, one in enumerate(given):
        documents = [value for name, value in one.items() if name not in ("amount", "line")]
        if len(documents) == 1:
            found.append(Named(documents[0], one["amount"], one["line"]))
        else:
            errors[f"{path}.{i}"] = [gettext("Name one document.")]
    if errors:
        raise ValidationError(errors)
    return found


def pieces_schema(name: str, line: str) -> fields.Field:
    """A list of so many pieces of lines; left out where all that is left is meant."""
    its = {line: Id(required=True), "quantity": Exact(3, required=True)}
    return fields.List(
        fields.Nested(schema_of(name, its)), load_default=None, allow_none=True, validate=validate.Length(1, MOST_NAMED)
    )


def pieces_in(given: Iterable[dict[str, Any]] | None, line: str) -> dict[int, Any] | None:
    """The quantities by line; None where all that is left is meant. ValidationError for a line named twice."""
    if given is None:
        return None
    pieces = [(one[line], one["quantity"]) for one in given]
    if len(dict(pieces)) < len(pieces):
        raise ValidationError({"lines": [gettext("Name each line once.")]})
    return dict(pieces)
