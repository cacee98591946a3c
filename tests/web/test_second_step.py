"""The second step of signing in: a code after the password, at the page and for tokens."""

import re
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from sqlalchemy.orm import Session

from app.domain.kernel import clock
from app.domain.kernel.rows import read, write
from app.web import second_step
from app.web.people import Person
from app.web.tries import TRIES_PER_ACCOUNT
from tests.web.companies import Shop
from tests.web.shop import PASSWORD, Visitor
from tests.web.test_audit import told
from tests.web.test_cli import run
from tests.web.test_machines import LOGIN

CODE = "/login/code"


class Hand:
    """A hand on a clock that stands: so many half minutes ahead."""

    step = 0


class Telephone:
    """An app that makes codes; each time half a minute later, so that none is used twice by chance."""

    def __init__(self, secret: str, hand: Hand) -> None:
        self.secret, self.hand = secret, hand

    def code(self) -> str:
        self.hand.step += 1
        return self.code_of(0)

    def code_of(self, step: int) -> str:
        """The code of so many half minutes from now."""
        return pyotp.TOTP(self.secret).at(int(clock.now().timestamp()) + 30 * step)


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch) -> Hand:
    its, now = Hand(), clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + its.step * timedelta(seconds=30))
    return its


def turn_on(shop: Shop, name: str, hand: Hand) -> tuple[Telephone, list[str]]:
    """Turns it on at somebody's account page; their telephone and their recovery codes."""
    visitor = shop.visit(name)
    page = visitor.get("/account/code").text
    secret = re.search(r'name="secret"[^>]*value="([A-Z2-7]{32})"', page)
    assert secret
    telephone = Telephone(secret[1], hand)
    form = {"secret": secret[1], "current": PASSWORD, "code": telephone.code(), "wanted": "on"}
    answer = visitor.post("/account/code", form)
    assert answer.status_code == 200, answer.text
    return telephone, re.findall(r"[A-Z2-7]{4}(?:-[A-Z2-7]{4}){3}", answer.text)


def half_way(shop: Shop, name: str) -> Visitor:
    visitor = shop.visit()
    answer = visitor.post("/login/?next=/orders/", {"username": name, "password": PASSWORD})
    assert answer.location == CODE
    return visitor


def ask(shop: Shop, **body: Any) -> Any:
    return shop.app.test_client().post(LOGIN, json={"username": "sue", "password": PASSWORD, **body})


def test_after_the_password_comes_the_code_and_only_then_the_session(own_shop: Shop, hand: Hand) -> None:
    telephone, _ = turn_on(own_shop, "sue", hand)
    visitor = half_way(own_shop, "sue")
    assert "/login/" in visitor.get("/orders/").location
    assert "/login/" in visitor.get("/account/").location

    answer = visitor.post(CODE, {"code": telephone.code()})

    assert (answer.status_code, answer.location) == (302, "/orders/")
    assert visitor.get("/orders/").status_code == 200
    assert told(own_shop)[-1] == ("signed_in", "Sue Example", "sue")


def test_a_wrong_code_lets_nobody_in_and_is_noted(own_shop: Shop, hand: Hand) -> None:
    turn_on(own_shop, "sue", hand)
    visitor = half_way(own_shop, "sue")
    for code in ("000000", "", "x" * 1_000_000, "' OR 1=1", "١٢٣٤٥٦", "12345", "\ud83d0"):
        answer = visitor.client.post(
            CODE, data={"code": code.encode("utf-8", "replace"), "csrf_token": visitor.token()}
        )
        assert answer.status_code == 200, code
    assert visitor.post(CODE, {"code": "1\x002"}).status_code == 400
    assert "/login/" in visitor.get("/orders/").location
    assert ("sign_in_refused", "", "sue") in told(own_shop)


def test_a_code_is_taken_once_in_its_window(own_shop: Shop, hand: Hand) -> None:
    telephone, _ = turn_on(own_shop, "sue", hand)
    code = telephone.code()
    first, second = half_way(own_shop, "sue"), half_way(own_shop, "sue")

    assert first.post(CODE, {"code": code}).status_code == 302
    assert "was used before" in second.post(CODE, {"code": code}).text
    assert ask(own_shop, code=code).status_code == 401


def test_the_code_that_turned_it_on_signs_nobody_in(own_shop: Shop, hand: Hand) -> None:
    telephone, _ = turn_on(own_shop, "sue", hand)

    assert ask(own_shop, code=telephone.code_of(0)).status_code == 401


@pytest.mark.parametrize(("steps", "status"), [(-2, 401), (-1, 200), (0, 200), (1, 200), (2, 401)])
def test_clocks_may_differ_by_half_a_minute(own_shop: Shop, hand: Hand, steps: int, status: int) -> None:
    telephone, _ = turn_on(own_shop, "sue", hand)
    hand.step += 5

    assert ask(own_shop, code=telephone.code_of(steps)).status_code == status


def test_a_recovery_code_opens_once(own_shop: Shop, hand: Hand) -> None:
    _, codes = turn_on(own_shop, "sue", hand)
    assert len(set(codes)) == second_step.RECOVERY_CODES

    assert half_way(own_shop, "sue").post(CODE, {"code": codes[0].lower()}).status_code == 302
    assert half_way(own_shop, "sue").post(CODE, {"code": codes[0]}).status_code == 200
    assert ask(own_shop, code=codes[1].replace("-", " ")).status_code == 200


def test_a_token_needs_the_code_too(own_shop: Shop, hand: Hand) -> None:
    telephone, _ = turn_on(own_shop, "sue", hand)

    without, wrong = ask(own_shop), ask(own_shop, code="000000")

    assert (without.status_code, without.json["error"]["code"]) == (401, "code_needed")
    assert (wrong.status_code, wrong.json["error"]["code"]) == (401, "not_signed_in")
    assert "access_token" in ask(own_shop, code=telephone.code()).json
    for code in (123456, None, ["1"], {"a": 1}, True):
        assert ask(own_shop, code=code).status_code == 422


def test_codes_are_counted_with_passwords_and_a_right_password_forgets_nothing(own_shop: Shop, hand: Hand) -> None:
    telephone, _ = turn_on(own_shop, "sue", hand)
    for _ in range(TRIES_PER_ACCOUNT // 2):
        half_way(own_shop, "sue").post(CODE, {"code": "000000"})

    assert ask(own_shop, code=telephone.code()).status_code == 429
    assert "Too many tries" in own_shop.visit().post("/login/", {"username": "sue", "password": PASSWORD}).text


def test_a_right_code_leaves_no_count(own_shop: Shop, hand: Hand) -> None:
    telephone, _ = turn_on(own_shop, "sue", hand)
    half_way(own_shop, "sue").post(CODE, {"code": telephone.code()})

    with Session(own_shop.engine) as session:
        keys = {row.key.partition(":")[0]: row.tries for row in read(session, "SELECT key, tries FROM sign_in_count")}
    assert keys == {"address": 1}, "the try at the account page stays"


def test_half_way_ends_after_minutes_and_with_a_new_password(own_shop: Shop, hand: Hand) -> None:
    telephone, _ = turn_on(own_shop, "sue", hand)
    changed = half_way(own_shop, "sue")
    run(own_shop, "user", "password", "sue", "--password", "another one for tests")
    assert changed.post(CODE, {"code": telephone.code()}).location == "/login/"
    run(own_shop, "user", "password", "sue", "--password", PASSWORD)

    late = half_way(own_shop, "sue")
    hand.step += 11
    assert late.post(CODE, {"code": telephone.code()}).location == "/login/"
    assert own_shop.visit().get(CODE).location == "/login/"


def test_the_secret_and_the_codes_are_kept_so_that_the_database_tells_nothing(own_shop: Shop, hand: Hand) -> None:
    telephone, codes = turn_on(own_shop, "sue", hand)

    with own_shop.engine.connect() as connection:
        for table in ("second_step", "recovery_code", "audit_entry", "deed"):
            kept = connection.exec_driver_sql(f"SELECT string_agg(it::text, ' ') FROM {table} it").scalar_one() or ""
            assert telephone.secret not in kept
            assert codes[0] not in kept
            assert codes[0].replace("-", "") not in kept
    assert own_shop.visit().get("/login/").headers["Cache-Control"].startswith("no-store")


def test_with_another_secret_key_the_code_is_told_to_be_unreadable_and_a_recovery_code_helps(
    own_shop: Shop, hand: Hand
) -> None:
    telephone, codes = turn_on(own_shop, "sue", hand)
    with Session(own_shop.engine) as session, session.begin():
        write(session, "UPDATE second_step SET secret = 'x'")

    answer = ask(own_shop, code=telephone.code())
    assert answer.status_code == 401
    assert "SECRET_KEY" in answer.json["error"]["message"]
    assert ask(own_shop, code=codes[0]).status_code == 200


def test_turning_it_on_needs_password_code_and_a_secret_that_can_be_one(own_shop: Shop, hand: Hand) -> None:
    visitor, secret = own_shop.visit("sue"), pyotp.random_base32()
    good = {"secret": secret, "current": PASSWORD, "code": pyotp.TOTP(secret).now(), "wanted": "on"}
    for change in ({"current": "wrong"}, {"code": "000000"}, {"code": ""}, {"secret": "x"}, {"secret": ""},
                   {"secret": "A" * 1_000_000}, {"current": ""}, {"wanted": ""}, {"wanted": "both"}):  # fmt: skip
        assert visitor.post("/account/code", good | change).status_code == 422, change

    with Session(own_shop.engine) as session:
        assert read(session, "SELECT FROM second_step") == []


def test_turning_it_off_needs_password_and_code_and_is_noted(own_shop: Shop, hand: Hand) -> None:
    telephone, _ = turn_on(own_shop, "sue", hand)
    visitor = half_way(own_shop, "sue")
    visitor.post(CODE, {"code": telephone.code()})

    good = {"current": PASSWORD, "code": telephone.code(), "wanted": "off"}
    assert visitor.post("/account/code", good | {"code": "000000"}).status_code == 422
    assert visitor.post("/account/code", good | {"current": "wrong"}).status_code == 422
    assert visitor.post("/account/code", good | {"code": telephone.code()}).status_code == 302

    assert own_shop.visit("sue").get("/").status_code == 200
    assert [event for event, _, _ in told(own_shop, "code_on", "code_off")] == ["code_on", "code_off"]
    with Session(own_shop.engine) as session:
        assert read(session, "SELECT FROM recovery_code") == []


def test_what_is_sent_again_is_told_to_be_done_and_counts_for_nothing(own_shop: Shop, hand: Hand) -> None:
    visitor, secret = own_shop.visit("sue"), pyotp.random_base32()
    form = {"secret": secret, "current": PASSWORD, "code": Telephone(secret, hand).code(), "wanted": "on"}
    assert 'name="wanted" type="hidden" value="on"' in visitor.get("/account/code").text
    assert visitor.post("/account/code", form).status_code == 200
    before = counts(own_shop)

    again = visitor.post("/account/code", form)

    assert (again.status_code, again.location) == (302, "/account/")
    assert "The second step is on already." in visitor.get("/account/").text
    assert counts(own_shop) == before
    assert told(own_shop, "sign_in_refused") == []
    assert 'name="wanted" type="hidden" value="off"' in visitor.get("/account/code").text

    off = form | {"code": Telephone(secret, hand).code(), "wanted": "off"}
    first, twice = (visitor.post("/account/code", off) for _ in range(2))
    assert (first.status_code, twice.location) == (302, "/account/")
    assert "The second step is off already." in visitor.get("/account/").text
    assert [event for event, _, _ in told(own_shop, "code_on", "code_off")] == ["code_on", "code_off"]


def counts(shop: Shop) -> list[Any]:
    """The tries that were counted."""
    with Session(shop.engine) as session:
        return read(session, "SELECT key, tries FROM sign_in_count ORDER BY key")


def test_an_administrator_resets_it_and_a_seller_does_not(own_shop: Shop, hand: Hand) -> None:
    turn_on(own_shop, "ken", hand)
    with Session(own_shop.engine) as session:
        ken = session.query(Person).filter_by(username="ken").one().id
    admin = own_shop.visit("ada")
    assert "Reset second step" in admin.get(f"/users/{ken}").text
    assert own_shop.visit("sue").post(f"/users/{ken}/reset-code").status_code == 403
    assert own_shop.visit("una").post(f"/users/{ken}/reset-code").status_code == 403

    assert admin.post(f"/users/{ken}/reset-code").status_code == 302

    assert own_shop.visit("ken").get("/").status_code == 200
    assert admin.post(f"/users/{ken}/reset-code").status_code == 404
    assert told(own_shop, "code_off") == [("code_off", "Ada Example", "ken")]


def test_the_command_line_resets_it_for_whoever_is_locked_out(own_shop: Shop, hand: Hand) -> None:
    turn_on(own_shop, "ada", hand)

    assert run(own_shop, "user", "reset-code", "ada").exit_code == 0
    assert run(own_shop, "user", "reset-code", "ada").exit_code == 1
    assert own_shop.visit("ada").get("/").status_code == 200


def test_the_picture_is_what_an_app_reads() -> None:
    drawn = second_step.picture("A" * 32, "ada")

    assert drawn.startswith("<svg")
    assert "style=" not in drawn
    assert "http" not in drawn
