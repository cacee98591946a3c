"""What shops were asked for is kept once, however it is written and whoever told of it first."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.domain.intake.eshop.dialects import REFUNDS
from app.domain.intake.eshop.jobs import ask_to_apply
from app.domain.intake.eshop.messages import store
from app.domain.intake.eshop.polling import (
    BEGINS_BEFORE,
    Found,
    as_body,
    asked_until,
    awaited,
    keep_found,
    refunds_told,
)
from app.domain.kernel import clock
from app.domain.kernel.errors import DomainError
from app.domain.kernel.rows import read, write
from tests.domain.intake.eshop.bodies import answer, woo
from tests.domain.intake.eshop.conftest import Web
from tests.traces import statements
from tests.world import World

WHY = DomainError("refunds_untold", "The shop says nothing.")
UNTIL = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def web(session: Session) -> Web:
    return Web(World(session))


def keep(web: Web, told: Any, **more: Any) -> list[str]:
    return keep_found(web.world.session, web.id, [Found("7", "", as_body(told))], **more)


def test_what_is_new_is_kept_once(web: Web) -> None:
    assert (keep(web, woo(7)), keep(web, woo(7))) == (["7"], [])
    assert keep(web, woo(7, at=5)) == ["7"]


def test_of_what_is_forgotten_the_same_is_not_new(web: Web) -> None:
    keep(web, woo(7))
    write(web.world.session, "UPDATE inbound_message SET body = NULL, outcome = 'ignored'")

    assert keep(web, woo(7)) == []
    assert keep(web, woo(7, at=5)) == ["7"]


def test_an_answer_that_was_forgotten_is_kept_again(web: Web) -> None:
    session = web.world.session
    found = [Found("7", REFUNDS + "7", as_body(answer()))]
    keep_found(session, web.id, found)
    write(session, "UPDATE inbound_message SET body = NULL, outcome = 'applied'")
    assert refunds_told(session, web.id, "woocommerce", ["7"]) == {}

    assert keep_found(session, web.id, found) == []

    assert refunds_told(session, web.id, "woocommerce", ["7"]) == {"7": {"3"}}


def test_what_a_message_told_is_not_new_however_it_is_written(web: Web) -> None:
    body = json.dumps(woo(7) | {"_links": {"self": []}}, indent=3, ensure_ascii=True).encode()
    store(web.world.session, web.id, body, {}, ref="7", topic="order.updated")

    assert keep(web, dict(reversed(woo(7).items()))) == []


def test_the_same_of_another_order_is_new(web: Web) -> None:
    session = web.world.session
    found = [Found(ref, "refunds of order " + ref, b"[]") for ref in ("7", "8", "8")]

    assert keep_found(session, web.id, found) == ["7", "8"]


def test_one_and_a_hundred_are_kept_by_as_many_statements(web: Web) -> None:
    session = web.world.session
    counts = []
    for first, count in ((0, 1), (1, 100)):
        orders = [Found(str(ref), "", as_body(woo(ref))) for ref in range(first, first + count)]
        unread = [Found("", "", as_body({"id": None, "place": ref}), WHY) for ref in range(first, first + count)]
        untold = [Found(str(ref), f"refunds of order {ref}", b"", WHY) for ref in range(first, first + count)]
        with statements() as sent:
            refs = keep_found(session, web.id, [*orders, *unread, *untold], until=UNTIL)
            ask_to_apply(session, [(web.id, ref) for ref in refs])
        counts.append(len(sent))
        assert len(refs) == count

    assert len(read(session, "SELECT FROM inbound_message")) == 303
    assert counts[0] == counts[1]


def test_who_begins_to_ask_begins_shortly_before(web: Web) -> None:
    began = asked_until(web.world.session, web.id)

    assert abs(clock.now() - BEGINS_BEFORE - began) < timedelta(minutes=1)


def test_the_moment_up_to_which_was_asked_never_goes_back(web: Web) -> None:
    session = web.world.session
    keep(web, woo(7), until=UNTIL)
    keep(web, woo(7, at=1), until=UNTIL - timedelta(days=1))

    assert asked_until(session, web.id) == UNTIL
    keep(web, woo(7, at=2), until=datetime(2099, 1, 1, tzinfo=UTC))
    assert asked_until(session, web.id) <= clock.now()
    assert len(read(session, "SELECT FROM inbound_message")) == 3


def test_what_a_shop_sends_empty_is_awaited_from_nobody_however_often_it_comes(web: Web) -> None:
    session = web.world.session
    store(session, web.id, b"", {}, ref="", topic="order.updated", unreadable=WHY)

    assert awaited(session, web.id) == ([], set())
    keep_found(session, web.id, [Found("7", "refunds of order 7", b"", WHY)])
    write(session, "UPDATE inbound_message SET deliveries = 500")
    assert awaited(session, web.id) == ([], {"7"})
