"""Orders over the API."""

from dataclasses import replace
from typing import Any

from flask_babel import gettext
from marshmallow import ValidationError, fields
from sqlalchemy import select

from app.domain.kernel.rows import read
from app.domain.lifecycles import INVOICE, SHIPMENT
from app.domain.pricing.models import PriceList
from app.domain.sales.models import SalesOrder
from app.domain.stock.models import Warehouse
from app.web.kit import trails
from app.web.kit.listing import Column
from app.web.kit.rest.columns import Lines, Value
from app.web.kit.rest.fields import Choice, Day, Key
from app.web.kit.rest.reading import schema_of
from app.web.kit.rest.settled import SettledApi
from app.web.kit.scope import OpenInterface
from app.web.people import Person
from app.web.sales import OrderView, types_prices

LINES = Lines(
    {
        "product": Value("line.sku"), "product_id": Value("line.product_id", "id"), "name": Value("line.name"),
        "unit": Value("line.unit"), "quantity": Value("line.quantity", "number"),
        "warehouse": Value("(SELECT code FROM warehouse WHERE id = line.warehouse_id)"),
        "promised_on": Value("line.promised_on", "date"), "shipped": Value("line.shipped", "number"),
        "given_up": Value("line.given_up", "number"),
        "invoiced": Value("line.pre_invoiced - line.pre_shipped + (SELECT coalesce(sum(sent.invoiced), 0)"
                          " FROM shipment_line sent WHERE sent.order_line_id = line.id)", "number", "prices"),
        "unit_price": Value("line.unit_price", "number", "prices"),
        "discount": Value("line.discount", "number", "prices"),
        "price_source": Value("line.price_source", "text", "prices"), "net": Value("line.net", "money", "prices"),
        "vat": Value("line.vat", "money", "prices"), "gross": Value("line.gross", "money", "prices"),
        "explanation": Value("line.explanation", "json", "prices"),
    },
    "FROM sales_order_line line WHERE line.order_id = %(id)s ORDER BY line.position",
)  # fmt: skip


KEPT = "SELECT responsible_id, price_list_id FROM sales_order WHERE id = %(id)s"
# What supplies an order, whichever way it went: shipped and invoiced, invoiced ahead, credited and invoiced again.
SUPPLIED = """
WITH RECURSIVE made (id) AS (
    SELECT %(id)s::bigint
    UNION SELECT link.to_id FROM document_link link JOIN made ON link.from_id = made.id
    WHERE link.kind IN ('ships', 'invoices', 'credits', 'debits')
)
SELECT document.id FROM made JOIN document USING (id) WHERE kind IN ('shipment', 'invoice') ORDER BY id
"""
# Name in the answer → kind of document.
PARTS = {"shipments": SHIPMENT.kind, "invoices": INVOICE.kind}


class OrderApi(SettledApi):
    view = OrderView
    lines = LINES
    keyed = {
        "responsible": {
            "responsible": Column(
                "", select(Person.username).where(Person.actor_id == SalesOrder.responsible_id).scalar_subquery()
            ),
            "responsible_name": OrderView.columns["responsible"],
        }
    }
    head_more = {
        "responsible": Key(Person, what=lambda row: row.actor_id, allow_none=True),
        "price_list": Key(PriceList, allow_none=True, load_default=None),
        "state": Choice(("estimate", "active"), load_default="estimate"),
    }
    only_new = frozenset({"state"})
    line_more = {
        "warehouse": Key(Warehouse, door=OpenInterface, allow_none=True, load_default=None),
        "promised_on": Day(allow_none=True, load_default=None),
    }

    def made(self, given: dict[str, Any], pk: int | None = None) -> Any:
        """The order with what the form does not ask: whose it is, its list, and of each line where and when."""
        responsible = given.pop("responsible", None)
        price_list, active = given.pop("price_list"), given.pop("state", "estimate") == "active"
        kept = None if pk is None else read(self.screen.datamodel.session, KEPT, id=pk)[0]
        if not types_prices():
            # A list of one's choice is a price of one's choice.
            if price_list is not None:
                raise ValidationError({"price_list": [gettext("You may not write this.")]})
            price_list = kept and kept.price_list_id
        places = [(line.pop("warehouse"), line.pop("promised_on")) for line in given["lines"]]
        new = super().made(given, pk)
        lines = [
            replace(line, warehouse_id=warehouse, promised_on=promised)
            for line, (warehouse, promised) in zip(new.lines, places, strict=True)
        ]
        if responsible is None and kept is not None:
            responsible = kept.responsible_id
        whose = new.responsible_id if responsible is None and pk is None else responsible
        return replace(new, lines=lines, responsible_id=whose, price_list_id=price_list, active=active)

    def told_fields(self) -> dict[str, fields.Field]:
        its = {"id": fields.Integer(), "number": fields.String(allow_none=True), "state": fields.String()}
        part = schema_of("OrderPart", its)
        return super().told_fields() | {name: fields.List(fields.Nested(part)) for name in PARTS}

    def told(self, document: Any) -> dict[str, Any]:
        """Its shipments and invoices, oldest first, as far as the caller may see them."""
        session = self.screen.datamodel.session
        seen = trails.named(session, [row.id for row in read(session, SUPPLIED, id=document.id)])
        return super().told(document) | {
            name: [{key: row[key] for key in ("id", "number", "state")} for row in seen.values() if row["kind"] == kind]
            for name, kind in PARTS.items()
        }

    def store_anew(self, session: Any, pk: int, new: Any, version: int, by: int) -> None:
        self.screen.rewrite(session, pk, new, version, by)


SALES = (OrderApi,)
