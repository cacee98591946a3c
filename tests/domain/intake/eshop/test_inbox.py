"""What waits is tried again: one job for each order, of what was believed."""

from app.domain.intake.eshop.dialects import REFUNDS
from app.domain.intake.eshop.inbox import retry, retry_named, retry_waiting
from app.domain.intake.eshop.messages import store
from app.domain.intake.eshop.polling import Found, awaited, keep_found
from app.domain.kernel.errors import DomainError
from app.domain.kernel.rows import read, write
from tests.domain.intake.eshop.bodies import item, woo
from tests.domain.intake.eshop.conftest import Web
from tests.world import World


def ids(world: World) -> list[int]:
    return world.ids("SELECT id FROM inbound_message ORDER BY id")


def asked(world: World) -> list[str]:
    """The orders that jobs wait for."""
    return [row.about for row in read(world.session, "SELECT about FROM job ORDER BY id")]


def wanting(number: int, *skus: str) -> object:
    lines = [item(place, sku, "20.00", "4.00") for place, sku in enumerate(skus, 1)]
    return woo(number, lines=lines, total=f"{24 * len(skus)}.00")


def test_all_that_waits_is_asked_for_once_for_each_order(world: World, web: Web) -> None:
    web.deliver(wanting(7, "CUP"), woo(8), wanting(9, "CUP"))

    assert world.do(lambda session, by: retry_waiting(session)) == 2
    assert world.do(lambda session, by: retry(session, ids(world))) == 3

    assert asked(world) == ["7", "9", "8"]


def test_only_what_waits_in_shops_of_these_warehouses_is_asked_for(world: World, web: Web) -> None:
    web.deliver(wanting(7, "CUP"))

    assert world.do(lambda session, by: retry_waiting(session, [])) == 0
    assert world.do(lambda session, by: retry_waiting(session, [world.warehouse + 1])) == 0
    assert asked(world) == []
    assert world.do(lambda session, by: retry_waiting(session, [world.warehouse])) == 1


def test_a_mapping_helps_those_that_waited_for_it_in_whatever_letters(world: World, web: Web) -> None:
    web.deliver(wanting(7, "CUP", "JAR"), wanting(8, "JAR"), woo(9))

    assert world.do(lambda session, by: retry_named(session, web.id, "cup")) == 1
    assert world.do(lambda session, by: retry_named(session, web.id, "jar")) == 2
    assert world.do(lambda session, by: retry_named(session, web.id, "MUG")) == 0
    assert asked(world) == ["7", "8"]


def test_what_was_refused_is_never_tried(world: World, web: Web) -> None:
    web.deliver(woo())
    write(world.session, "UPDATE inbound_message SET outcome = 'refused', reason = '{}'")

    refusal = world.refusal(lambda session, by: retry(session, ids(world)))

    assert isinstance(refusal, DomainError)
    assert refusal.code == "never_believed"
    assert asked(world) == []


def test_what_was_read_by_now_but_came_meanwhile_again_is_superseded(world: World, web: Web) -> None:
    web.deliver(woo())
    sql = """INSERT INTO inbound_message (shop_id, digest, headers, body, received_at, last_at, outcome, reason)
             SELECT shop_id, digest, headers, body, received_at, last_at, 'waiting', '{"code": "unreadable"}'
             FROM inbound_message"""
    write(world.session, sql)

    world.do(lambda session, by: retry(session, ids(world)[-1:]))

    assert web.outcomes() == [("applied", None), ("superseded", None)]


def test_what_was_told_since_is_not_asked_for_anew(world: World, web: Web) -> None:
    web.deliver(woo(7))
    untold = Found("7", f"{REFUNDS}7", b"", DomainError("refunds_untold", "The shop says nothing."))
    for found in (untold, untold._replace(body=b"[]", why=None)):
        world.do(lambda session, by, found=found: keep_found(session, web.id, [found]))

    assert world.do(lambda session, by: retry(session, ids(world))) == 1

    assert web.outcomes()[1] == ("superseded", None)
    assert awaited(world.session, web.id) == ([], set())


def test_an_empty_message_about_no_order_waits_as_it_is(world: World, web: Web) -> None:
    unreadable = DomainError("unreadable", "It is empty.")
    world.do(lambda session, by: store(session, web.id, b"", {}, ref="", topic="t", unreadable=unreadable))

    assert world.do(lambda session, by: retry_waiting(session)) == 0

    [message] = web.messages()
    assert (message.outcome, message.code, message.deliveries) == ("waiting", "unreadable", 1)
