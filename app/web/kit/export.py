"""Lists as CSV: the filter and the columns in view, any number of rows, written by PostgreSQL itself as they are read.

UTF-8 with a header, ISO dates, decimal points, natural keys. A text that a spreadsheet would run is defused; numbers
stay numbers.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from flask import Response, abort, request
from sqlalchemy import Boolean, ColumnElement, Date, DateTime, Integer, Select, Text, case, cast, func
from sqlalchemy.dialects.postgresql import psycopg as driver
from sqlalchemy.orm import Query, aliased

from app.domain.kernel.orm import Exact, Money
from app.domain.kernel.spreadsheets import BEFORE_RUN, RUN
from app.domain.kernel.unit import reading
from app.web.audit import note_export
from app.web.kit import look
from app.web.kit.forms import is_key, natural_key, target_of
from app.web.kit.keyset import Order, ordering, rest_of

AT_ONCE = 500
ISO_MOMENT = 'YYYY-MM-DD"T"HH24:MI:SS"Z"'
_DIALECT = driver.dialect()  # type: ignore[no-untyped-call]


def wants_csv() -> bool:
    """Whether the address asks for CSV; BadRequest for any other format."""
    asked = request.args.get("format", "")
    if asked not in ("", "csv"):
        abort(400)
    return asked == "csv"


def cell(expression: Any, *, decimals: int | None = None) -> ColumnElement[Any]:
    """An expression as the text of a cell; `decimals` of a currency where the type does not say that it is money."""
    kind = expression.type
    if isinstance(kind, Money) or decimals is not None:
        places = decimals if decimals is not None else look.company_facts()["decimals"]
        return func.round(expression, func.greatest(places, func.scale(func.trim_scale(expression))))
    if isinstance(kind, Exact):
        return func.trim_scale(expression)
    if isinstance(kind, Boolean):
        return cast(expression, Text)
    if isinstance(kind, DateTime):
        return func.to_char(func.timezone("UTC", expression), ISO_MOMENT)
    if isinstance(kind, (Date, Integer)):
        return expression  # type: ignore[no-any-return]
    text = cast(expression, Text)
    return case((text.op("~")(RUN), func.regexp_replace(text, BEFORE_RUN, "'", "g")), else_=text)


def csv_of(statement: Select[Any] | Query[Any], name: str) -> Response:
    """What a statement gives as a file to be saved, sent while it is read; the columns' labels are the header."""
    its = statement.statement if isinstance(statement, Query) else statement
    compiled = its.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    return csv_file(_lines(str(compiled), compiled.params), name)


def csv_file(content: str | Iterator[bytes], name: str) -> Response:
    """CSV as a file to be saved; that it is taken out is noted first."""
    note_export(name)
    answer = Response(content, mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def csv_of_cards(view: Any, rows: Query[Any], order: Order, after: str = "") -> Response:
    """These rows of a list of cards in this order, with all that the cards show; keys by what people call them.

    Only those after the row that a token names; BadRequest for one that is none.
    """
    model = view.datamodel.obj
    cells = []
    for name in view.visible(view.show_columns):
        column = model.__table__.columns.get(name)
        if column is not None and is_key(column):
            target: Any = aliased(target_of(column))
            rows = rows.outerjoin(target, target.id == column)
            cells.append(cell(natural_key(target)).label(name.removesuffix("_id")))
        elif column is not None:
            cells.append(cell(column).label(name))
    return csv_of_rest(rows.with_entities(*cells), order, after, view.route_base[1:])


def csv_of_rest(rows: Query[Any], order: Order, after: str, name: str) -> Response:
    """Rows in this order, from after the one that a token names, as a file; BadRequest for what is no token."""
    if (rest := rest_of(order, after)) is not None:
        rows = rows.filter(rest)
    return csv_of(rows.order_by(*ordering(order)), name)


def _lines(sql: str, values: Mapping[str, Any]) -> Iterator[bytes]:
    with reading() as session:
        connection = session.connection().connection.driver_connection
        assert connection is not None
        with connection.cursor() as cursor, cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT csv, HEADER)", values) as rows:
            # A server sends each piece by itself, and a row is little to send.
            lines = iter(rows)
            yield from iter(lambda: b"".join(islice(lines, AT_ONCE)), b"")
