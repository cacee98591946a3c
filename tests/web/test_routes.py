"""Every route and every role against the table of what is expected."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.traces import checksums
from tests.web.companies import Shop
from tests.web.expected import ANYONE, SIGNED_IN, expected
from tests.web.shop import PEOPLE, Visitor

NOWHERE = 2**62


def method_and_address(row: str, pk: int = NOWHERE) -> tuple[str, str, dict[str, Any]]:
    """How a row of the table is tried: a document or card that does not exist is enough to meet the guard."""
    endpoint, _, step = row.partition(" ")
    _view, _, action = endpoint.partition(".")
    of_one = ("show", "edit", "delete", "step", "reopen", "allocate", "release", "fill", "held", "revoke", "rows")
    of_one += ("one", "state", "file", "again", "stop", "rejected", "reset_code", "end_secret", "retry")
    of_one += ("see_to", "tell_again")
    values = {"pk": pk} if action in of_one else {}
    if action in ("step", "bulk"):
        values["name"] = step
    if action == "choices_of":
        values["column"] = "nothing"
    posted = ("ask", "export", "again", "stop", "delete", "bulk", "change", "lapse", "propose", "revoke", "reset_code",
              "end_secret", "retry", "retry_all", "see_to", "tell_again", "quote")  # fmt: skip
    return ("POST" if action in posted else "GET"), endpoint, values


def visit(shop: Shop, visitor: Visitor, row: str) -> int:
    method, endpoint, values = method_and_address(row)
    with shop.app.test_request_context():
        address = shop.app.url_for(endpoint, **values)
    answer = visitor.get(address) if method == "GET" else visitor.post(address)
    return answer.status_code


def routes(shop: Shop) -> Iterator[str]:
    """Every endpoint, and each step of it where it takes a name."""
    views = {type(view).__name__: view for view in shop.app.extensions["appbuilder"].baseviews}
    for rule in shop.app.url_map.iter_rules():
        view, _, action = rule.endpoint.partition(".")
        # What programs ask is held to the same table by tests of its own.
        if rule.rule.startswith("/api/") and rule.endpoint not in ANYONE:
            continue
        if action in ("step", "bulk"):
            yield from (f"{rule.endpoint} {name}" for name in views[view].steps)
        else:
            yield rule.endpoint


def test_every_route_has_a_row_and_every_row_a_route(shop: Shop) -> None:
    assert sorted(set(routes(shop))) == sorted({*expected(), *SIGNED_IN, *ANYONE})


@pytest.mark.parametrize("person", PEOPLE)
def test_a_role_reaches_what_it_is_for_and_nothing_else(shop: Shop, person: str) -> None:
    place, visitor = list(PEOPLE).index(person), shop.visit(person)

    wrong = {}
    for row, reaches in expected().items():
        status = visit(shop, visitor, row)
        if status >= 500 or (status == 403) is reaches[place]:
            wrong[row] = status

    assert wrong == {}


@pytest.mark.parametrize("person", PEOPLE)
def test_whoever_is_signed_in_has_a_first_page_and_an_account(shop: Shop, person: str) -> None:
    visitor = shop.visit(person)

    assert [visit(shop, visitor, row) for row in sorted(SIGNED_IN)] == [200] * len(SIGNED_IN)


def test_nobody_gets_in_without_signing_in(shop: Shop) -> None:
    stranger = shop.visit()

    for row in [*expected(), *SIGNED_IN]:
        method, endpoint, values = method_and_address(row)
        with shop.app.test_request_context():
            address = shop.app.url_for(endpoint, **values)
        answer = stranger.get(address) if method == "GET" else stranger.post(address)
        assert answer.status_code == 302, row
        assert "/login/" in answer.location, row


def test_health_and_the_files_of_the_pages_are_open_to_anyone(shop: Shop) -> None:
    stranger = shop.visit()

    assert stranger.get("/health").json == {"status": "ok"}
    with stranger.get("/static/css/stockbook.css") as answer:
        assert answer.status_code == 200
    assert stranger.get("/static/appbuilder/js/jquery-latest.js").status_code == 404


def test_looking_at_every_page_changes_nothing(own_shop: Shop) -> None:
    known = own_shop.known.ids
    samples = {"OrderView": "approved", "ShipmentView": "draft_shipment", "ReceiptView": "receipt_draft",
               "ReturnView": "draft_return", "CreditNoteView": "draft_credit", "InvoiceView": "draft_invoice",
               "CashOrderView": "draft_cash", "BankLineView": "draft_bank", "StatementView": "draft_statement",
               "AdjustmentView": "draft_adjustment", "ManualEntryView": "draft_manual",
               "InternalOrderView": "internal_order",
               "OpeningBalanceView": "draft_balance",
               "SettlementPage": "cash"}  # fmt: skip
    visitor = own_shop.visit("ada")
    before = checksums(own_shop.engine)

    for row in [*expected(), *SIGNED_IN]:
        view = row.partition(".")[0]
        method, endpoint, values = method_and_address(row, known.get(samples.get(view, ""), 1))
        if method == "GET":
            with own_shop.app.test_request_context():
                address = own_shop.app.url_for(endpoint, **values)
            assert visitor.get(address).status_code < 500, row

    assert checksums(own_shop.engine) == before


def test_a_changing_route_refuses_whoever_brings_no_token(own_shop: Shop) -> None:
    visitor = own_shop.visit("ada")
    before = checksums(own_shop.engine)

    tried = 0
    for rule in own_shop.app.url_map.iter_rules():
        if "POST" not in rule.methods or rule.rule.startswith("/api/"):
            continue
        samples = {"pk": 1, "name": "process"}
        values = {name: samples[name] for name in rule.arguments}
        with own_shop.app.test_request_context():
            address = own_shop.app.url_for(rule.endpoint, **values)
        answer = visitor.post(address, {"rowid": "1"}, token=False)
        assert answer.status_code == 400, rule.endpoint
        tried += 1

    assert tried > 50
    assert checksums(own_shop.engine) == before


def test_every_view_stands_on_a_base_of_ours(shop: Shop) -> None:
    from app.web.account import AccountPage
    from app.web.api.description import DescriptionApi, SwaggerPage
    from app.web.home import HomePage
    from app.web.kit.documents import DocumentView
    from app.web.kit.pages import PageView
    from app.web.kit.rest.resource import ResourceApi
    from app.web.kit.views import MasterView
    from app.web.live import LivePage
    from app.web.security import SignInView

    others = {
        type(view).__name__
        for view in shop.app.extensions["appbuilder"].baseviews
        if not isinstance(
            view,
            (
                DocumentView,
                MasterView,
                PageView,
                HomePage,
                AccountPage,
                LivePage,
                SignInView,
                ResourceApi,
                DescriptionApi,
                SwaggerPage,
            ),
        )
    }

    assert others == {"UtilView", "LocaleView", "TokenApi", "EshopApi"}


def test_starting_asks_the_database_nothing() -> None:
    from app.factory import create_app

    assert create_app(SQLALCHEMY_DATABASE_URI="postgresql://nobody@127.0.0.1:1/none").url_map
