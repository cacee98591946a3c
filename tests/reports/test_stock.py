"""Stock for people: now, at the close of a date, and as it was recorded at a moment."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from app.domain.kernel import clock
from app.domain.kernel.errors import Invalid
from app.domain.kernel.rows import read, write
from app.domain.warehousing.receipts import (
    NewReceipt,
    NewReceiptLine,
    add_receipts,
    cancel_receipts,
    process_receipts,
)
from app.reports.query import Query
from app.reports.stock import holders, item_card, stock, stock_after
from tests.world import TODAY, World

D = Decimal
WEEK = timedelta(days=7)


def told(world: World, **when) -> list[tuple[str, str, Decimal, Decimal]]:
    """(warehouse, SKU, on hand, value)"""
    return [(row.warehouse, row.sku, row.on_hand, row.value) for row in stock(**when).rows(world.session)]


@pytest.fixture
def story(world: World) -> dict[str, datetime]:
    """Ten came a week ago, three left four days ago, and then five more were recorded that had come six days ago.

    The moments after each of the three.
    """
    tea = world.add_product("TEA", "10.00")
    moments = {}
    world.receive(tea, "10", "1.00", on=TODAY - WEEK)
    moments["first"] = clock.now()
    world.shipped_order((tea, "3"), on=TODAY - timedelta(days=4))
    moments["second"] = clock.now()
    world.receive(tea, "5", "3.00", on=TODAY - timedelta(days=6))
    moments["third"] = clock.now()
    return moments


def test_now_is_what_is_on_hand_held_and_available(world, story) -> None:
    tea = read(world.session, "SELECT id FROM product")[0].id
    world.approve(world.order((tea, "2")))

    [row] = stock().rows(world.session)

    assert (row.warehouse_id, row.warehouse, row.product_id, row.sku) == (world.warehouse, "MAIN", tea, "TEA")
    assert row.name == "Product TEA"
    assert (row.on_hand, row.reserved, row.available, row.value) == (12, 2, 10, 22)


@pytest.mark.parametrize(
    ("days_ago", "on_hand", "value"),
    [(0, 12, 22), (4, 12, 22), (5, 15, 25), (6, 15, 25), (7, 10, 10), (-30, 12, 22)],
)
def test_a_date_closes_with_all_that_is_dated_up_to_it(world, story, days_ago, on_hand, value) -> None:
    assert told(world, on=TODAY - timedelta(days=days_ago)) == [("MAIN", "TEA", on_hand, value)]


def test_before_anything_came_there_was_nothing(world, story) -> None:
    assert stock(on=TODAY - WEEK - timedelta(days=1)).rows(world.session) == []
    assert stock(at=story["first"] - timedelta(hours=1)).rows(world.session) == []


@pytest.mark.parametrize(("moment", "on_hand", "value"), [("first", 10, 10), ("second", 7, 7), ("third", 12, 22)])
def test_a_moment_shows_what_was_recorded_by_then_whatever_its_date(world, story, moment, on_hand, value) -> None:
    assert told(world, at=story[moment]) == [("MAIN", "TEA", on_hand, value)]


def test_of_what_was_recorded_at_once_the_last_counts(world) -> None:
    tea = world.add_product("TEA")
    lines = [NewReceiptLine(tea, D(1), D(number)) for number in range(1, 8)]
    receipts = world.do(add_receipts, [NewReceipt(world.warehouse, lines)])
    world.do(process_receipts, receipts, on=TODAY)
    [moment] = read(world.session, "SELECT DISTINCT at FROM stock_move")

    assert told(world, at=moment.at) == [("MAIN", "TEA", 7, 28)]
    assert told(world, at=moment.at - timedelta(microseconds=1)) == []


def test_the_past_does_not_say_what_was_held(world, story) -> None:
    for query in (stock(on=TODAY), stock(at=story["third"])):
        assert [(row.reserved, row.available) for row in query.rows(world.session)] == [(None, None)]


def test_what_is_gone_has_no_row_but_what_is_promised_has(world) -> None:
    bold = world.add_warehouse("BOLD", negative=True)
    tea, cup = world.add_product("TEA"), world.add_product("CUP")
    receipt = world.receive(tea, "1")
    world.do(cancel_receipts, [receipt], on=TODAY, reason="oops")
    world.approve(world.order((cup, "2"), warehouse=bold))

    [row] = stock().rows(world.session)
    assert (row.warehouse, row.sku, row.on_hand, row.available) == ("BOLD", "CUP", 0, -2)
    assert told(world, on=TODAY) == told(world, at=clock.now()) == []


def test_the_rows_are_of_the_warehouses_and_products_asked_for_in_order(world) -> None:
    annex = world.add_warehouse("ANNEX")
    tea, cup = world.add_product("TEA"), world.add_product("CUP")
    for product in (tea, cup):
        for warehouse in (world.warehouse, annex):
            world.receive(product, "1", warehouse=warehouse)

    def keys(**asked) -> list[tuple[str, str]]:
        ways = ({}, {"on": TODAY}, {"at": clock.now()})
        first, *others = ([row[:2] for row in told(world, **way, **asked)] for way in ways)
        assert all(other == first for other in others)
        return first

    assert keys() == [("ANNEX", "CUP"), ("ANNEX", "TEA"), ("MAIN", "CUP"), ("MAIN", "TEA")]
    assert keys(warehouses={annex}) == [("ANNEX", "CUP"), ("ANNEX", "TEA")]
    assert keys(products=[tea]) == [("ANNEX", "TEA"), ("MAIN", "TEA")]
    assert keys(warehouses=[annex], products=[cup, 10**15]) == [("ANNEX", "CUP")]
    assert keys(warehouses=[]) == keys(products=[]) == []


def test_a_date_and_a_moment_are_two_questions() -> None:
    with pytest.raises(Invalid) as refusal:
        stock(on=TODAY, at=clock.now())

    assert refusal.value.code == "date_or_moment"


def test_a_moment_without_a_time_zone_could_be_any() -> None:
    with pytest.raises(Invalid) as refusal:
        stock(at=datetime(2026, 1, 1))  # noqa: DTZ001

    assert refusal.value.code == "no_time_zone"


@pytest.mark.parametrize(
    ("when", "index"), [({"on": TODAY}, "pk_stock_day"), ({"at": clock.now()}, "ix_stock_move_recorded")]
)
def test_each_product_is_one_look_up_in_an_index(world, story, when, index) -> None:
    query = stock(**when)
    write(world.session, "SET LOCAL enable_seqscan = off")
    write(world.session, "SET LOCAL enable_bitmapscan = off")

    plan = "\n".join(row[0] for row in Query(f"EXPLAIN {query.sql}", query.values).rows(world.session))

    assert f"Index Scan Backward using {index}" in plan
    assert plan.count("Sort Key") == 1, "the list itself is sorted, nothing else"


def test_holders_are_told_in_the_order_in_which_they_get_goods(world) -> None:
    tea, other = world.add_product("TEA"), world.add_warehouse("NORTH")
    write(world.session, "UPDATE warehouse SET reservation_days = 7 WHERE code = 'MAIN'")
    world.receive(tea, "3")
    second, first = world.order((tea, "2")), world.order((tea, "2"))
    elsewhere = world.order((tea, "1"), warehouse=other)
    for order in (first, second, elsewhere):
        world.approve(order, consent=["short_stock"])

    rows = holders(world.session, products=[tea])

    until = clock.today("Europe/Sofia") + timedelta(7)
    assert [(row.warehouse, row.order_id, row.held, row.waiting, row.until, row.lapsed_on) for row in rows] == [
        ("MAIN", first, 2, 0, until, None), ("MAIN", second, 1, 1, until, None), ("NORTH", elsewhere, 0, 1, None, None),
    ]  # fmt: skip
    assert (rows[0].order, rows[0].customer, rows[0].sku) == (world.number(first), "Customer C001", "TEA")
    assert [row.order_id for row in holders(world.session, warehouses=[other])] == [elsewhere]
    assert len(holders(world.session, most=1)) == 1
    assert holders(world.session, warehouses=[]) == []


def test_an_item_card_runs_by_date_from_the_opening_to_the_closing_balance(world, story) -> None:
    """10 came for 10.00, then (recorded last) 5 for 15.00, then 3 left for 3.00, which is what they cost that day."""
    tea = read(world.session, "SELECT id FROM product")[0].id

    whole = item_card(world.session, world.warehouse, tea, TODAY - WEEK, TODAY)
    part = item_card(world.session, world.warehouse, tea, TODAY - timedelta(days=6), TODAY - timedelta(days=5))

    assert (whole.opening, whole.opening_value, whole.closing, whole.closing_value) == (0, 0, 12, 22)
    assert [
        (row.kind, row.received, row.issued, row.on_hand, row.value, row.value_after)
        for row in whole.moves.rows(world.session)
    ] == [
        ("stock_receipt", 10, 0, 10, 10, 10), ("stock_receipt", 5, 0, 15, 15, 25), ("shipment", 0, 3, 12, -3, 22),
    ]  # fmt: skip
    assert (part.opening, part.opening_value, part.closing, part.closing_value) == (10, 10, 15, 25)
    assert [(row.received, row.on_hand, row.value_after) for row in part.moves.rows(world.session)] == [(5, 15, 25)]


def test_an_item_card_is_of_one_warehouse_and_one_product(world, story) -> None:
    annex, cup = world.add_warehouse("ANNEX"), world.add_product("CUP")
    tea = read(world.session, "SELECT id FROM product WHERE sku = 'TEA'")[0].id
    world.receive(tea, "2", warehouse=annex)
    world.receive(cup, "3")

    card = item_card(world.session, annex, tea, TODAY - WEEK, TODAY)

    assert [row.on_hand for row in card.moves.rows(world.session)] == [card.closing] == [2]
    assert item_card(world.session, annex, cup, TODAY - WEEK, TODAY).moves.rows(world.session) == []
    with pytest.raises(Invalid):
        item_card(world.session, annex, tea, TODAY, TODAY - WEEK)


def test_an_item_card_says_what_was_taken_back(world) -> None:
    tea = world.add_product("TEA")
    receipt = world.receive(tea, "2", "1.00")
    world.do(cancel_receipts, [receipt], on=TODAY, reason="oops")

    moves = item_card(world.session, world.warehouse, tea, TODAY, TODAY).moves.rows(world.session)

    assert [(row.event, row.on_hand, row.value_after) for row in moves] == [
        ("stock_receipt", 2, 2), ("stock_receipt.cancelled", 0, 0),
    ]  # fmt: skip


def test_stock_goes_on_behind_a_place(world) -> None:
    annex = world.add_warehouse("ANNEX")
    products = [world.add_product(sku) for sku in ("TEA", "CUP")]
    for product in products:
        for warehouse in (world.warehouse, annex):
            world.receive(product, "1", warehouse=warehouse)

    def places(place: tuple[int, int] | None) -> list[tuple[int, int]]:
        return [(row.warehouse_id, row.product_id) for row in stock_after(place).rows(world.session)]

    everything = [(warehouse, product) for warehouse in (world.warehouse, annex) for product in products]
    assert places(None) == everything
    assert [places(place) for place in everything] == [everything[1:], everything[2:], everything[3:], []]
