"""Every operation and every role against the table; nobody gets in without a token, and reading changes nothing."""

import pytest

from tests.api.conftest import Caller
from tests.api.expected import ANYONE, expected
from tests.traces import checksums
from tests.web.companies import Shop
from tests.web.shop import PEOPLE

NOWHERE = 2**62


def operations(shop: Shop) -> list[tuple[str, str, str]]:
    """(endpoint, method, address) of all that can be asked of the API."""
    found = []
    for rule in shop.app.url_map.iter_rules():
        if not rule.rule.startswith("/api/") or rule.endpoint in ANYONE:
            continue
        address = rule.rule.removeprefix("/api/v1/").replace("<id:pk>", str(NOWHERE)).replace("<code>", "NONE")
        found += [(rule.endpoint, method, address) for method in rule.methods - {"HEAD", "OPTIONS"}]
    return found


def test_every_operation_has_a_row(shop: Shop) -> None:
    assert {endpoint for endpoint, _, _ in operations(shop) if expected(endpoint) is None} == set()


@pytest.mark.parametrize("person", PEOPLE)
def test_a_role_reaches_over_the_api_what_it_reaches_on_the_screens(shop: Shop, person: str) -> None:
    caller, place = Caller(shop, person), list(PEOPLE).index(person)

    wrong = {}
    for endpoint, method, address in operations(shop):
        status = caller.ask(method, address, None if method in ("GET", "DELETE") else {}).status_code
        if status >= 500 or (status == 403) is (expected(endpoint) or [])[place]:
            wrong[endpoint] = status

    assert wrong == {}


def test_nobody_gets_in_without_a_token_not_even_with_the_cookie_of_a_page(shop: Shop) -> None:
    stranger, visitor = Caller(shop, None), shop.visit("ada")

    for endpoint, method, address in operations(shop):
        answer = stranger.ask(method, address, None if method == "GET" else {})
        assert (answer.status_code, answer.json["error"]["code"]) == (401, "not_signed_in"), endpoint
        if method == "GET":
            assert visitor.get(f"/api/v1/{address}").status_code == 401, endpoint


def test_no_answer_to_a_program_sets_a_cookie(shop: Shop) -> None:
    asked = [("POST", "security/login"), ("GET", "_openapi"), ("GET", "no-such-thing"), ("GET", "orders/?q=!!")]
    asked += [(method, address) for _, method, address in operations(shop)]

    for caller in (Caller(shop, "ada"), Caller(shop, None)):
        for method, address in asked:
            answer = caller.ask(method, address, None if method == "GET" else {})
            assert "Set-Cookie" not in answer.headers, address
    assert "Set-Cookie" not in shop.visit("ada").get("/api/v1/_openapi").headers


def test_a_wrong_token_or_scheme_lets_nobody_in(shop: Shop) -> None:
    stranger = Caller(shop, None)

    for header in ("Bearer x.y.z", "Bearer", "Basic YWRhOng=", "ApiKey", "ApiKey nothing", "Bearer \x7f", "x" * 9000):
        assert stranger.ask("GET", "orders/", Authorization=header).status_code == 401, header[:20]


def test_reading_changes_nothing(own_shop: Shop) -> None:
    ada = Caller(own_shop, "ada")
    before = checksums(own_shop.engine)

    for endpoint, method, address in operations(own_shop):
        if method == "GET":
            assert ada.ask(method, address.replace(str(NOWHERE), "1")).status_code < 500, endpoint

    assert checksums(own_shop.engine) == before


def test_the_description_is_open_to_all_and_names_every_operation(shop: Shop) -> None:
    answer = Caller(shop, None).get("_openapi")

    told = {
        operation["operationId"]
        for path in answer.json["paths"].values()
        for method, operation in path.items()
        if method in ("get", "post", "put", "delete")
    }
    assert len(told) == len(operations(shop)) + len({"security.login", "eshop.receive"} & told)
    assert "security.login" in told
    assert "orders.approve" in told
