"""What bodies of a WooCommerce shop say."""

from decimal import Decimal

import pytest

from app.domain.intake.eshop.dialects import REFUNDS, read
from tests.domain.intake.eshop.bodies import BILLING, as_body, item, order_of, woo

D = Decimal


def test_woocommerce_tells_freight_fees_of_both_signs_and_products_without_a_code() -> None:
    lines = [item(1, None, "5.00", "0.00", product_id=0), item(2, "", "7.33", "0.00", product_id=31, variation_id=4)]
    fees = [{"id": 8, "name": "Gift &amp; wrap", "total": "2.50", "total_tax": "0.00", "taxes": []},
            {"id": 9, "name": "Loyalty", "total": "-5.00", "total_tax": "0.00", "taxes": []}]  # fmt: skip
    freight = [{"id": 7, "method_title": "Courier", "total": "3.50", "total_tax": "0.70",
                "taxes": [{"id": 1, "total": "0.70"}, {"id": 2, "total": ""}]}]  # fmt: skip

    order = order_of("woocommerce", woo(lines=lines, fee_lines=fees, shipping_lines=freight, total="14.04",
                                          tax_lines=[{"rate_id": 1, "rate_percent": 20},
                                                     {"rate_id": 2, "rate_percent": 9}]))  # fmt: skip

    assert [(line.kind, line.sku, line.product_ref, line.net, line.percent) for line in order.lines] == [
        ("goods", "", "", D("5.00"), 0), ("goods", "", "31/4", D("7.33"), 0), ("freight", "", "", D("3.50"), 20),
        ("fee", "", "", D("2.50"), 0), ("fee", "", "", D("-5.00"), 0),
    ]  # fmt: skip
    assert order.lines[3].name == "Gift & wrap"
    assert order.rounding == D("0.01")


@pytest.mark.parametrize(("status", "means"), [
    ("pending", "open"), ("failed", "open"), ("checkout-draft", "open"), ("on-hold", "placed"),
    ("processing", "placed"), ("completed", "placed"), ("packed-by-robot", "placed"), ("cancelled", "cancelled"),
    ("refunded", "cancelled"), ("trash", "cancelled"),
])  # fmt: skip
def test_woocommerce_statuses_are_three(status: str, means: str) -> None:
    assert order_of("woocommerce", woo(status=status)).status == means


def test_woocommerce_is_paid_when_it_says_when() -> None:
    paid = order_of("woocommerce", woo(date_paid_gmt="2026-03-02T10:00:00", transaction_id="ch_1"))

    assert (paid.paid, paid.transaction) == (24, "ch_1")
    assert order_of("woocommerce", woo(status="processing")).paid == 0


def test_woocommerce_deletes_by_the_id_alone_and_refunds_with_or_without_lines() -> None:
    deleted = read("woocommerce", b'{"id": 34}', "order.deleted")
    order = order_of("woocommerce", woo(refunds=[{"id": 28, "reason": "Torn", "total": "-11.30"}]))
    answer = [{"id": 28, "amount": "11.30", "reason": "Torn", "date_created_gmt": "2026-03-02T09:00:05", "line_items": [
        {"id": 35, "quantity": -1, "total": "-10.00", "total_tax": "-1.30",
         "meta_data": [{"key": "_refunded_item_id", "value": "32"}]},
    ]}]  # fmt: skip
    [fetched] = read("woocommerce", as_body(answer), REFUNDS + "7").refunds

    assert (deleted.ref, deleted.deleted, deleted.order) == ("34", True, None)
    [refund] = order.refunds
    assert (refund.ref, refund.amount, refund.lines) == ("28", D("11.30"), None)
    assert [(line.ref, line.quantity, line.net, line.vat) for line in fetched.lines or ()] == [
        ("32", 1, D("10.00"), D("1.30"))
    ]


def test_woocommerce_knows_a_company_and_its_vat_number() -> None:
    order = order_of("woocommerce", woo(
        billing=BILLING | {"company": "Ada &amp; Sons"}, meta_data=[{"key": "_vat_number", "value": "DE123456789"}]
    ))  # fmt: skip

    assert (order.buyer.name, order.buyer.vat_number) == ("Ada & Sons", "DE123456789")


@pytest.mark.parametrize(("status", "meant"), [
    ("failed", "cancelled"), ("checkout-draft", "cancelled"), ("pending", "open"), ("processing", "placed"),
])  # fmt: skip
def test_of_paid_orders_only_what_is_pending_waits_for_more(status: str, meant: str) -> None:
    assert order_of("woocommerce", woo(status=status, date_paid_gmt="2026-03-02T10:00:00")).status == meant
