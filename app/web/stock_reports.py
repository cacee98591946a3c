"""What lies in the warehouses: now and who holds it, at a date, and how it came and went."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import abort, flash, redirect, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from sqlalchemy import Select, func, or_, select, type_coerce

from app.domain.catalog.models import Product, Unit
from app.domain.kernel.unit import deed
from app.domain.proof import check_product
from app.domain.stock.expiry import expire_reservations
from app.domain.stock.models import StockBalance, Warehouse
from app.reports.stock import holders, item_card, run_out, stock
from app.web.kit import look, trails
from app.web.kit.arguments import SIZES, whole, words_asked
from app.web.kit.export import cell, csv_of, wants_csv
from app.web.kit.pages import PageView
from app.web.kit.proved import Sign, proved
from app.web.kit.reports import Fact, ReportPage, Told, documents
from app.web.kit.reports_asked import Argument, since, start_of_year, until
from app.web.kit.rest.fields import Day, Key, Moment
from app.web.kit.rights import mine
from app.web.kit.scope import COUNTED, LARGEST_ID, ScopedInterface, door_to, own_places, scope, starts_with, words
from app.web.kit.tables import Head


class StockPage(PageView):
    resource = "Stock"
    route_base = "/stock"
    title = _("Stock")
    method_permission_name = {"index": "view", "held": "view", "lapse": "process"}

    @expose("/lapse", methods=["POST"])
    @has_access
    def lapse(self) -> Any:
        """Gives goods that were held for longer than their days to the next in line, in warehouses of one's own."""
        by, today, own = current_user.actor_id, look.today(), own_places(self.resource, "process")
        self.appbuilder.session.rollback()
        orders = deed(lambda session: expire_reservations(session, by=by, on=today, warehouses=own))
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
        links = trails.links(session, [row.order_id for row in rows])
        return self.render_template("stockbook/held.html", view=self, product=found, rows=rows, links=links)

    @expose("/")
    @has_access
    def index(self) -> Any:
        """What is there now, by product and warehouse."""
        q, page = words_asked(), whole("page", 0, 0, COUNTED // SIZES[0])
        warehouse = whole("warehouse", 0, 1, LARGEST_ID)
        session = self.appbuilder.session
        rows = self._rows(q, warehouse)
        if wants_csv():
            return csv_of(_as_cells(rows).order_by(Product.sku, Warehouse.code), self.route_base[1:])
        counted = rows.with_only_columns(Product.id).limit(COUNTED + 1).subquery()
        ordered = rows.order_by(Product.sku, Warehouse.code)
        found = session.execute(ordered.offset(page * SIZES[0]).limit(SIZES[0])).all()
        return self.render_template(
            "stockbook/stock.html", view=self, rows=found, costs=mine().sees("costs"), q=q, page=page, size=SIZES[0],
            count=session.scalar(select(func.count()).select_from(counted)), warehouse=warehouse,
            warehouses=ScopedInterface(Warehouse).choices(),
            cards=[ItemCardPage.address(product=row.sku, warehouse=row.warehouse) for row in found],
            run_out=self._run_out(),
        )  # fmt: skip

    def _run_out(self) -> int:
        """How many orders would lapse if this person had them lapse."""
        if not mine().may("process", self.resource):
            return 0
        return run_out(self.appbuilder.session, look.today(), own_places(self.resource, "process"))

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


def _as_cells(rows: Select[Any]) -> Select[Any]:
    """The same rows as cells of a file."""
    quantity, out = StockBalance.on_hand.type, ("product_id",)
    kept = [column for column in rows.selected_columns if column.name not in out]
    typed = [type_coerce(column, quantity) if column.name == "available" else column for column in kept]
    return rows.with_only_columns(*(cell(one).label(its.name) for one, its in zip(typed, kept, strict=True)))


WHERE = Key(Warehouse, door=door_to("Stock"), archived=True, load_default=None)
WHAT = Key(Product, archived=True, load_default=None)


class StockValuePage(ReportPage):
    """What lay in the warehouses at the close of a business date, or as it was recorded at a moment, and its value."""

    resource = "Stock"
    route_base = "/stock-value"
    title = _("Stock at a date")
    needs = ()
    of_company = False
    arguments = {
        "at": Argument(_("At the end of"), Day(load_default=None)),
        "recorded_at": Argument(_("or as recorded at"), Moment(load_default=None)),
        "warehouse": Argument(_("Warehouse"), WHERE), "product": Argument(_("Product"), WHAT),
    }  # fmt: skip
    heads = (
        Head("warehouse", _("Warehouse")), Head("warehouse_id", _("Id"), "count", hidden=True),
        Head("sku", _("Product")), Head("product_id", _("Id"), "count", hidden=True),
        Head("name", _("Name")), Head("unit", _("Unit")),
        Head("on_hand", _("On hand"), "number"), Head("reserved", _("Reserved"), "number"),
        Head("available", _("Available"), "number"), Head("value", _("Value"), "money", ("costs",), summed=True),
    )  # fmt: skip
    empty = _("Nothing lay here then. Goods come in by a receipt.")

    def told(self, session: Any, asked: Mapping[str, Any]) -> Told:
        return Told(stock(**asked_of_stock(asked)))

    def links(self, rows: Sequence[Any], asked: Mapping[str, Any]) -> Mapping[str, Sequence[str]]:
        cards = [ItemCardPage.address(product=row.sku, warehouse=row.warehouse, until=asked["at"]) for row in rows]
        held = [url_for("StockPage.held", pk=row.product_id) if row.reserved else "" for row in rows]
        return {"reserved": held} | dict.fromkeys(("sku", "on_hand", "value"), cards)


def asked_of_stock(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What the arguments ask of the stock, no further than the person's own warehouses."""
    return {
        "on": asked["at"], "at": asked["recorded_at"],
        "warehouses": own_places("Stock") if asked["warehouse"] is None else [asked["warehouse"]],
        "products": None if asked["product"] is None else [asked["product"]],
    }  # fmt: skip


class ItemCardPage(ReportPage):
    """The moves of a product in a warehouse between two dates, with quantity and value after each of them."""

    resource = "Stock"
    route_base = "/item-card"
    title = _("Item card")
    needs = ()
    of_company = False
    arguments = {
        "product": Argument(_("Product"), Key(Product, archived=True, required=True)),
        "warehouse": Argument(_("Warehouse"), Key(Warehouse, door=door_to("Stock"), archived=True, required=True)),
        "since": since(start_of_year), "until": until(),
    }  # fmt: skip
    heads = (
        Head("on", _("Date"), "date"), Head("event", _("What"), "event"), Head("kind", _("Kind"), hidden=True),
        Head("document_id", _("Id"), "count", hidden=True),
        Head("number", _("Document")), Head("customer", _("Customer")),
        Head("customer_id", _("Id"), "count", hidden=True),
        Head("received", _("In"), "number", summed=True, sparse=True),
        Head("issued", _("Out"), "number", summed=True, sparse=True),
        Head("on_hand", _("On hand"), "number"), Head("value", _("Value"), "money", ("costs",), summed=True),
        Head("value_after", _("Value after"), "money", ("costs",)), Head("at", _("Recorded"), "moment"),
    )  # fmt: skip
    empty = _("Nothing moved in these dates. Choose others.")
    first = _("Choose a product and a warehouse: here stands what came, what left, and what was there after it.")

    def told(self, session: Any, asked: Mapping[str, Any]) -> Told:
        card = item_card(session, asked["warehouse"], asked["product"], asked["since"], asked["until"])
        facts = (
            Fact("opening", _("On hand before"), card.opening, "number"),
            Fact("opening_value", _("Value before"), card.opening_value, "money", ("costs",)),
            Fact("closing", _("On hand after"), card.closing, "number"),
            Fact("closing_value", _("Value after"), card.closing_value, "money", ("costs",)),
        )
        product, place = session.get(Product, asked["product"]), session.get(Warehouse, asked["warehouse"])
        return Told(card.moves, facts, f"{product.sku} {product.name}, {place.code}")

    def sign(self, asked: Mapping[str, Any]) -> Sign | None:
        return proved(check_product, asked["product"])

    def links(self, rows: Sequence[Any], asked: Mapping[str, Any]) -> Mapping[str, Sequence[str]]:
        return dict.fromkeys(("number", "received", "issued"), documents(self.appbuilder.session, rows))
