"""Small orders of made-up shops, as each dialect would write them, and where the genuine ones lie."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from app.domain.intake.eshop.dialects import read
from app.domain.intake.eshop.value import ShopOrder
from config import STOCKBOOK_DATA

WEBHOOKS = STOCKBOOK_DATA / "webhooks"
needs_webhooks = pytest.mark.skipif(
    not WEBHOOKS.is_dir(), reason=f"no e-shop deliveries in {WEBHOOKS}: name their folder's parent in STOCKBOOK_DATA"
)
BILLING = {
    "first_name": "Ива", "last_name": "Петрова", "company": "", "address_1": "ул. Роза 1", "address_2": "",
    "city": "София", "postcode": "1000", "country": "BG", "email": "iva@example.test", "phone": "+359 2 000",
}  # fmt: skip


class Delivery(NamedTuple):
    """What a shop sent."""

    name: str
    headers: dict[str, str]
    secret: str
    body: bytes


def genuine(shop: str) -> Iterator[Delivery]:
    """The deliveries of a shop that are there, in the order of their files."""
    [listed] = (WEBHOOKS / shop).glob("*headers*.json")
    for its in json.loads(listed.read_text()):
        path: Path = WEBHOOKS / shop / its["file"]
        if path.exists():
            yield Delivery(its["file"], its["headers"], its["secret"], path.read_bytes())


def signed(body: bytes, secret: str) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def item(number: int, sku: Any, net: str, vat: str, quantity: int = 1, **more: Any) -> dict[str, Any]:
    """A line of a WooCommerce order; its rate is 1 where it has VAT."""
    taxes = [{"id": 1, "total": vat, "subtotal": vat}] if float(vat) else []
    return {"id": number, "name": f"Thing {sku}", "product_id": 10 + number, "variation_id": 0, "quantity": quantity,
            "subtotal": net, "total": net, "total_tax": vat, "taxes": taxes, "sku": sku,
            "price": 0.1} | more  # fmt: skip


def woo(number: int = 7, *, lines: Any = None, total: str = "24.00", at: int = 0, **more: Any) -> dict[str, Any]:
    """An order of one line, 20.00 and 20 % VAT, changed so many seconds after it was made."""
    its = [item(1, "MUG", "20.00", "4.00", 2)] if lines is None else lines
    return {
        "id": number, "status": "processing", "currency": "EUR", "prices_include_tax": True, "total": total,
        "date_created_gmt": "2026-03-02T09:00:00", "date_modified_gmt": f"2026-03-02T09:{at // 60:02}:{at % 60:02}",
        "date_paid_gmt": None, "billing": BILLING, "shipping": BILLING, "payment_method": "cod",
        "payment_method_title": "Наложен платеж", "transaction_id": "", "customer_note": "", "number": str(number),
        "customer_id": 0, "meta_data": [], "line_items": its,
        "tax_lines": [{"rate_id": 1, "rate_percent": 20}], "shipping_lines": [], "fee_lines": [], "coupon_lines": [],
        "refunds": [],
    } | more  # fmt: skip


def shopify(number: int = 7, **more: Any) -> dict[str, Any]:
    """An order of two pieces at 10.00 and 20 % VAT on top."""
    return {
        "id": number, "name": f"#{1000 + number}", "currency": "EUR", "created_at": "2026-03-02T11:00:00+02:00",
        "updated_at": "2026-03-02T11:00:01+02:00", "processed_at": "2026-03-02T11:00:00+02:00", "cancelled_at": None,
        "financial_status": "pending", "taxes_included": False, "total_price": "24.00", "current_total_price": "24.00",
        "email": "iva@example.test", "payment_gateway_names": ["card"], "refunds": [], "shipping_lines": [],
        "billing_address": {"first_name": "Iva", "last_name": "Petrova", "country_code": "BG", "zip": "1000"},
        "line_items": [{
            "id": 1, "sku": "MUG", "product_id": 11, "variant_id": 12, "name": "Mug", "quantity": 2, "price": "10.00",
            "total_discount": "0.00", "discount_allocations": [], "tax_lines": [{"price": "4.00", "rate": 0.2}],
        }],
    } | more  # fmt: skip


def generic(number: int = 7, **more: Any) -> dict[str, Any]:
    """An order of two pieces for 20.00 and 20 % VAT."""
    return {
        "id": str(number), "status": "placed", "modified": "2026-03-02T09:00:00Z", "created": "2026-03-02T09:00:00Z",
        "currency": "EUR", "total": "24.00", "payment_method": "card", "note": "",
        "customer": {"name": "Iva Petrova", "email": "iva@example.test", "billing": {"city": "Sofia", "country": "BG"}},
        "lines": [{"id": "1", "kind": "goods", "sku": "MUG", "quantity": "2", "net": "20.00", "vat": "4.00",
                   "vat_percent": "20"}],
    } | more  # fmt: skip


TWO = [item(1, "MUG", "20.00", "4.00", 2), item(2, "LAMP", "30.00", "6.00", 1)]
PAID: dict[str, Any] = {"lines": TWO, "total": "60.00", "date_paid_gmt": "2026-03-02T10:00:00"}
REFUND = [{"id": 3, "reason": "Torn", "total": "-12.00"}]


def answer(quantity: int = -1) -> list[dict[str, Any]]:
    """What a shop answers when it is asked for the refunds of an order."""
    line = {"id": 9, "quantity": quantity, "total": "-10.00", "total_tax": "-2.00",
            "meta_data": [{"key": "_refunded_item_id", "value": "1"}]}  # fmt: skip
    return [{"id": 3, "amount": "12.00", "reason": "Torn", "date_created_gmt": "2026-03-02T09:00:05",
             "line_items": [line]}]  # fmt: skip


SHOPIFY_PAID = {
    "financial_status": "paid", "total_price": "30.00", "current_total_price": "30.00", "total_outstanding": "0.00",
    "shipping_lines": [{"id": 3, "title": "Courier", "price": "5.00", "tax_lines": [{"price": "1.00", "rate": 0.2}]}],
}  # fmt: skip


def shopify_refund(restock: str, amount: str, **more: Any) -> dict[str, Any]:
    line = {"line_item_id": 1, "quantity": 1, "subtotal": 10.0, "total_tax": 2.0, "restock_type": restock}
    return {"id": 5, "order_id": 7, "created_at": "2026-03-02T10:00:00Z", "refund_line_items": [line],
            "transactions": [{"kind": "refund", "status": "success", "amount": amount}]} | more  # fmt: skip


def as_body(told: Any) -> bytes:
    return json.dumps(told).encode()


def order_of(dialect: str, told: Any, topic: str = "") -> ShopOrder:
    """The state of an order that a body tells."""
    order = read(dialect, as_body(told), topic).order
    assert order is not None
    return order
