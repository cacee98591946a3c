"""New orders as every page hears of them."""

import re
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.domain.kernel.rows import write
from app.web.live import Pulse
from tests.api.test_attacks import only
from tests.traces import statements
from tests.web.companies import Shop
from tests.web.shop import Visitor


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a process read a moment ago is of another test's database."""
    monkeypatch.setattr("app.web.live.FRESH", 0)


def ask(visitor: Visitor, seen: str = "") -> Any:
    return visitor.get("/live/", query_string={"seen": seen})


def told(visitor: Visitor) -> list[int]:
    return [order["id"] for order in ask(visitor).json["orders"]]


def test_each_hears_of_the_orders_that_they_may_take(shop: Shop) -> None:
    known = shop.known

    heard = {name: told(shop.visit(name)) for name in ("ada", "max", "sue", "ken", "cat", "abe", "una")}

    both = [known.active_north, known.active]
    assert heard == {"ada": both, "max": both, "sue": [known.active], "ken": [], "cat": [], "abe": [], "una": []}


def test_the_bell_hangs_where_orders_are_taken(shop: Shop) -> None:
    assert {name for name in ("ada", "max", "sue", "ken", "cat", "abe", "una")
            if "data-bell" in shop.visit(name).get("/").text} == {"ada", "max", "sue"}  # fmt: skip


def test_whoever_hears_no_news_is_told_without_them_that_the_session_is_over(shop: Shop) -> None:
    pages = {name: Visitor(shop.app, name).get("/").text for name in ("sue", "ken", "cat", "abe", "una")}

    told = {name: re.findall(r'data-session="/live/" data-who="\d+" data-left="(\d+)"', its)
            for name, its in pages.items()}  # fmt: skip

    assert {name for name, left in told.items() if left} == {"ken", "cat", "abe", "una"}
    assert all(8 * 3600 - 60 < int(left[0]) <= 8 * 3600 for left in told.values() if left)
    assert all("data-live-out" in its for its in pages.values())


def test_a_card_says_who_wants_how_much_and_whence(shop: Shop) -> None:
    sue = shop.visit("sue")

    order = ask(sue).json["orders"][0]

    assert order["who"] == "Customer C001"
    assert order["much"] == "24.00 EUR"
    assert order["whence"].endswith(" · phone · MAIN")
    assert sue.get(order["url"]).status_code == 200


def test_whoever_knows_the_word_is_told_nothing_until_something_changes(own_shop: Shop) -> None:
    sue, max_ = own_shop.visit("sue"), own_shop.visit("max")
    word = ask(sue).json["word"]

    assert ask(sue, word).status_code == 204
    sue.get(f"/orders/{own_shop.known.active}")
    assert max_.post(f"/orders/{own_shop.known.active}/take").status_code == 302

    answer = ask(sue, word)
    assert answer.status_code == 200
    assert (answer.json["orders"], answer.json["word"] != word) == ([], True)
    assert told(max_) == [own_shop.known.active_north]
    report = max_.get("/time-to-take/").text
    assert "Max Example" in report
    assert "Nobody took" not in report


def test_who_comes_second_is_told_whose_the_order_is(own_shop: Shop) -> None:
    sue, max_ = own_shop.visit("sue"), own_shop.visit("max")
    take = ask(sue).json["orders"][0]["take"]

    assert max_.post(take).status_code == 302
    answer = sue.post(take)

    assert answer.status_code == 409
    assert "is Max Example&#39;s already" in answer.text


def test_that_nothing_changed_costs_one_statement_and_asks_nobody_who_they_are(shop: Shop) -> None:
    sue = shop.visit("sue")
    word = ask(sue).json["word"]

    with statements() as sent:
        ask(sue, word)

    assert len([statement for statement in sent if "SELECT" in statement]) == 1
    assert "ab_user" not in "".join(sent)


def test_whose_session_is_over_is_told_so_though_nothing_changed(shop: Shop) -> None:
    sue, stranger = shop.visit("sue"), shop.visit()
    word = ask(sue).json["word"]

    with sue.client.session_transaction() as session:
        session["since"] -= 8 * 3600 + 1
    answers = [ask(visitor, word) for visitor in (sue, stranger)]

    assert [(answer.status_code, "/login/" in answer.location) for answer in answers] == [(302, True)] * 2


def test_a_process_looks_once_for_all_who_ask_together(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.web.live.FRESH", 60)
    monkeypatch.setitem(shop.app.extensions, "pulse", Pulse("only for tests"))
    sue, max_ = shop.visit("sue"), shop.visit("max")
    word = ask(sue).json["word"]

    with statements() as sent:
        assert [ask(visitor, word).status_code for visitor in (sue, max_, sue)] == [204] * 3

    assert sent == []


LEFT = """
INSERT INTO shop (code, name, dialect, warehouse_id, actor_id, clearing_account_id, price_list_id, payment_term_id,
                  freight_product_id, fee_product_id, rounding_product_id)
SELECT 'WEB', 'Web shop', 'generic', min(warehouse.id), min(actor.id), min(bank_account.id), min(price_list.id),
       min(payment_term.id), min(product.id), min(product.id), min(product.id)
FROM warehouse, actor, bank_account, price_list, payment_term, product;
INSERT INTO inbound_message (shop_id, order_ref, topic, digest, headers, body, received_at, last_at, outcome, reason)
SELECT id, '7' || n, '', sha256(n::text::bytea), '{}', '{}', now(), now(), 'waiting',
       '{"code": "x", "template": "Why.", "facts": {}}' FROM shop, generate_series(1, 2) n;
INSERT INTO job (id, task, lane, about, arguments, at, status, ended_at, error)
VALUES (1, 'export', 'long', 'x', '{}', now(), 'failed', now(), 'No.')
"""
MORE = """
INSERT INTO inbound_message (shop_id, order_ref, topic, digest, headers, body, received_at, last_at, outcome, reason)
SELECT shop_id, '73', topic, digest, headers, body, received_at, last_at, 'waiting', reason
FROM inbound_message WHERE order_ref = '72'
"""


def test_what_failed_or_waits_is_counted_for_those_who_see_to_it(own_shop: Shop) -> None:
    ada = own_shop.visit("ada")
    before = ask(ada).json
    assert before["left"] == []
    with Session(own_shop.engine) as session, session.begin():
        for sql in LEFT.split(";"):
            write(session, sql)

    after = ask(ada, before["word"]).json
    only(own_shop, "ken", ("view", "E-shop inbox"), ("edit", "E-shop inbox"))
    heard = {name: [its["text"] for its in ask(own_shop.visit(name)).json["left"]]
             for name in ("ada", "max", "sue", "abe", "una", "ken")}  # fmt: skip

    with Session(own_shop.engine) as session, session.begin():
        write(session, "UPDATE inbound_message SET outcome = 'ignored', reason = NULL WHERE order_ref = '71'")
        write(session, MORE)
    another = ask(ada, after["word"])
    assert another.status_code == 200, "another one waits now, and as many as before"

    waits = "2 messages of e-shops wait"
    assert heard == {"ada": ["1 job failed", waits], "max": [waits], "sue": [], "abe": [], "una": [], "ken": []}
    assert [its["count"] for its in after["left"]] == [1, 2]
    for its, there in zip(after["left"], ("No.", "Why."), strict=True):
        assert there in ada.get(its["url"]).text


def test_the_word_is_anothers_secret(shop: Shop) -> None:
    with shop.app.app_context():
        assert Pulse("one").word() != Pulse("another").word()
    assert "/login/" in ask(shop.visit(), "").location
