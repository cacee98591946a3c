"""Goods are held for so many days; then the next in line has them, and the order waits behind all others."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from app.domain.kernel.company import company
from app.domain.kernel.rows import read, write
from app.domain.stock.expiry import expire_reservations
from tests.world import World

D = Decimal


@pytest.fixture
def today(world: World) -> date:
    write(world.session, "UPDATE warehouse SET reservation_days = 7")
    return company(world.session).today()


def waiting_order(world: World, product: int, quantity: str) -> int:
    order = world.order((product, quantity))
    world.approve(order, consent=["short_stock"])
    return order


def held(world: World) -> dict[int, tuple[Decimal, Decimal, date | None, date | None]]:
    """order → (held, waiting, until when, lapsed on)"""
    sql = "SELECT document_id, quantity, waiting, expires_on, lapsed_on FROM reservation ORDER BY document_id"
    return {row.document_id: (row.quantity, row.waiting, row.expires_on, row.lapsed_on) for row in read(
        world.session, sql)}  # fmt: skip


def run_out(world: World, order: int, on: date) -> None:
    """As if the order had held its goods for longer than its days."""
    sql = "UPDATE reservation SET expires_on = %(on)s WHERE document_id = %(id)s"
    write(world.session, sql, on=on, id=order)


def test_goods_are_held_for_the_days_of_their_warehouse(world, cup, today) -> None:
    world.receive(cup, "5")
    order, waiting = waiting_order(world, cup, "5"), waiting_order(world, cup, "1")

    assert held(world) == {order: (5, 0, today + timedelta(7), None), waiting: (0, 1, None, None)}


def test_a_warehouse_without_days_holds_goods_for_good(world, cup) -> None:
    world.receive(cup, "5")

    order = waiting_order(world, cup, "5")

    assert held(world) == {order: (5, 0, None, None)}
    assert world.do(expire_reservations, on=company(world.session).today()) == []


def test_nothing_lapses_on_its_last_day(world, cup, today) -> None:
    world.receive(cup, "5")
    order = waiting_order(world, cup, "5")
    run_out(world, order, today)

    assert world.do(expire_reservations, on=today) == []
    assert held(world) == {order: (5, 0, today, None)}


def test_what_lapses_goes_to_the_next_in_line_for_days_of_their_own(world, cup, today) -> None:
    world.receive(cup, "5")
    first, second = waiting_order(world, cup, "4"), waiting_order(world, cup, "3")
    run_out(world, first, today - timedelta(1))

    assert world.do(expire_reservations, on=today) == [first]

    assert held(world) == {first: (0, 4, None, today), second: (3, 0, today + timedelta(7), None)}
    assert world.balance(cup)[:2] == (5, 3)
    [history] = read(world.session, "SELECT changes FROM document_history WHERE step = 'lapse'")
    assert history.changes == {"until": str(today - timedelta(1))}
    world.prove()


def test_once_more_on_the_same_day_finds_nothing(world, cup, today) -> None:
    world.receive(cup, "5")
    order = waiting_order(world, cup, "5")
    run_out(world, order, today - timedelta(1))
    world.do(expire_reservations, on=today)

    assert world.do(expire_reservations, on=today) == []
    assert held(world) == {order: (0, 5, None, today)}
    world.prove()


def test_new_goods_go_to_lapsed_orders_after_all_others(world, cup, today) -> None:
    world.receive(cup, "2")
    lapsed, other = waiting_order(world, cup, "2"), waiting_order(world, cup, "3")
    run_out(world, lapsed, today - timedelta(1))
    world.do(expire_reservations, on=today)

    world.receive(cup, "1")
    assert {order: its[:2] for order, its in held(world).items()} == {lapsed: (0, 2), other: (3, 0)}
    world.receive(cup, "2")

    assert held(world)[lapsed] == (2, 0, today + timedelta(7), None)
    world.prove()


def test_a_lapsed_order_may_still_be_shipped_from_what_is_available(world, cup, today) -> None:
    world.receive(cup, "2")
    order = waiting_order(world, cup, "2")
    run_out(world, order, today - timedelta(1))
    world.do(expire_reservations, on=today)

    world.ship(*world.drafts(order))

    assert (world.state("sales_order", order), held(world)) == ("performed", {})
    world.prove()


def test_what_is_held_longer_than_a_part_of_it_keeps_its_day(world, cup, today) -> None:
    world.receive(cup, "2")
    order = waiting_order(world, cup, "3")
    run_out(world, order, today + timedelta(1))

    world.receive(cup, "1")

    assert held(world) == {order: (3, 0, today + timedelta(1), None)}


def test_no_reservation_lapses_ahead_of_its_time(world, today) -> None:
    refusal = world.refusal(expire_reservations, on=today + timedelta(1))

    assert (refusal.code, refusal.facts["today"]) == ("future_date", today)


@pytest.mark.parametrize("count", [1, 5])
def test_reservations_lapse_in_as_many_statements_whatever_their_number(world, cup, today, statements, count) -> None:
    world.receive(cup, "9")
    for _ in range(count):
        run_out(world, waiting_order(world, cup, "1"), today - timedelta(1))
    world.session.info.clear()

    assert statements(lambda: expire_reservations(world.session, by=world.by, on=today)) == 7
