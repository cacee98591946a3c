"""The kinds of values in the API: exact numbers and dates as texts, keys of other tables by what people call them."""

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from flask_babel import gettext
from marshmallow import ValidationError, fields, validate
from sqlalchemy import select

from app.domain.kernel.errors import Invalid
from app.domain.kernel.values import exact
from app.web.kit import look
from app.web.kit.forms import LONGEST_TEXT, natural_key
from app.web.kit.scope import LARGEST_ID, ScopedInterface

SMALLEST_YEAR, LARGEST_YEAR = 1900, 2200
# By table, else by what its key is called.
EXAMPLES = {"customer": "C001", "price_list": "RETAIL", "sku": "SKU-1", "code": "MAIN", "username": "seller1"}
MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?"


class Exact(fields.String):
    """A number with at most so many decimals, as a text: "19.99". A JSON number may have been rounded: refused."""

    def __init__(self, decimals: int, **named: Any) -> None:
        tail = rf"(\.\d{{1,{decimals}}})?" if decimals else ""
        shape = {"pattern": rf"^-?\d{{1,12}}{tail}$", "example": "1.5" if decimals else "1"}
        super().__init__(metadata={**shape, **named.pop("metadata", {})}, **named)
        self.decimals = decimals

    def _deserialize(self, value: Any, attr: str | None, data: Any, **named: Any) -> Any:
        if not isinstance(value, str):
            raise ValidationError(gettext('Write a number as a text, like "19.99".'))
        if not re.fullmatch(r"-?\d+(\.\d+)?", value, re.ASCII):
            raise ValidationError(gettext("%(value)s is not a number.", value=value[:40]))
        try:
            return exact(value, self.decimals, gettext("The number"))
        except Invalid as refusal:
            raise ValidationError(str(refusal)) from None


class Day(fields.String):
    """A date: 2026-03-05."""

    def __init__(self, **named: Any) -> None:
        super().__init__(metadata={"format": "date", "example": "2026-03-05"}, **named)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **named: Any) -> Any:
        try:
            if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
                raise ValueError(value)
            found = date.fromisoformat(value)
        except ValueError:
            raise ValidationError(gettext("Write a date like 2026-03-05.")) from None
        if not SMALLEST_YEAR <= found.year <= LARGEST_YEAR:
            raise ValidationError(gettext("This date is not meant."))
        return found


class Moment(fields.String):
    """A moment: 2026-03-05T14:30:00Z. Without a time zone it is the company's time."""

    def __init__(self, **named: Any) -> None:
        super().__init__(metadata={"format": "date-time", "example": "2026-03-05T14:30:00Z"}, **named)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **named: Any) -> Any:
        try:
            if not isinstance(value, str) or not re.fullmatch(MOMENT, value, re.ASCII):
                raise ValueError(value)
            found = datetime.fromisoformat(value)
        except ValueError:
            raise ValidationError(gettext("Write a moment like 2026-03-05T14:30:00Z.")) from None
        if not SMALLEST_YEAR <= found.year <= LARGEST_YEAR:
            raise ValidationError(gettext("This date is not meant."))
        return found if found.tzinfo is not None else found.replace(tzinfo=ZoneInfo(look.company_facts()["time_zone"]))


class Text(fields.String):
    """A text of limited length, without blanks around it; they count for its length, as they are sent."""

    def __init__(self, longest: int = LONGEST_TEXT, *, shortest: int = 0, **named: Any) -> None:
        self.length = validate.Length(min=shortest or None, max=longest)
        super().__init__(validate=self.length, **named)
        self.shortest = shortest

    def _deserialize(self, value: Any, attr: str | None, data: Any, **named: Any) -> Any:
        text = super()._deserialize(value, attr, data, **named)
        if len(text.strip()) < self.shortest:
            raise ValidationError(gettext("This is needed."))
        self.length(text)
        return text.strip()


class Choice(fields.String):
    """One of a few words."""

    def __init__(self, words: Iterable[str], **named: Any) -> None:
        self.words = list(words)
        super().__init__(validate=validate.OneOf(self.words), **named)


class Flag(fields.Boolean):
    """true or false, and nothing that means it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **named: Any) -> Any:
        if value not in (True, False) or not isinstance(value, bool):
            raise ValidationError(gettext("Write true or false."))
        return value


class Whole(fields.Integer):
    """A whole number between two others."""

    def __init__(self, lowest: int, highest: int, **named: Any) -> None:
        super().__init__(strict=True, validate=validate.Range(lowest, highest), **named)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **named: Any) -> Any:
        if isinstance(value, (bool, float)) or not isinstance(value, (int, str)):
            raise ValidationError(gettext("Write a whole number."))
        # In an address every number is a text; in a body none is.
        if isinstance(value, str) and (not self.of_address or not re.fullmatch(r"-?\d{1,19}", value, re.ASCII)):
            raise ValidationError(gettext("Write a whole number."))
        return super()._deserialize(int(value), attr, data, **named)

    @property
    def of_address(self) -> bool:
        return bool(self.metadata.get("in_address"))


class Id(Whole):
    """The id of a document or line."""

    def __init__(self, **named: Any) -> None:
        super().__init__(1, LARGEST_ID, **named)


class Wanted(NamedTuple):
    """A natural key, or the id of a document, that waits to be looked up."""

    field: Any
    key: str | int


class Key(fields.String):
    """A row of another table by what people call it: a SKU, a code, a number. It becomes the row's id.

    `only` (column, value) keeps to rows like that; `door` says which rows one may name; `what` gives another column
    of the row than its id. Archived rows are named only where one asks about the past (`archived`).
    """

    def __init__(
        self, target: Any, *, only: tuple[str, str] | None = None, door: type[ScopedInterface] = ScopedInterface,
        what: Callable[[Any], Any] = lambda row: row.id, archived: bool = False, **named: Any,
    ) -> None:  # fmt: skip
        key = natural_key(target).key
        table = target.__tablename__
        example = EXAMPLES.get(table) or EXAMPLES.get(key, "")
        metadata = {
            "description": f"The {key} of a {table.replace('_', ' ')}.", "example": example, "x-key-of": table,
            "minLength": 1, "maxLength": LONGEST_TEXT,
        }  # fmt: skip
        super().__init__(metadata=metadata, **named)
        self.target, self.only, self.door, self.what, self.archived = target, only, door, what, archived

    def _deserialize(self, value: Any, attr: str | None, data: Any, **named: Any) -> Any:
        text = super()._deserialize(value, attr, data, **named)
        # Not among the field's validators: they would get the pair.
        validate.Length(min=1, max=LONGEST_TEXT)(text)
        return Wanted(self, text)

    @property
    def table(self) -> tuple[Any, type[ScopedInterface]]:
        """Where its rows are looked up."""
        return self.target, self.door

    def rows(self, texts: Iterable[str]) -> dict[str, Any]:
        """The rows of these keys that the caller sees, by key."""
        key, door = natural_key(self.target), self.door(self.target)
        found = door.session.scalars(door.scoped(select(self.target).where(key.in_(texts))))
        return {str(getattr(row, key.key)): row for row in found}

    def accepted(self, row: Any) -> Any:
        """The id of the row, or None where it may not be named."""
        if row is None or not (self.archived or getattr(row, "active", True)):
            return None
        if self.only is not None and getattr(row, self.only[0]) != self.only[1]:
            return None
        return self.what(row)
