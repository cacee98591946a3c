"""Whoever has seen to a notice is not told it again, until it is news."""

from datetime import date
from typing import Any

import pytest

from app.domain.billing.crediting import delete_credit_notes
from app.domain.fulfilment.ending import reopen_orders
from app.domain.intake.eshop.notices import look_again
from app.domain.intake.eshop.seeing import see_to, stamp, tell_again
from app.domain.kernel.company import company
from app.domain.kernel.rows import read, write
from app.domain.ledger.periods import close_period
from tests.domain.intake.eshop import bodies
from tests.domain.intake.eshop.bodies import REFUND, item, woo
from tests.domain.intake.eshop.conftest import Web
from tests.domain.intake.eshop.test_notices import MORE, PAID, forget, money, reasons
from tests.domain.intake.eshop.test_refunding import by_hand
from tests.traces import checksums
from tests.world import TODAY, World


@pytest.fixture
def changed(world: World, web: Web, mug: int) -> Web:
    """An approved order that the shop changed later."""
    world.receive(mug, "10")
    web.deliver(woo())
    world.approve(web.document())
    web.deliver(woo(at=5, **MORE))
    assert reasons(web) == ["changed_later"]
    return web


def last(world: World) -> Any:
    return read(world.session, "SELECT id, outcome, reason FROM inbound_message ORDER BY id DESC LIMIT 1")[0]


def say_seen(world: World, read_as: str | None = None) -> int:
    """Somebody has seen to what the last message says, or said when they read it."""
    message = last(world)
    world.do(see_to, message.id, stamp(message.reason) if read_as is None else read_as)
    return int(message.id)


def say_again(world: World, message: int) -> None:
    world.do(lambda session, by: tell_again(session, message))


def why_not(world: World, message: int, read_as: str) -> str:
    return world.refused(see_to, message, read_as)[message].code


def test_what_was_seen_to_is_told_no_longer_whatever_is_applied_again(world: World, changed: Web) -> None:
    say_seen(world)
    assert changed.outcomes()[-1] == ("applied", None)
    before = checksums(world.session)

    changed.apply("7")
    world.do(lambda session, by: look_again(session))

    assert checksums(world.session) == before
    [kept] = read(world.session, "SELECT seen FROM shop_order")[0].seen
    assert (kept["notice"]["code"], kept["by"], kept["message"]) == ("changed_later", world.by, last(world).id)


def test_the_same_difference_is_told_no_more_as_the_order_goes_on_but_another_is(world: World, changed: Web) -> None:
    say_seen(world)
    [shipment] = world.drafts(changed.document())
    world.ship(shipment)

    changed.deliver(woo(at=7, status="completed", **MORE))
    assert reasons(changed) == []
    changed.deliver(woo(at=9, lines=[item(1, "MUG", "40.00", "8.00", 4)], total="48.00"))

    assert reasons(changed) == ["changed_later"]
    assert "4 × MUG" in last(world).reason["facts"]["difference"]


def test_what_is_so_no_longer_is_news_when_it_is_so_again(world: World, changed: Web) -> None:
    say_seen(world)
    changed.deliver(woo(at=7))
    assert reasons(changed) == []

    changed.deliver(woo(at=9, **MORE))

    assert reasons(changed) == ["changed_later"]


def test_it_is_told_again_when_that_is_taken_back(world: World, changed: Web) -> None:
    before = checksums(world.session)
    message = say_seen(world)

    say_again(world, message)

    left = {name for name, its in checksums(world.session).items() if its != before[name]}
    assert left <= {"inbound_message"}
    assert reasons(changed) == ["changed_later"]
    refused = world.refused(lambda session, by: tell_again(session, message))
    assert refused[message].code == "nothing_seen"


def test_of_an_order_that_went_on_only_what_is_still_so_is_told_again(world: World, web: Web) -> None:
    web.deliver(woo(**PAID), woo(at=5, **MORE, **PAID))
    message = say_seen(world)
    forget(world)
    assert web.outcomes()[-1] == ("applied", None)
    say_again(world, message)
    assert reasons(web) == ["changed_since_paid"]
    say_seen(world)

    money(world, web, "income", "12.00", web.document())

    say_again(world, message)

    assert web.outcomes()[-1] == ("applied", None)


def test_a_later_message_tells_what_is_taken_back_of_an_earlier_one(world: World, changed: Web) -> None:
    message = say_seen(world)
    changed.deliver(woo(at=7, status="completed", **MORE))
    assert [outcome for outcome, _ in changed.outcomes()] == ["superseded", "superseded", "applied"]

    say_again(world, message)
    assert [outcome for outcome, _ in changed.outcomes()] == ["superseded", "superseded", "applied"]
    changed.apply("7")

    assert changed.outcomes()[1:] == [("superseded", None), ("noticed", "changed_later")]


def test_it_must_be_what_was_read_and_something_must_be_noticed(world: World, changed: Web) -> None:
    said = stamp(last(world).reason)
    changed.deliver(woo(at=9, lines=[item(1, "MUG", "40.00", "8.00", 4)], total="48.00"))
    before = checksums(world.session)

    assert why_not(world, last(world).id, said) == "says_otherwise"
    assert checksums(world.session) == before
    message = say_seen(world)
    assert why_not(world, message, stamp(None)) == "nothing_noticed"
    assert why_not(world, 10**9, "") == "nothing_noticed"


def test_what_the_program_does_by_itself_when_its_day_comes_stays(world: World, web: Web, mug: int) -> None:
    world.receive(mug, "10")
    web.deliver(woo())
    world.approve(web.document())
    world.do(close_period, date(2026, 3, 1), company(world.session).today())
    web.deliver(woo(at=5, **MORE, **PAID))
    assert sorted(reasons(web)) == ["changed_later", "nothing_open"]

    message = say_seen(world)

    assert reasons(web) == ["nothing_open"]
    assert why_not(world, message, stamp(last(world).reason)) == "nothing_noticed"
    say_again(world, message)
    assert sorted(reasons(web)) == ["changed_later", "nothing_open"]


def test_what_was_seen_to_is_still_applied_once_the_order_is_reopened(world: World, changed: Web) -> None:
    say_seen(world)
    assert world.do(lambda session, by: look_again(session)) == []

    world.do(reopen_orders, [changed.document()], on=TODAY, reason="one more")

    assert world.do(lambda session, by: look_again(session)) == [(changed.id, "7")]
    changed.apply("7")
    assert changed.orders()["7"]["gross"] == "36.00"
    assert read(world.session, "SELECT seen FROM shop_order")[0].seen == []
    assert world.do(lambda session, by: look_again(session)) == []


def test_what_waits_for_a_person_is_not_tried_again_because_it_was_seen_to(world: World, changed: Web) -> None:
    say_seen(world)
    world.do(reopen_orders, [changed.document()], on=TODAY, reason="one more")
    write(world.session, "UPDATE product SET sku = 'CUP' WHERE sku = 'MUG'")

    changed.apply("7")

    assert changed.outcomes()[-1] == ("waiting", "unknown_sku")
    assert world.do(lambda session, by: look_again(session)) == []


def test_a_change_beyond_what_is_told_of_it_is_another_one(world: World, web: Web, mug: int) -> None:
    world.receive(mug, "100")
    web.deliver(woo())
    world.approve(web.document())
    many = [item(place, "MUG", "10.00", "2.00") for place in range(1, 90)]
    web.deliver(woo(at=5, lines=many, total="1068.00"))
    first = last(world).reason["facts"]["difference"]
    say_seen(world)

    web.deliver(woo(at=7, lines=many, total="1068.00", customer_note="Not today"))

    assert last(world).reason["facts"]["difference"] == first
    assert reasons(web) == ["changed_later"]


def test_a_refund_that_was_seen_to_is_told_no_more_however_much_of_it_is_credited(world: World, sold: Web) -> None:
    sold.deliver(woo(at=5, refunds=REFUND, **bodies.PAID))
    world.do(delete_credit_notes, world.ids("SELECT id FROM credit_note"))
    sold.apply("7")
    assert reasons(sold) == ["refund_not_credited"]
    say_seen(world)

    by_hand(world, "5.00")
    sold.deliver(woo(at=9, status="completed", refunds=REFUND, **bodies.PAID))

    assert reasons(sold) == []


def test_of_what_is_kept_no_longer_the_message_itself_tells_it_again(world: World, changed: Web) -> None:
    message = say_seen(world)
    changed.deliver(woo(at=7, status="completed", **MORE))
    forget(world)

    say_again(world, message)

    assert changed.outcomes()[1] == ("noticed", "changed_later")
    assert read(world.session, "SELECT seen FROM shop_order")[0].seen == []
