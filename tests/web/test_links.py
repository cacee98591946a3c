"""Every figure and every number leads to what is behind it, where the person may see that."""

import re

import pytest
from sqlalchemy.orm import Session

from app.domain.kernel.rows import read
from tests.web.companies import Shop

HELD = "SELECT product_id, document_id FROM reservation JOIN sales_order ON sales_order.id = document_id"


def links(page: str) -> set[str]:
    return set(re.findall(r'href="([^"]+)"', page.partition("<h1>")[2]))


def test_who_holds_goods_is_a_link_where_one_sees_the_order(shop: Shop) -> None:
    with Session(shop.engine) as session:
        rows = read(session, HELD)
    admin, keeper = shop.visit("ada"), shop.visit("ken")

    assert rows
    for row in rows:
        address = f"/stock/held/{row.product_id}"
        assert f"/orders/{row.document_id}" in links(admin.get(address).text)
        assert not [link for link in links(keeper.get(address).text) if link.startswith("/orders/")]


def test_what_waits_for_its_invoice_leads_to_itself_for_whoever_drafts_none(shop: Shop) -> None:
    shipment = shop.known.shipment_north

    assert f"/shipments/{shipment}" in links(shop.visit("una").get("/to-invoice/").text)
    assert f"/invoices/portion?shipment={shipment}" in links(shop.visit("abe").get("/to-invoice/").text)


@pytest.mark.parametrize("person", ["ada", "ken"])
def test_what_is_on_hand_leads_to_its_card(shop: Shop, person: str) -> None:
    visitor = shop.visit(person)

    cards = [link for link in links(visitor.get("/stock/?q=NUT").text) if link.startswith("/item-card/")]

    assert cards == ["/item-card/?product=NUT&amp;warehouse=NORTH"]
    assert visitor.get(cards[0].replace("&amp;", "&")).status_code == 200


def test_the_first_page_says_what_it_counts(shop: Shop) -> None:
    page = shop.visit("ada").get("/").text

    assert re.search(r'href="/orders/\?state=active"><strong>\d+</strong><span>Active orders</span>', page)
