"""The door for e-shops: what is signed is stored and answered at once, all else is refused and changes nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from app.database import APP, connect_args
from app.domain.kernel import unit
from app.domain.kernel.rows import read
from tests.api.conftest import Caller
from tests.api.test_attacks import only
from tests.domain.intake.eshop.bodies import WEBHOOKS, as_body, generic, genuine, needs_webhooks, shopify, signed, woo
from tests.traces import statements
from tests.web.companies import Shop, pointed
from tests.web.eshops import SECRETS, body, messages, orders, prepare, send
from tests.web.shop import hidden
from tests.web.working import work_off

LINES = [{"id": 1, "name": "Bolt", "sku": "BOLT", "quantity": 2, "total": "20.00", "total_tax": "4.00",
          "taxes": [{"id": 1, "total": "4.00"}]}]  # fmt: skip


def order(number: int = 7, **more: Any) -> dict[str, Any]:
    return woo(number, lines=LINES, **more)


@pytest.fixture
def web(own_shop: Shop) -> Shop:
    """The company with a WooCommerce shop WEB."""
    prepare(own_shop)
    assert Caller(own_shop, "max").ask("POST", "shops/", body()).status_code == 201
    return own_shop


def program(shop: Shop, role: str = "Sales manager") -> dict[str, str]:
    """The headers of a program with an API key of this role."""
    page = shop.visit("ada")
    with Session(shop.engine) as session:
        [found] = read(session, "SELECT id FROM ab_role WHERE name = %(role)s", role=role)
    form = hidden(page.get("/api-keys/new").text) | {"name": f"shop of {role}", "roles": str(found.id)}
    shown = page.post("/api-keys/new", form).text
    key = next(word for word in shown.replace("<", " ").replace(">", " ").split() if word.startswith("sb_"))
    return {"Authorization": f"ApiKey {key}", "Content-Type": "application/json"}


def test_a_signed_delivery_is_stored_answered_and_then_becomes_an_order(web: Shop) -> None:
    answer = send(web, order(), code="web")

    assert (answer.status_code, answer.json) == (200, {"status": "stored"})
    assert (messages(web), orders(web)) == ([("received", None, 1)], [])
    work_off(web)
    assert messages(web) == [("applied", None, 1)]
    assert orders(web) == [("active", "24.00", "7")]


def test_ten_deliveries_of_one_order_are_one_job_and_one_order(web: Shop) -> None:
    for _ in range(10):
        assert send(web, order()).status_code == 200
    with Session(web.engine) as session:
        assert len(read(session, "SELECT id FROM job WHERE task = 'shop_messages'")) == 1

    work_off(web)

    assert messages(web) == [("applied", None, 10)]
    assert len(orders(web)) == 1


def test_deletions_are_told_apart_by_their_deliveries_which_orders_are_not(web: Shop) -> None:
    for told in (order(), {"id": 7}):
        for delivery in ("a", "a", "b"):
            send(web, told, **{"x-wc-webhook-delivery-id": delivery})

    assert [row[2] for row in messages(web)] == [3, 2, 1]


def test_a_ping_is_answered_and_nothing_is_kept_of_it(web: Shop) -> None:
    client = web.app.test_client()

    answer = client.post("/api/v1/eshop/WEB/orders", data={"webhook_id": "2"})

    assert (answer.status_code, messages(web)) == (200, [])


def test_both_secrets_are_good_while_one_is_changed(web: Shop) -> None:
    max_ = Caller(web, "max")
    pk = max_.get("shops/").json["result"][0]["id"]
    max_.ask("PUT", f"shops/{pk}", {"version": 1, "secret": SECRETS[1]})

    assert [send(web, order(), secret=secret).status_code for secret in SECRETS] == [200, 200, 401]


@pytest.mark.parametrize("spoil", [
    {"secret": "guessed"}, {"X-WC-Webhook-Signature": ""}, {"X-WC-Webhook-Signature": "ü"},
    {"X-WC-Webhook-Signature": "x" * 5000},
])  # fmt: skip
def test_what_is_not_signed_by_the_shop_is_refused_noted_and_does_nothing(web: Shop, spoil: dict[str, str]) -> None:
    answer = send(web, order(), **spoil)

    assert (answer.status_code, answer.json["error"]["code"]) == (401, "not_signed")
    work_off(web)
    assert messages(web) == [("refused", "not_signed", 1)]
    assert orders(web) == []


@contextmanager
def one_connection(shop: Shop) -> Iterator[None]:
    """The program with a single connection to its database."""
    url = shop.engine.url
    engine = create_engine(url, pool_size=1, max_overflow=0, pool_timeout=1, connect_args=connect_args(APP))
    try:
        with pointed(shop.app, engine, pages=engine):
            yield
    finally:
        unit.bind(shop.engine)
        shop.app.extensions["sqlalchemy"]._app_engines[shop.app][None] = shop.engine


def test_one_connection_is_enough_for_a_delivery_signed_or_not(own: Shop) -> None:
    with one_connection(own):
        assert send(own, order(), secret="guessed").status_code == 401
        assert send(own, order()).status_code == 200
        assert ask(own, bolts()).status_code == 401


def test_a_body_that_was_cut_off_is_none_of_the_shops(web: Shop) -> None:
    sent = as_body(order())

    answer = send(web, sent[:-20], **{"X-WC-Webhook-Signature": signed(sent, SECRETS[0])})

    assert answer.status_code == 401
    assert messages(web) == [("refused", "not_signed", 1)]


def test_a_signed_body_that_cannot_be_read_is_kept_and_waits(web: Shop) -> None:
    assert send(web, b"{").status_code == 200
    assert send(web, {"id": 5, "total": "x"}).status_code == 200

    assert messages(web) == [("waiting", "unreadable", 1), ("waiting", "unreadable", 1)]
    with Session(web.engine) as session:
        assert [row.order_ref for row in read(session, "SELECT order_ref FROM inbound_message ORDER BY id")] == [
            "",
            "5",
        ]
    # What the shop changes later in the same order stands for what could not be read; what it changed before does not.
    for late, become in ((order(5), "waiting"), (order(5, date_modified_gmt="2099-01-01T00:00:00"), "superseded")):
        assert send(web, late).status_code == 200
        work_off(web)
        assert messages(web)[1][0] == become
    assert [row[0] for row in messages(web)[2:]] == ["superseded", "applied"]


def test_a_body_of_20_mb_and_an_unknown_or_archived_shop_are_refused_and_leave_nothing(web: Shop) -> None:
    answers = [send(web, b"x" * 20 * 2**20), send(web, order(), code="NONE"), send(web, order(), code="W%")]
    max_ = Caller(web, "max")
    pk = max_.get("shops/").json["result"][0]["id"]
    assert max_.ask("PUT", f"shops/{pk}", {"version": 1, "active": False}).status_code == 200
    answers.append(send(web, order()))

    assert [answer.status_code for answer in answers] == [413, 404, 404, 404]
    assert messages(web) == []


def test_shopify_signs_in_its_own_way_and_what_is_no_order_is_ignored(web: Shop) -> None:
    made = Caller(web, "max").ask("POST", "shops/", body(code="SHOPIFY", dialect="shopify"))
    told = shopify()
    told["line_items"][0]["sku"] = "BOLT"

    for topic, its in (("orders/create", told), ("customers/create", {"id": 1})):
        answer = send(web, its, code="SHOPIFY", dialect="shopify", topic=topic)
        assert answer.status_code == 200, made.json
    work_off(web)

    assert messages(web) == [("applied", None, 1), ("ignored", None, 1)]
    assert orders(web) == [("active", "24.00", "1007")]


@pytest.fixture
def own(web: Shop) -> Shop:
    """The company with a shop that speaks our own dialect."""
    Caller(web, "max").ask("POST", "shops/", body(code="OWN", dialect="generic", secret=None))
    return web


def ask(shop: Shop, told: Any, **headers: str) -> Any:
    sent = told if isinstance(told, bytes) else as_body(told)
    return shop.app.test_client().post("/api/v1/eshop/OWN/orders", data=sent, headers=headers)


def bolts(**more: Any) -> dict[str, Any]:
    told = generic(**more)
    told["lines"][0]["sku"] = "BOLT"
    return told


def test_our_own_dialect_wants_a_key_that_may_write_orders(own: Shop) -> None:
    allowed = program(own)
    only(own, "ken", ("edit", "Orders"), ("view", "Every warehouse"))

    assert ask(own, bolts()).status_code == 401
    for role in ("Auditor", "Seller", "Made for ken"):
        assert ask(own, bolts(), **program(own, role)).status_code == 403
    assert messages(own) == []
    answer = ask(own, bolts(), **allowed)
    assert (answer.status_code, answer.json) == (200, {"status": "stored", "order": "7"})
    work_off(own)
    assert orders(own) == [("active", "24.00", "7")]


def test_our_own_dialect_is_told_at_once_what_is_wrong(own: Shop) -> None:
    allowed = program(own)

    answers = [ask(own, told, **allowed) for told in (b"{", bolts(total=24.0), bolts(surprise=1))]

    assert [answer.status_code for answer in answers] == [422, 422, 422]
    assert "surprise" in answers[2].json["error"]["message"]
    assert {outcome for outcome, _, _ in messages(own)} == {"refused"}
    assert ask(own, bolts(), **allowed | {"Content-Type": "text/plain"}).status_code == 415


@pytest.mark.parametrize("key", ["sur\x00prise", "sur\ud800prise"])
def test_what_no_text_has_is_told_in_a_sentence_too(own: Shop, key: str) -> None:
    answer = ask(own, bolts(**{key: 1}), **program(own))

    assert answer.status_code == 422
    assert "surprise is not known here" in answer.json["error"]["message"]
    assert messages(own) == [("refused", "unreadable", 1)]
    assert send(own, order(customer_note=key)).status_code == 200
    work_off(own)
    assert messages(own)[1:] == [("applied", None, 1)]


def test_the_same_key_gives_the_first_answer_and_refuses_another_body(own: Shop) -> None:
    allowed = program(own) | {"Idempotency-Key": "order 7"}

    first, again = ask(own, bolts(), **allowed), ask(own, bolts(), **allowed)
    other = ask(own, bolts(note="other"), **allowed)

    assert first.json == again.json
    assert (other.status_code, other.json["error"]["code"]) == (422, "key_reused")
    assert messages(own) == [("received", None, 1)]


def test_an_answer_costs_few_statements_however_large_the_order_is(web: Shop) -> None:
    many = [LINES[0] | {"id": number} for number in range(300)]
    counts = []
    for told in (order(1), woo(2, lines=many)):
        with statements() as sent:
            assert send(web, told).status_code == 200
        counts.append(len(sent))

    assert counts[0] == counts[1] <= 6


@needs_webhooks
@pytest.mark.parametrize("dialect", ["woocommerce", "shopify"])
def test_every_genuine_delivery_is_let_in_with_its_own_headers(web: Shop, dialect: str) -> None:
    deliveries = list(genuine(dialect))
    Caller(web, "max").ask("POST", "shops/", body(code="REAL", dialect=dialect, secret=deliveries[0].secret))
    client = web.app.test_client()

    for one in deliveries:
        answer = client.post("/api/v1/eshop/REAL/orders", data=one.body, headers=one.headers)
        assert answer.status_code == 200, one.name
    ping = (WEBHOOKS / "woocommerce/live__ping.body").read_bytes()
    kept = len(messages(web))
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    if dialect == "woocommerce":
        assert client.post("/api/v1/eshop/REAL/orders", data=ping, headers=form).status_code == 200
    work_off(web)

    assert len(messages(web)) == kept == len({one.body for one in deliveries})
    assert "received" not in {outcome for outcome, _, _ in messages(web)}
