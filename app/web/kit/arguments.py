"""What stands in the address of a list: place, order, search and filters, each checked before any SQL."""

import re
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, NamedTuple

from flask import request
from werkzeug.exceptions import BadRequest

from app.domain.kernel.errors import Invalid
from app.domain.kernel.orm import Exact
from app.domain.kernel.values import exact
from app.web.kit.scope import LARGEST_ID

SIZES = (25, 50, 100)
LONGEST = 200
TRUE = {"1": True, "true": True, "y": True, "0": False, "false": False, "n": False}


class ListArguments(NamedTuple):
    """After or before which row the page lies (tokens, unread), how many rows are on it, the column to order by with
    its direction, and the words to look for.
    """

    after: str
    before: str
    size: int
    order: str
    direction: str
    q: str


def whole(name: str, default: int, lowest: int, highest: int, given: Mapping[str, str] | None = None) -> int:
    """A whole number from the address, or from what else is given; BadRequest for anything else."""
    text = (request.args if given is None else given).get(name)
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < 20 and lowest <= int(text) <= highest):
        raise BadRequest(f"{name} must be a whole number from {lowest} to {highest}.")
    return int(text)


def list_arguments(view: str, orders: Collection[str], default: tuple[str, str]) -> ListArguments:
    """Reads the arguments of one view's list; BadRequest where a column may not be ordered by."""
    order, direction = request.args.get(f"_oc_{view}", ""), request.args.get(f"_od_{view}", "asc")
    if order and order not in orders:
        raise BadRequest(f"This list cannot be ordered by {order[:40]}.")
    if direction not in ("asc", "desc"):
        raise BadRequest("A list is ordered asc or desc.")
    if not order:
        order, direction = default
    q = words_asked()
    after, before = request.args.get(f"after_{view}", ""), request.args.get(f"before_{view}", "")
    if after and before:
        raise BadRequest("A page lies after a row or before one.")
    size = whole(f"psize_{view}", SIZES[0], 1, SIZES[-1])
    return ListArguments(after, before, size, order, direction, q)


def words_asked() -> str:
    """The words to look for; BadRequest for more of them than anybody types."""
    q = request.args.get("q", "").strip()
    if len(q) > LONGEST:
        raise BadRequest("The search text is too long.")
    return q


def filter_arguments(known: Mapping[str, list[Any]], columns: Mapping[str, Any]) -> list[tuple[Any, Any, str]]:
    """The `_flt_<which>_<column>` arguments as (filter, value, text); BadRequest for columns that may not be asked."""
    found = []
    for name, texts in request.args.lists():
        match = re.fullmatch(r"_flt_(\d)_(\w+)", name)
        if not match:
            continue
        which, column = int(match[1]), match[2]
        if column not in known or which >= len(known[column]):
            raise BadRequest(f"This list cannot be filtered by {column[:40]}.")
        found += [(known[column][which], value_of(text, columns[column]), text) for text in texts if text != ""]
    return found


def value_of(text: str, column: Any) -> Any:
    """A filter's value in the type of its column; BadRequest for what cannot be one."""
    kind = column.type.python_type
    try:
        if isinstance(column.type, Exact):
            return exact(text, column.type.decimals, column.name)
        if kind is bool:
            return TRUE[text.lower()]
        if kind is int:
            number = int(text) if len(text) < 20 else LARGEST_ID + 1
            if abs(number) > LARGEST_ID:
                raise ValueError(text)
            return number
        if issubclass(kind, date):
            return date.fromisoformat(text)
    except (ValueError, KeyError, Invalid):
        raise BadRequest(f"{text[:40]} does not fit {column.name}.") from None
    if len(text) > LONGEST:
        raise BadRequest("The search text is too long.")
    return text
