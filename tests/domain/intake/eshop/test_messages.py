"""What shops send is kept: once, with how often it came, and never what only says who somebody is."""

from datetime import timedelta
from typing import Any

import pytest

from app.domain.intake.eshop import messages
from app.domain.intake.eshop.inbox import retry, retry_waiting
from app.domain.intake.eshop.notices import together
from app.domain.intake.eshop.polling import Found, awaited, keep_found
from app.domain.kernel.errors import DomainError
from app.domain.kernel.rows import read, write
from tests.domain.intake.eshop.bodies import as_body, item, woo
from tests.domain.intake.eshop.conftest import Web
from tests.world import World

WHY = DomainError("not_signed", "The signature of {what} is wrong.", what="it")


def keep(world: World, web: Web, body: bytes = b"{}", ref: str = "7", **more: Any) -> messages.Stored:
    headers = {"X-Topic": "t", "Authorization": "ApiKey secret", "COOKIE": "c"}
    stored: messages.Stored = world.do(
        lambda session, by: messages.store(session, web.id, body, headers, ref=ref, topic="t", **more)
    )
    return stored


def test_a_body_is_kept_byte_for_byte_and_again_is_counted(world: World, web: Web) -> None:
    first, again, other = keep(world, web), keep(world, web), keep(world, web, ref="8")

    assert (first.is_new, again.is_new, other.is_new) == (True, False, True)
    assert first.id == again.id != other.id
    row = world.row("inbound_message", first.id)
    assert (bytes(row.body), row.deliveries, row.outcome, row.headers) == (b"{}", 2, "received", {"X-Topic": "t"})
    assert row.last_at >= row.received_at


def test_what_cannot_be_read_waits(world: World, web: Web) -> None:
    keep(world, web, ref="", unreadable=WHY)

    assert web.outcomes() == [("waiting", "not_signed")]


def test_of_what_is_refused_the_beginning_of_the_last_is_kept(world: World, web: Web) -> None:
    body = b"x" * (messages.KEPT_OF_REFUSED + 1)
    for _ in range(messages.REFUSED_KEPT + 5):
        world.do(lambda session, by: messages.refuse_message(session, web.id, body, {}, WHY, topic=""))

    rows = read(world.session, "SELECT length(body) AS length, outcome FROM inbound_message")
    assert {tuple(row) for row in rows} == {(messages.KEPT_OF_REFUSED, "refused")}
    assert len(rows) == messages.REFUSED_KEPT
    write(world.session, "UPDATE inbound_message SET last_at = last_at - %(long)s", long=timedelta(days=31))
    world.do(lambda session, by: messages.refuse_message(session, web.id, body, {}, WHY, topic=""))
    assert len(web.outcomes()) == 1


def test_what_became_of_messages_is_written_with_its_reason_and_only_where_it_is_another_one(
    world: World, web: Web
) -> None:  # fmt: skip
    message = keep(world, web).id

    world.do(lambda session, by: messages.mark(session, {message: ("noticed", WHY)}))

    row = world.row("inbound_message", message)
    assert row.reason == {"code": "not_signed", "template": WHY.template, "facts": {"what": "it"}}
    assert row.applied_at is not None
    world.do(lambda session, by: messages.mark(session, {message: ("superseded", None)}))
    world.do(lambda session, by: messages.mark(session, {}))
    assert world.row("inbound_message", message).applied_at == row.applied_at


def test_what_no_text_in_the_database_has_is_replaced(world: World, web: Web) -> None:
    why = DomainError("unreadable", "{path}", path="a\x00\ud800b", unknown=["\x00"])

    stored = world.do(lambda session, by: messages.store(
        session, web.id, b"{}", {"X\x00": "\ud800"}, ref="", topic="t\x00", unreadable=why
    ))  # fmt: skip

    row = world.row("inbound_message", stored.id)
    assert (row.headers, row.topic, row.reason["facts"]) == ({"X?": "?"}, "t?", {"path": "a??b", "unknown": ["?"]})


AGE = "UPDATE inbound_message SET last_at = last_at - make_interval(days => 401) WHERE order_ref = ANY(%(refs)s)"
KEPT = "SELECT order_ref, body IS NOT NULL AS kept FROM inbound_message ORDER BY id"


def kept(world: World) -> list[tuple[str, bool]]:
    return [tuple(row) for row in read(world.session, KEPT)]


def forget(world: World) -> None:
    """All portions, each of one message."""
    after = world.do(lambda session, by: messages.forget_old(session))
    while after is not None:
        after = world.do(lambda session, by, after=after: messages.forget_old(session, after))


def test_what_is_long_over_is_forgotten_in_portions_but_for_its_digest(
    world: World, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "FORGOTTEN_AT_ONCE", 1)
    web.deliver(woo(7), woo(8), woo(9), woo(7, at=5, status="cancelled"), woo(8, at=5, status="cancelled"))
    web.deliver(woo(10, status="pending"))
    web.deliver(woo(11, lines=[item(1, "CUP", "20.00", "4.00")]))
    nothing = keep(world, web, ref="").id
    world.do(lambda session, by: messages.mark(session, {nothing: ("ignored", None)}))
    write(world.session, AGE, refs=["", "7", "9", "10", "11"])

    forget(world)

    # Cancelled and old; young; still open; never ordered; waiting. Of what was about no order nothing is left.
    assert kept(world) == [("7", False), ("8", True), ("9", True), ("7", False), ("8", True), ("10", False),
                           ("11", True)]  # fmt: skip
    assert world.row("inbound_message", world.ids("SELECT min(id) FROM inbound_message")[0]).headers == {}


def test_of_what_is_forgotten_the_same_again_does_nothing_and_what_is_new_does_what_it_says(
    world: World, web: Web
) -> None:
    told = [woo(7), woo(7, at=5, status="cancelled")]
    web.deliver(*told)
    write(world.session, AGE, refs=["7"])
    forget(world)

    web.deliver(*told)

    assert (web.orders()["7"]["state"], web.outcomes()) == ("cancelled", [("superseded", None), ("applied", None)])
    assert kept(world) == [("7", False)] * 2
    refusal = world.refusal(lambda session, by: retry(session, world.ids("SELECT id FROM inbound_message")))
    assert refusal.code == "forgotten"
    web.deliver(woo(7, at=9, status="cancelled"))
    assert web.outcomes()[-1] == ("applied", None)
    assert len(world.ids("SELECT id FROM sales_order")) == 1
    again = [Found("7", "", as_body(woo(7, at=9, status="cancelled")))]
    assert keep_found(world.session, web.id, again) == []


def test_what_says_nothing_is_not_forgotten_as_it_may_wait_again(world: World, web: Web) -> None:
    web.deliver(woo(7), woo(7, at=5, status="cancelled"))
    untold = Found("7", "refunds of order 7", b"", WHY)
    for found in (untold, untold._replace(body=b"[]", why=None)):
        world.do(lambda session, by, found=found: keep_found(session, web.id, [found]))
    [refunds] = world.ids("SELECT max(id) FROM inbound_message")
    world.do(lambda session, by: messages.mark(session, {refunds: ("applied", None)}))
    write(world.session, AGE, refs=["7"])
    forget(world)
    assert [its for _, its in kept(world)] == [False, False, True, False]

    world.do(lambda session, by: keep_found(session, web.id, [untold]))

    assert awaited(world.session, web.id) == ([], {"7"})
    assert world.do(lambda session, by: retry_waiting(session)) == 1
    assert awaited(world.session, web.id) == (["7"], set())


def test_what_is_older_than_what_is_forgotten_comes_too_late(world: World, web: Web) -> None:
    web.deliver(woo(7), woo(7, at=9, status="cancelled"))
    write(world.session, AGE, refs=["7"])
    forget(world)

    web.keep([], "refunds of order 7")
    web.keep([{"id": 3, "amount": "1.00", "date_created_gmt": "2026-03-02T09:00:05"}], "refunds of order 7")
    web.deliver(woo(7, at=5, customer_note="Ring"))

    assert web.outcomes()[-3:-1] == [("ignored", None), ("waiting", "order_awaited")]
    assert web.outcomes()[-1] == ("superseded", None)
    assert (web.orders()["7"]["state"], len(world.ids("SELECT id FROM sales_order"))) == ("cancelled", 1)
    web.deliver(woo(7, at=12, customer_note="Ring"))
    assert web.outcomes()[-1] == ("applied", None)
    assert (web.orders()["7"]["state"], len(world.ids("SELECT id FROM sales_order"))) == ("active", 2)


@pytest.mark.parametrize(("code", "kept_yet"), [("refund_not_credited", False), ("nothing_open", True)])
@pytest.mark.parametrize("several", [False, True])
def test_a_notice_outlives_what_was_sent_unless_money_is_yet_to_be_booked(
    world: World, web: Web, code: str, *, kept_yet: bool, several: bool
) -> None:
    web.deliver(woo(7), woo(7, at=5, status="cancelled"))
    why = DomainError(code, "Look.", on="2026-04-01")
    last = world.ids("SELECT max(id) FROM inbound_message")[0]
    notice = together([why, WHY]) if several else why
    world.do(lambda session, by: messages.mark(session, {last: ("noticed", notice)}))
    write(world.session, AGE, refs=["7"])

    forget(world)

    assert kept(world) == [("7", kept_yet), ("7", kept_yet)]
    assert web.outcomes()[-1] == ("noticed", "several" if several else code)
    if not kept_yet:
        web.deliver(woo(7, at=9, status="cancelled"))
        assert web.outcomes() == [("superseded", None), ("superseded", None), ("applied", None)]
