"""What runs low, and the internal orders that are proposed for it."""

from decimal import Decimal
from typing import Any

import pytest

from app.domain.kernel.errors import Invalid
from app.domain.warehousing.models import ReorderPoint
from app.domain.warehousing.reordering import change_reorder_point, propose_internal_orders, to_order
from app.domain.warehousing.transit import send_internal_orders
from tests.world import TODAY, World

D = Decimal


@pytest.fixture
def shop(world: World) -> int:
    return world.add_warehouse("SHOP")


def point(world: World, product: int, warehouse: int, source: int | None) -> int:
    return world.add(
        ReorderPoint, warehouse_id=warehouse, product_id=product, source_id=source, minimum=D(5), maximum=D(9)
    )


def wanted(world: World, **more: Any) -> list[tuple[int, D, D, D]]:
    return [(row.id, row.there, row.coming, row.wanted) for row in to_order(world.session, **more)]


def test_what_is_below_its_point_is_to_be_filled_up_to_the_maximum(world: World, cup: int, shop: int) -> None:
    low = point(world, cup, shop, world.warehouse)

    assert wanted(world) == [(low, D(0), D(0), D(9))]
    world.receive(cup, "4", warehouse=shop)
    assert wanted(world) == [(low, D(4), D(0), D(5))]
    world.receive(cup, "1", warehouse=shop)
    assert wanted(world) == []


def test_what_is_promised_or_waited_for_is_not_there_and_what_is_asked_for_comes(
    world: World, cup: int, shop: int
) -> None:
    low = point(world, cup, shop, world.warehouse)
    world.receive(cup, "6", warehouse=shop)
    order = world.order((cup, "8"), warehouse=shop)
    world.approve(order, consent=["short_stock"])
    world.receive(cup, "3")

    assert wanted(world) == [(low, D(-2), D(0), D(11))]
    asked = world.ask((cup, "3"), warehouse=shop, approved=False)
    assert wanted(world) == [(low, D(-2), D(3), D(8))]
    asked = world.ask((cup, "3"), warehouse=shop)
    [line] = world.lines_of("internal_order_line", "internal_order_id", asked)
    world.do(send_internal_orders, [asked], on=TODAY, quantities={line.id: D(1)})
    assert wanted(world) == [(low, D(-2), D(4), D(7))]
    assert wanted(world, warehouses=[world.warehouse]) == []


def test_an_order_for_each_warehouse_and_source_is_drafted_once(world: World, cup: int, shop: int) -> None:
    pot, other = world.add_product("POT"), world.add_warehouse("OTHER")
    points = [point(world, cup, shop, world.warehouse), point(world, pot, shop, world.warehouse),
              point(world, pot, other, shop)]  # fmt: skip

    made = world.do(propose_internal_orders, points)

    assert [len(world.lines_of("internal_order_line", "internal_order_id", order)) for order in made] == [1, 2]
    assert [world.row("internal_order", order).source_id for order in made] == [shop, world.warehouse]
    assert wanted(world) == []
    assert world.do(propose_internal_orders, points) == []
    world.prove()


def test_what_comes_from_outside_is_told_and_not_drafted(world: World, cup: int, shop: int) -> None:
    outside = point(world, cup, shop, None)

    assert wanted(world) == [(outside, D(0), D(0), D(9))]
    assert world.refusal(propose_internal_orders, [outside]).code == "no_source"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"minimum": "0"}, "not_above"), ({"minimum": "10"}, "not_above"), ({"maximum": "9.5"}, "too_many_decimals"),
        ({"minimum": "-1"}, "negative_quantity"),
    ],
)  # fmt: skip
def test_points_that_nobody_can_mean_are_refused(
    world: World, cup: int, shop: int, values: dict[str, str], code: str
) -> None:
    said = {"warehouse_id": shop, "product_id": cup, "minimum": D(5), "maximum": D(9), "source_id": world.warehouse}
    change_reorder_point(world.session, ReorderPoint(), said)

    with pytest.raises(Invalid) as refusal:
        change_reorder_point(world.session, ReorderPoint(), said | {name: D(it) for name, it in values.items()})
    assert refusal.value.code == code
    with pytest.raises(Invalid, match="itself"):
        change_reorder_point(world.session, ReorderPoint(), said | {"source_id": shop})
