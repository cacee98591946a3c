"""Turning pages: every list in every order, there and back, and tokens that nobody was given."""

import base64
import json
import re
from html import unescape
from itertools import cycle
from typing import Any

import pytest
from werkzeug.exceptions import BadRequest

from app.domain.kernel.document import Document
from app.domain.sales.models import SalesOrder
from app.web.kit.documents import DocumentView
from app.web.kit.keyset import Order, Place, place_of, token_of
from app.web.kit.listing import Listing
from app.web.kit.views import MasterView
from tests.web.companies import Shop
from tests.web.shop import Visitor, as_person

BY_DATE = Order("on", "desc", SalesOrder.id, SalesOrder.on)
BY_SUM = Order("gross", "desc", SalesOrder.id, SalesOrder.gross)
BY_NUMBER = Order("number", "desc", SalesOrder.id, Document.number, Document.number)
BY_ID = Order("id", "desc", SalesOrder.id)


def token(*facts: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(facts).encode()).decode().rstrip("=")


def rows(page: str) -> list[str]:
    return re.findall(r'<tr class="opens" data-href="([^"]+)"', page)


def link(page: str, rel: str) -> str:
    found = re.search(rf'href="([^"]+)" rel="{rel}"', page)
    return unescape(found[1]) if found else ""


def walked(visitor: Visitor, address: str, rel: str) -> tuple[list[str], str]:
    """All rows from this page on, page by page, and the last page's address."""
    found: list[str] = []
    while True:
        answer = visitor.get(address)
        assert answer.status_code == 200, (address, answer.text)
        part = rows(answer.text)
        found = [*found, *part] if rel == "next" else [*part, *found]
        if not (further := link(answer.text, rel)):
            return found, address
        address = further


def lists(shop: Shop) -> list[Any]:
    """All lists; the company is one card, and its list leads there."""
    views = shop.app.extensions["appbuilder"].baseviews
    return [view for view in views if isinstance(view, DocumentView | MasterView) and view.route_base != "/company"]


def test_every_list_turns_through_the_same_rows_in_both_directions_however_it_is_ordered(shop: Shop) -> None:
    visitor, wrong, turned, ways = shop.visit("ada"), [], 0, cycle(("asc", "desc"))
    for view in lists(shop):
        name = type(view).__name__
        # One way for each column: reading back is the other way already.
        orders = [f"&_oc_{name}={column}&_od_{name}={next(ways)}" for column in view.order_columns]
        for order in ["", *orders]:
            first = rows(visitor.get(f"{view.route_base}/?psize_{name}=100{order}").text)
            there, last = walked(visitor, f"{view.route_base}/?psize_{name}=3{order}", "next")
            back, _ = walked(visitor, last, "prev")
            turned += len(first) > 3
            if not first == there[:100] == back[:100] or there != back:
                wrong.append((view.route_base, order, first, there, back))

    assert wrong == []
    assert turned > 30


def test_rows_without_a_value_stand_before_those_with_one_where_the_order_descends(shop: Shop) -> None:
    with as_person(shop.app, "ada"):
        view = next(view for view in lists(shop) if type(view).__name__ == "InvoiceView")
        listing = Listing(view, view.visible())
        down = [row.number for row in listing.page_after("", 100, order="number").rows]
        up = [row.number for row in listing.page_after("", 100, order="number", direction="asc").rows]

    assert None in down
    assert down == up[::-1]
    assert down == sorted(down, key=lambda number: (number is None, number or ""), reverse=True)


def test_a_list_is_read_without_a_page_from_one_token_to_the_next(shop: Shop) -> None:
    with as_person(shop.app, "sue"):
        view = next(view for view in lists(shop) if type(view).__name__ == "OrderView")
        listing = Listing(view, view.visible())
        first = listing.page_after("", 2, order="gross")
        second = listing.page_after(first.after, 2, order="gross")
        whole = listing.page_after("", 100, order="gross")

    assert [row.id for row in [*first.rows, *second.rows]] == [row.id for row in whole.rows[:4]]
    assert (first.before, first.first, second.first, first.count) == ("", 1, 3, len(whole.rows))
    assert (whole.before, whole.after) == ("", "")


def test_a_page_says_which_rows_it_shows(shop: Shop) -> None:
    visitor = shop.visit("ada")

    second = link(visitor.get("/orders/?psize_OrderView=3").text, "next")
    third = link(visitor.get(second).text, "next")

    assert "<span>4–6</span>" in visitor.get(second).text
    assert "<span>4–6</span>" in visitor.get(link(visitor.get(third).text, "prev")).text


def test_a_turned_page_keeps_what_the_list_is_narrowed_by_and_another_order_begins_anew(shop: Shop) -> None:
    visitor = shop.visit("ada")

    second = visitor.get(link(visitor.get("/orders/?psize_OrderView=1&state=active").text, "next")).text

    assert rows(second)
    assert 'class="sb-chip on" href="/orders/?psize_OrderView=1&amp;state=active"' in second
    assert "_oc_OrderView=on&amp;_od_OrderView=asc" in second
    assert not re.search(r'href="[^"]*_oc_OrderView=on[^"]*after_OrderView', second)


@pytest.mark.parametrize(
    ("order", "place"),
    [
        (BY_DATE, ("2026-03-31", 17, 25)),
        (BY_SUM, ("12.50", 17, 0)),
        (BY_NUMBER, ("Ж-17", 17, 2)),
        (BY_NUMBER, (None, 17, 2)),
        (BY_ID, (None, 2**63 - 1, 2)),
    ],
)
def test_a_token_says_again_what_was_put_into_it(order: Order, place: tuple[Any, int, int]) -> None:
    read = place_of(order, token(order.name, order.direction, *place))

    assert read is not None
    assert place_of(order, token_of(order, read)) == read
    assert str(read.value) == str(place[0])


@pytest.mark.parametrize(
    ("order", "given"),
    [
        (BY_DATE, "?"),
        (BY_DATE, "Ж"),
        (BY_DATE, "A" * 5_000),
        (BY_DATE, token()),
        (BY_DATE, token(*["on", "desc", "2026-03-31", 17])),
        (BY_DATE, token("number", "desc", "2026-03-31", 17, 1)),
        (BY_DATE, token("on", "asc", "2026-03-31", 17, 1)),
        (BY_DATE, token("on", "desc", "2026-02-30", 17, 1)),
        (BY_DATE, token("on", "desc", None, 17, 1)),
        (BY_DATE, token("on", "desc", 20260331, 17, 1)),
        (BY_DATE, token("on", "desc", "2026-03-31", 0, 1)),
        (BY_DATE, token("on", "desc", "2026-03-31", 2**63, 1)),
        (BY_DATE, token("on", "desc", "2026-03-31", "17", 1)),
        (BY_DATE, token("on", "desc", "2026-03-31", 17, -1)),
        (BY_DATE, token("on", "desc", "2026-03-31", 17, 1.5)),
        (BY_SUM, token("gross", "desc", "NaN", 17, 1)),
        (BY_SUM, token("gross", "desc", "1e309", 17, 1)),
        (BY_SUM, token("gross", "desc", "1E-999999", 17, 1)),
        (BY_SUM, token("gross", "desc", "1" * 50, 17, 1)),
        (BY_SUM, token("gross", "desc", "a", 17, 1)),
        (BY_NUMBER, token("number", "desc", "a\x00b", 17, 1)),
        (BY_NUMBER, token("number", "desc", "\ud800", 17, 1)),
        (BY_ID, token("id", "desc", "17", 17, 1)),
        (BY_ID, base64.urlsafe_b64encode(b"[" * 1_200).decode()),
        (BY_ID, base64.urlsafe_b64encode(b"\xff\xfe").decode()),
    ],
)
def test_a_token_that_nobody_was_given_is_refused(order: Order, given: str) -> None:
    with pytest.raises(BadRequest):
        place_of(order, given)


def test_the_page_after_and_before_a_row_cannot_be_asked_at_once(shop: Shop) -> None:
    its = token_of(BY_ID, Place(None, 17, 1))

    assert shop.visit("ada").get(f"/orders/?after_OrderView={its}").status_code == 200
    assert shop.visit("ada").get(f"/orders/?after_OrderView={its}&before_OrderView={its}").status_code == 400
