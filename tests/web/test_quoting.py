"""What an order that is being written would cost and what of it is there, told while one types."""

from typing import Any

from sqlalchemy import text

from tests.api.test_attacks import only
from tests.traces import checksums
from tests.web.companies import Shop
from tests.web.shop import Visitor
from tests.world import TODAY

WRITES = (("view", "Orders"), ("edit", "Orders"), ("view", "Warehouses"), ("view", "Every warehouse"))


def told(shop: Shop, visitor: Visitor, address: str = "/orders/quote", **changes: str) -> Any:
    known = shop.known
    typed = {
        "customer": str(known.customer), "warehouse": str(known.main), "on": str(TODAY), "channel": "phone",
        "product_0": str(known.bolt), "quantity_0": "3", "product_4": str(known.care), "quantity_4": "",
    } | changes  # fmt: skip
    answer = visitor.post(address, typed)
    assert answer.status_code == 200, answer.status_code
    return answer.json


def test_each_line_says_its_price_and_why_and_what_is_there_and_nothing_is_stored(own_shop: Shop) -> None:
    seller = own_shop.visit("sue")
    before = checksums(own_shop.engine)

    answer = told(own_shop, seller)

    bolt, care = answer["lines"]["0"], answer["lines"]["4"]
    assert (bolt["price"], bolt["amount"], bolt["short"]) == ("10.00", "30.00", False)
    assert bolt["available"].endswith(" available")
    assert bolt["why"][0]["won"] is True
    assert (care["price"], care["amount"], "available" in care) == ("15.00", "15.00", False)
    assert answer["total"] == "Net 45.00, VAT 9.00, total 54.00 EUR"
    assert checksums(own_shop.engine) == before


def test_lines_of_one_product_are_short_together(own_shop: Shop) -> None:
    bolt = str(own_shop.known.bolt)

    def short(one: str, other: str) -> list[bool]:
        lines = {"quantity_0": one, "product_1": bolt, "quantity_1": other}
        return [line["short"] for line in told(own_shop, own_shop.visit("max"), **lines)["lines"].values() if
                "short" in line]  # fmt: skip

    assert short("40", "40") == [False, False]
    assert short("60", "60") == [True, True]


def test_a_price_that_was_typed_in_is_told_as_such_and_counts(own_shop: Shop) -> None:
    answer = told(own_shop, own_shop.visit("max"), price_0="12", discount_0="50")

    line = answer["lines"]["0"]
    assert (line["price"], line["amount"]) == ("12.00 − 50 % = 6.00", "18.00")
    assert line["why"][0] == {"text": "It was typed in.", "won": True}
    assert not any(its["won"] for its in line["why"][1:])


def test_before_a_customer_is_chosen_only_what_is_there_is_told(own_shop: Shop) -> None:
    answer = told(own_shop, own_shop.visit("sue"), customer="")

    assert (set(answer["lines"]["0"]), answer["total"], answer["refused"]) == ({"available", "short"}, "", "")


def test_what_no_order_could_be_is_said(own_shop: Shop) -> None:
    answer = told(own_shop, own_shop.visit("sue"), quantity_0="-3")

    assert "above 0" in answer["refused"]
    assert answer["total"] == ""
    nonsense = told(own_shop, own_shop.visit("sue"), quantity_0="many", product_1="99999999999999999999")
    assert set(nonsense["lines"]) == {"4"}


def test_prices_and_stock_are_told_to_those_who_see_them(own_shop: Shop) -> None:
    only(own_shop, "una", *WRITES, ("view", "Stock"))
    only(own_shop, "sue", *WRITES, ("view", "Prices"))

    stock, prices = (told(own_shop, own_shop.visit(name), quantity_0="1000") for name in ("una", "sue"))

    assert set(stock["lines"]["0"]) == {"available", "short"}
    assert (stock["lines"]["4"], stock["total"]) == ({}, "")
    assert set(prices["lines"]["0"]) == {"price", "amount", "why"}


def test_the_stock_of_others_is_told_to_nobody(own_shop: Shop) -> None:
    seller, known = own_shop.visit("sue"), own_shop.known

    answer = told(own_shop, seller, warehouse=str(known.north))

    assert "available" not in answer["lines"]["0"]
    assert seller.post(f"/orders/{known.active_north}/quote", {}).status_code == 404
    assert seller.post(f"/orders/{known.approved}/quote", {}).status_code == 404


def test_an_order_that_is_written_anew_keeps_its_list_and_what_the_shop_charged(own_shop: Shop) -> None:
    visitor, known = own_shop.visit("max"), own_shop.known
    with own_shop.engine.begin() as connection:
        charged = "UPDATE sales_order_line SET price_source = 'shop', net = 21, unit_price = 7 WHERE order_id = :order"
        connection.execute(text(charged + " AND sku = 'BOLT'"), {"order": known.estimate})

    line = told(own_shop, visitor, f"/orders/{known.estimate}/quote")["lines"]["0"]

    assert (line["price"], line["amount"], line["why"][0]["text"]) == ("7.00", "21.00", "The shop charged it.")
    assert f'data-told-by="/orders/{known.estimate}/quote"' in visitor.get(f"/orders/{known.estimate}/edit").text
