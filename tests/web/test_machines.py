"""API keys and tokens: who calls the API, as what, and until when."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import g, session
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.exceptions import Unauthorized

from app.domain.kernel.rows import read, write
from app.web.kit import look
from app.web.kit.callers import identify
from app.web.kit.rights import mine
from app.web.passwords import set_password
from app.web.people import Person
from tests.web.companies import Shop
from tests.web.shop import PASSWORD, hidden

LOGIN = "/api/v1/security/login"
SHOWN = r"ApiKey (sb_\w{8}_[\w-]{43})<"


def ids(shop: Shop, *names: str) -> list[str]:
    with Session(shop.engine) as its:
        rows = read(its, "SELECT id, name FROM ab_role WHERE name = ANY(%(names)s::text[])", names=list(names))
    return [str(row.id) for row in rows]


def make_key(shop: Shop, name: str = "Web shop", *role_names: str, **more: Any) -> str:
    """A key that an administrator makes on its page."""
    admin = shop.visit("ada")
    form = hidden(admin.get("/api-keys/new").text) | {"name": name, "roles": ids(shop, *role_names), **more}
    answer = admin.post("/api-keys/new", form)
    shown = re.search(SHOWN, answer.text)
    assert answer.status_code == 200, answer.text
    assert shown
    return shown[1]


def token(shop: Shop, name: str) -> str:
    answer = shop.app.test_client().post(LOGIN, json={"username": name, "password": PASSWORD, "provider": "db"})
    assert answer.status_code == 200
    return str(answer.json["access_token"])


def told(shop: Shop, authorization: str | None, **request: Any) -> str:
    """Who the caller is with this header, or why they are nobody."""
    headers = {"Authorization": authorization} if authorization is not None else {}
    with shop.app.test_request_context("/api/v1/orders/", headers=headers, **request):
        try:
            identify()
        except Unauthorized as refusal:
            assert not current_user.is_authenticated
            return str(refusal.description)
        assert not session.modified
        assert g.user.actor_id == current_user.actor_id
        return f"{current_user.get_full_name()}: {', '.join(sorted(mine().roles))}"


def change(shop: Shop, sql: str, **values: Any) -> None:
    with Session(shop.engine) as its, its.begin():
        write(its, sql, **values)


def test_a_key_lets_its_program_in_with_its_own_roles_places_and_name(own_shop: Shop) -> None:
    key = make_key(own_shop, "Web shop", "Seller", "Storekeeper", warehouses=str(own_shop.known.north))

    with own_shop.app.test_request_context("/api/v1/orders/", headers={"Authorization": f"apikey  {key} "}):
        identify()
        assert mine().roles == {"Seller", "Storekeeper"}
        assert mine().warehouses == {own_shop.known.north}
        assert mine().cash_desks == frozenset()
        assert mine().may("process", "Shipments")
        actor = current_user.actor_id
    with Session(own_shop.engine) as its:
        row = read(its, "SELECT name, kind FROM actor WHERE id = %(id)s", id=actor)[0]
    assert (row.name, row.kind) == ("Web shop", "machine")


def test_a_key_is_shown_once_and_only_its_digest_is_kept(own_shop: Shop) -> None:
    key = make_key(own_shop, "Web shop", "Seller")
    secret = key[len("sb_12345678_") :]
    admin = own_shop.visit("ada")

    assert secret not in admin.get("/api-keys/").text + admin.get("/api-keys/1").text
    assert key[:11] in admin.get("/api-keys/").text
    assert secret not in admin.get("/api-keys/?format=csv").text
    with own_shop.engine.connect() as connection:
        for table in ("api_key", "deed", "actor"):
            kept = connection.exec_driver_sql(f"SELECT string_agg(it::text, ' ') FROM {table} it").scalar_one()
            assert secret not in (kept or "")


def test_the_same_form_twice_makes_one_key_and_shows_it_once(own_shop: Shop) -> None:
    admin = own_shop.visit("ada")
    form = hidden(admin.get("/api-keys/new").text) | {"name": "Web shop", "roles": ids(own_shop, "Seller")}

    first, second = admin.post("/api-keys/new", form), admin.post("/api-keys/new", form)

    assert re.search(SHOWN, first.text)
    assert (second.status_code, second.location) == (302, "/api-keys/1")


def test_a_key_ends_when_it_is_revoked_and_stays_so(own_shop: Shop) -> None:
    key = make_key(own_shop, "Web shop", "Seller")
    admin = own_shop.visit("ada")

    assert admin.post("/api-keys/1/revoke").status_code == 302

    assert "revoked" in told(own_shop, f"ApiKey {key}")
    assert admin.post("/api-keys/1/revoke").status_code == 404
    assert admin.get("/api-keys/1/edit").status_code == 404


def test_a_key_is_good_through_its_last_day(own_shop: Shop) -> None:
    key = make_key(own_shop, "Web shop", "Seller")
    with own_shop.app.test_request_context():
        today = look.today()

    change(own_shop, "UPDATE api_key SET expires_on = %(on)s", on=today)
    assert told(own_shop, f"ApiKey {key}") == "Web shop: Seller"
    change(own_shop, "UPDATE api_key SET expires_on = %(on)s", on=today - timedelta(1))
    assert "expired on" in told(own_shop, f"ApiKey {key}")


def test_what_a_key_loses_it_loses_at_once(own_shop: Shop) -> None:
    key = make_key(own_shop, "Web shop", "Seller", "Auditor")
    change(own_shop, "DELETE FROM api_key_role WHERE role_id = %(role)s::int", role=ids(own_shop, "Seller")[0])

    assert told(own_shop, f"ApiKey {key}") == "Web shop: Auditor"


def test_that_a_key_was_used_is_noted_once_a_minute(own_shop: Shop) -> None:
    key, seen = make_key(own_shop, "Web shop", "Seller"), []
    for _ in range(2):
        told(own_shop, f"ApiKey {key}")
        with Session(own_shop.engine) as its:
            seen.append(read(its, "SELECT last_used_at FROM api_key")[0].last_used_at)
    change(own_shop, "UPDATE api_key SET last_used_at = last_used_at - interval '61 seconds'")
    told(own_shop, f"ApiKey {key}")

    with Session(own_shop.engine) as its:
        last = read(its, "SELECT last_used_at FROM api_key")[0].last_used_at
    assert seen[0] is not None
    assert seen[0] == seen[1] < last


@pytest.mark.parametrize(
    "given",
    [
        None, "", "Bearer", "Bearer ", "Bearer x", "Bearer a.b.c", "ApiKey", "ApiKey ", "ApiKey sb_", "ApiKey sb__",
        "ApiKey sb_00000000_x", "ApiKey sb_\x00\x00\x00\x00\x00\x00\x00\x00_x", "ApiKey " + "x" * 1_000_000,
        "ApiKey sb_' OR 1=1_", "Basic YWRhOm9ubHkgZm9yIHRlc3Rz", "Bearer sb_00000000_x", "ApiKey \udcff\udcfe",
        "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIiwiZXBvY2giOjF9.", "Digest", "ApiKey sb_éééééééé_x",
    ],
)  # fmt: skip
def test_a_header_that_lets_nobody_in_is_told_and_never_a_fault(shop: Shop, given: str | None) -> None:
    assert re.fullmatch("(Sign in|The token|There is no).*", told(shop, given))


def test_a_key_with_another_end_is_no_key(own_shop: Shop) -> None:
    key = make_key(own_shop, "Web shop", "Seller")

    for other in (key[:-1], key + "x", key[:-1] + ("A" if key[-1] != "A" else "B"), key.upper()):
        assert "no such API key" in told(own_shop, f"ApiKey {other}")


def test_a_cookie_lets_nobody_into_the_api(own_shop: Shop) -> None:
    visitor = own_shop.visit("ada")
    visitor.get("/")
    cookie = visitor.client.get_cookie("session")
    assert cookie

    sent = {"environ_overrides": {"HTTP_COOKIE": f"session={cookie.value}"}}
    assert "Sign in" in told(own_shop, None, **sent)
    with own_shop.app.test_request_context("/api/v1/orders/", **sent):
        assert not current_user.is_authenticated
    with own_shop.app.test_request_context("/orders/", **sent):
        assert current_user.is_authenticated
    assert told(own_shop, f"Bearer {token(own_shop, 'sue')}", **sent) == "Sue Example: Seller"


def test_a_token_names_the_person_and_ends_with_password_activity_and_day(own_shop: Shop) -> None:
    bearer = f"Bearer {token(own_shop, 'sue')}"
    assert told(own_shop, bearer) == "Sue Example: Seller"

    change(own_shop, "UPDATE ab_user SET active = false WHERE username = 'sue'")
    assert "has ended" in told(own_shop, bearer)
    change(own_shop, "UPDATE ab_user SET active = true WHERE username = 'sue'")
    with own_shop.app.app_context(), Session(own_shop.engine) as its, its.begin():
        set_password(its.query(Person).filter_by(username="sue").one(), "another one for tests")
    assert "has ended" in told(own_shop, bearer)
    assert own_shop.app.config["JWT_ACCESS_TOKEN_EXPIRES"] == timedelta(hours=8)


def test_a_role_that_is_taken_away_is_gone_for_the_token_and_the_session_that_are_open(own_shop: Shop) -> None:
    bearer, visitor = f"Bearer {token(own_shop, 'sue')}", own_shop.visit("sue")
    assert visitor.get("/orders/").status_code == 200

    change(own_shop, "DELETE FROM ab_user_role WHERE user_id = (SELECT id FROM ab_user WHERE username = 'sue')")

    assert told(own_shop, bearer) == "Sue Example: "
    assert visitor.get("/orders/").status_code == 403


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 400), ("{", 400), ("[" * 100_000, 400), ("[]", 422), ("null", 422), ('{}', 422),
        ('{"username": "ada"}', 422),
        ('{"username": 1, "password": "x"}', 422), ('{"username": ["ada"], "password": "x"}', 422),
        ('{"username": "ada", "password": {"a": 1}}', 422), ('{"username": "ada", "password": null}', 422),
        ('{"username": "ada", "password": "x", "provider": "ldap"}', 422), ('{"username": "", "password": ""}', 401),
        ('{"username": "a\\u0000", "password": "x"}', 401), ('{"username": "ada", "password": "\\u0000"}', 401),
        ('{"username": "\\ud800", "password": "x"}', 401), ('{"username": "ada", "password": "\\ud800"}', 401),
        ('{"username": "' + "a" * 1_000_000 + '", "password": "x"}', 401),
        ('{"username": "ada", "password": "' + "a" * 1_000_000 + '"}', 401),
        ('{"username": "ada\' OR 1=1 --", "password": "x"}', 401), ('{"username": "ada", "password": "x"}', 401),
    ],
)  # fmt: skip
def test_a_body_that_signs_nobody_in_is_told_in_the_shape_of_the_api(own_shop: Shop, body: str, status: int) -> None:
    answer = own_shop.app.test_client().post(LOGIN, data=body, content_type="application/json")

    assert answer.status_code == status
    assert set(answer.json) == {"error"}
    assert set(answer.json["error"]) == {"code", "message", "facts"}


def test_a_body_that_is_not_json_is_refused(shop: Shop) -> None:
    answer = shop.app.test_client().post(LOGIN, data={"username": "ada", "password": PASSWORD})

    assert (answer.status_code, answer.json["error"]["code"]) == (415, "not_json")


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [("name", "", "required"), ("name", "x" * 1_000_000, "64"), ("roles", "999999", "not"), ("roles", "x", "nvalid"),
     ("expires_on", "soon", "alid"), ("warehouses", "10" * 30, "not")],
)  # fmt: skip
def test_a_key_that_cannot_be_is_told_at_its_field(own_shop: Shop, field: str, value: str, said: str) -> None:
    admin = own_shop.visit("ada")
    form = hidden(admin.get("/api-keys/new").text) | {"name": "Web shop", field: value}

    answer = admin.post("/api-keys/new", form)

    assert answer.status_code == 422
    assert said in answer.text
    with Session(own_shop.engine) as its:
        assert read(its, "SELECT FROM api_key") == []


def test_two_keys_have_two_names(own_shop: Shop) -> None:
    make_key(own_shop, "Web shop", "Seller")
    admin = own_shop.visit("ada")

    answer = admin.post("/api-keys/new", hidden(admin.get("/api-keys/new").text) | {"name": "Web shop"})

    assert answer.status_code == 422
    assert "There is one with this already." in answer.text


def test_a_role_that_a_key_has_stays(own_shop: Shop) -> None:
    with Session(own_shop.engine) as its, its.begin():
        its.connection().exec_driver_sql("INSERT INTO ab_role (id, name) VALUES (900, 'Our own')")
    make_key(own_shop, "Web shop", "Our own")

    assert own_shop.visit("ada").post("/roles/900/delete").status_code == 404
