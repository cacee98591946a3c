"""The jobs that ask shops and tell them, done by a worker, against a shop on the network."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.domain.intake.eshop.jobs import look_for_forgotten
from app.domain.intake.eshop.polling import MOST_ASKED
from app.domain.kernel.jobs import ask
from app.domain.kernel.rows import read, write
from app.domain.kernel.unit import deed
from app.web.shop_jobs import ask_shops, note_levels
from tests.api.conftest import Caller
from tests.domain.intake.eshop.bodies import answer, item, woo
from tests.web.companies import Shop
from tests.web.eshops import body, prepare
from tests.web.foreign_shop import ForeignShop, open_shop
from tests.web.working import work_off

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def theirs() -> Iterator[ForeignShop]:
    with open_shop() as shop:
        yield shop


@pytest.fixture
def ours(own_shop: Shop, theirs: ForeignShop) -> Shop:
    """The company, which asks their shop and tells it."""
    prepare(own_shop)
    more = {
        "polling_address": theirs.address, "polling_key": "ck", "polling_secret": "cs",
        "levels_address": f"{theirs.address}/told", "levels_secret": "told",
    }  # fmt: skip
    assert Caller(own_shop, "max").ask("POST", "shops/", body(**more)).status_code == 201
    return own_shop


def do(shop: Shop, *tasks: Any) -> None:
    """Asks for jobs, and has a worker do all that there are."""
    deed(lambda session: [ask(session, its, by=None) for its in tasks])
    # One job asks for others, in a lane whose hands may have ended meanwhile.
    while rows(shop, "SELECT FROM procrastinate_jobs WHERE scheduled_at IS NULL"):
        work_off(shop)


def rows(shop: Shop, sql: str) -> list[Any]:
    with Session(shop.engine) as session:
        return [tuple(row) for row in read(session, sql)]


def order(pk: int, **more: Any) -> dict[str, Any]:
    """An order of theirs, changed just now."""
    at = f"{NOW:%Y-%m-%dT%H:%M:%S}"
    links = {"self": [{"href": "https://example.org"}]}
    return woo(pk, lines=[item(1, "BOLT", "20.00", "4.00", 2)], date_modified_gmt=at, _links=links, **more)


ORDERS = """
SELECT sales_order.state, sales_order.channel, sales_order.gross, customer.name
FROM shop_order JOIN sales_order ON sales_order.id = document_id JOIN document ON document.id = sales_order.id
JOIN customer ON customer.id = document.customer_id ORDER BY sales_order.id
"""
FAILED = "SELECT task, status, error FROM job WHERE error IS NOT NULL ORDER BY id"


def test_an_order_that_no_message_told_of_is_found_and_taken_once(ours: Shop, theirs: ForeignShop) -> None:
    theirs.orders = [order(8)]

    for _ in range(2):
        do(ours, ask_shops)

    assert rows(ours, ORDERS) == [("active", "eshop", 24, "Ива Петрова")]
    assert rows(ours, "SELECT deliveries, outcome FROM inbound_message") == [(1, "applied")]
    assert rows(ours, "SELECT polled_until FROM shop") == [(NOW,)]
    assert rows(ours, FAILED) == []
    last = theirs.asked[-1].args["modified_after"]
    assert last == f"{NOW - timedelta(seconds=1):%Y-%m-%dT%H:%M:%S}"


def test_a_shop_that_does_not_answer_is_asked_again_and_loses_nothing(ours: Shop, theirs: ForeignShop) -> None:
    theirs.orders, theirs.status = [order(8)], 503

    do(ours, ask_shops)
    assert rows(ours, FAILED) == [("ask_shop", "waiting", "Web shop answers with 503.")]
    assert rows(ours, ORDERS) == []

    theirs.status = 200
    with Session(ours.engine) as session, session.begin():
        write(session, "UPDATE procrastinate_jobs SET scheduled_at = NULL")
    do(ours)
    assert [row[0] for row in rows(ours, ORDERS)] == ["active"]


def test_an_order_that_nobody_can_read_waits_and_holds_up_no_other(ours: Shop, theirs: ForeignShop) -> None:
    undated = order(8) | {"date_modified_gmt": None, "refunds": []}
    theirs.orders = [undated, {"id": None}, order(9)]

    for _ in range(2):
        do(ours, ask_shops)

    assert [row[0] for row in rows(ours, ORDERS)] == ["active", "active"]
    assert rows(ours, "SELECT order_ref, outcome, reason ->> 'code', deliveries FROM inbound_message ORDER BY 1") == [
        ("", "waiting", "unreadable", 2), ("8", "applied", None, 1), ("9", "applied", None, 1),
    ]  # fmt: skip
    assert rows(ours, "SELECT polled_until FROM shop") == [(NOW,)]
    assert rows(ours, FAILED) == []


def test_an_order_that_a_shop_cannot_tell_waits_once_until_others_come(ours: Shop, theirs: ForeignShop) -> None:
    theirs.orders, theirs.untold = [order(8), order(9)], {9}
    for _ in range(2):
        do(ours, ask_shops)

    [(pk, outcome, code)] = rows(
        ours, "SELECT id, outcome, reason ->> 'code' FROM inbound_message WHERE order_ref = ''"
    )
    assert (outcome, code, len(rows(ours, ORDERS))) == ("waiting", "order_untold", 1)
    assert (
        "cannot tell the order that changed next" in ours.visit("max").get("/shop-inbox/?_flt_2_outcome=waiting").text
    )
    assert "modified_after" in Caller(ours, "max").get(f"shop-inbox/{pk}").json["body"]
    assert rows(ours, FAILED) == []

    theirs.orders.append(order(7))
    do(ours, ask_shops)
    assert len(rows(ours, ORDERS)) == 2


REFUNDS = """
SELECT by_amount, note.gross FROM shop_refund JOIN credit_note note ON note.id = credit_note_id
"""
WAITING = "SELECT order_ref, reason ->> 'code', deliveries FROM inbound_message WHERE outcome = 'waiting'"


def test_an_order_whose_refunds_are_not_told_holds_up_no_other(ours: Shop, theirs: ForeignShop) -> None:
    refund = {"id": 3, "reason": "Torn", "total": "-12.00"}
    theirs.orders = [order(8, refunds=[refund]), order(9)]

    for _ in range(2):
        do(ours, ask_shops)

    assert [row[0] for row in rows(ours, ORDERS)] == ["active", "active"]
    assert rows(ours, "SELECT polled_until FROM shop") == [(NOW,)]
    assert rows(ours, WAITING) == [("8", "refunds_untold", 1)]
    assert rows(ours, FAILED) == []
    assert rows(ours, REFUNDS) == [(True, 12)]
    assert "Web shop answers with 500." in ours.visit("max").get("/shop-inbox/?_flt_2_outcome=waiting").text

    ((pk,),) = rows(ours, "SELECT id FROM inbound_message WHERE outcome = 'waiting'")
    assert Caller(ours, "max").get(f"shop-inbox/{pk}").json["body"] == ""

    line = {"id": 9, "quantity": -1, "total": "-10.00", "total_tax": "-2.00",
            "meta_data": [{"key": "_refunded_item_id", "value": "1"}]}  # fmt: skip
    theirs.orders = []
    told = {"id": 3, "amount": "12.00", "date_created_gmt": "2026-03-02T09:00:05", "line_items": [line]}
    theirs.refunds = {8: [told]}
    rest(ours)
    do(ours, ask_shops)
    assert (rows(ours, WAITING), rows(ours, REFUNDS)) == ([], [(False, 12)])
    asked = len(theirs.asked)
    do(ours, ask_shops)
    assert len(theirs.asked) == asked + 1


def test_a_poll_that_finds_nothing_new_is_one_request(ours: Shop, theirs: ForeignShop) -> None:
    line = {"id": 9, "quantity": -1, "total": "-10.00", "total_tax": "-2.00",
            "meta_data": [{"key": "_refunded_item_id", "value": "1"}]}  # fmt: skip
    theirs.orders = [order(8, refunds=[{"id": 3, "reason": "Torn", "total": "-12.00"}])]
    theirs.refunds = {8: [{"id": 3, "amount": "12.00", "date_created_gmt": "2026-03-02T09:00:05",
                           "line_items": [line]}]}  # fmt: skip
    do(ours, ask_shops)
    assert (len(theirs.asked), rows(ours, REFUNDS)) == (2, [(False, 12)])

    do(ours, ask_shops)

    assert len(theirs.asked) == 3
    assert rows(ours, FAILED) == []


def test_a_refund_that_a_shop_deletes_without_a_word_is_missed_within_a_day(ours: Shop, theirs: ForeignShop) -> None:
    theirs.orders = [order(8, refunds=[{"id": 3, "reason": "Torn", "total": "-12.00"}])]
    theirs.refunds = {8: answer()}
    do(ours, ask_shops)
    assert rows(ours, REFUNDS) == [(False, 12)]
    theirs.orders, theirs.refunds = [], {8: []}
    do(ours, ask_shops)
    assert (asked_for(theirs), rows(ours, REFUNDS)) == (1, [(False, 12)])

    with Session(ours.engine) as session, session.begin():
        write(session, "UPDATE inbound_message SET last_at = last_at - interval '25 hours'")
    for _ in range(2):
        do(ours, ask_shops)

    assert (asked_for(theirs), rows(ours, REFUNDS)) == (2, [])
    assert rows(ours, FAILED) == []


def rest(shop: Shop) -> None:
    """A day goes by for what shops did not tell."""
    with Session(shop.engine) as session, session.begin():
        write(session, "UPDATE inbound_message SET last_at = last_at - interval '1 day' WHERE body = ''")


def asked_for(theirs: ForeignShop) -> int:
    """How often it was asked for refunds."""
    return sum(asked.path.endswith("/refunds") for asked in theirs.asked)


def test_refunds_that_are_never_told_are_asked_for_less_and_less_often_and_given_up_with_a_notice(
    ours: Shop, theirs: ForeignShop
) -> None:
    refund = {"id": 3, "reason": "Torn", "total": "-12.00"}
    theirs.orders = [order(8, refunds=[refund])]
    do(ours, ask_shops)
    theirs.orders = []
    do(ours, ask_shops)
    assert asked_for(theirs) == 1

    rest(ours)
    do(ours, ask_shops)
    do(ours, ask_shops)
    assert asked_for(theirs) == 2
    with Session(ours.engine) as session, session.begin():
        write(session, "UPDATE inbound_message SET deliveries = %(last)s WHERE body = ''", last=MOST_ASKED - 1)
    for _ in range(2):
        rest(ours)
        do(ours, ask_shops)

    assert asked_for(theirs) == 3
    assert rows(ours, WAITING) == []
    told = rows(ours, "SELECT id, reason ->> 'code' FROM inbound_message WHERE outcome = 'noticed'")
    assert [row[1] for row in told] == ["refunds_never_told"]
    inbox, caller = f"shop-inbox/{told[0][0]}", Caller(ours, "max")
    stamp = caller.get(inbox).json["stamp"]
    assert caller.ask("POST", f"{inbox}/see-to", {"stamp": stamp}).json["outcome"] == "applied"
    rest(ours)
    do(ours, ask_shops)
    do(ours, look_for_forgotten)
    assert asked_for(theirs) == 3
    assert caller.ask("POST", f"{inbox}/tell-again").json["stamp"] == stamp
    assert caller.ask("POST", f"{inbox}/retry").status_code == 200
    do(ours, ask_shops)
    assert (asked_for(theirs), rows(ours, WAITING)) == (4, [("8", "refunds_untold", 1)])


def test_a_shop_is_told_what_it_may_sell_and_then_what_changed(ours: Shop, theirs: ForeignShop) -> None:
    do(ours, note_levels)
    (_, first) = theirs.told[0]
    levels = {its["sku"]: its for its in json.loads(first)["levels"]}
    assert levels["BOLT"]["available"] == "91"
    assert json.loads(first)["currency"] == "EUR"

    do(ours, note_levels)
    assert len(theirs.told) == 1

    theirs.orders = [order(8)]
    do(ours, ask_shops)
    do(ours, note_levels)
    changed = json.loads(theirs.told[-1][1])["levels"]
    assert [(its["sku"], its["available"]) for its in changed] == [("BOLT", "89")]


def test_what_a_shop_did_not_take_is_told_again(ours: Shop, theirs: ForeignShop) -> None:
    theirs.status = 500
    do(ours, note_levels)
    assert rows(ours, "SELECT levels_told FROM shop") == [(0,)]
    assert ("tell_shop", "waiting", "Web shop answers with 500.") in rows(ours, FAILED)

    theirs.status = 200
    with Session(ours.engine) as session, session.begin():
        write(session, "UPDATE procrastinate_jobs SET scheduled_at = NULL")
    do(ours)

    assert len(theirs.told) == 1
    assert rows(ours, "SELECT levels_told = (SELECT max(seq) FROM shop_level) FROM shop") == [(True,)]


def test_a_program_asks_for_what_changed_after_what_it_knows(ours: Shop) -> None:
    do(ours, note_levels)
    max_ = Caller(ours, "max")
    pk = rows(ours, "SELECT id FROM shop")[0][0]

    whole = max_.get(f"shops/{pk}/levels?page_size=2").json
    rest = max_.get(f"shops/{pk}/levels?after={whole['last']}").json

    assert [its["seq"] for its in whole["result"] + rest["result"]] == list(range(1, rest["last"] + 1))
    assert max_.get(f"shops/{pk}/levels?after={rest['last']}").json["result"] == []
    assert (whole["currency"], whole["prices_include_vat"]) == ("EUR", False)
