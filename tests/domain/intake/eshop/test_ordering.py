"""Which products a shop's order means, at whose prices and whose VAT."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.domain.intake.eshop.ordering import content, difference
from tests.domain.intake.eshop.bodies import BILLING, item, order_of, woo
from tests.domain.intake.eshop.conftest import Web
from tests.world import World

D = Decimal


def test_the_cent_by_which_the_total_differs_is_a_rounding_line_without_vat(world: World, web: Web) -> None:
    web.deliver(woo(total="24.01"))

    [order] = web.orders().values()
    assert order["gross"] == "24.01"
    assert order["lines"][-1] == ["ROUNDING-WEB", "1", "0.01", "0.00", "0"]
    world.prove()


def test_more_than_cents_is_no_rounding_and_waits(web: Web) -> None:
    web.deliver(woo(total="24.50"))

    assert web.outcomes() == [("waiting", "vat_differs")]
    assert web.orders() == {}


@pytest.mark.parametrize(("body", "code"), [
    (woo(lines=[item(1, "CUP", "20.00", "4.00")]), "unknown_sku"),
    (woo(lines=[item(1, "", "20.00", "4.00")]), "unknown_sku"),
    (woo(lines=[item(1, None, "20.00", "4.00", product_id=0)]), "unknown_sku"),
    (woo(currency="USD"), "foreign_currency"), (woo(tax_lines=[{"rate_id": 1, "rate_percent": 19}]), "unknown_rate"),
    (woo(lines=[]), "no_lines"), (woo(billing=BILLING | {"first_name": "", "last_name": ""}), "nobody_named"),
])  # fmt: skip
def test_what_cannot_become_an_order_waits_with_its_reason_and_leaves_nothing(
    world: World, web: Web, body: Any, code: str
) -> None:  # fmt: skip
    customers = len(world.ids("SELECT id FROM customer"))

    web.deliver(body)

    assert web.outcomes() == [("waiting", code)]
    assert web.orders() == {}
    assert len(world.ids("SELECT id FROM customer")) == customers


def test_what_a_shop_charged_is_looked_up_among_the_rates_of_that_day(world: World, web: Web) -> None:
    world.change_rate(20, "19", date(2020, 1, 1))
    rates = [{"rate_id": 1, "rate_percent": 19}]

    web.deliver(woo(lines=[item(1, "MUG", "20.00", "3.80", 2)], tax_lines=rates, total="23.80"))

    assert web.orders()["7"]["gross"] == "23.80"
    world.prove()


def test_unknown_skus_may_be_taken_as_a_service(world: World, web: Web) -> None:
    web.change(unknown_skus="service", unknown_product_id=world.add_product("ANY", None, kind="service"))

    web.deliver(woo(lines=[item(1, "CUP", "20.00", "4.00")]))

    assert web.orders()["7"]["lines"][0][0] == "ANY"


def test_at_our_own_prices_what_the_shop_charged_otherwise_is_told(world: World, web: Web, mug: int) -> None:
    world.receive(mug, "10")
    web.change(price_treatment="ours")

    web.deliver(woo(lines=[item(1, "MUG", "18.00", "3.60", 2)], total="21.60"))

    assert web.orders()["7"]["gross"] == "24.00"
    assert web.outcomes() == [("noticed", "other_prices")]
    # It is told until the order is approved as it is, however often the shop tells that nothing of this changed.
    again = {"lines": [item(1, "MUG", "18.00", "3.60", 2)], "total": "21.60"}
    web.deliver(woo(at=5, **again))
    assert web.outcomes() == [("superseded", None), ("noticed", "other_prices")]
    world.approve(web.document())
    web.deliver(woo(at=9, **again))
    assert web.outcomes()[-1] == ("applied", None)
    world.prove()


def test_at_our_own_vat_the_rates_of_the_products_hold(world: World, web: Web) -> None:
    web.change(vat_treatment="ours")

    web.deliver(woo(tax_lines=[{"rate_id": 1, "rate_percent": 19}]))

    assert web.orders()["7"]["gross"] == "24.00"


def test_what_a_shop_changed_is_told_line_by_line() -> None:
    before = content(order_of("woocommerce", woo()))
    lines = [item(1, "MUG", "10.00", "2.00", 1), item(2, "CUP", "5.00", "1.00")]
    after = content(order_of("woocommerce", woo(lines=lines, total="18.00", customer_note="fast")))

    assert difference(before, before) == ""
    assert difference(before, after) == ("2 × MUG: 20.00 → 1 × MUG: 10.00; – → 1 × CUP: 5.00; 24.00 → 18.00; – → fast")
    moved = content(order_of("woocommerce", woo(shipping=BILLING | {"city": "Варна"})))
    assert "Варна" in difference(before, moved)


@pytest.mark.parametrize("made", ["9999-12-31T23:59:59", "0001-01-01T00:00:00"])
def test_an_order_of_the_end_of_all_days_is_dated_within_them(world: World, web: Web, made: str) -> None:
    web.deliver(woo(date_created_gmt=made))

    assert web.outcomes() == [("applied", None)]
    assert date(1970, 1, 1) <= world.row("sales_order", web.document()).on <= date(9998, 1, 1)
