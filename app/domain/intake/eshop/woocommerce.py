"""WooCommerce: orders as its REST API v3 writes them, in webhooks and in answers alike.

Amounts are the texts `total` and `total_tax` of each line, without VAT whatever `prices_include_tax` says; `price` is a
float and is left alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from app.domain.intake.eshop.reading import (
    LONGEST_NOTE,
    country,
    currency,
    joined,
    line_of,
    listed,
    mapping,
    moment,
    moment_or_none,
    number,
    ref,
    text,
)
from app.domain.intake.eshop.value import (
    CANCELLED,
    FEE,
    FREIGHT,
    GOODS,
    OPEN,
    PLACED,
    Address,
    Buyer,
    Refund,
    RefundLine,
    ShopLine,
    ShopOrder,
    Told,
)
from app.domain.kernel.values import ZERO

SIGNATURE = "X-WC-Webhook-Signature"
TOPIC = "X-WC-Webhook-Topic"
DELIVERY = "X-WC-Webhook-Delivery-ID"
# Saving a webhook sends `webhook_id=N` as a form, unsigned and without a topic.
PING = b"webhook_id="
# A shop may have statuses of its own: what is none of these was ordered.
STATUSES = {
    "pending": OPEN, "failed": OPEN, "checkout-draft": OPEN, "auto-draft": OPEN, "cancelled": CANCELLED,
    "refunded": CANCELLED, "trash": CANCELLED,
}  # fmt: skip
# The only one of these in which a paid order waits for more money; any other paid one is over.
WAITS = "pending"
# Where the usual extensions keep a VAT number.
VAT_NUMBERS = ("_vat_number", "vat_number", "_billing_vat_number", "billing_vat_number", "_billing_eu_vat_number",
               "_billing_vat", "billing_vat")  # fmt: skip


def read(body: Any, topic: str = "") -> Told:
    """What a body says; Unreadable where it is no order of this shop's."""
    its = mapping(body, "order")
    if set(its) == {"id"} or topic == "order.deleted":
        return Told(ref(its.get("id"), "id"), deleted=True)
    order = _order(its)
    return Told(order.ref, order)


def read_refunds(body: Any) -> Sequence[Refund]:
    """The refunds of an order with their lines, as `GET orders/{id}/refunds` answers."""
    return [
        Refund(ref(its.get("id"), f"{i}.id"), abs(number(its.get("amount"), f"{i}.amount")), line_of(its.get("reason")),
               moment(its.get("date_created_gmt"), f"{i}.date_created_gmt"), list(_refunded(its, str(i))))
        for i, its in enumerate(listed(body, "refunds"))
    ]  # fmt: skip


def _refunded(refund: Mapping[str, Any], path: str) -> Iterator[RefundLine]:
    for name in ("line_items", "shipping_lines", "fee_lines"):
        for i, line in enumerate(listed(refund.get(name), f"{path}.{name}")):
            where = f"{path}.{name}.{i}"
            meta = {text(it.get("key")): it for it in listed(line.get("meta_data"), f"{where}.meta_data")}
            of = meta.get("_refunded_item_id", {}).get("value") or line.get("id")
            quantity = abs(number(line.get("quantity"), f"{where}.quantity"))
            net, vat = (-number(line.get(part), f"{where}.{part}") for part in ("total", "total_tax"))
            if quantity or net or vat:
                restock = name == "line_items" and quantity > 0
                yield RefundLine(ref(of, where), quantity if name == "line_items" else ZERO, net, vat, restock)


def _order(its: Mapping[str, Any]) -> ShopOrder:
    rates = {
        line_of(line.get("rate_id")): number(line.get("rate_percent"), f"tax_lines.{i}.rate_percent")
        for i, line in enumerate(listed(its.get("tax_lines"), "tax_lines"))
    }
    gross = number(its.get("total"), "total")
    paid_at = moment_or_none(its.get("date_paid_gmt"), "date_paid_gmt")
    return ShopOrder(
        ref=ref(its.get("id"), "id"),
        number=line_of(its.get("number")) or ref(its.get("id"), "id"),
        status=_status(line_of(its.get("status")), paid=paid_at is not None),
        modified=moment(its.get("date_modified_gmt") or its.get("date_created_gmt"), "date_modified_gmt"),
        created=moment(its.get("date_created_gmt"), "date_created_gmt"),
        currency=currency(its.get("currency"), "currency"),
        lines=list(_lines(its, rates)),
        gross=gross,
        paid=gross if paid_at else ZERO,
        paid_at=paid_at,
        paid_by_word=paid_at is not None,
        payment=line_of(its.get("payment_method_title")) or line_of(its.get("payment_method")),
        transaction=line_of(its.get("transaction_id")),
        note=text(its.get("customer_note"), LONGEST_NOTE),
        buyer=_buyer(its),
        refunds=[
            Refund(ref(one.get("id"), f"refunds.{i}.id"), abs(number(one.get("total"), f"refunds.{i}.total")),
                   line_of(one.get("reason")), moment(its.get("date_modified_gmt"), "date_modified_gmt"), None)
            for i, one in enumerate(listed(its.get("refunds"), "refunds"))
        ],
        all_refunds=its.get("refunds") is not None,
    )  # fmt: skip


def _status(told: str, *, paid: bool) -> str:
    """What an order is; its date of payment stays where the money was charged back."""
    status = STATUSES.get(told, PLACED)
    return CANCELLED if paid and status == OPEN and told != WAITS else status


def _lines(its: Mapping[str, Any], rates: Mapping[str, Decimal]) -> Iterator[ShopLine]:
    for name, kind in (("line_items", GOODS), ("shipping_lines", FREIGHT), ("fee_lines", FEE)):
        for i, line in enumerate(listed(its.get(name), name)):
            where = f"{name}.{i}"
            product, variation = line_of(line.get("product_id")), line_of(line.get("variation_id"))
            refs = [part for part in (product, variation) if part not in ("", "0")]
            yield ShopLine(
                kind=kind,
                ref=ref(line.get("id"), f"{where}.id"),
                sku=line_of(line.get("sku")),
                product_ref="/".join(refs),
                name=line_of(line.get("name") or line.get("method_title")),
                quantity=number(line.get("quantity"), f"{where}.quantity") if kind == GOODS else Decimal(1),
                net=number(line.get("total"), f"{where}.total"),
                vat=number(line.get("total_tax"), f"{where}.total_tax"),
                percent=_percent(line, rates, where),
            )


def _percent(line: Mapping[str, Any], rates: Mapping[str, Decimal], where: str) -> Decimal:
    """The rates that were charged on a line, together; one that stands there with an empty total was not."""
    charged = [
        line_of(tax.get("id")) for tax in listed(line.get("taxes"), f"{where}.taxes")
        if tax.get("total") not in (None, "")
    ]  # fmt: skip
    return sum((rates.get(rate, ZERO) for rate in charged), ZERO)


def _buyer(its: Mapping[str, Any]) -> Buyer:
    billing, shipping = (mapping(its.get(name) or {}, name) for name in ("billing", "shipping"))
    meta = {text(it.get("key")): line_of(it.get("value")) for it in listed(its.get("meta_data"), "meta_data")}
    mine = _address(billing)
    return Buyer(
        name=mine.name, email=line_of(billing.get("email")), phone=line_of(billing.get("phone")),
        vat_number=next((meta[key] for key in VAT_NUMBERS if meta.get(key)), ""), billing=mine,
        delivery=_address(shipping),
    )  # fmt: skip


def _address(its: Mapping[str, Any]) -> Address:
    return Address(
        name=line_of(its.get("company")) or joined(its.get("first_name"), its.get("last_name")),
        street=joined(its.get("address_1"), its.get("address_2"), by=", "), postcode=line_of(its.get("postcode")),
        city=line_of(its.get("city")), country=country(its.get("country")),
    )  # fmt: skip
