"""What lies in the warehouses, when it is ordered again, and what it would cost a customer, over the API."""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from flask import Response
from flask_babel import gettext
from flask_login import current_user
from marshmallow import ValidationError, fields, validate
from sqlalchemy import select

from app.domain.catalog.models import Product
from app.domain.parties.models import Customer
from app.domain.pricing.models import PriceList
from app.domain.warehousing.models import ReorderPoint
from app.domain.warehousing.reordering import propose_internal_orders, to_order
from app.reports.stock import stock_after
from app.web.kit import look
from app.web.kit.documents import MOST_AT_ONCE
from app.web.kit.reports import PAGING, streamed
from app.web.kit.rest.cards import CardApi
from app.web.kit.rest.columns import number_field
from app.web.kit.rest.errors import as_json
from app.web.kit.rest.fields import Day, Exact, Id, Key, Text
from app.web.kit.rest.reading import Strict, schema_of, wants_csv
from app.web.kit.rest.resource import Operation, ResourceApi, once
from app.web.kit.scope import LARGEST_ID, own_places
from app.web.kit.tables import as_plain, csv_of_rows, seen
from app.web.reordering import ReorderPointView
from app.web.simulator import priced
from app.web.stock_reports import StockValuePage, asked_of_stock


class StockApi(ResourceApi):
    resource = "Stock"
    resource_name = "stock"

    def operations(self) -> Iterable[Operation]:
        query = schema_of("StockQuery", {
            **{name: its.field for name, its in StockValuePage.arguments.items()}, "page_size": PAGING["page_size"],
            "after": Text(load_default=None, metadata={"description": "`next` of the page before."}),
        })  # fmt: skip
        row = schema_of("Stock", {head.name: head.field() for head in StockValuePage.heads})
        answer = schema_of("StockPage", {
            "count": fields.Integer(allow_none=True), "next": fields.String(allow_none=True),
            "result": fields.List(fields.Nested(row)),
        })  # fmt: skip
        yield Operation("list", "GET", "", "On hand, reserved and available, now or as it was", self.list, query=query,
                        answer=answer, csv=True)  # fmt: skip

    def list(self, page_size: int, after: str | None, **asked: Any) -> dict[str, Any] | Response:
        """A page of balances in the order of their ids, or all from there on as CSV; counting them all is not worth its
        time.
        """
        query = stock_after(_place(after), **asked_of_stock(asked))
        if wants_csv():
            return csv_of_rows(seen(StockValuePage.heads), streamed(query), "stock")
        rows = query.some(self.appbuilder.session, page_size + 1)
        shown, heads = rows[:page_size], seen(StockValuePage.heads, programs=True)
        last = shown[-1] if len(rows) > page_size else None
        return {
            "count": len(shown) if after is None and last is None else None,
            "next": None if last is None else f"{last.warehouse_id}.{last.product_id}",
            "result": [as_plain(heads, row) for row in shown],
        }  # fmt: skip


def _place(after: str | None) -> tuple[int, int] | None:
    if after is None:
        return None
    found = re.fullmatch(r"(\d{1,19})\.(\d{1,19})", after, re.ASCII)
    if found is None or max(int(found[1]), int(found[2])) > LARGEST_ID:
        raise ValidationError({"after": [gettext("This page of the list is not known: open the list anew.")]})
    return int(found[1]), int(found[2])


class PriceQuery(Strict):
    """Who would buy what, how much of it, when, and from which list, if not from the one that applies."""

    customer = Key(Customer, required=True)
    product = Key(Product, required=True)
    quantity = Exact(3, load_default=lambda: Decimal(1))
    date = Day(load_default=look.today)
    price_list = Key(PriceList, load_default=None)


class Considered(Strict):
    """Something that was considered, and whether it decided."""

    text = fields.String()
    won = fields.Boolean()


class Price(Strict):
    """A price of one without discount (null where there is none), the discount in percent, what one would pay for one,
    and why.
    """

    price = number_field()
    discount = number_field()
    paid = number_field()
    reasons = fields.List(fields.Nested(Considered))
    explanation = fields.Dict()


class PriceApi(ResourceApi):
    resource = "Price lists"
    resource_name = "prices"

    def operations(self) -> Iterable[Operation]:
        yield Operation("read", "GET", "", "What a customer would pay for a product, and why", self.read,
                        query=PriceQuery, answer=Price, also=(("view", "Prices"),))  # fmt: skip

    def read(self, customer: int, product: int, quantity: Decimal, date: Any, price_list: int | None) -> dict[str, Any]:
        """Nothing is stored."""
        told = priced(
            self.appbuilder.session, customer_id=customer, product_id=product, quantity=quantity, on=date,
            price_list_id=price_list,
        )  # fmt: skip
        return as_json(told | {"reasons": [it._asdict() for it in told["reasons"]]})  # type: ignore[no-any-return]


class Points(Strict):
    """Reorder points by their ids."""

    ids = fields.List(Id(), required=True, validate=validate.Length(1, MOST_AT_ONCE))


class Low(Strict):
    """Goods below their point, with how many are wanted up to the maximum."""

    id = fields.Integer()
    warehouse, warehouse_id = fields.String(), fields.Integer()
    sku, product_id, name = fields.String(), fields.Integer(), fields.String()
    source, source_id = fields.String(allow_none=True), fields.Integer(allow_none=True)
    minimum, maximum, there, coming, wanted = (number_field() for _ in range(5))


class ToOrder(Strict):
    """All that is below its point."""

    result = fields.List(fields.Nested(Low))


class Proposed(Strict):
    """The ids of internal orders that were drafted."""

    made = fields.List(fields.Integer())


class ReorderPointApi(CardApi):
    view = ReorderPointView

    def operations(self) -> Iterable[Operation]:
        yield from super().operations()
        yield Operation("to-order", "GET", "/to-order", "What is below its point", self.to_order,
                        answer=ToOrder)  # fmt: skip
        yield Operation("propose", "POST", "/propose", "Draft internal orders for what is below these points",
                        self.propose, "edit", body=Points, answer=Proposed, keyed=True)  # fmt: skip

    def to_order(self) -> dict[str, Any]:
        """Goods below their point in the caller's warehouses."""
        rows = to_order(self.appbuilder.session, warehouses=own_places(self.resource))
        return {"result": as_json([row._asdict() for row in rows])}

    def propose(self, given: dict[str, Any]) -> dict[str, Any]:
        """Drafts for those of the points that the caller may write for; gives the orders' ids."""
        session, own = self.appbuilder.session, own_places(self.resource, "edit")
        points = select(ReorderPoint.id).where(ReorderPoint.id.in_(given["ids"]))
        its = list(session.scalars(points if own is None else points.where(ReorderPoint.warehouse_id.in_(own))))
        if lacking := sorted(set(given["ids"]) - set(its)):
            raise ValidationError({"ids": [gettext("There is no such thing here: %(key)s", key=lacking[0])]})
        session.rollback()
        made = once(
            lambda work: propose_internal_orders(work, its, by=current_user.actor_id), "reorder-points.propose"
        )  # fmt: skip
        return {"made": made}


STOCK = (StockApi, PriceApi, ReorderPointApi)
