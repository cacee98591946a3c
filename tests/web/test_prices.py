"""Discounts, lists that follow others, the price check, and why a line costs what it does."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.kernel.rows import read
from app.domain.pricing.price import DiscountRule, Generals, ListFacts, ListRow, Span, Tariff, quote
from app.web.kit.reasons import Reason, reasons
from tests.traces import checksums
from tests.web.companies import Shop
from tests.web.shop import Visitor, hidden

D = Decimal
DAY = date(2026, 3, 2)
ALWAYS = Span(D(0), None, None)


def save(visitor: Visitor, address: str, **values: Any) -> Any:
    return visitor.post(address, hidden(visitor.get(address).text) | {name: str(it) for name, it in values.items()})


def rows(shop: Shop, sql: str, **values: object) -> Any:
    with Session(shop.engine) as session:
        return read(session, sql, **values)


def test_an_explanation_reads_as_sentences(shop: Shop) -> None:
    tariff = Tariff(
        lists={1: ListFacts(1, "RETAIL"), 2: ListFacts(2, "CLUB", 1, D("-10"), D("1.00"), less_cent=True)},
        rows={1: [ListRow(1, ALWAYS, D("12.4000")), ListRow(2, Span(D(10), DAY, None), D("11.00"))], 2: []},
        discounts=[DiscountRule(1, "customer", 0, Span(D(50), None, None), D(20), None),
                   DiscountRule(2, "customer_group", 1, ALWAYS, D("7.50"), None)],
        generals=Generals(customer=None, customer_group=D(3)),
    )  # fmt: skip

    with shop.app.test_request_context():
        told = reasons(quote(tariff, price_list=2, quantity=D(1), on=DAY).explanation)

    assert told == [
        Reason("Price list RETAIL: 12.40", won=True),
        Reason("Price list RETAIL: 11.00 (from 10 on, 2026-03-02 – …, not valid here)", won=False),
        Reason("Price list CLUB follows it, -10 %, rounded to 1.00, less 0.01: 10.99", won=True),
        Reason("The customer's discount for the product: 20 % (from 50 on, not valid here)", won=False),
        Reason("The customer group's discount for the product group: 7.5 %", won=True),
        Reason("The customer's general discount: none", won=False),
        Reason("The customer group's general discount: 3 %", won=False),
    ]


def test_a_list_without_the_product_says_so(shop: Shop) -> None:
    tariff = Tariff(lists={1: ListFacts(1, "RETAIL")}, rows={})

    with shop.app.test_request_context():
        told = reasons(quote(tariff, price_list=1, quantity=D(1), on=DAY).explanation)

    assert told[0] == Reason("Price list RETAIL has no price of the product.", won=False)


def test_a_discount_is_given_and_the_price_check_names_it(own_shop: Shop) -> None:
    visitor, ids = own_shop.visit("max"), own_shop.known.ids
    asked = f"/price-check/?customer={ids['customer']}&product={ids['bolt']}&quantity=1&on=2026-03-02"
    assert "The customer&#39;s discount for the product" not in visitor.get(asked).text

    answer = save(visitor, "/discounts/new", customer_id=ids["customer"], product_id=ids["bolt"], percent="12.5",
                  min_quantity="0")  # fmt: skip

    assert answer.status_code == 302
    page = visitor.get(asked).text
    assert "The customer&#39;s discount for the product: 12.5 %" in page
    assert "8.75" in page, "10.00 less 12.5 %"


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"product_id": "bolt", "percent": "5"}, "Name either a customer or a customer group."),
        ({"customer_id": "customer", "percent": "5"}, "Name either a product or a product group."),
        ({"customer_id": "customer", "product_id": "bolt"}, "Give either a discount or a special price."),
        ({"customer_id": "customer", "product_id": "bolt", "percent": "5", "special_price": "3"},
         "Give either a discount or a special price."),
        ({"customer_id": "customer", "product_id": "bolt", "percent": "101"}, "This value is not possible here."),
    ],
)  # fmt: skip
def test_a_discount_that_means_nothing_is_refused_with_a_sentence(
    own_shop: Shop, values: dict[str, str], sentence: str
) -> None:
    known = own_shop.known.ids

    answer = save(own_shop.visit("max"), "/discounts/new", min_quantity="0",
                  **{name: known.get(it, it) for name, it in values.items()})  # fmt: skip

    assert answer.status_code == 422
    assert sentence in answer.text
    assert not rows(own_shop, "SELECT id FROM discount")


def test_a_list_follows_another_and_never_itself(own_shop: Shop) -> None:
    visitor = own_shop.visit("max")
    retail = rows(own_shop, "SELECT id, version FROM price_list WHERE code = 'RETAIL'")[0]

    answer = save(visitor, "/price-lists/new", code="CLUB", name="Club", currency="EUR", base_id=retail.id,
                  percent="-10", step="1.00", less_cent="y")  # fmt: skip

    assert answer.status_code == 302
    club = rows(own_shop, "SELECT * FROM price_list WHERE code = 'CLUB'")[0]
    assert (club.base_id, club.percent, club.step, club.less_cent) == (retail.id, D(-10), D(1), True)
    back = save(visitor, f"/price-lists/{retail.id}/edit", code="RETAIL", name="Retail", is_default="y", active="y",
                base_id=club.id, percent="0")  # fmt: skip
    assert back.status_code == 422
    assert "never itself" in back.text
    assert rows(own_shop, "SELECT base_id FROM price_list WHERE code = 'RETAIL'")[0].base_id is None


@pytest.mark.parametrize("step", ["soon", "sNaN", "0x10", "3"])
def test_a_step_that_nobody_can_choose_is_refused_in_its_field(shop: Shop, step: str) -> None:
    answer = save(shop.visit("max"), "/price-lists/new", code="ODD", name="Odd", currency="EUR", step=step)

    assert answer.status_code == 422
    assert not rows(shop, "SELECT id FROM price_list WHERE code = 'ODD'")


def test_a_limit_is_set_for_a_person_once(own_shop: Shop) -> None:
    visitor = own_shop.visit("ada")
    sue = rows(own_shop, "SELECT id FROM actor WHERE name = 'Sue Example'")[0].id

    first = save(visitor, "/discount-limits/new", actor_id=sue, percent="5")
    second = save(visitor, "/discount-limits/new", actor_id=sue, percent="6")

    assert (first.status_code, second.status_code) == (302, 422)
    assert [row.percent for row in rows(own_shop, "SELECT percent FROM discount_limit")] == [D(5)]


def test_an_order_tells_why_and_pricing_again_shows_before_and_after(own_shop: Shop) -> None:
    visitor, order = own_shop.visit("max"), own_shop.known.ids["estimate"]
    with Session(own_shop.engine) as session:
        session.execute(text("UPDATE price_list_row SET price = 11 WHERE price = 10"))
        session.commit()
    assert "Price list RETAIL: 10.00" in visitor.get(f"/orders/{order}").text

    with Session(own_shop.engine) as session:
        before = checksums(session)
    preview = visitor.get(f"/orders/{order}/reprice").text

    assert "Prices before and after" in preview
    assert "11.00" in preview
    with Session(own_shop.engine) as session:
        assert checksums(session) == before
    save(visitor, f"/orders/{order}/reprice")
    sql = "SELECT unit_price FROM sales_order_line WHERE order_id = %(id)s ORDER BY position"
    lines = rows(own_shop, sql, id=order)
    assert [line.unit_price for line in lines] == [D(11), D(15)]


def test_the_price_check_refuses_what_cannot_be_asked_and_stores_nothing(shop: Shop) -> None:
    visitor, ids = shop.visit("sue"), shop.known.ids
    address = f"/price-check/?customer={ids['customer']}&product={ids['bolt']}&on=2026-03-02&quantity="

    assert "must be above 0" in visitor.get(address + "0").text
    assert visitor.get(address + "NaN").status_code == 200
    assert "BOLT: quantity" in visitor.get(address + "1.5").text
    assert visitor.get("/price-check/?customer=999999&product=1&quantity=1&on=2026-03-02").status_code == 200
    assert visitor.get("/price-check/choices/nothing").status_code == 404
    assert any(ids["bolt"] == int(row["value"]) for row in visitor.get("/price-check/choices/product?q=BOLT").json)
