"""Pricing again: what changed is told before and after, what was typed or agreed stays."""

from decimal import Decimal

import pytest

from app.domain.kernel.errors import Refused
from app.domain.kernel.rows import read, write
from app.domain.sales.orders import NewLine, activate_orders
from app.domain.sales.repricing import reprice_orders
from tests.traces import checksums, statements
from tests.world import World

D = Decimal


@pytest.fixture
def cup(world: World) -> int:
    return world.add_product("CUP", "10.00")


def raise_price(world: World, product: int, price: str) -> None:
    sql = "UPDATE price_list_row SET price = %(price)s WHERE product_id = %(id)s"
    write(world.session, sql, price=D(price), id=product)


def test_the_lists_price_of_today_is_taken_and_both_are_told(world: World, cup: int) -> None:
    order = world.order((cup, "3"))
    raise_price(world, cup, "12.00")

    (change,) = world.do(reprice_orders, [order])

    assert (change.sku, change.before, change.after) == (
        "CUP", (D("10.00"), D(0), D("36.00")), (D("12.00"), D(0), D("43.20"))
    )  # fmt: skip
    assert world.row("sales_order", order).gross == D("43.20")
    line = world.lines_of("sales_order_line", "order_id", order)[0]
    assert (line.unit_price, line.net, line.explanation["base_price"]) == (D("12.00"), D("36.00"), "12.00")


def test_what_was_typed_stays(world: World, cup: int) -> None:
    order = world.order(NewLine(cup, D(1), unit_price=D("9.90"), discount=D(5)))
    raise_price(world, cup, "12.00")

    assert world.do(reprice_orders, [order]) == []
    line = world.lines_of("sales_order_line", "order_id", order)[0]
    assert (line.unit_price, line.discount, line.price_source) == (D("9.90"), D(5), "manual")
    assert line.explanation["manual"]["by"] == world.by


def test_an_active_order_owes_its_new_price(world: World, cup: int) -> None:
    order = world.order((cup, "1"))
    world.do(activate_orders, [order])
    raise_price(world, cup, "20.00")

    world.do(reprice_orders, [order])

    assert world.ids("SELECT amount FROM open_item WHERE document_id = %(id)s", id=order) == [D("24.00")]


def test_history_tells_what_was_changed_from_what_to_what(world: World, cup: int) -> None:
    order = world.order((cup, "1"))
    raise_price(world, cup, "11.00")

    world.do(reprice_orders, [order])

    sql = "SELECT changes FROM document_history WHERE document_id = %(id)s AND step = 'reprice'"
    ((changes,),) = read(world.session, sql, id=order)
    ((before, after),) = changes.values()
    assert [D(part) for part in before.split()] == [10, 0, 12]
    assert [D(part) for part in after.split()] == [11, 0, D("13.2")]


def test_an_approved_order_keeps_its_prices(world: World, cup: int) -> None:
    world.receive(cup, "5")
    approved, estimate = world.order((cup, "1")), world.order((cup, "1"))
    world.approve(approved)
    before = checksums(world.session)

    with pytest.raises(Refused) as refusal:
        world.do(reprice_orders, [approved, estimate, 10**12])

    codes = {i: error.code for i, error in refusal.value.errors.items()}
    assert codes == {approved: "not_repriced", 10**12: "not_found"}
    assert checksums(world.session) == before


def test_what_can_no_longer_be_sold_refuses_its_order(world: World, cup: int) -> None:
    order = world.order((cup, "1"))
    write(world.session, "UPDATE product SET active = false WHERE id = %(id)s", id=cup)

    with pytest.raises(Refused) as refusal:
        world.do(reprice_orders, [order])

    assert refusal.value[order].code == "archived_product"


def test_a_hundred_orders_take_as_many_statements_as_one(world: World, cup: int) -> None:
    orders = [world.order((cup, "1")) for _ in range(100)]

    counts = []
    for batch in (orders[:1], orders):
        with statements() as sent:
            world.do(reprice_orders, batch)
        counts.append(len(sent))

    assert counts[0] == counts[1]
