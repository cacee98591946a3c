"""How lists are asked for over the API: filters, order and page size in Rison, and pages that begin after a row.

Rison (https://github.com/Nanonid/rison) is JSON made short for addresses; the framework's own lists are asked so too.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, NamedTuple

import prison
from flask import Response
from flask_babel import gettext
from marshmallow import Schema, ValidationError, fields, validate
from prison.decoder import ParserException
from sqlalchemy import select

from app.domain.parties.models import Customer
from app.domain.stock.models import Warehouse
from app.web.kit.arguments import ListArguments, value_of
from app.web.kit.export import csv_of_cards, csv_of_rest
from app.web.kit.filters import FilterConverter
from app.web.kit.forms import is_key, target_of
from app.web.kit.keyset import Order, Page, counted, order_of, page
from app.web.kit.listing import Column, Listing
from app.web.kit.narrowing import AMOUNTS
from app.web.kit.rest.columns import SCREEN
from app.web.kit.rest.fields import Choice, Day, Exact, Flag, Key, Text, Whole
from app.web.kit.rest.reading import Strict, resolved, schema_of
from app.web.kit.rights import mine

LONGEST = 4_000
USUAL_SIZE, LARGEST_SIZE = 25, 100
LAST_PAGE = 1_000
EXAMPLE = "(filters:!((col:state,opr:eq,value:active)),order_column:date,order_direction:desc,page_size:50)"


class Filter(Strict):
    """One condition of a list."""

    col = fields.String(required=True)
    opr = fields.String(load_default="eq")
    value = fields.Raw(required=True, allow_none=True)


class Asked(Strict):
    """What stands in `q`."""

    filters = fields.List(fields.Nested(Filter), load_default=[], validate=validate.Length(max=20))
    search = Text(load_default="")
    order_column = fields.String(load_default="")
    order_direction = fields.String(load_default="", validate=validate.OneOf(["asc", "desc"]))
    page = Whole(0, LAST_PAGE, load_default=0)
    page_size = Whole(1, LARGEST_SIZE, load_default=USUAL_SIZE)


class ListQuery(Strict):
    """The arguments of a list's address."""

    q = fields.String(
        load_default="()",
        validate=validate.Length(max=LONGEST),
        metadata={"description": f"Filters, order and page in Rison, like {EXAMPLE}", "example": EXAMPLE},
    )
    after = fields.String(
        load_default="",
        validate=validate.Length(max=LONGEST),
        metadata={"description": "`next` of the page before: goes on after its last row, however deep."},
    )


def page_schema(name: str, row: type[Schema]) -> type[Schema]:
    """How a page of a list is described."""
    return schema_of(f"{name}Page", {
        "count": fields.Integer(allow_none=True, metadata={"description": "null where counting would cost too much."}),
        "next": fields.String(allow_none=True, metadata={"description": "Where the next page begins, if any."}),
        "result": fields.List(fields.Nested(row)),
    })  # fmt: skip


def asked(q: str) -> dict[str, Any]:
    """What `q` asks for; ValidationError where it cannot be read."""
    try:
        found = prison.loads(q) if q.strip() else {}
    except (ParserException, RecursionError, ValueError, IndexError, TypeError):
        raise ValidationError(
            {"q": [gettext("This is no Rison: write it like %(example)s", example=EXAMPLE)]}
        ) from None
    if not isinstance(found, dict):
        raise ValidationError({"q": [gettext("This is no Rison: write it like %(example)s", example=EXAMPLE)]})
    try:
        read: dict[str, Any] = Asked().load(found)
    except ValidationError as error:
        raise ValidationError({"q": error.normalized_messages()}) from None
    return read


def _direction(its: Mapping[str, Any]) -> str:
    return its["order_direction"] or "desc"


def _is_ordered(its: Mapping[str, Any], after: str) -> bool:
    """Whether an order is asked for: else a file is in that of the screen's."""
    return bool(its["order_column"] or its["order_direction"] or after)


class Narrowing(NamedTuple):
    """A filter of a list of documents: the list's own argument, and how its value is written."""

    argument: str
    field: fields.Field | None


def narrowings(
    screen: Any, columns: Mapping[str, Column], keys: Mapping[str, fields.Field]
) -> dict[tuple[str, str], Narrowing]:  # fmt: skip
    """The filters of a list of documents: all that the screen's list is narrowed by, under the names of its columns.

    What tells of prices is asked for only by those who see them. `keys` are the fields of columns that are named
    otherwise than their tables are.
    """
    found = {
        ("state", "eq"): Narrowing("state", Text()), ("date", "ge"): Narrowing("since", Day()),
        ("date", "le"): Narrowing("until", Day()), ("warehouse", "eq"): Narrowing("warehouse", Key(Warehouse)),
    }  # fmt: skip
    if mine().may("view", "Customers"):
        found["customer", "eq"] = Narrowing("customer", Key(Customer))
    if screen.pays and mine().sees("prices"):
        found["payment_status", "eq"] = Narrowing("payment", Text())
        found["overdue", "eq"] = Narrowing("overdue", Flag())
    if amount := next((name for name in AMOUNTS if name in columns), ""):
        found[amount, "ge"], found[amount, "le"] = Narrowing("least", Exact(3)), Narrowing("most", Exact(3))
    for name, ask in screen.asks.items():
        field = Choice(ask.values) if ask.values else keys.get(ask.column) or Key(ask.target, archived=True)
        found[ask.column, "eq"] = Narrowing(name, field)
    return found


def documents(
    screen: Any, columns: Mapping[str, Column], q: str, after: str, keys: Mapping[str, fields.Field]
) -> Page:  # fmt: skip
    """A page of documents; ValidationError, or BadRequest, for what cannot be asked of this list."""
    its = asked(q)
    listing = _listing(screen, columns, its, keys)
    return listing.page_after(
        after, its["page_size"], order=_order_of_documents(listing, its), direction=_direction(its), q=its["search"],
        skip=its["page"] * its["page_size"],
    )  # fmt: skip


def csv_of_documents(
    screen: Any, columns: Mapping[str, Column], q: str, after: str, keys: Mapping[str, fields.Field]
) -> Response:  # fmt: skip
    """All documents that `q` asks for, in its order and after the row that a token names, as the screen's own file; how
    they make pages is of no matter there.
    """
    its = asked(q)
    narrowed = _listing(screen, columns, its, keys)
    listing = Listing(screen, screen.visible(), narrowed.given)
    order, direction = listing.usual_order()
    if _is_ordered(its, after):
        order, direction = _order_of_documents(narrowed, its), _direction(its)
    return listing.csv(ListArguments(after, "", its["page_size"], order, direction, its["search"]))


def _order_of_documents(listing: Listing, its: Mapping[str, Any]) -> str:
    order = SCREEN.get(its["order_column"], its["order_column"]) or "id"
    if order not in ("id", *listing.orders()):
        raise _cannot("ordered", its["order_column"])
    return order


def _listing(
    screen: Any, columns: Mapping[str, Column], its: Mapping[str, Any], keys: Mapping[str, fields.Field]
) -> Listing:  # fmt: skip
    known, values = narrowings(screen, columns, keys), {}
    for one in its["filters"]:
        argument, field = known.get((one["col"], one["opr"])) or Narrowing("", None)
        if field is None:
            raise _cannot("filtered", f"{one['col']} {one['opr']}")
        values[argument] = field.deserialize(_plain(one["value"]) if isinstance(field, Exact) else one["value"])
    return Listing(screen, columns, {name: _text(value) for name, value in resolved(values, "").items()})


def cards(screen: Any, q: str, after: str, **of: Any) -> Page:
    """A page of rows, of which columns have these values; ValidationError for what cannot be asked of it."""
    its, model, session = asked(q), screen.datamodel.obj, screen.datamodel.session
    keys = _narrowed(screen, its, model.id).filter_by(**of).statement
    order = _order_of_cards(screen, its)

    def rows_of(ids: list[int]) -> Any:
        return session.scalars(select(model).where(model.id.in_(ids)))

    skip = its["page"] * its["page_size"]
    count = counted(session, keys, type(screen).__name__)
    return page(session, keys, order, its["page_size"], rows_of, count, after=after, skip=skip)


def csv_of_all_cards(screen: Any, q: str, after: str) -> Response:
    """All master data that `q` asks for, in its order and after the row of a token, as the screen's own file."""
    its, model = asked(q), screen.datamodel.obj
    ordered = _is_ordered(its, after)
    order = _order_of_cards(screen, its) if ordered else order_of(model, *screen.base_order)
    return csv_of_cards(screen, _narrowed(screen, its, model), order, after)


def csv_of_table(
    table: Any, q: str, after: str, cells: Callable[[Any], Any], name: str, **of: Any
) -> Response:  # fmt: skip
    """All rows that `q` asks of a table that is no screen's, of which columns have these values, after that of a token;
    `cells` makes of a query of them one of the file's cells.
    """
    its = asked(q)
    rows = _narrowed(table, its, table.datamodel.obj).filter_by(**of)
    return csv_of_rest(cells(rows), _order_of_cards(table, its), after, name)


def _order_of_cards(screen: Any, its: Mapping[str, Any]) -> Order:
    offered, name = ("id", *screen.visible(screen.order_columns)), its["order_column"] or "id"
    column = next((one for one in (name, SCREEN.get(name)) if one in offered), None)
    if column is None:
        raise _cannot("ordered", name)
    return order_of(screen.datamodel.obj, column, _direction(its))


def _narrowed(screen: Any, its: Mapping[str, Any], wanted: Any) -> Any:
    """A query of what is wanted of the rows that are asked for."""
    if its["search"] and not hasattr(screen.datamodel.obj, "search"):
        raise _cannot("searched", its["search"])
    conditions = [_condition(screen, one) for one in its["filters"]]
    return screen.datamodel.narrowed(wanted, None, its["search"]).where(*conditions)


def _condition(screen: Any, one: Mapping[str, Any]) -> Any:
    """One filter as a condition on rows."""
    table = screen.datamodel.obj.__table__.columns
    seen = screen.visible(screen.search_columns)
    called = (one["col"], f"{one['col']}_id", SCREEN.get(one["col"], ""))
    name = next((name for name in called if name in seen and name in table), "")
    known = {its.arg_name: its for its in FilterConverter(screen.datamodel).convert(name) or ()} if name else {}
    if one["opr"] not in known:
        raise _cannot("filtered", f"{one['col']} {one['opr']}")
    column, value = table[name], one["value"]
    if is_key(column):
        value = resolved({"key": Key(target_of(column)).deserialize(value)}, "")["key"]
    elif not isinstance(value, bool) or column.type.python_type is not bool:
        value = value_of(_plain(value), column)
    return known[one["opr"]].condition(getattr(screen.datamodel.obj, name), value)


def _plain(value: Any) -> str:
    """A value of Rison as a text; ValidationError for what is none: a list, an object, nothing, a flag."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise ValidationError({"q": [gettext("A column is compared with a text, a number or a date.")]})
    return str(value)


def _text(value: Any) -> str:
    if value is True or value is False:
        return "yes" if value else ""
    return value.isoformat() if isinstance(value, date) else str(value)


def _cannot(how: str, what: str) -> ValidationError:
    return ValidationError({"q": [gettext("This list cannot be %(how)s by %(what)s.", how=how, what=what[:60])]})
