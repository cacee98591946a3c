"""Which passwords are taken, at each of the doors where one is set."""

import pytest
import zxcvbn

from app.domain.kernel.errors import Invalid
from app.web.passwords import JUDGED, check_password, storable
from tests.web.companies import Shop
from tests.web.shop import PASSWORD, hidden
from tests.web.test_cli import run

NAMES = ("marguerite", "marguerite@brighthome.example", "Marguerite", "Anastasopoulou-Papadimitriou")
LIKE_MANY = "Many people have a password like this"
REFUSED = {
    "": "10 to 200 characters",
    "9 letters": "10 to 200 characters",
    "x y z " * 100: "10 to 200 characters",
    "marguerite": "Your own name",
    " MargueritE ": "Your own name",
    "marguerite@brighthome.example": "Your own name",
    "Anastasopoulou-Papadimitriou": "Your own name",
    "marguerite1": LIKE_MANY,
    "qwertyuiop": LIKE_MANY,
    "Password123!": LIKE_MANY,
    "P@ssw0rd2024": LIKE_MANY,
    "0987654321": LIKE_MANY,
    "aaaaaaaaaaaaaaaaaaaaaaaa": LIKE_MANY,
    "a word\x00with nul": "no keyboard",
    "half a \ud83d character": "no keyboard",
}


@pytest.mark.parametrize("password", REFUSED)
def test_what_is_guessed_first_is_not_taken(password: str) -> None:
    with pytest.raises(Invalid, match=REFUSED[password]):
        check_password(password, NAMES)


@pytest.mark.parametrize("password", ["only for tests", "зелена ябълка 7", "x8#kQ2!vBz", "one two three four 🍏"])
def test_a_few_words_or_signs_of_ones_own_are_taken(password: str) -> None:
    check_password(password, (*NAMES, None, ""))


def test_only_the_begin_of_a_password_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """What looks like letters written as signs has very many readings: all of it would take hours."""
    judged = []
    real = zxcvbn.zxcvbn

    def judge(password: str, user_inputs: list[str]) -> dict[str, object]:
        judged.append(password)
        return dict(real(password[:JUDGED], user_inputs=user_inputs))

    monkeypatch.setattr(zxcvbn, "zxcvbn", judge)
    text = "4@8({[<6931!|70$5+7%2" * 9

    check_password(text, NAMES)

    assert judged == [text[:JUDGED]]


def test_what_cannot_be_stored_is_none(own_shop: Shop) -> None:
    assert [storable(text) for text in ("Ябълка 🍏", "a\x00", "\ud800")] == [True, False, False]


def test_ones_own_account_takes_no_weak_password(own_shop: Shop) -> None:
    visitor = own_shop.visit("sue")

    for password in ("short", "qwertyuiop", "sue@example.org", "x" * 201):
        answer = visitor.post("/account/", {"current": PASSWORD, "password": password, "again": password})
        assert answer.status_code == 422, password
    assert (
        "Your own name or e-mail"
        in visitor.post(
            "/account/", {"current": PASSWORD, "password": "sue@example.org", "again": "sue@example.org"}
        ).text
    )
    assert own_shop.visit("sue").get("/").status_code == 200


def test_the_users_page_takes_no_weak_password_and_says_so_at_its_field(own_shop: Shop) -> None:
    admin = own_shop.visit("ada")
    new = hidden(admin.get("/users/new").text) | {
        "username": "bea", "first_name": "B", "last_name": "E", "email": "b@e.org", "password": "qwertyuiop",
    }  # fmt: skip
    old = hidden(admin.get("/users/3/edit").text) | {
        "username": "sue", "first_name": "S", "last_name": "E", "email": "s@e.org", "active": "y",
        "new_password": "qwertyuiop",
    }  # fmt: skip

    for address, form in (("/users/new", new), ("/users/3/edit", old)):
        answer = admin.post(address, form)
        assert answer.status_code == 422
        assert LIKE_MANY in answer.text
    assert own_shop.visit("sue").get("/").status_code == 200


def test_the_command_line_takes_no_weak_password(own_shop: Shop) -> None:
    added = run(own_shop, "user", "add", "bea", "--role", "Seller", "--password", "qwertyuiop")
    changed = run(own_shop, "user", "password", "sue", "--password", "qwertyuiop")

    assert added.exit_code == changed.exit_code == 1
    assert LIKE_MANY in added.output
    assert LIKE_MANY in changed.output
    assert own_shop.visit("sue").get("/").status_code == 200
