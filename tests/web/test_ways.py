"""Steps of an order that can be taken in more than one way: what is there leaves, and some lines are given up."""

import html
import re

import pytest
from sqlalchemy.orm import Session

from app.domain.kernel.rows import read
from tests.traces import checksums
from tests.web.companies import Shop
from tests.web.shop import Visitor
from tests.world import TODAY

AGREED = {"agreed_by": "Mr Client", "agreed_how": "email", "on": str(TODAY)}
WAY = "Ship what is there, let the rest wait"


def written(visitor: Visitor, *lines: tuple[int, str], shop: Shop) -> str:
    """The address of an order that somebody just wrote."""
    typed = {"customer": str(shop.known.customer), "warehouse": str(shop.known.main), "on": str(TODAY),
             "channel": "phone"}  # fmt: skip
    for place, (product, quantity) in enumerate(lines):
        typed |= {f"product_{place}": str(product), f"quantity_{place}": quantity}
    key = re.search(r'name="form_key"[^>]* value="([^"]+)"', visitor.get("/orders/new").text)
    return str(visitor.post("/orders/new", typed | {"form_key": key[1] if key else ""}).location)


def link(page: str) -> str:
    """Where the second way leads, if the page offers it."""
    found = re.search(rf'href="([^"]+)">(?:(?!</a>).)*{WAY}', page, re.DOTALL)
    return html.unescape(found[1]) if found else ""


def progress(shop: Shop, order: str) -> list[tuple[int, int]]:
    sql = "SELECT shipped, given_up FROM sales_order_line WHERE order_id = %(id)s ORDER BY position"
    with Session(shop.engine) as session:
        return [(int(row.shipped), int(row.given_up)) for row in read(session, sql, id=int(order.rsplit("/", 1)[1]))]


def test_what_is_short_is_refused_and_a_second_way_ships_what_is_there(own_shop: Shop) -> None:
    visitor, known = own_shop.visit("ada"), own_shop.known
    order = written(visitor, (known.bolt, "100"), (known.care, "1"), shop=own_shop)
    before = checksums(own_shop.engine)

    refused = visitor.post(f"{order}/process", AGREED | {"consent": "below_cost"})
    way = link(refused.text)
    page = visitor.get(way).text

    assert (refused.status_code, "Ship what is there and let the rest wait" in refused.text) == (409, True)
    assert re.search(r'name="consent" value="short_stock" checked', page)
    assert re.search(r'name="consent" value="below_cost" checked', page)
    assert re.search(r'<option value="back_order" selected', page)
    assert ('value="Mr Client"' in page, '<option value="email" selected' in page) == (True, True)
    assert re.search(r'96<span class="arrow">→</span><strong>5</strong>', page)
    assert (link(page), checksums(own_shop.engine)) == ("", before)

    answers = {"short": "back_order", "consent": ["below_cost", "short_stock"]}
    assert visitor.post(f"{order}/process", AGREED | answers).location == order
    assert progress(own_shop, order) == [(91, 0), (1, 0)]


def test_the_second_way_is_offered_by_the_preview_too(own_shop: Shop) -> None:
    visitor, known = own_shop.visit("ada"), own_shop.known
    order = written(visitor, (known.bolt, "100"), shop=own_shop)

    assert link(visitor.get(f"{order}/process").text) != ""
    assert link(visitor.get(f"{order}/approve").text) == ""
    assert link(visitor.get(f"/orders/{known.active}/process").text) == ""


def test_a_seller_ships_what_is_there_of_what_a_manager_approved_and_of_nothing_else(own_shop: Shop) -> None:
    seller, manager, known = own_shop.visit("sue"), own_shop.visit("ada"), own_shop.known
    order = written(seller, (known.bolt, "100"), shop=own_shop)
    answers = AGREED | {"short": "back_order", "consent": "short_stock"}

    refused = seller.post(f"{order}/process", answers)
    manager.post(f"{order}/approve", AGREED | {"consent": "short_stock"})
    way = link(seller.post(f"{order}/process", AGREED).text)
    answer = seller.post(f"{order}/process", answers)

    assert (refused.status_code, way != "", answer.status_code) == (409, True, 302)
    assert progress(own_shop, order) == [(91, 0)]


def test_what_becomes_of_what_is_short_is_one_of_the_choices(own_shop: Shop) -> None:
    visitor = own_shop.visit("ada")
    before = checksums(own_shop.engine)

    answer = visitor.post(f"/orders/{own_shop.known.active}/process", AGREED | {"short": "give_away"})

    assert (answer.status_code, "This is not one of the choices." in answer.text) == (409, True)
    assert checksums(own_shop.engine) == before


def begun(shop: Shop, visitor: Visitor) -> tuple[str, list[str]]:
    """An order of which a piece left of the first of three lines; its address, and its lines as the page names them."""
    known = shop.known
    order = written(visitor, (known.bolt, "3"), (known.nut, "2"), (known.care, "1"), shop=shop)
    visitor.post(f"{order}/approve", AGREED | {"consent": ["short_stock", "below_cost"]})
    with Session(shop.engine) as session:
        sql = "SELECT id FROM shipment WHERE order_id = %(id)s"
        [draft] = read(session, sql, id=int(order.rsplit("/", 1)[1]))
    bolts, nuts, care = re.findall(r'name="(quantity_\d+)"', visitor.get(f"/shipments/{draft.id}/process").text)
    typed = {bolts: "1", nuts: "0", care: "1", "rest": "back_order"}
    assert visitor.post(f"/shipments/{draft.id}/process", typed).status_code == 302
    page = visitor.get(f"{order}/give_up").text
    return order, re.findall(r'name="lines" value="(\d+)" checked', page)


def test_lines_that_are_given_up_are_chosen_and_all_open_ones_are_ticked(own_shop: Shop) -> None:
    visitor = own_shop.visit("ada")
    order, [bolts, nuts] = begun(own_shop, visitor)

    page = visitor.get(f"{order}/give_up?lines_shown=1&lines={nuts}").text
    visitor.post(f"{order}/give_up", {"lines_shown": "1", "lines": nuts})

    assert re.findall(r'name="lines" value="(\d+)" (checked)?', page) == [(bolts, ""), (nuts, "checked")]
    assert progress(own_shop, order) == [(1, 0), (0, 2), (1, 0)]
    assert re.findall(r'name="lines" value="(\d+)"', visitor.get(f"{order}/give_up").text) == [bolts]
    visitor.post(f"{order}/give_up", {})
    assert progress(own_shop, order) == [(1, 2), (0, 2), (1, 0)]


@pytest.mark.parametrize("lines", [[], ["x"], ["9" * 500], ["-1"]])
def test_no_line_is_not_every_line(own_shop: Shop, lines: list[str]) -> None:
    visitor = own_shop.visit("ada")
    order, _ = begun(own_shop, visitor)

    answer = visitor.post(f"{order}/give_up", {"lines_shown": "1", "lines": lines})

    assert (answer.status_code, "Tick at least one line." in answer.text) == (409, True)
    assert progress(own_shop, order) == [(1, 0), (0, 0), (1, 0)]


def test_a_line_of_another_order_is_told(own_shop: Shop) -> None:
    visitor = own_shop.visit("ada")
    order, [bolts, _] = begun(own_shop, visitor)

    answer = visitor.post(f"{order}/give_up", {"lines_shown": "1", "lines": [bolts, str(2**60)]})

    assert (answer.status_code, "are not of these orders" in answer.text) == (409, True)
    assert progress(own_shop, order) == [(1, 0), (0, 0), (1, 0)]
