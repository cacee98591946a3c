"""Reading bodies that come from outside: JSON that means one thing, and single values out of it, exactly."""

import html
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from app.domain.kernel.errors import Invalid
from app.domain.kernel.values import LIMIT, ZERO

LONGEST_TEXT = 200
LONGEST_NOTE = 2_000
LONGEST_REF = 60
MOST_LINES = 2_000


class Unreadable(Invalid):
    """A body that is no order in the shop's dialect; the sentence says where."""


def unreadable(path: str, why: str) -> Unreadable:
    return Unreadable("unreadable", "{path}: {why}.", path=path, why=why)


def parse(body: bytes) -> Any:
    """The JSON of a body, numbers with a point as decimals; Unreadable where it is none."""
    try:
        return json.loads(body.decode("utf-8"), parse_float=Decimal, parse_constant=_no_number)
    except (UnicodeDecodeError, ValueError, ArithmeticError, RecursionError):
        raise Unreadable("unreadable", "The body is not JSON that can be read: it may have been cut off.") from None


def _no_number(text: str) -> Any:
    raise ValueError(text)


def mapping(value: Any, path: str) -> Mapping[str, Any]:
    """An object; Unreadable for anything else."""
    if not isinstance(value, dict):
        raise unreadable(path, "this is no object")
    return value


def listed(value: Any, path: str) -> Sequence[Mapping[str, Any]]:
    """The objects of a list, none for null; Unreadable for anything else and for more than an order can have."""
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > MOST_LINES:
        raise unreadable(path, "this is no list, or too long a one")
    return [mapping(item, f"{path}.{i}") for i, item in enumerate(value)]


def text(value: Any, longest: int = LONGEST_TEXT) -> str:
    """A text as people read it: entities resolved, without characters that no text has, cut where it is too long.

    Shops write numbers and null where texts are meant; objects and lists are none.
    """
    if value is None or isinstance(value, (dict, list, bool)):
        return ""
    plain = html.unescape(str(value)).encode("utf-8", "ignore").decode()
    return "".join(char for char in plain if char in "\n\t" or ord(char) >= 32).strip()[:longest]


def line_of(value: Any) -> str:
    """The same in one line."""
    return " ".join(text(value, LONGEST_NOTE).split())[:LONGEST_TEXT]


def ref(value: Any, path: str) -> str:
    """What a shop calls an order, a line or a refund by; Unreadable where it says none."""
    told = "" if isinstance(value, (bool, Decimal)) else line_of(value)
    if not told or len(told) > LONGEST_REF:
        raise unreadable(path, "an id is needed")
    return told


def number(value: Any, path: str) -> Decimal:
    """A finite number out of a text or a JSON number, nothing counting as 0; Unreadable otherwise."""
    if value is None or value == "":
        return ZERO
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)) or len(str(value)) > LONGEST_REF:
        raise unreadable(path, "this is no number")
    try:
        found = Decimal(value)
    except InvalidOperation:
        raise unreadable(path, "this is no number") from None
    # Taking the sign off rounds, which overflows for what is far too large.
    if not found.is_finite() or found.copy_abs() >= LIMIT or found.as_tuple().exponent < -LONGEST_REF:  # type: ignore[operator]
        raise unreadable(path, "this is no usable number")
    return found


def moment(value: Any, path: str) -> datetime:
    """A moment in ISO 8601, in UTC where it names no zone; Unreadable otherwise."""
    try:
        found = datetime.fromisoformat(value)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise unreadable(path, "this is no date and time") from None


def moment_or_none(value: Any, path: str) -> datetime | None:
    """The same; None where there is none."""
    return moment(value, path) if value else None


def country(value: Any) -> str:
    """An ISO 3166 code of two letters; empty for anything else."""
    told = line_of(value).upper()
    return told if len(told) == 2 and told.isascii() and told.isalpha() else ""


def currency(value: Any, path: str) -> str:
    """An ISO 4217 code; Unreadable for anything else."""
    told = line_of(value).upper()
    if not (len(told) == 3 and told.isascii() and told.isalpha()):
        raise unreadable(path, "this is no currency")
    return told


def joined(*parts: Any, by: str = " ") -> str:
    """Texts in one line, without the empty ones."""
    return by.join(told for part in parts if (told := line_of(part)))[:LONGEST_TEXT]
