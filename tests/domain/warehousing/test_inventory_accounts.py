"""Goods whose inventory account changes: what is in stock goes over, and what is taken back later follows."""

from decimal import Decimal

import pytest

from app.domain.billing.returns import cancel_returns
from app.domain.catalog.models import Product, ProductGroup
from app.domain.fulfilment.shipping import cancel_shipments
from app.domain.kernel.company import company
from app.domain.kernel.rows import read, write
from app.domain.ledger.periods import close_period
from app.domain.warehousing.cards import change_group, change_product
from app.domain.warehousing.counts import cancel_counts
from app.domain.warehousing.opening import cancel_openings
from app.domain.warehousing.receipts import cancel_receipts
from app.domain.warehousing.transit import cancel_internal_orders, receive_internal_orders, send_internal_orders
from app.domain.warehousing.write_offs import NewWriteOff, NewWriteOffLine, add_write_offs, cancel_write_offs
from app.domain.warehousing.write_offs import process_write_offs as lose
from tests.world import TODAY, World

D = Decimal
CHANGED = "inventory.account_changed"


@pytest.fixture
def shelf(world: World) -> int:
    """A group of its own, on the account of the rules."""
    return world.add(ProductGroup, code="SHELF", name="Shelf")


@pytest.fixture
def jug(world: World, shelf: int) -> int:
    return world.add_product("JUG", group=shelf)


def put(world: World, group: int, **values: object) -> None:
    """Changes a group's card; accounts are named by their codes."""
    if isinstance(code := values.get("inventory_account_id"), str):
        values["inventory_account_id"] = world.account(code)
    world.do(change_group, world.session.get_one(ProductGroup, group), values)


def changes(world: World) -> list[int]:
    return world.ids("SELECT id FROM inventory_account_change ORDER BY id")


def on_account(world: World, code: str) -> D:
    sql = "SELECT coalesce(sum(debit - credit), 0) AS value FROM journal_line WHERE account_id = %(id)s"
    value: D = read(world.session, sql, id=world.account(code))[0].value
    return value


def test_what_is_in_stock_goes_over_to_the_new_account(world: World, jug: int, shelf: int, cup: int) -> None:
    world.receive(jug, "3", "4.00")
    world.receive(jug, "1", "2.50", warehouse=world.add_warehouse("SIDE"))
    world.receive(cup, "1", "1.00")

    put(world, shelf, inventory_account_id="1210")

    [change] = changes(world)
    assert world.entry(change, CHANGED) == [("1210", "14.50", "0.00"), ("1200", "0.00", "14.50")]
    assert (on_account(world, "1200"), on_account(world, "1210")) == (D(1), D("14.5"))
    world.receive(jug, "1", "1.00")
    assert on_account(world, "1210") == D("15.5")
    world.prove()


def test_a_product_in_another_group_takes_its_value_along(world: World, jug: int, shelf: int) -> None:
    world.receive(jug, "3", "4.00")
    own = world.add(ProductGroup, code="OWN", name="Own", inventory_account_id=world.account("1210"))

    world.do(change_product, world.session.get_one(Product, jug), {"group_id": own, "name": "Clay jug"})

    assert world.entry(changes(world)[0], CHANGED) == [("1210", "12.00", "0.00"), ("1200", "0.00", "12.00")]
    assert read(world.session, "SELECT name FROM product WHERE id = %(id)s", id=jug)[0].name == "Clay jug"
    world.prove()


def test_groups_below_follow_the_group_above_unless_they_name_their_own(world: World, jug: int, shelf: int) -> None:
    above = world.add(ProductGroup, code="ABOVE", name="Above", inventory_account_id=world.account("1210"))
    own = world.add(ProductGroup, code="OWN", name="Own", inventory_account_id=world.account("1200"))
    mug = world.add_product("MUG", group=own)
    world.receive(jug, "3", "4.00")
    world.receive(mug, "3", "5.00")

    put(world, shelf, parent_id=above)
    put(world, own, parent_id=above)

    assert (on_account(world, "1200"), on_account(world, "1210")) == (D(15), D(12))
    put(world, above, inventory_account_id=None)
    assert (on_account(world, "1200"), on_account(world, "1210")) == (D(27), D(0))
    world.prove()


def test_what_changes_no_account_of_goods_in_stock_posts_nothing(world: World, jug: int, shelf: int) -> None:
    world.receive(jug, "1", "4.00")

    put(world, shelf, name="Shelf by the door")
    put(world, shelf, inventory_account_id="1200")

    assert changes(world) == []
    world.prove()


def test_goods_that_are_gone_change_without_an_entry(world: World, jug: int, shelf: int) -> None:
    receipt = world.receive(jug, "1", "4.00")
    world.do(cancel_receipts, [receipt], on=TODAY, reason="sent back")

    put(world, shelf, inventory_account_id="1210")

    assert world.entry(changes(world)[0], CHANGED) == []
    world.prove()


def test_what_is_cancelled_later_follows_to_the_account_that_holds_since(
    world: World, jug: int, shelf: int, cup: int
) -> None:
    opening = world.begin_with((jug, "5", "20.00"))
    receipt = world.receive(jug, "5", "4.00")
    lost = world.do(add_write_offs, [NewWriteOff(world.warehouse, "lost", [NewWriteOffLine(jug, D(1))])])
    world.do(lose, lost, on=TODAY)
    count = world.count({jug: "8"})
    _, shipment = world.shipped_order((jug, "1"))
    put(world, shelf, inventory_account_id="1210")

    world.do(cancel_shipments, [shipment], on=TODAY, reason="came back")
    world.do(cancel_counts, [count], on=TODAY, reason="wrongly")
    world.do(cancel_write_offs, lost, on=TODAY, reason="found")
    world.prove()
    world.do(cancel_openings, [opening], on=TODAY, reason="wrongly")
    world.do(cancel_receipts, [receipt], on=TODAY, reason="sent back")

    assert world.entry(shipment, CHANGED) == [("1210", "4.00", "0.00"), ("1200", "0.00", "4.00")]
    assert world.entry(receipt, CHANGED) == [("1210", "0.00", "20.00"), ("1200", "20.00", "0.00")]
    assert (on_account(world, "1200"), on_account(world, "1210")) == (D(0), D(0))
    world.prove()


def test_after_several_changes_it_goes_from_the_first_account_to_the_last(world: World, jug: int, shelf: int) -> None:
    receipt = world.receive(jug, "5", "4.00")
    put(world, shelf, inventory_account_id="1210")
    later = world.receive(jug, "1", "4.00")
    put(world, shelf, inventory_account_id=None)

    world.do(cancel_receipts, [receipt, later], on=TODAY, reason="sent back")

    assert world.entry(receipt, CHANGED) == []
    assert world.entry(later, CHANGED) == [("1200", "0.00", "4.00"), ("1210", "4.00", "0.00")]
    world.prove()


def test_a_return_that_is_cancelled_follows_too(world: World, jug: int, shelf: int) -> None:
    world.receive(jug, "5", "4.00")
    _, shipment = world.shipped_order((jug, "2"))
    line = world.lines_of("shipment_line", "shipment_id", shipment)[0].id
    back = world.bring_back((line, "1"))
    put(world, shelf, inventory_account_id="1210")

    world.do(cancel_returns, [back], on=TODAY, reason="kept after all")

    assert world.entry(back, CHANGED) == [("1210", "0.00", "4.00"), ("1200", "4.00", "0.00")]
    world.prove()


def test_goods_that_went_over_on_their_way_go_back_on_both_sides(world: World, jug: int, shelf: int) -> None:
    world.receive(jug, "5", "4.00")
    order = world.ask((jug, "2"), warehouse=world.add_warehouse("SHOP"))
    world.do(send_internal_orders, [order], on=TODAY)
    put(world, shelf, inventory_account_id="1210")
    world.do(receive_internal_orders, [order], on=TODAY)
    world.prove()

    world.do(cancel_internal_orders, [order], on=TODAY, reason="wrong shop")

    assert world.entry(order, CHANGED) == [("1210", "8.00", "0.00"), ("1200", "0.00", "8.00")]
    assert (on_account(world, "1200"), on_account(world, "1210")) == (D(0), D(20))
    world.prove()


def test_nothing_goes_over_on_a_day_of_a_closed_period(world: World, jug: int, shelf: int) -> None:
    world.receive(jug, "1")
    today = company(world.session).today()
    world.do(close_period, today.replace(day=1), today)

    card = world.session.get_one(ProductGroup, shelf)
    error = world.refusal(change_group, card, {"inventory_account_id": world.account("1210")})

    assert error.code == "closed_period"


def test_a_group_of_a_thousand_products_goes_over_at_once(world: World, shelf: int) -> None:
    write(
        world.session,
        """INSERT INTO product (sku, name, group_id, unit_id, tax_rate_id)
           SELECT 'P' || i, 'P', %(group)s, %(unit)s, %(tax)s FROM generate_series(1, 1000) AS i""",
        group=shelf,
        unit=world.unit,
        tax=world.taxes[20],
    )
    products = world.ids("SELECT id FROM product WHERE group_id = %(id)s ORDER BY id", id=shelf)
    world.begin_with(*((product, "1", "1.00") for product in products))

    put(world, shelf, inventory_account_id="1210")

    assert world.ids("SELECT count(*) FROM inventory_account_change_line") == [1000]
    assert on_account(world, "1210") == D(1000)
    world.prove()
