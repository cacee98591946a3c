"""How values look on a page."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from markupsafe import Markup

from app.web.kit import look
from tests.web.companies import Shop
from tests.web.shop import as_person


@pytest.mark.parametrize(
    ("value", "text"),
    [("0", "0"), ("1234.500", "1,234.5"), ("-0.500", "-0.5"), ("1000000", "1,000,000"), ("0.001", "0.001")],
)
def test_a_quantity_has_no_zeros_at_its_end_and_a_comma_at_each_thousand(value: str, text: str) -> None:
    assert look.number(Decimal(value)) == text


def test_money_has_the_decimals_of_the_company_and_a_price_at_least_those(shop: Shop) -> None:
    with as_person(shop.app, "ada"):
        assert look.money(Decimal("1234.5")) == "1,234.50"
        assert look.money(Decimal("-0.1"), "EUR") == "-0.10 EUR"
        assert look.price(Decimal("10.0000")) == "10.00"
        assert look.price(Decimal("0.3333")) == "0.3333"
        assert look.money(None) == look.price(None) == ""


def test_a_moment_is_told_in_the_companys_time(shop: Shop) -> None:
    with as_person(shop.app, "ada"):
        assert look.moment(datetime(2026, 1, 1, 22, 30, tzinfo=UTC)) == "2026-01-02 00:30"
        assert look.shown(date(2026, 1, 2)) == "2026-01-02"


def test_a_state_is_a_badge_whose_text_cannot_be_markup(shop: Shop) -> None:
    with as_person(shop.app, "ada"):
        assert "partly paid" in look.badge("partly_paid")
        assert "<b>" not in look.badge("<b>")
        assert look.badge(None) == ""


def test_what_people_typed_is_never_markup_on_a_page(own_shop: Shop) -> None:
    from tests.web.test_cards import NEW, form

    visitor = own_shop.visit("max")
    nasty = "<script>alert(1)</script>"

    made = visitor.post("/products/new", form(visitor, "/products/new", **NEW | {"name": nasty})).location

    narrowed = ("/products/?q=%3Cscript%3E", "/products/?_flt_0_name=%3Cscript")
    for address in (made, "/products/", f"{made}/edit", *narrowed):
        assert "<script>" not in visitor.get(address).text


def test_a_text_that_is_written_as_a_cell_beside_it_is_no_markup() -> None:
    cells = look.column("<td>", [Markup("<b>x</b>"), "<b>x</b>", "<b>x</b>"])

    assert cells == ["<td><b>x</b></td>", *["<td>&lt;b&gt;x&lt;/b&gt;</td>"] * 2]


def test_dates_and_numbers_are_never_broken_into_two_lines(shop: Shop) -> None:
    seller = shop.visit("sue")
    orders, customers = seller.get("/orders/").text, seller.get("/customers/").text

    assert re.search(r'<td data-label="Number" class="main whole"><a [^>]*>SO-', orders)
    assert re.search(r'<td data-label="Date" class="whole">\d{4}-', orders)
    assert '<td data-label="Customer" class="">' in orders
    assert '<td data-label="Phone" class="whole">' in customers
