"""Pages that tell: stock and who holds it, journal, trial balance."""

from datetime import date, timedelta
from itertools import groupby
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from sqlalchemy import func, or_, select
from werkzeug.exceptions import BadRequest

from app.domain.catalog.models import Product, Unit
from app.domain.kernel.errors import Invalid
from app.domain.kernel.unit import deed
from app.domain.stock.expiry import expire_reservations
from app.domain.stock.models import StockBalance, Warehouse
from app.reports.ledger import journal, trial_balance
from app.reports.stock import holders, run_out
from app.web.kit import look, trails
from app.web.kit.arguments import LAST_PAGE, list_arguments, whole
from app.web.kit.rights import mine
from app.web.kit.scope import COUNTED, LARGEST_ID, ScopedInterface, scope, starts_with, words
from app.web.kit.views import PageView

MOST_LINES = 2_000
MOST_DAYS = 92


class StockPage(PageView):
    resource = "Stock"
    route_base = "/stock"
    title = _("Stock")
    method_permission_name = {"index": "view", "held": "view", "lapse": "process"}

    @expose("/lapse", methods=["POST"])
    @has_access
    def lapse(self) -> Any:
        """Gives goods that were held for longer than their days to the next in line."""
        by, today = current_user.actor_id, look.today()
        self.appbuilder.session.rollback()
        orders = deed(lambda session: expire_reservations(session, by=by, on=today))
        flash(gettext("Orders that hold their goods no longer: %(number)s.", number=len(orders)), "success")
        return redirect(url_for(".index"))

    @expose("/held/<int:pk>")
    @has_access
    def held(self, pk: int) -> Any:
        """Who holds a product and who waits for it, in the warehouses that the person may see."""
        session = self.appbuilder.session
        found = session.get(Product, pk) if pk <= LARGEST_ID else None
        if found is None:
            abort(404)
        condition = scope(StockBalance)
        places = None if condition is None else session.scalars(
            select(StockBalance.warehouse_id).where(condition, StockBalance.product_id == pk)
        ).all()  # fmt: skip
        rows = holders(session, warehouses=places, products=[pk])
        return self.render_template("stockbook/held.html", view=self, product=found, rows=rows)

    @expose("/")
    @has_access
    def index(self) -> Any:
        """What is there now, by product and warehouse."""
        arguments = list_arguments("StockPage", (), ("sku", "asc"))
        warehouse = whole("warehouse", 0, 1, LARGEST_ID)
        session = self.appbuilder.session
        rows = self._rows(arguments.q, warehouse)
        counted = rows.with_only_columns(Product.id).limit(COUNTED + 1).subquery()
        found = session.execute(
            rows.order_by(Product.sku, Warehouse.code)
            .offset(arguments.page * arguments.size).limit(arguments.size)
        ).all()  # fmt: skip
        return self.render_template(
            "stockbook/stock.html", view=self, rows=found, costs=mine().sees("costs"), arguments=arguments,
            count=session.scalar(select(func.count()).select_from(counted)), warehouse=warehouse,
            warehouses=ScopedInterface(Warehouse).choices(), last_page=LAST_PAGE,
            run_out=run_out(session, look.today()) if mine().may("process", self.resource) else 0,
        )  # fmt: skip

    def _rows(self, q: str, warehouse: int) -> Any:
        """The balances that the person may see, of products that these words begin."""
        balance = StockBalance
        columns = [
            Product.id.label("product_id"), Product.sku, Product.name, Unit.code.label("unit"),
            Warehouse.code.label("warehouse"), balance.on_hand, balance.reserved,
            (balance.on_hand - balance.reserved).label("available"),
        ]  # fmt: skip
        if mine().sees("costs"):
            columns.append(balance.value)
        rows = (
            select(*columns)
            .select_from(balance)
            .join(Product, Product.id == balance.product_id)
            .join(Unit, Unit.id == Product.unit_id)
            .join(Warehouse, Warehouse.id == balance.warehouse_id)
        )
        condition = scope(balance)
        if condition is not None:
            rows = rows.where(condition)
        if warehouse:
            rows = rows.where(balance.warehouse_id == warehouse)
        if q:
            rows = rows.where(or_(starts_with(Product.sku, q), words(Product, q)))
        return rows


class JournalPage(PageView):
    resource = "Ledger"
    route_base = "/journal"
    title = _("Journal")
    method_permission_name = {"index": "view"}

    @expose("/")
    @has_access
    def index(self) -> Any:
        """The entries of a stretch of dates with their lines."""
        since, until = stretch(days=7)
        if (until - since).days > MOST_DAYS:
            raise BadRequest(f"The journal shows at most {MOST_DAYS} days at once: choose fewer.")
        rows = self._journal(since, until)
        entries = [list(lines) for _key, lines in groupby(rows[:MOST_LINES], key=lambda row: row.entry_id)]
        return self.render_template(
            "stockbook/journal.html", view=self, since=since, until=until, entries=entries,
            cut=len(rows) > MOST_LINES, most=MOST_LINES, views=trails.VIEWS,
        )  # fmt: skip

    def _journal(self, since: date, until: date) -> list[Any]:
        try:
            return journal(self.appbuilder.session, since, until)
        except Invalid as refusal:
            raise BadRequest(str(refusal)) from None


class TrialBalancePage(PageView):
    resource = "Ledger"
    route_base = "/trial-balance"
    title = _("Trial balance")
    method_permission_name = {"index": "view"}

    @expose("/")
    @has_access
    def index(self) -> Any:
        """Opening balance, turnover and closing balance of each account."""
        since, until = stretch(days=None)
        try:
            rows = trial_balance(self.appbuilder.session, since, until)
        except Invalid as refusal:
            raise BadRequest(str(refusal)) from None
        return self.render_template("stockbook/trial_balance.html", view=self, since=since, until=until, rows=rows)


def stretch(*, days: int | None) -> tuple[date, date]:
    """The dates asked for; else so many days up to today, or the year so far."""
    today = look.today()
    usual = today - timedelta(days=days) if days is not None else today.replace(month=1, day=1)
    try:
        since = date.fromisoformat(request.args["since"]) if request.args.get("since") else usual
        until = date.fromisoformat(request.args["until"]) if request.args.get("until") else today
    except ValueError:
        raise BadRequest("Write dates like 2026-03-31.") from None
    return since, until
