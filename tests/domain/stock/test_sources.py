from decimal import Decimal

from app.domain.stock.sources import source_costs
from tests.world import World

D = Decimal


def test_what_one_is_worth_is_the_average_else_the_last_cost_else_the_plan_else_unknown(world: World) -> None:
    average, last, planned, unknown = (
        world.add_product("AVERAGE", cost="9.00"), world.add_product("LAST", cost="9.00"),
        world.add_product("PLAN", cost="7.00"), world.add_product("UNKNOWN"),
    )  # fmt: skip
    world.receive(average, "1", "3.00")
    world.receive(average, "1", "4.00")
    world.receive(last, "1", "5.00")
    world.shipped_order((last, "1"))

    keys = [(world.warehouse, product) for product in (average, last, planned, unknown)]

    costs = source_costs(world.session, keys)
    assert [costs[key] for key in keys] == [D("3.5"), D(5), D(7), None]
