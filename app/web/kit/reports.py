"""The base of every report: each declares what can be asked, its columns and its query once; from that come the page,
the CSV and the JSON.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, ClassVar, NamedTuple

from flask import Response, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _
from marshmallow import Schema, ValidationError, fields
from werkzeug.exceptions import BadRequest, Forbidden
from werkzeug.exceptions import NotFound as Missing

from app.domain.kernel.errors import DomainError
from app.domain.kernel.unit import reading
from app.reports.query import Query
from app.web.kit import look, trails
from app.web.kit.address import here, with_arguments
from app.web.kit.export import wants_csv
from app.web.kit.forms import LARGE
from app.web.kit.pages import PageView
from app.web.kit.proved import Sign
from app.web.kit.reports_asked import Argument, offered
from app.web.kit.rest.columns import plain_value
from app.web.kit.rest.errors import by_path
from app.web.kit.rest.fields import Key, Whole
from app.web.kit.rest.reading import resolved, schema_of
from app.web.kit.rights import mine
from app.web.kit.tables import Head, as_plain, csv_of_rows, seen

USUAL_SIZE, LARGEST_SIZE, LAST_PAGE = 500, 1_000, 100_000
PAGING = {
    "page": Whole(0, LAST_PAGE, load_default=0, metadata={"in_address": True}),
    "page_size": Whole(1, LARGEST_SIZE, load_default=USUAL_SIZE, metadata={"in_address": True}),
}


class Fact(NamedTuple):
    """A figure of the report as a whole: a balance before or after."""

    name: str
    label: Any
    value: Any
    kind: str = "money"
    needs: tuple[str, ...] = ()


class Told(NamedTuple):
    """What a report comes to: its rows, its own figures, and whom or what it is of."""

    query: Query
    facts: Sequence[Fact] = ()
    of: str = ""


class Cut(NamedTuple):
    """Some rows of a report, how many there are in all, and the totals of all of them."""

    rows: Sequence[Any]
    count: int
    totals: Mapping[str, Any]


class ReportPage(PageView, abstract=True):
    """A report. A subclass says its `arguments`, `heads` and `told`, and may say the `links` behind its figures.

    `needs` is what one must see to open it at all. Where it is `of_company`, it is closed to those whose right reaches
    only warehouses of their own: its figures cannot be told apart by warehouse.
    """

    resource = "Reports"
    template = "stockbook/report.html"
    method_permission_name = {"index": "view", "choices_of": "view"}
    title: ClassVar[Any]
    arguments: ClassVar[Mapping[str, Argument]]
    heads: ClassVar[Sequence[Head]]
    needs: ClassVar[tuple[str, ...]] = ("prices",)
    of_company: ClassVar[bool] = True
    told_once_for: ClassVar[str] = ""
    empty: ClassVar[Any] = _("There is nothing in these dates. Choose others.")
    first: ClassVar[Any] = ""

    @abstractmethod
    def told(self, session: Any, asked: Mapping[str, Any]) -> Told:
        """Reads what is asked for; Invalid or NotFound where that cannot be told."""

    def links(self, rows: Sequence[Any], asked: Mapping[str, Any]) -> Mapping[str, Sequence[str]]:
        """For columns, the address behind each row's figure; empty where there is none that the person may open."""
        return {}

    def sign(self, asked: Mapping[str, Any]) -> Sign | None:
        """Whether what the page is about is proved, where it is about something that can be proved by itself."""
        return None

    # Rights

    @classmethod
    def opens(cls) -> bool:
        """Whether the person of this request may open it."""
        rights = mine()
        return (
            rights.may("view", cls.resource)
            and all(rights.sees(what) for what in cls.needs)
            and not (cls.of_company and rights.is_own(cls.resource))
        )

    @classmethod
    def address(cls, **asked: Any) -> str:
        """Where it is, asked for that; empty for those who may not open it."""
        if not cls.opens():
            return ""
        given = {name: cls.name_of(name) for name in asked}
        its = {given[name]: look.shown(value) for name, value in asked.items() if value is not None}
        return with_arguments(url_for(f"{cls.__name__}.index"), its)

    @classmethod
    def name_of(cls, name: str) -> str:
        """What an argument is called in addresses."""
        argument = cls.arguments.get(name)
        return name if argument is None else argument.field.data_key or name

    # What is asked

    @classmethod
    @cache
    def query_schema(cls) -> type[Schema]:
        """The arguments of an address."""
        return schema_of(f"{cls.__name__}Query", {name: its.field for name, its in cls.arguments.items()} | PAGING)

    @classmethod
    @cache
    def answer_schema(cls) -> type[Schema]:
        """How the answer is described. What the caller may not see is not in it."""
        row = schema_of(f"{cls.__name__}Row", {head.name: head.field() for head in cls.heads})
        totals = {head.name: head.field() for head in cls.heads if head.summed}
        return schema_of(f"{cls.__name__}Answer", {
            "count": fields.Integer(metadata={"description": "Rows in all; those of one page are in `result`."}),
            "result": fields.List(fields.Nested(row)),
            "totals": fields.Nested(schema_of(f"{cls.__name__}Totals", totals)),
            "facts": fields.Dict(metadata={"description": "Figures of the whole: balances before and after."}),
        })  # fmt: skip

    # What is answered

    def json(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """A page of rows with the totals of all."""
        self._closed()
        session, heads = self.appbuilder.session, seen(self.heads, programs=True)
        told = self.told(session, asked)
        cut = self._cut(session, told.query, heads, asked)
        kinds = {head.name: head.kind for head in heads}
        return {
            "count": cut.count, "result": [as_plain(heads, row) for row in cut.rows],
            "totals": {name: plain_value(value, kinds[name]) for name, value in cut.totals.items()},
            "facts": {fact.name: plain_value(fact.value, fact.kind) for fact in self._facts(told)},
        }  # fmt: skip

    def csv(self, asked: Mapping[str, Any]) -> Response:
        """All rows, sent while they are read."""
        self._closed()
        query = self.told(self.appbuilder.session, asked).query
        return csv_of_rows(seen(self.heads), streamed(query), self.route_base[1:])

    def _closed(self) -> None:
        if not self.opens():
            raise Forbidden()

    def _facts(self, told: Told) -> list[Fact]:
        return [fact for fact in told.facts if all(mine().sees(what) for what in fact.needs)]

    def _cut(self, session: Any, query: Query, heads: Sequence[Head], asked: Mapping[str, Any]) -> Cut:
        size, skip = asked["page_size"], asked["page"] * asked["page_size"]
        rows = query.some(session, size, skip)
        sums = query.sums(session, [head.name for head in heads if head.summed])
        return Cut(rows, sums["count"], {name: value for name, value in sums.items() if name != "count"})

    # The page

    @expose("/")
    @has_access
    def index(self) -> Any:
        """The report as a page, or as CSV."""
        self._closed()
        given = {name: text for name, text in request.args.items() if text.strip() and name != "format"}
        lacking = [
            its for name, its in self.arguments.items() if its.field.required and self.name_of(name) not in given
        ]
        as_csv = wants_csv()
        if lacking:
            if as_csv:
                raise BadRequest(str(self.first))
            return self._page(given, {}, first=self.first)
        try:
            asked = resolved(self.query_schema()().load(given), "")
            return self.csv(asked) if as_csv else self._full_page(given, asked)
        except (ValidationError, DomainError) as refusal:
            said = (
                " ".join(by_path(refusal.normalized_messages()).values())
                if isinstance(refusal, ValidationError) else str(refusal)
            )  # fmt: skip
            if as_csv:
                raise BadRequest(said) from None
            return self._page(given, {}, refused=said), 400

    def _full_page(self, given: Mapping[str, str], asked: Mapping[str, Any]) -> str:
        session, heads = self.appbuilder.session, seen(self.heads)
        told = self.told(session, asked)
        cut = self._cut(session, told.query, heads, asked)
        links = self.links(cut.rows, asked)
        cells = [
            [
                (head, "" if self._as_above(head, cut.rows, place) else head.shown(getattr(row, head.name)),
                 links[head.name][place] if head.name in links else "")
                for head in heads
            ]
            for place, row in enumerate(cut.rows)
        ]  # fmt: skip
        return self._page(
            given, asked, heads=heads, rows=cells, cut=cut, told=told, facts=self._facts(told),
            turn=self._turn(asked, cut), sign=self.sign(asked),
        )  # fmt: skip

    def _as_above(self, head: Head, rows: Sequence[Any], place: int) -> bool:
        same = self.told_once_for
        return bool(same and head.once and place and getattr(rows[place - 1], same) == getattr(rows[place], same))

    def _turn(self, asked: Mapping[str, Any], cut: Cut) -> dict[str, Any]:
        page, first = asked["page"], asked["page"] * asked["page_size"] + 1
        last = first + len(cut.rows) - 1
        return {
            "first": first, "last": last, "before": here(page=page - 1 or None) if page else "",
            "after": here(page=page + 1) if last < cut.count and cut.rows else "",
        }  # fmt: skip

    def _page(self, given: Mapping[str, str], asked: Mapping[str, Any], **more: Any) -> str:
        questions = [its.question(self, name, given) for name, its in self.arguments.items()]
        return self.render_template(
            self.template, view=self, questions=questions, csv_address=here(format="csv", page=None), **more
        )

    @expose("/choices/<column>")
    @has_access
    def choices_of(self, column: str) -> Any:
        """Rows of a long table while one types."""
        field = self.arguments[column].field if column in self.arguments else None
        if not isinstance(field, Key) or field.target not in LARGE:
            raise Missing()
        return [{"value": key, "text": label} for key, label in offered(field, request.args.get("q", "")[:100], 30)]

    @classmethod
    def summary(cls) -> str:
        """What it tells, in a sentence."""
        return (cls.__doc__ or "").strip().splitlines()[0].rstrip(".")


def streamed(query: Query) -> Iterator[Any]:
    """All rows of a report, read while they are sent."""
    with reading() as session:
        yield from query.stream(session)


def documents(session: Any, rows: Sequence[Any]) -> list[str]:
    """The address of each row's document, empty where the person may not see it."""
    visible = trails.seen(session, {row.document_id: row.kind for row in rows})
    return [trails.address(row.kind, row.document_id) if row.document_id in visible else "" for row in rows]
