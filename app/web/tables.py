"""Reports as tables: receivables by age, a customer's statement, sales and their margin, VAT by rate."""

import csv
import io
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from flask import Response, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.exceptions import BadRequest
from werkzeug.exceptions import NotFound as Missing

from app.domain.kernel.errors import DomainError, NotFound
from app.reports.receivables import customer_statement, receivables_by_age
from app.reports.sales import BY, sales, vat_by_rate
from app.web.kit import look, trails
from app.web.kit.address import here
from app.web.kit.arguments import whole
from app.web.kit.export import defused, wants_csv
from app.web.kit.rights import mine
from app.web.kit.scope import LARGEST_ID
from app.web.kit.views import PageView
from app.web.reports import stretch


class Head(NamedTuple):
    """A column of a table: the name of the value, its label, and how it looks."""

    name: str
    label: Any
    kind: str = "text"

    @property
    def numeric(self) -> bool:
        return self.kind != "text" and self.kind != "date"

    def shown(self, value: Any) -> Any:
        if self.kind == "money":
            return look.money(value)
        return look.event(value) if self.kind == "event" else look.shown(value)


class TablePage(PageView, abstract=True):
    """One table with its dates, its sums and its CSV."""

    resource = "Reports"
    template = "stockbook/table.html"
    method_permission_name = {"index": "view"}

    def table(
        self, heads: Sequence[Head], rows: Sequence[Any], *, sums: Sequence[str] = (), links: Sequence[str] = (),
        **more: Any,
    ) -> Any:  # fmt: skip
        """The page, or its rows as CSV; `links` are the addresses behind the rows' first cells."""
        if wants_csv():
            return csv_of_rows(heads, rows, self.route_base[1:])
        totals = {name: sum((getattr(row, name) for row in rows), Decimal(0)) for name in sums}
        return self.render_template(
            self.template, view=self, heads=heads, rows=rows, totals=totals, links=links,
            csv_address=here(format="csv"), **more,
        )  # fmt: skip


def csv_of_rows(heads: Sequence[Head], rows: Sequence[Any], name: str) -> Response:
    """Rows of a report as a file to be saved."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([head.name for head in heads])
    writer.writerows([[defused(getattr(row, head.name)) for head in heads] for row in rows])
    answer = Response(out.getvalue(), mimetype="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


class AgeingPage(TablePage):
    route_base = "/receivables"
    title = _("Receivables by age")

    @expose("/")
    @has_access
    def index(self) -> Any:
        """What each customer owed at the end of a date."""
        at = _date("at")
        rows = receivables_by_age(self.appbuilder.session, at)
        heads = [
            Head("code", _("Customer")), Head("name", _("Name")), Head("not_due", _("Not due yet"), "money"),
            Head("to_30", _("1–30 days"), "money"), Head("to_60", _("31–60"), "money"),
            Head("to_90", _("61–90"), "money"), Head("older", _("Older"), "money"), Head("open", _("Open"), "money"),
            Head("credit", _("Paid ahead, credited"), "money"), Head("balance", _("Balance"), "money"),
        ]  # fmt: skip
        links = [
            url_for("StatementPage.index", customer=row.customer_id, until=at.isoformat()) for row in rows
        ]  # fmt: skip
        return self.table(
            heads, rows, sums=[head.name for head in heads if head.numeric], links=links, at=at,
            empty=_("Nobody owes anything."),
        )  # fmt: skip


class StatementPage(TablePage):
    route_base = "/customer-statement"
    title = _("Customer statement")

    @expose("/")
    @has_access
    def index(self) -> Any:
        """What happened between a customer and the company in a stretch of dates."""
        customer = whole("customer", 0, 1, LARGEST_ID)
        if not customer:
            raise Missing()
        since, until = stretch(days=365)
        try:
            told = customer_statement(self.appbuilder.session, customer, since, until)
        except NotFound:
            raise Missing() from None
        except DomainError as refusal:
            raise BadRequest(str(refusal)) from None
        heads = [
            Head("on", _("Date"), "date"), Head("event", _("What"), "event"), Head("number", _("Document")),
            Head("debit", _("Owes"), "money"), Head("credit", _("Paid or credited"), "money"),
            Head("balance", _("Balance"), "money"),
        ]  # fmt: skip
        visible = trails.seen(self.appbuilder.session, {line.document_id: line.kind for line in told.lines})
        links = [
            trails.address(line.kind, line.document_id) if line.document_id in visible else "" for line in told.lines
        ]  # fmt: skip
        return self.table(
            heads, told.lines, sums=("debit", "credit"), links=links, since=since, until=until, statement=told,
            kept={"customer": customer}, empty=_("Nothing happened in these dates."),
        )  # fmt: skip


class SalesPage(TablePage):
    route_base = "/sales"
    title = _("Sales")

    @expose("/")
    @has_access
    def index(self) -> Any:
        """Invoiced less credited, with cost and margin for those who see costs."""
        since, until = stretch(days=None)
        by = request.args.get("by", "month")
        try:
            rows = sales(self.appbuilder.session, since, until, by=by)
        except DomainError as refusal:
            raise BadRequest(str(refusal)) from None
        heads = [
            Head("key", gettext("By")), Head("name", _("Name")), Head("quantity", _("Pieces"), "number"),
            Head("net", _("Net"), "money"),
        ]  # fmt: skip
        if mine().sees("costs"):
            heads += [
                Head("cost", _("Cost"), "money"), Head("margin", _("Margin"), "money"),
                Head("percent", _("Margin, %"), "number"),
            ]  # fmt: skip
        shown = {head.name for head in heads}
        return self.table(
            heads, rows, sums=[name for name in ("quantity", "net", "cost", "margin") if name in shown], since=since,
            until=until, choices=[(key, look.word(key)) for key in BY], chosen=by, kept={"by": by},
            empty=_("Nothing was invoiced in these dates."),
        )  # fmt: skip


class VatPage(TablePage):
    route_base = "/vat"
    title = _("VAT by rate")

    @expose("/")
    @has_access
    def index(self) -> Any:
        """Net and VAT of issued invoices and credit notes."""
        since, until = stretch(days=None)
        try:
            rows = vat_by_rate(self.appbuilder.session, since, until)
        except DomainError as refusal:
            raise BadRequest(str(refusal)) from None
        heads = [
            Head("code", _("Rate")), Head("percent", _("%"), "number"), Head("kind", _("Documents")),
            Head("documents", _("How many"), "number"), Head("net", _("Net"), "money"), Head("vat", _("VAT"), "money"),
        ]  # fmt: skip
        return self.table(
            heads, rows, sums=("net", "vat"), since=since, until=until, empty=_("Nothing was issued in these dates.")
        )  # fmt: skip


def _date(name: str) -> date:
    text = request.args.get(name, "")
    try:
        found = date.fromisoformat(text) if text else look.today()
    except ValueError:
        raise BadRequest("Write dates like 2026-03-31.") from None
    if found > look.today() + timedelta(days=366):
        raise BadRequest("The date is too far ahead.")
    return found
