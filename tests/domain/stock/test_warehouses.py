"""What documents know of warehouses, and what happens when one stops promising more than is there."""

from decimal import Decimal
from typing import Any

from app.domain.kernel.rows import read, write
from app.domain.stock.models import Warehouse
from app.domain.stock.warehouses import change_warehouse, warehouses

D = Decimal


def held(world) -> list[tuple[D, D]]:
    """(held, waiting) of each order, the oldest first."""
    sql = "SELECT quantity, waiting FROM reservation ORDER BY document_id"
    return [(row.quantity, row.waiting) for row in read(world.session, sql)]


def put(world, warehouse: int, **values: Any) -> None:
    card = world.session.get_one(Warehouse, warehouse)
    world.do(lambda session, by: change_warehouse(session, card, values))


def test_active_warehouses_are_told_with_their_way_and_their_rule(world) -> None:
    bold = world.add_warehouse("BOLD", way="manager_storekeeper", negative=True)

    told = warehouses(world.session, [bold, world.warehouse, bold, 10**15])

    assert {row.code: (row.way, row.negative_available) for row in told.values()} == {
        "BOLD": ("manager_storekeeper", True),
        "MAIN": ("manager_seller", False),
    }


def test_an_archived_warehouse_is_left_out(world) -> None:
    write(world.session, "UPDATE warehouse SET active = false WHERE id = %(id)s", id=world.warehouse)

    assert warehouses(world.session, [world.warehouse]) == {}


def test_who_may_promise_no_more_than_is_there_lets_the_youngest_wait(world) -> None:
    bold, cup = world.add_warehouse("BOLD", negative=True), world.add_product("CUP")
    world.receive(cup, "5", warehouse=bold)
    for quantity in ("4", "3", "2"):
        world.approve(world.order((cup, quantity), warehouse=bold))
    assert held(world) == [(4, 0), (3, 0), (2, 0)]

    put(world, bold, negative_available=False, name="Careful")

    assert held(world) == [(4, 0), (1, 2), (0, 2)]
    assert world.balance(cup, bold)[:2] == (5, 5)
    world.prove()


def test_who_may_promise_more_gives_those_who_wait_what_they_wait_for(world) -> None:
    cup = world.add_product("CUP")
    world.receive(cup, "5")
    world.approve(world.order((cup, "4")), world.order((cup, "3")), consent=["short_stock"])

    put(world, world.warehouse, negative_available=True)

    assert held(world) == [(4, 0), (3, 0)]
    world.prove()


def test_another_name_moves_no_reservation(world) -> None:
    bold, cup = world.add_warehouse("BOLD", negative=True), world.add_product("CUP")
    world.approve(world.order((cup, "4"), warehouse=bold))

    put(world, bold, name="Bold and new", negative_available=True)

    assert held(world) == [(4, 0)]
