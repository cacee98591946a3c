"""What an order that is being written costs so far, and why, and what of it is there to be sold."""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask_babel import gettext
from sqlalchemy.orm import Session

from app.domain.catalog.products import products
from app.domain.kernel.errors import Refused
from app.domain.kernel.rows import read
from app.domain.kernel.values import HUNDRED, PRICE_DECIMALS, ZERO, rounded
from app.domain.sales.drafts import PricedLine, PricedOrder, price_orders
from app.domain.sales.orders import NewOrder
from app.web.kit import look
from app.web.kit.reasons import reasons
from app.web.kit.refusals import said
from app.web.kit.rights import mine
from app.web.kit.scope import own_places

AVAILABLE = """
SELECT product_id, on_hand - reserved AS available FROM stock_balance
WHERE warehouse_id = %(warehouse)s AND product_id = ANY(%(products)s::bigint[])
"""
# Of lines as they were typed, by their places: the product, and how much of it.
Lines = Mapping[int, Mapping[str, Any]]


def quoted(session: Session, order: NewOrder, lines: Lines) -> dict[str, Any]:
    """By place what each line costs and what of it is there, and what all of it costs, as this person may be told;
    `order` is made of just these lines. Nothing is stored.
    """
    told: dict[int, dict[str, Any]] = {place: {} for place in lines}
    answer = {"lines": told, "total": "", "refused": ""}
    if order.customer_id is not None and order.on is not None and lines and mine().sees("lines", "Orders"):
        try:
            priced = price_orders(session, [order])[0]
        except Refused as refusal:
            answer["refused"] = said(refusal)
        else:
            answer["total"] = _total(priced)
            for place, line in zip(lines, priced.lines, strict=True):
                told[place] |= _price(line, vat_included=priced.vat_included)
    for place, there in _there(session, order.warehouse_id, lines).items():
        told[place] |= there
    return answer


def _price(priced: PricedLine, *, vat_included: bool) -> dict[str, Any]:
    """The price of one, what is taken off it, what the line comes to, and why."""
    why = [its._asdict() for its in reasons(priced.quote.explanation)]
    if priced.source != "list":
        typed = gettext("The shop charged it.") if priced.source == "shop" else gettext("It was typed in.")
        why = [{"text": typed, "won": True}, *({**its, "won": False} for its in why)]
    if priced.unit_price is None:
        return {"price": gettext("no price"), "why": why}
    price = look.price(priced.unit_price)
    if priced.discount:
        paid = rounded(priced.unit_price * (HUNDRED - priced.discount) / HUNDRED, PRICE_DECIMALS)
        price = f"{price} − {look.number(priced.discount)} % = {look.price(paid)}"
    amount = priced.amounts.gross if vat_included else priced.amounts.net
    return {"price": price, "amount": look.money(amount), "why": why}


def _total(priced: PricedOrder) -> str:
    total = priced.total
    return gettext(
        "Net %(net)s, VAT %(vat)s, total %(gross)s", net=look.money(total.net), vat=look.money(total.vat),
        gross=look.money(total.gross, priced.currency),
    )  # fmt: skip


def _there(session: Session, warehouse: int | None, lines: Lines) -> dict[int, dict[str, Any]]:
    """How much of the goods of each line is available in the warehouse, where this person sees its stock."""
    own = own_places("Stock")
    if warehouse is None or not mine().may("view", "Stock") or not (own is None or warehouse in own):
        return {}
    goods = {its.id: its for its in products(session, (line["product"] for line in lines.values()))
             .values() if its.kind != "service"}  # fmt: skip
    rows = read(session, AVAILABLE, warehouse=warehouse, products=sorted(goods))
    there = dict.fromkeys(goods, ZERO) | {row.product_id: row.available for row in rows}
    wanted: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for line in lines.values():
        wanted[line["product"]] += line["quantity"]
    return {
        place: {
            "available": gettext("%(quantity)s %(unit)s available", quantity=look.number(there[its]),
                                 unit=goods[its].unit),
            "short": there[its] < wanted[its],
        }
        for place, line in lines.items() if (its := line["product"]) in goods
    }  # fmt: skip
