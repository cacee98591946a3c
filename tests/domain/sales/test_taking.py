"""A new order becomes somebody's."""

from dataclasses import replace

import pytest

from app.domain.kernel.document import Actor
from app.domain.kernel.errors import NotFound, Refused, WrongState
from app.domain.kernel.rows import read
from app.domain.sales.orders import NewLine, NewOrder, add_orders
from app.domain.sales.taking import take_orders
from tests.world import TODAY, D, World


def new_orders(world: World, count: int) -> list[int]:
    bolt = world.add_product("BOLT", "10.00")
    wanted = NewOrder("eshop", world.customer, world.warehouse, TODAY, [NewLine(bolt, D(1))], active=True)
    return world.do(add_orders, [replace(wanted, note=str(i)) for i in range(count)])


def test_whoever_takes_an_order_has_it_and_its_history_says_so(world: World) -> None:
    (order,) = new_orders(world, 1)

    outcome = world.do(take_orders, [order])

    assert outcome.done == [order]
    assert world.row("sales_order", order).responsible_id == world.by
    steps = read(world.session, "SELECT step FROM document_history WHERE document_id = %(id)s", id=order)
    assert "take" in [row.step for row in steps]


def test_taking_it_again_changes_nothing_and_says_who_had_it(world: World) -> None:
    (order,) = new_orders(world, 1)
    world.do(take_orders, [order])
    version = world.row("sales_order", order).version

    outcome = world.do(take_orders, [order])

    assert (outcome.done, list(outcome.already)) == ([], [order])
    assert world.row("sales_order", order).version == version


def test_an_order_that_is_somebody_elses_is_refused_beside_good_ones(world: World) -> None:
    theirs, free = new_orders(world, 2)
    world.do(take_orders, [theirs])
    world.by = world.add(Actor, name="Somebody else")

    with pytest.raises(Refused) as refusal:
        world.do(take_orders, [theirs, free])

    assert {order: error.code for order, error in refusal.value.errors.items()} == {theirs: "taken"}
    assert world.row("sales_order", free).responsible_id is None


def test_only_an_active_order_is_taken(world: World) -> None:
    bolt = world.add_product("BOLT", "10.00")
    estimate = world.order((bolt, "1"))

    with pytest.raises(Refused) as refusal:
        world.do(take_orders, [estimate, 2**40])

    assert isinstance(refusal.value[estimate], WrongState)
    assert isinstance(refusal.value[2**40], NotFound)


def test_many_are_taken_at_once(world: World) -> None:
    orders = new_orders(world, 5)

    assert world.do(take_orders, orders).done == orders
