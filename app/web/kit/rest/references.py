"""Documents that a request names by their ids: only those that the caller may see can be named."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from flask_babel import gettext
from marshmallow import ValidationError, fields, validate

from app.web.kit.rest.fields import Exact, Id, Wanted
from app.web.kit.rest.reading import schema_of
from app.web.kit.rights import mine
from app.web.kit.scope import LARGEST_ID, RULES, ScopedInterface, in_scope

MOST_NAMED = 500


class DocumentId(fields.Integer):
    """The id of a document of one of these tables. One that the caller may not see, or that the right which is `used`
    on it (right, resource) does not reach, is as one that does not exist.
    """

    target = None

    def __init__(self, *models: type, used: tuple[str, str] | None = None, **named: Any) -> None:
        shape = {"minimum": 1, "maximum": LARGEST_ID, "format": "int64", "example": 17}
        super().__init__(strict=True, metadata=shape | named.pop("metadata", {}), **named)
        self.models, self.used = models, used

    def _deserialize(self, value: Any, attr: str | None, data: Any, **named: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= LARGEST_ID:
            raise ValidationError(gettext("Write the id of a document, a whole number."))
        return Wanted(self, str(value))

    @property
    def table(self) -> tuple[Any, ...]:
        """Where it is looked for."""
        return self.models, self.used

    def rows(self, texts: Iterable[str]) -> dict[str, int]:
        """Those of the ids that the caller sees."""
        ids = [int(text) for text in texts]
        its = [model for model in self.models if mine().may("view", RULES[model][0])]
        session = ScopedInterface(self.models[0]).session
        found = {i: model for model in its for i in in_scope(session, model, ids)}
        if self.used is None or not mine().is_own(self.used[1], self.used[0]):
            return {str(i): i for i in found}
        return {str(i): i for model in its for i in in_scope(session, model, list(found), *self.used)}

    def accepted(self, row: int | None) -> int | None:
        """The id."""
        return row


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
