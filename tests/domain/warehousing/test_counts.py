"""Counting while trade goes on: sheets, differences, what they are worth, and who then waits again."""

from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain.catalog.models import ProductGroup
from app.domain.kernel.errors import Stale
from app.domain.kernel.rows import read
from app.domain.warehousing.counts import cancel_counts, process_counts
from app.domain.warehousing.sheets import Counted, NewCount, add_counts, delete_counts, write_counted
from tests.world import TODAY, World

D = Decimal


def sheet(world: World, **asked: object) -> dict[str, D]:
    """What a sheet expects, by SKU."""
    (count,) = world.do(add_counts, [NewCount(world.warehouse, **asked)])
    sql = """SELECT product.sku, line.expected FROM stock_count_line line JOIN product ON product.id = line.product_id
             WHERE line.count_id = %(id)s"""
    return {row.sku: row.expected for row in read(world.session, sql, id=count)}


def test_a_sheet_lists_what_is_there_of_a_group_of_everything_or_what_is_named(world: World, cup: int) -> None:
    glass = world.add(ProductGroup, code="GLASS", name="Glass")
    fine = world.add(ProductGroup, code="FINE", name="Fine glass", parent_id=glass)
    jar, vase = world.add_product("JAR", group=glass), world.add_product("VASE", group=fine)
    gone = world.add_product("GONE")
    for product, quantity in ((cup, "10"), (jar, "3"), (vase, "2")):
        world.receive(product, quantity)
    world.receive(vase, "9", warehouse=world.add_warehouse("SIDE"))

    assert sheet(world) == {"CUP": D(10), "JAR": D(3), "VASE": D(2)}
    assert sheet(world, group_id=glass) == {"JAR": D(3), "VASE": D(2)}
    assert sheet(world, product_ids=[gone, vase]) == {"GONE": D(0), "VASE": D(2)}


def test_differences_move_the_stock_and_go_to_the_books(world: World, cup: int) -> None:
    jar = world.add_product("JAR")
    world.receive(cup, "3", "3.3333")
    world.receive(jar, "4", "2.50")

    count = world.count({cup: "2", jar: "6"})

    assert (world.balance(cup), world.balance(jar)) == ((D(2), D(0), D("6.67")), (D(6), D(0), D(15)))
    assert world.entry(count, "count.processed") == [
        ("5100", "3.33", "0.00"), ("1200", "0.00", "3.33"), ("1200", "5.00", "0.00"), ("4900", "0.00", "5.00"),
    ]  # fmt: skip
    assert world.number(count) == "SC-000001"
    world.prove()


def test_what_moved_since_the_sheet_was_drawn_is_no_difference(world: World, cup: int) -> None:
    world.receive(cup, "10")
    count = world.sheet({cup: "9"})
    world.shipped_order((cup, "4"))
    world.receive(cup, "6")

    world.do(process_counts, [count], on=TODAY)

    assert world.balance(cup)[0] == D(11), "10 - 4 + 6, and one was missing"
    world.prove()


def test_a_line_that_is_left_empty_is_left_alone_and_what_is_right_makes_no_move(world: World, cup: int) -> None:
    jar = world.add_product("JAR")
    world.receive(cup, "10")
    world.receive(jar, "10")

    count = world.count({cup: "10", jar: None})

    assert not read(world.session, "SELECT id FROM stock_move WHERE document_id = %(id)s", id=count)
    assert world.entry(count, "count.processed") == []
    assert world.state("stock_count", count) == "processed"
    world.prove()


def test_what_counts_find_less_of_was_reserved_by_the_youngest(world: World, cup: int) -> None:
    world.receive(cup, "10")
    first, second = world.order((cup, "6")), world.order((cup, "4"))
    world.approve(first)
    world.approve(second)

    count = world.count({cup: "7"})
    assert world.balance(cup)[:2] == (D(7), D(7))
    world.prove()

    world.do(cancel_counts, [count], on=TODAY, reason="they stood elsewhere")
    assert world.balance(cup)[:2] == (D(10), D(10))
    world.prove()


def test_more_than_expected_is_worth_the_average_else_what_was_typed_else_the_last_else_the_plan(world: World) -> None:
    last, planned, typed = world.add_product("LAST"), world.add_product("PLAN", cost="7.00"), world.add_product("TYPED")
    world.receive(last, "1", "5.00")
    world.shipped_order((last, "1"))
    count = world.sheet({last: "2", planned: "2", typed: "3"})
    line = next(it.id for it in world.lines_of("stock_count_line", "count_id", count) if it.product_id == typed)

    assert world.refusal(process_counts, [count], on=TODAY).code == "no_cost"
    world.do(write_counted, count, {line: Counted(D(3), D("1.5"))}, version=2)
    world.do(process_counts, [count], on=TODAY)

    assert [world.balance(product)[2] for product in (last, planned, typed)] == [D(10), D(14), D("4.50")]
    world.prove()


def test_a_cost_of_nothing_is_said(world: World, cup: int) -> None:
    count = world.sheet({cup: "2"})
    line = world.lines_of("stock_count_line", "count_id", count)[0].id

    world.do(write_counted, count, {line: Counted(D(2), D(0))}, version=2)
    world.do(process_counts, [count], on=TODAY)

    assert world.balance(cup) == (D(2), D(0), D(0))
    world.prove()


def test_what_another_count_put_right_since_is_refused_and_so_is_a_product_on_two_sheets(
    world: World, cup: int
) -> None:
    world.receive(cup, "10")
    first, second = world.sheet({cup: "9"}), world.sheet({cup: "9"})

    assert world.refused(process_counts, [first, second], on=TODAY)[second].code == "counted_twice"
    world.do(process_counts, [first], on=TODAY)
    error = world.refusal(process_counts, [second], on=TODAY)

    assert error.code == "counted_since"
    assert "SC-000001" in str(error)


def test_less_than_nothing_cannot_be_missing(world: World, cup: int) -> None:
    world.receive(cup, "10")
    count = world.sheet({cup: "2"})
    world.shipped_order((cup, "5"))

    assert world.refusal(process_counts, [count], on=TODAY).code == "already_gone"


def test_a_sheet_is_not_processed_before_anything_is_counted_nor_tomorrow(world: World, cup: int) -> None:
    world.receive(cup, "10")
    count = world.sheet({cup: None})

    assert world.refusal(process_counts, [count], on=TODAY).code == "nothing_counted"
    world.refusal(process_counts, [world.sheet({cup: "1"})], on=TODAY + timedelta(days=5))


def test_two_people_who_fill_in_one_sheet_do_not_write_over_each_other(world: World, cup: int) -> None:
    world.receive(cup, "10")
    count = world.sheet({cup: "3"})
    line = world.lines_of("stock_count_line", "count_id", count)[0].id

    with pytest.raises(Stale):
        world.do(write_counted, count, {line: Counted(D(4))}, version=1)
    world.do(write_counted, count, {line: Counted(None)}, version=2)
    assert world.lines_of("stock_count_line", "count_id", count)[0].counted is None
    assert world.refusal(write_counted, count, {line + 999: Counted(D(4))}, version=3).code == "foreign_line"


@pytest.mark.parametrize("number", ["-1", "1.5", "NaN", "1e30"])
def test_numbers_that_nobody_counts_are_refused(world: World, cup: int, number: str) -> None:
    world.receive(cup, "10")
    count = world.sheet({cup: "3"})
    line = world.lines_of("stock_count_line", "count_id", count)[0].id

    world.refusal(write_counted, count, {line: Counted(D(number))}, version=2)


def test_sheets_that_nobody_can_draw_are_refused_by_their_position(world: World, cup: int) -> None:
    world.receive(cup, "10")
    care = world.add_product("CARE", kind="service")
    empty = world.add_warehouse("EMPTY")
    bad = [
        NewCount(world.warehouse, [cup]), NewCount(999_999, [cup]), NewCount(world.warehouse, [cup, cup]),
        NewCount(world.warehouse, [care]), NewCount(world.warehouse, [999_999]),
    ]  # fmt: skip

    errors = world.refused(add_counts, bad)

    assert {place: error.code for place, error in errors.items()} == {
        1: "unknown_warehouse", 2: "product_twice", 3: "service_in_stock", 4: "unknown_product",
    }  # fmt: skip
    assert world.refusal(add_counts, [NewCount(empty)]).code == "nothing_to_count"


def test_a_sheet_can_be_thrown_away_and_a_processed_count_cannot(world: World, cup: int) -> None:
    world.receive(cup, "10")
    draft, done = world.sheet({cup: "3"}), world.count({cup: "10"})

    world.do(delete_counts, [draft])
    world.refusal(delete_counts, [done])
    assert world.do(process_counts, [done], on=TODAY).already.keys() == {done}
