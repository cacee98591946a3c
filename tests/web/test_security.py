"""Signing in, being kept out, and sessions that end."""

from collections.abc import Sequence

import pytest
from sqlalchemy.orm import Session

from app.domain.kernel.rows import read
from app.web.tries import TRIES_PER_ACCOUNT
from tests.web.companies import Shop
from tests.web.shop import PASSWORD, Visitor, hidden

NEW_PASSWORD = "another one for tests"


def wrong(shop: Shop, name: str, password: str = "wrong") -> str:
    visitor = shop.visit()
    return visitor.post("/login/", {"username": name, "password": password}).text


def test_a_wrong_password_says_the_same_as_a_wrong_name(own_shop: Shop) -> None:
    said = "This name and password do not fit"

    assert said in wrong(own_shop, "ada")
    assert said in wrong(own_shop, "nobody of this name")


def test_after_too_many_tries_even_the_right_password_waits(own_shop: Shop) -> None:
    for _ in range(TRIES_PER_ACCOUNT):
        wrong(own_shop, "ada")

    assert "Too many tries" in wrong(own_shop, "ADA ", PASSWORD)
    assert own_shop.visit("sue").get("/").status_code == 200


def test_tries_over_the_token_route_count_together_with_those_of_the_page(own_shop: Shop) -> None:
    client = own_shop.app.test_client()
    for _ in range(TRIES_PER_ACCOUNT):
        client.post("/api/v1/security/login", json={"username": "ada", "password": "wrong", "provider": "db"})

    answer = client.post("/api/v1/security/login", json={"username": "ada", "password": PASSWORD, "provider": "db"})

    assert answer.status_code == 429
    assert "Too many tries" in wrong(own_shop, "ada", PASSWORD)


def test_a_success_forgets_the_tries_before(own_shop: Shop) -> None:
    for _ in range(TRIES_PER_ACCOUNT - 1):
        wrong(own_shop, "ada")
    own_shop.visit("ada")

    assert "do not fit" in wrong(own_shop, "ada")


def test_a_new_password_ends_every_session_of_before(own_shop: Shop) -> None:
    here, elsewhere = own_shop.visit("sue"), own_shop.visit("sue")

    changed = here.post("/account/", {"current": PASSWORD, "password": NEW_PASSWORD, "again": NEW_PASSWORD})

    assert changed.status_code == 302
    assert "/login/" in elsewhere.get("/").location


def test_the_old_password_is_needed_for_a_new_one(own_shop: Shop) -> None:
    visitor = own_shop.visit("sue")

    answer = visitor.post("/account/", {"current": "wrong", "password": NEW_PASSWORD, "again": NEW_PASSWORD})

    assert answer.status_code == 422
    assert "This is not the password" in answer.text
    assert visitor.get("/").status_code == 200


def test_a_user_who_is_no_longer_active_is_out_at_once(own_shop: Shop) -> None:
    seller, admin = own_shop.visit("sue"), own_shop.visit("ada")
    page = admin.get("/users/3/edit").text
    form = hidden(page) | {"username": "sue", "first_name": "Sue", "last_name": "E", "email": "s@e.org", "roles": "3"}

    assert admin.post("/users/3/edit", form).status_code == 302

    assert "/login/" in seller.get("/").location


def test_a_session_ends_with_the_working_day_however_busy_it_was(own_shop: Shop) -> None:
    visitor = Visitor(own_shop.app, "sue")
    with visitor.client.session_transaction() as session:
        began = session["since"]
        session["since"] = began - 8 * 3600 + 60
    assert visitor.get("/orders/").status_code == 200

    with visitor.client.session_transaction() as session:
        assert session["since"] == began - 8 * 3600 + 60
        session["since"] = began - 8 * 3600 - 1
    assert "/login/" in visitor.get("/orders/").location


def test_a_session_cookie_is_for_the_server_alone_and_for_eight_hours(own_shop: Shop) -> None:
    visitor = own_shop.visit()
    answer = visitor.post("/login/", {"username": "sue", "password": PASSWORD})

    (cookie,) = [one for one in answer.headers.getlist("Set-Cookie") if one.startswith("session=")]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert own_shop.app.config["PERMANENT_SESSION_LIFETIME"].total_seconds() == 8 * 3600
    assert "remember_token" not in str(answer.headers)


def test_nobody_takes_their_own_role_away(own_shop: Shop) -> None:
    admin = own_shop.visit("ada")
    page = admin.get("/users/1/edit").text
    form = hidden(page) | {"username": "ada", "first_name": "Ada", "last_name": "E", "email": "a@e.org", "active": "y"}

    answer = admin.post("/users/1/edit", form)

    assert answer.status_code == 422
    assert "You cannot take your own role" in answer.text


def test_every_answer_carries_the_headers_that_guard_it(shop: Shop) -> None:
    for address in ("/login/", "/health", "/nothing"):
        headers = shop.visit().get(address).headers
        assert "script-src 'self';" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"


def test_over_https_a_browser_is_told_to_stay_there(shop: Shop) -> None:
    client = shop.app.test_client()

    assert "Strict-Transport-Security" not in client.get("/health").headers
    told = client.get("/health", base_url="https://localhost").headers["Strict-Transport-Security"]
    assert told == "max-age=31536000; includeSubDomains"


def test_what_one_page_shows_no_browser_keeps(shop: Shop) -> None:
    visitor = shop.visit("ada")

    for address in ("/", "/orders/", "/login/", "/api/v1/nothing"):
        assert visitor.get(address).headers["Cache-Control"].startswith("no-store"), address


def test_no_page_has_a_script_or_style_of_its_own_or_from_elsewhere(shop: Shop) -> None:
    visitor = shop.visit("ada")
    for address in ("/", "/orders/", f"/orders/{shop.known.approved}", "/products/", "/products/new", "/users/3/edit"):
        page = visitor.get(address).text
        assert "<script>" not in page
        assert " style=" not in page
        assert " onclick=" not in page
        assert "http://" not in page.replace("http://www.w3.org", "")
        assert "https://" not in page
        assert "jquery" not in page.lower()


def test_a_text_with_nul_is_refused_before_the_database_sees_it(shop: Shop) -> None:
    assert shop.visit("ada").get("/products/?q=a%00b").status_code == 400
    assert shop.visit("ada").post("/products/new", {"sku": "a\x00b"}).status_code == 400


def test_ids_that_cannot_be_are_pages_that_do_not_exist(shop: Shop) -> None:
    visitor = shop.visit("ada")
    for pk in ("0", "-1", "1.5", "abc", str(2**63), str(10**22), "007"):
        assert visitor.get(f"/products/{pk}").status_code == 404, pk
        assert visitor.get(f"/orders/{pk}").status_code == 404, pk


def test_a_page_after_signing_in_is_never_on_another_host(own_shop: Shop) -> None:
    visitor = own_shop.visit()

    answer = visitor.post("/login/?next=https://elsewhere.example/", {"username": "ada", "password": PASSWORD})

    assert answer.status_code == 302
    assert "elsewhere" not in answer.location


def test_signing_in_rightly_never_fills_the_count_of_an_address(own_shop: Shop) -> None:
    for _ in range(3):
        Visitor(own_shop.app, "ada")

    with Session(own_shop.engine) as session:
        rows = read(session, "SELECT tries FROM sign_in_count WHERE key LIKE 'address:%%'")
    assert [row.tries for row in rows] == [0]


@pytest.mark.parametrize(
    ("addresses", "counted"),
    [
        (("2001:db8:5::1", "2001:db8:5::9", "2001:db8:5:0:ffff::"), ["2001:db8:5::/64"]),
        (("2001:db8:5::1", "2001:db8:6::1"), ["2001:db8:5::/64", "2001:db8:6::/64"]),
        (("198.51.100.7", "198.51.100.8"), ["198.51.100.7", "198.51.100.8"]),
        (("::ffff:198.51.100.7", "::ffff:198.51.100.8"), ["::ffff:c633:6407", "::ffff:c633:6408"]),
        (("a socket",), ["a socket"]),
    ],
)
def test_all_addresses_that_are_given_out_together_are_counted_as_one(
    own_shop: Shop, addresses: Sequence[str], counted: Sequence[str]
) -> None:
    for address in addresses:
        body = {"username": f"nobody at {address}", "password": "wrong"}
        own_shop.app.test_client().post("/api/v1/security/login", json=body, environ_overrides={"REMOTE_ADDR": address})

    with Session(own_shop.engine) as session:
        rows = read(session, "SELECT key FROM sign_in_count WHERE key LIKE 'address:%%' ORDER BY key")
    assert [row.key.removeprefix("address:") for row in rows] == counted


@pytest.mark.parametrize(
    ("username", "email"),
    [("SUE", "other@e.org"), ("ADA@example.org", "other@e.org"), ("other", "ADA@example.org")],
    ids=["name", "name that is an e-mail", "e-mail"],
)
def test_two_users_do_not_differ_by_capitals_alone_in_what_they_sign_in_with(
    own_shop: Shop, username: str, email: str
) -> None:
    admin = own_shop.visit("ada")
    form = hidden(admin.get("/users/new").text) | {
        "username": username, "first_name": "S", "last_name": "E", "email": email, "password": "only for tests",
    }  # fmt: skip

    answer = admin.post("/users/new", form)

    assert answer.status_code == 422
    assert "There is one with this already." in answer.text
    assert own_shop.visit("ada@example.org").get("/account/").status_code == 200


def test_a_password_leaves_no_trace_beside_the_user(own_shop: Shop) -> None:
    admin = own_shop.visit("ada")
    form = hidden(admin.get("/users/new").text) | {"username": "bea", "first_name": "B", "last_name": "E"}

    answers = [
        admin.post("/users/new", form | {"email": "b@e.org", "password": password})
        for password in ("one for the tests", "another for tests")
    ]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0].location == answers[1].location


@pytest.mark.parametrize(
    ("address", "kind", "data"),
    [
        ("/login/", "application/x-www-form-urlencoded", b"a=1&" * 600_000),
        ("/api/v1/security/login", "application/json", b"[" + b"[]," * 1_000_000 + b"[]]"),
        ("/api/v1/nothing", "application/x-www-form-urlencoded", b"a=1&" * 600_000),
    ],
)
def test_nobody_has_the_server_take_apart_more_than_a_form_may_hold(
    shop: Shop, address: str, kind: str, data: bytes
) -> None:
    answer = shop.app.test_client().post(address, data=data, content_type=kind)

    assert answer.status_code == 413
    assert "at most 2 MB" in answer.text
