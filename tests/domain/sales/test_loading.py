"""Orders with their lines, as steps work on them."""

from app.domain.kernel.rows import write
from app.domain.sales.loading import Orders
from app.domain.sales.orders import NewLine
from tests.traces import statements
from tests.world import D


def test_orders_are_loaded_with_their_lines_in_order(world, cup, service) -> None:
    first, second = world.order((service, "1"), (cup, "2")), world.order((cup, "3"))

    orders = Orders(world.session, [second, first])

    assert orders.ids == [second, first]
    assert [line.sku for line in orders.lines[first]] == ["HELP", "CUP"]
    assert [line.quantity for line in orders.all_lines()] == [3, 1, 2]
    assert (orders.heads[first].state, orders.heads[first].customer) == ("estimate", "C001")


def test_a_line_says_in_which_list_its_price_was_looked_for(world, cup) -> None:
    order = world.order((cup, "1"), NewLine(cup, D(1), unit_price=D(9)))

    assert [line.price_list for line in Orders(world.session, [order]).all_lines()] == ["RETAIL", "RETAIL"]


def test_an_order_without_lines_has_none(world) -> None:
    order = world.order()

    assert Orders(world.session, [order]).lines == {order: []}


def test_a_line_leaves_the_orders_warehouse_unless_it_names_another(world, cup) -> None:
    shop = world.add_warehouse("SHOP")
    order = world.order((cup, "1"), NewLine(cup, D(1), warehouse_id=shop))

    lines = Orders(world.session, [order]).lines[order]

    assert [line.warehouse_id for line in lines] == [world.warehouse, shop]


def test_the_warehouse_says_how_it_works_unless_the_order_does(world, cup) -> None:
    write(world.session, "UPDATE warehouse SET way = 'manager_storekeeper'")
    plain, own = world.order((cup, "1")), world.order((cup, "1"), way="manager_seller")

    heads = Orders(world.session, [plain, own]).heads

    assert [heads[order].way for order in (plain, own)] == ["manager_storekeeper", "manager_seller"]


def test_many_orders_are_read_by_as_few_statements_as_one(world, cup) -> None:
    orders = [world.order((cup, "1"), (cup, "2")) for _ in range(5)]

    with statements() as sent:
        Orders(world.session, orders)

    assert len(sent) == 2
