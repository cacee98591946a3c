"""A step with many documents at once: its results stand above the list that one looked at, which goes on from there."""

import re

from tests.web.companies import Shop
from tests.web.shop import Visitor, hidden
from tests.web.test_books import changed
from tests.web.test_documents import AGREED
from tests.web.test_keyset import rows

LIST = "/orders/?q=SO-&warehouse=1&psize_OrderView=25"


def action(visitor: Visitor, address: str, step: str) -> str:
    """Where the dialog of a step sends what is ticked."""
    [found] = re.findall(rf'action="(/\w[^"]*/bulk/{step}[^"]*)"', visitor.get(address).text)
    return found.replace("&amp;", "&")


def forms(page: str) -> list[str]:
    """Where search and filter lead."""
    return re.findall(r'<form class="sb-(?:search|pop p-3)" method="get" action="([^"]+)"', page)


def test_after_a_step_with_many_search_filter_and_export_go_on_from_the_list(own_shop: Shop) -> None:
    visitor, known = own_shop.visit("ada"), own_shop.known

    page = visitor.post("/orders/bulk/approve", AGREED | {"rowid": known.active}).text

    assert forms(page) == ["/orders/", "/orders/"]
    assert "/orders/bulk/" not in "".join(re.findall(r'(?:href|value)="([^"]*)"', page))


def test_a_step_with_many_keeps_what_the_list_is_narrowed_by(own_shop: Shop) -> None:
    visitor, known = own_shop.visit("ada"), own_shop.known
    before = rows(visitor.get(LIST).text)

    page = visitor.post(action(visitor, LIST, "approve"), AGREED | {"rowid": known.active}).text

    assert "Approve: 1 done" in page
    listed = page.partition("data-tick-all")[2]
    assert rows(listed) == before != rows(visitor.get("/orders/").text)
    assert f'action="/orders/bulk/approve?{LIST.partition("?")[2]}"'.replace("&", "&amp;") in page


def test_what_was_deleted_leads_nowhere(own_shop: Shop) -> None:
    visitor, known = own_shop.visit("ada"), own_shop.known

    page = visitor.post("/receipts/bulk/delete", {"rowid": [known.receipt_draft, known.receipt]}).text

    assert "Delete: 1 done, 1 refused" in page
    assert f'"/receipts/{known.receipt_draft}"' not in page
    assert f'"/receipts/{known.receipt}"' in page.partition("data-tick-all")[0]


def test_an_answer_that_cannot_be_leaves_filter_ticks_and_answers(own_shop: Shop) -> None:
    visitor, known = own_shop.visit("ada"), own_shop.known
    address = action(visitor, LIST, "approve")

    answer = visitor.post(address, AGREED | {"rowid": [known.active, known.approved], "on": "soon"})

    assert (answer.status_code, "Date: This is not a date." in answer.text) == (422, True)
    ticked = re.findall(r'name="rowid" value="(\d+)"[^>]* checked', answer.text)
    assert {int(key) for key in ticked} == {known.active, known.approved}
    assert 'value="Mr Client"' in answer.text.partition('id="ask-approve"')[2].partition("</dialog>")[0]
    assert hidden(answer.text)["q"] == "SO-"
    assert "Mr Client" not in visitor.get("/orders/").text


def test_another_date_is_shown_after_rules_were_refused(own_shop: Shop) -> None:
    visitor = own_shop.visit("abe")

    answer = visitor.post("/posting-rules/change", changed(own_shop, visitor, "4010", "1999-01-01"))

    assert answer.status_code == 422
    assert '<form class="sb-inline" method="get" action="/posting-rules/">' in answer.text
