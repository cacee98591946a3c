"""E-shops on their screen and over the API: secrets go in and never come out, two of them are good at a time."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.domain.intake.models import Shop as EShop
from app.domain.kernel.rows import read
from app.web.sealing import opened, seal
from app.web.shops import PURPOSE, secrets_of
from tests.api.conftest import Caller
from tests.web.companies import Shop
from tests.web.eshops import SECRETS, body, prepare


@pytest.fixture
def prepared(own_shop: Shop) -> Shop:
    prepare(own_shop)
    return own_shop


def kept(shop: Shop) -> Any:
    with Session(shop.engine) as session:
        return read(session, "SELECT * FROM shop")[0]


def good(shop: Shop) -> list[str]:
    with shop.app.app_context(), Session(shop.engine) as session:
        return secrets_of(session.get_one(EShop, kept(shop).id))


def test_a_secret_goes_in_and_never_comes_out(prepared: Shop) -> None:
    max_ = Caller(prepared, "max")

    made = max_.ask("POST", "shops/", body(polling_secret=SECRETS[2]))

    assert made.status_code == 201, made.json
    assert good(prepared) == [SECRETS[0]]
    pk, row = made.json["id"], kept(prepared)
    visitor = prepared.visit("ada")
    pages = [f"/shops/{pk}", f"/shops/{pk}/edit", "/shops/", "/shops/?format=csv", "/audit/"]
    texts = [visitor.get(page).text for page in pages] + [made.text, max_.get(f"shops/{pk}").text]
    for text in texts:
        assert not any(secret in text for secret in (*SECRETS, row.secret, row.polling_secret))
    with Session(prepared.engine) as session:
        noted = str([tuple(line) for line in read(session, "SELECT subject, facts FROM audit_entry")])
    assert "WEB" in noted
    assert row.secret not in noted
    assert SECRETS[0] not in noted


def test_the_same_secret_again_leaves_the_one_before_good(prepared: Shop) -> None:
    max_ = Caller(prepared, "max")
    address = f"shops/{max_.ask('POST', 'shops/', body()).json['id']}"

    for version in (1, 2):
        assert max_.ask("PUT", address, {"version": version, "secret": SECRETS[1]}).status_code == 200

    assert good(prepared) == [SECRETS[1], SECRETS[0]]


def test_two_secrets_are_good_until_the_old_one_is_ended(prepared: Shop) -> None:
    max_ = Caller(prepared, "max")
    made = max_.ask("POST", "shops/", body()).json
    address = f"shops/{made['id']}"

    changed = max_.ask("PUT", address, {"version": 1, "secret": SECRETS[1]})
    assert changed.status_code == 200, changed.json
    assert good(prepared) == [SECRETS[1], SECRETS[0]]
    max_.ask("PUT", address, {"version": 2, "name": "Another name", "secret": None})
    assert good(prepared) == [SECRETS[1], SECRETS[0]]
    max_.ask("PUT", address, {"version": 3, "secret": SECRETS[2]})
    assert good(prepared) == [SECRETS[2], SECRETS[1]]

    visitor = prepared.visit("max")
    assert "End the old secret" in visitor.get(f"/{address}").text
    assert max_.ask("POST", f"{address}/end-secret").status_code == 204
    assert good(prepared) == [SECRETS[2]]
    assert "End the old secret" not in visitor.get(f"/{address}").text
    max_.ask("PUT", address, {"version": kept(prepared).version, "secret": SECRETS[0]})
    visitor.post(f"/{address}/end-secret")
    assert good(prepared) == [SECRETS[0]]


@pytest.mark.parametrize(("changes", "says"), [
    ({"code": "two words"}, "letters, digits"), ({"price_list": "GROSS"}, "without VAT"),
    ({"rounding_product": "CARE"}, "0 %"), ({"unknown_skus": "service"}, "Name the service"),
    ({"unknown_customers": "fixed"}, "Name the customer"), ({"polling_address": "ftp://x"}, "https://"),
    ({"polling_address": "https://10.0.0.1/x"}, "public internet"),
    ({"levels_address": "http://shop.example"}, "STOCKBOOK_SHOP_HOSTS"),
    ({"clearing_account": "BANK"}, "no such thing"), ({"freight_product": "BOLT"}, "no such thing"),
])  # fmt: skip
def test_a_shop_whose_cards_do_not_fit_is_refused_in_words(prepared: Shop, changes: dict[str, Any], says: str) -> None:
    answer = Caller(prepared, "max").ask("POST", "shops/", body(**changes))

    assert answer.status_code == 422
    assert says in answer.json["error"]["message"]


def test_a_shop_acts_under_its_own_name_and_knows_products_by_its_own_skus(prepared: Shop) -> None:
    max_ = Caller(prepared, "max")
    made = max_.ask("POST", "shops/", body()).json

    answer = max_.ask("POST", "shop-skus/", {"shop": "WEB", "sku": "#14/17", "product": "BOLT"})

    assert (answer.status_code, answer.json["product"]) == (201, "BOLT")
    assert max_.ask("POST", "shop-skus/", {"shop": "WEB", "sku": "#14/17", "product": "NUT"}).status_code == 409
    assert "#14/17" in prepared.visit("max").get(f"/shops/{made['id']}").text
    with Session(prepared.engine) as session:
        assert read(session, "SELECT kind FROM actor WHERE id = %(id)s", id=kept(prepared).actor_id)[0].kind == "shop"


@pytest.mark.parametrize(
    ("address", "secret"), [("polling_address", "polling_secret"), ("levels_address", "levels_secret")]
)
def test_a_secret_is_not_sent_to_another_host_than_it_was_entered_for(
    prepared: Shop, address: str, secret: str
) -> None:
    max_ = Caller(prepared, "max")
    there = {address: "https://shop.example/one", secret: SECRETS[0]}
    made = max_.ask("POST", "shops/", body(**there)).json
    assert "id" in made, made
    pk, version = f"shops/{made['id']}", 1

    for other in ("https://elsewhere.example/one", "http://shop.example/one"):
        answer = max_.ask("PUT", pk, {"version": version, address: other})
        assert answer.status_code == 422, answer.json
        assert answer.json["error"]["code"] == "another_host", answer.json
    assert max_.ask("PUT", pk, {"version": version, address: ""}).status_code == 200
    taken = max_.ask("PUT", pk, {"version": version + 1, address: "https://elsewhere.example/one"})
    assert (taken.status_code, taken.json["error"]["code"]) == (422, "another_host")
    again = {"version": version + 1, address: "https://shop.example/one", secret: SECRETS[2]}
    assert max_.ask("PUT", pk, again).status_code == 200
    version += 2
    same = max_.ask("PUT", pk, {"version": version, address: "https://shop.example/two"})
    assert same.status_code == 200, same.json
    renewed = {"version": version + 1, address: "https://elsewhere.example/", secret: SECRETS[1], "keep_days": 7}
    assert max_.ask("PUT", pk, renewed).status_code == 200
    audited = prepared.visit("ada").get("/audit/").text
    assert "elsewhere.example" in audited
    with Session(prepared.engine) as session:
        noted = read(session, "SELECT facts FROM audit_entry WHERE event = 'shop_changed' ORDER BY id")[-1].facts
    assert noted["changes"]["keep_days"] == ["400", "7"]
    assert SECRETS[1] not in audited


def test_what_is_sealed_opens_under_the_key_of_now_and_the_one_before(prepared: Shop) -> None:
    config = prepared.app.config
    with prepared.app.app_context():
        sealed = seal(PURPOSE, "a secret")
        before = config["SECRET_KEY"]
        try:
            config["SECRET_KEY"] = "x" * 40
            assert opened(PURPOSE, sealed) is None
            config["OLD_SECRET_KEY"] = before
            assert opened(PURPOSE, sealed) == "a secret"
            assert opened("another purpose", sealed) is None
        finally:
            config.update(SECRET_KEY=before, OLD_SECRET_KEY="")
        assert opened(PURPOSE, "nonsense") is None
