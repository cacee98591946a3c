"""A shop's order as an order of ours: which products it means, at whose prices and whose VAT."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.catalog.tax_rates import PERCENTAGES, percent_on
from app.domain.intake.eshop.value import BEFORE_ALL, FEE, FREIGHT, GOODS, Address, Buyer, ShopLine, ShopOrder
from app.domain.kernel import clock
from app.domain.kernel.company import company
from app.domain.kernel.errors import DomainError, Invalid, Refused
from app.domain.kernel.rows import read
from app.domain.kernel.values import PRICE_DECIMALS, ZERO, rounded
from app.domain.sales.drafts import price_orders
from app.domain.sales.orders import Charged, NewLine, NewOrder

CENT = Decimal("0.01")
LONGEST_NOTE = 200

NAMED = """
SELECT wanted.sku, coalesce(
    (SELECT product_id FROM shop_sku WHERE shop_id = %(shop)s AND upper(shop_sku.sku) = upper(wanted.sku)),
    (SELECT id FROM product WHERE upper(product.sku) = upper(wanted.sku) AND active)
) AS product_id
FROM unnest(%(skus)s::text[]) AS wanted (sku)
"""
RATES = f"SELECT id, {PERCENTAGES} FROM tax_rate WHERE active ORDER BY id DESC"
LIST = "SELECT vat_included FROM price_list WHERE id = %(id)s"


def sku_of(line: ShopLine) -> str:
    """What a shop calls the product of a line: its SKU, else # and its own id, else # and the name."""
    return line.sku or f"#{line.product_ref or line.name}"


def local_day(session: Session, at: datetime) -> date:
    """The business date of a moment, never in the future: clocks of shops differ."""
    settings = company(session)
    # The first and the last day of the calendar have no date in every time zone.
    return min(max(at, BEFORE_ALL), clock.now()).astimezone(ZoneInfo(settings.time_zone)).date()


def as_new_order(session: Session, shop: Row[Any], order: ShopOrder, customer: int) -> NewOrder:
    """The order to be written down here, with a rounding line where that makes it the shop's total.

    Raises DomainError where something needs a person: another currency, an SKU or rate of VAT that is not known here,
    VAT that is not what we would charge.
    """
    own = company(session).currency
    if order.currency != own:
        raise Invalid("foreign_currency", "The order is in {currency}; so far only {own} can be sold in.",
                      currency=order.currency, own=own)  # fmt: skip
    new = NewOrder(
        channel="eshop", customer_id=customer, warehouse_id=shop.warehouse_id,
        on=local_day(session, order.created), lines=_lines(session, shop, order), price_list_id=shop.price_list_id,
        customer_reference=order.number, note=_note(shop, order), active=True,
    )  # fmt: skip
    return _rounded(session, shop, order, new) if shop.price_treatment == "shop" else new


def _lines(session: Session, shop: Row[Any], order: ShopOrder) -> list[NewLine]:
    kept = charged_lines(order)
    products = _products(session, shop, kept)
    rates = _rates(session, kept, local_day(session, order.created)) if shop.vat_treatment == "shop" else {}
    ours = shop.price_treatment == "ours"
    gross = ours and read(session, LIST, id=shop.price_list_id)[0].vat_included
    lines = []
    for line, product in zip(kept, products, strict=True):
        price, discount, charged = None, None, None
        if not ours:
            charged = Charged(line.net, rates.get(line.percent))
        elif line.kind != GOODS:
            amount = line.net + line.vat if gross else line.net
            price, discount = rounded(amount / line.quantity, PRICE_DECIMALS), ZERO
        lines.append(NewLine(product, line.quantity, price, discount, charged=charged, shop_line=line.ref))
    return lines


def charged_lines(order: ShopOrder) -> Sequence[ShopLine]:
    """The lines that become lines of ours: freight and fees of nothing do not."""
    return [line for line in order.lines if line.kind == GOODS or line.net or line.vat]


def products_named(session: Session, shop: int, skus: Sequence[str]) -> Mapping[str, int | None]:
    """Which product a shop means by each of these (see `sku_of`); None where nobody knows."""
    return {row.sku: row.product_id for row in read(session, NAMED, shop=shop, skus=sorted(set(skus)))}


def _products(session: Session, shop: Row[Any], lines: Sequence[ShopLine]) -> list[int]:
    goods = sorted({sku_of(line) for line in lines if line.kind == GOODS})
    found = products_named(session, shop.id, goods)
    unknown = [sku for sku in goods if found[sku] is None]
    if unknown and shop.unknown_skus == "wait":
        raise Invalid("unknown_sku", "Nothing here is called {skus}: choose which product the shop means.",
                      skus=", ".join(unknown), unknown=unknown)  # fmt: skip
    others = {FREIGHT: shop.freight_product_id, FEE: shop.fee_product_id}
    return [
        int(found[sku_of(line)] or shop.unknown_product_id) if line.kind == GOODS else int(others[line.kind])
        for line in lines
    ]


def _rates(session: Session, lines: Sequence[ShopLine], on: date) -> Mapping[Decimal, int]:
    known = {percent_on(row, on).normalize(): row.id for row in read(session, RATES)}
    percents = {line.percent for line in lines}
    if missing := sorted(percent for percent in percents if percent.normalize() not in known):
        raise Invalid("unknown_rate", "The shop charged {percents} % VAT, for which there is no tax rate: add one.",
                      percents=", ".join(f"{percent.normalize():f}" for percent in missing))  # fmt: skip
    return {percent: known[percent.normalize()] for percent in percents}


def _rounded(session: Session, shop: Row[Any], order: ShopOrder, new: NewOrder) -> NewOrder:
    """With a line for the cents by which roundings differ; DomainError where it is more than cents."""
    ours = priced_gross(session, new)
    left = order.gross - ours
    if abs(left) > CENT * (len(new.lines) + 1):
        raise DomainError(
            "vat_differs", "The shop charged {theirs}, but at our rates of VAT it comes to {ours}: check the tax rates "
            "of the products and of the customer.", theirs=order.gross, ours=ours,
        )  # fmt: skip
    if not left:
        return new
    line = NewLine(shop.rounding_product_id, Decimal(1), charged=Charged(left))
    return replace(new, lines=[*new.lines, line])


def priced_gross(session: Session, new: NewOrder) -> Decimal:
    """What an order comes to here; raises the first reason why it cannot be written down."""
    try:
        return price_orders(session, [new])[0].total.gross
    except Refused as refusal:
        raise refusal[0] from None


def _note(shop: Row[Any], order: ShopOrder) -> str:
    """What the buyer wrote; and where it goes, if the customer is not the buyer's own."""
    where = delivered_to(order.buyer) if shop.unknown_customers == "fixed" or not order.buyer.name else ""
    return " | ".join(part for part in (where, " ".join(order.note.split())) if part)[:LONGEST_NOTE]


def delivered_to(buyer: Buyer) -> str:
    """Where an order goes, in one line."""
    its = buyer.delivery if buyer.delivery != Address() else buyer.billing
    place = " ".join(part for part in (its.postcode, its.city, its.country) if part)
    return ", ".join(part for part in (its.name or buyer.name, its.street, place) if part)


def content(order: ShopOrder) -> dict[str, Any]:
    """What is written into our order, in plain values: a later state with the same changes nothing in it."""
    return {
        "number": order.number, "created": order.created.isoformat(), "currency": order.currency,
        "gross": str(order.gross), "note": order.note, "payment": order.payment, "to": delivered_to(order.buyer),
        "buyer": [order.buyer.name, order.buyer.email, order.buyer.vat_number, order.buyer.phone],
        "lines": [
            [line.kind, line.ref, sku_of(line), str(line.quantity), str(line.net), str(line.vat), str(line.percent)]
            for line in charged_lines(order)
        ],
    }  # fmt: skip


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """What a shop changed, as a person reads it."""
    said = []
    old, new = ({line[1]: line for line in its["lines"]} for its in (before, after))
    for ref in dict.fromkeys([*old, *new]):
        pair = [f"{its[ref][3]} × {its[ref][2]}: {its[ref][4]}" if ref in its else "–" for its in (old, new)]
        if pair[0] != pair[1]:
            said.append(f"{pair[0]} → {pair[1]}")
    for name in ("gross", "to", "note", "payment"):
        if before[name] != after[name]:
            said.append(f"{before[name] or '–'} → {after[name] or '–'}")
    if before["buyer"] != after["buyer"]:
        said.append(f"{', '.join(filter(None, before['buyer']))} → {', '.join(filter(None, after['buyer']))}")
    return "; ".join(said)[:1_000]
