"""Pages of a list by what its rows are ordered by: each page begins where the one before it ended, which an index finds
at once, where counting off the rows before it would read them all.

A token says where that is: the value and the key of a row, in the order it was made for. What comes in from outside is
no token until `place_of` has read it.
"""

import base64
import json
import time
from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from flask import current_app
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session
from werkzeug.exceptions import BadRequest

from app.domain.kernel.orm import Exact
from app.domain.kernel.values import LONGEST
from app.web.kit.scope import COUNTED, LARGEST_ID

# How long a list that was too long to count is taken to be so still, in seconds, and of how many that is remembered.
LONG_FOR, MOST_LONG = 60, 1_000
LONGEST_TOKEN = 2_000
LARGEST_NUMBER = Decimal(10) ** 15


class Order(NamedTuple):
    """Rows by a value and then by their key; by the key alone where there is no value.

    `missing` is the column that is NULL in rows that have no value, if there can be any. They stand where PostgreSQL
    puts them: last, and first where the order descends.
    """

    name: str
    direction: str
    key: Any
    value: Any = None
    missing: Any = None


def order_of(model: Any, name: str, direction: str) -> Order:
    """Rows of one table by one of its columns, or by their id."""
    value = None if name == "id" else getattr(model, name)
    return Order(name, direction, model.id, value, value if value is not None and value.nullable else None)


class Place(NamedTuple):
    """Where a row stands: its value, its key, and the how manieth of the list it was when somebody saw it."""

    value: Any
    key: int
    rank: int


class Turn(NamedTuple):
    """One page: its ids in their order, the rank of the first, tokens of the pages before and after, if any, and what
    was counted beside it.
    """

    ids: list[int]
    first: int
    before: str
    after: str
    beside: tuple[int, ...]


class Page(NamedTuple):
    """Some rows of a list: the rank of the first, tokens of the pages before and after if there are any, and how many
    rows there are in all, None where they are too many to count.
    """

    rows: list[Any]
    first: int
    before: str
    after: str
    count: int | None


def ordering(order: Order) -> list[Any]:
    """What a statement of all rows is ordered by, so that they come as the pages bring them."""
    return _ordering(order, order.direction == "desc")


def rest_of(order: Order, token: str) -> ColumnElement[bool] | None:
    """The condition on rows that come after the one that a token names; None for an empty token.

    BadRequest for a token that is none.
    """
    place, descending = place_of(order, token), order.direction == "desc"
    if place is None:
        return None
    if order.value is None:
        return _beyond(order.key, place.key, descending)  # type: ignore[no-any-return]
    if place.value is not None:
        past = and_(order.value.is_not(None), _past(order, place, descending))
        return past if descending or order.missing is None else or_(past, order.missing.is_(None))
    absent = and_(order.missing.is_(None), _beyond(order.key, place.key, descending))
    return or_(absent, order.missing.is_not(None)) if descending else absent


def token_of(order: Order, place: Place) -> str:
    """The place as an opaque text that can stand in an address."""
    value = place.value.isoformat() if isinstance(place.value, date) else place.value
    facts = [order.name, order.direction, None if value is None else str(value), place.key, place.rank]
    text = json.dumps(facts, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def place_of(order: Order, token: str) -> Place | None:
    """The place that a token says, None for an empty one; BadRequest for one that was not made by this order."""
    if not token:
        return None
    try:
        if len(token) > LONGEST_TOKEN:
            raise ValueError(token)
        text = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        name, direction, value, key, rank = json.loads(text)
        if (name, direction) != (order.name, order.direction) or (order.value is None and value is not None):
            raise ValueError(token)
        if value is None and order.value is not None and order.missing is None:
            raise ValueError(token)
        read = None if value is None else _value(order.value.type, value)
        return Place(read, _whole(key, 1), _whole(rank, 0))
    except (ValueError, TypeError, InvalidOperation, RecursionError):
        raise BadRequest("This page of the list is not known: open the list anew.") from None


def turn(
    session: Session, keys: Select[Any], order: Order, size: int, *, after: str = "", before: str = "", skip: int = 0,
    beside: Sequence[Any] = (),
) -> Turn:  # fmt: skip
    """One page of what `keys` selects (the ids alone), after or before the row that a token names; the first without.

    `skip` leaves out so many rows first, which costs as much as reading them. What is counted `beside` it, numbers that
    statements give, is told too: what the page and they both read is read once.

    BadRequest for a token that is none. One statement.
    """
    place = place_of(order, before or after)
    asked = _page(keys, order, place, skip + size + 1, back=bool(before)).offset(skip)
    told = session.execute(_beside(asked, beside)).all() if beside else []
    rows = [row for row in told if row.id is not None] if beside else session.execute(asked).all()
    more = len(rows) > size
    shown = rows[:size][::-1] if before else rows[:size]
    before_this, after_this = (more, True) if before else (place is not None or skip > 0, more)
    rank = skip + (0 if place is None else place.rank)
    # The rank is what was counted on the way, and the first page begins with the first row whatever was counted.
    first = 1 if not before_this else max(rank - len(shown), 1) if before else rank + 1
    ends = [(shown[0], first), (shown[-1], first + len(shown) - 1)] if shown else []
    tokens = [token_of(order, Place(row.value, row.id, number)) for row, number in ends] or [before or after] * 2
    ids = [row.id for row in shown]
    counted = tuple(told[0][2:]) if beside else ()
    return Turn(ids, first, tokens[0] if before_this else "", tokens[1] if after_this else "", counted)


def _beside(page: Select[Any], counted: Sequence[Any]) -> Select[Any]:
    """A page with numbers at each of its rows, and at an empty one where it has none."""
    numbers = select(*(number.label(f"beside_{place}") for place, number in enumerate(counted))).subquery()
    # A page is ordered already: its rows are only numbered, as they come.
    rows = page.subquery()
    placed = select(rows, func.row_number().over().label("place")).subquery()
    both = numbers.outerjoin(placed, true())
    return select(placed.c.id, placed.c.value, *numbers.c).select_from(both).order_by(placed.c.place)


def page(
    session: Session, keys: Select[Any], order: Order, size: int, rows_of: Callable[[list[int]], Iterable[Any]],
    count: int | ColumnElement[int] | None, *, after: str = "", before: str = "", skip: int = 0,
) -> Page:  # fmt: skip
    """One page with its rows, which `rows_of` reads by their ids, of a list of so many (`counted`)."""
    beside = () if count is None or isinstance(count, int) else (count,)
    found = turn(session, keys, order, size, after=after, before=before, skip=skip, beside=beside)
    rows = sorted(rows_of(found.ids), key=lambda row: found.ids.index(row.id)) if found.ids else []
    known = found.beside[0] if beside else count
    return Page(rows, found.first, found.before, found.after, None if known is None or known > COUNTED else known)


def capped(keys: Select[Any] | CompoundSelect[Any]) -> ColumnElement[int]:
    """How many rows there are, up to one more than COUNTED: counting on would cost more than it tells."""
    some = keys.order_by(None).limit(COUNTED + 1).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def counted(session: Session, keys: Select[Any], name: str) -> int | ColumnElement[int] | None:
    """The same of the list of this name, to be counted beside a page; None where it is known to be more. As rows are
    hardly ever removed, a list that nothing narrows is not found too long to count at every page.
    """
    if keys.whereclause is not None:
        return capped(keys)
    if known_long(name):
        return None
    count: int = session.scalar(select(capped(keys))) or 0
    if count > COUNTED:
        note_long(name)
    return count


def known_long(what: Hashable) -> bool:
    """Whether a list, or so much of it as something fits, was found too long to count a short while ago."""
    until: float = _long().get(what, 0)
    return time.monotonic() < until


def note_long(what: Hashable) -> None:
    """Remembers that it is too long to count."""
    long = _long()
    if len(long) >= MOST_LONG:
        long.clear()
    long[what] = time.monotonic() + LONG_FOR


def _long() -> dict[Hashable, float]:
    kept: dict[Hashable, float] = current_app.extensions.setdefault("long lists", {})
    return kept


def _page(keys: Select[Any], order: Order, place: Place | None, limit: int, *, back: bool) -> Select[Any]:
    descending = (order.direction == "desc") is not back
    parts = [
        part.order_by(*ordering).limit(limit)
        for part, ordering in _parts(keys.with_only_columns(order.key.label("id")), order, place, descending)
    ]
    if len(parts) == 1:
        return parts[0]
    # Each part is read along an index of its own, and no further than its limit.
    numbered = [select(literal(number).label("part"), part.subquery()) for number, part in enumerate(parts)]
    both = union_all(*numbered).subquery()
    named = order._replace(key=both.c.id, value=both.c.value)
    return select(both.c.id, both.c.value).order_by(both.c.part, *_ordering(named, descending)).limit(limit)


def _parts(keys: Select[Any], order: Order, place: Place | None, descending: bool) -> list[tuple[Select[Any], Any]]:
    """The rows with a value and those without, as far as they lie beyond the place, in the order they come in; each
    with what it is ordered by.
    """
    by_key, by_both = _ordering(order._replace(value=None), descending), _ordering(order, descending)
    # NULLs are all alike, but only the order of an index makes the planner read along it.
    by_none = _ordering(order._replace(value=order.missing), descending)
    if order.value is None:
        keys = keys.add_columns(null().label("value"))
        return [(keys if place is None else keys.where(_beyond(order.key, place.key, descending)), by_key)]
    given = keys.add_columns(order.value.label("value"))
    if order.missing is None:
        return [(given if place is None else given.where(_past(order, place, descending)), by_both)]
    given = given.where(order.value.is_not(None))
    absent = keys.add_columns(cast(null(), order.value.type).label("value")).where(order.missing.is_(None))
    if place is not None and place.value is None:
        absent = absent.where(_beyond(order.key, place.key, descending))
        return [(absent, by_none), (given, by_both)] if descending else [(absent, by_none)]
    if place is not None:
        given = given.where(_past(order, place, descending))
        return [(given, by_both)] if descending else [(given, by_both), (absent, by_none)]
    return [(absent, by_none), (given, by_both)] if descending else [(given, by_both), (absent, by_none)]


def _past(order: Order, place: Place, descending: bool) -> Any:
    value, key = literal(place.value, order.value.type), literal(place.key)
    rows = _beyond(tuple_(order.value, order.key), tuple_(value, key), descending)
    # The pair alone leads into an index on both; the value alone does where value and key are of two tables.
    return and_(rows, order.value <= value if descending else order.value >= value)


def _beyond(left: Any, right: Any, descending: bool) -> Any:
    return left < right if descending else left > right


def _ordering(order: Order, descending: bool) -> list[Any]:
    by = [order.key] if order.value is None else [order.value, order.key]
    return [column.desc() if descending else column.asc() for column in by]


def _value(kind: Any, text: Any) -> Any:
    """A value of this column type from its text; ValueError and the like for what it cannot be."""
    if not isinstance(text, str) or "\x00" in text or len(text.encode()) > LONGEST_TOKEN:
        raise ValueError(text)
    if isinstance(kind, Exact):
        number = Decimal(text)
        # 1E-999999 is short, finite and small, and more decimals than PostgreSQL has.
        fits = number.is_finite() and number.copy_abs() < LARGEST_NUMBER and number.as_tuple().exponent >= -LONGEST
        if not fits or len(text) > LONGEST:
            raise ValueError(text)
        return number
    wanted = kind.python_type
    if issubclass(wanted, date):
        return wanted.fromisoformat(text)
    return _whole(int(text), -LARGEST_ID) if issubclass(wanted, int) else text


def _whole(value: Any, lowest: int) -> int:
    if type(value) is not int or not lowest <= value <= LARGEST_ID:
        raise ValueError(value)
    return value
