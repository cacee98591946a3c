"""Stock with which a warehouse begins: drafts, what it is worth, once for each product, and taking it back."""

from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain.kernel.errors import Invalid, Stale, WrongState
from app.domain.kernel.rows import read
from app.domain.warehousing.opening import (
    NewOpening,
    NewOpeningLine,
    add_openings,
    cancel_openings,
    delete_openings,
    edit_opening,
    process_openings,
)
from tests.world import TODAY, World

D = Decimal
MONTH_AGO = TODAY - timedelta(days=30)


def draft(world: World, *lines: NewOpeningLine, warehouse: int | None = None) -> int:
    made: int = world.do(add_openings, [NewOpening(warehouse or world.warehouse, lines)])[0]
    return made


def test_a_draft_moves_nothing_and_can_be_deleted(world: World, cup: int) -> None:
    opening = draft(world, NewOpeningLine(cup, D(3), D("2.50")))

    assert world.balance(cup) == (D(0), D(0), D(0))
    assert (world.state("opening_stock", opening), world.number(opening)) == ("draft", None)
    world.do(delete_openings, [opening])
    assert not read(world.session, "SELECT id FROM opening_stock")
    world.prove()


def test_what_was_there_is_there_at_the_value_of_the_old_books(world: World, cup: int) -> None:
    opening = world.begin_with((cup, "3", "10.00"), on=MONTH_AGO)

    assert world.balance(cup) == (D(3), D(0), D(10))
    assert world.entry(opening, "opening_stock.processed") == [("1200", "10.00", "0.00"), ("3000", "0.00", "10.00")]
    assert (world.state("opening_stock", opening), world.number(opening)) == ("processed", "OS-000001")
    world.prove()


def test_without_a_value_it_is_worth_its_cost_and_without_a_cost_what_is_planned(world: World, cup: int) -> None:
    tea = world.add_product("TEA", cost="1.50")
    opening = draft(world, NewOpeningLine(cup, D(3), D("3.3333")), NewOpeningLine(tea, D(2)))

    world.do(process_openings, [opening], on=TODAY)

    lines = world.lines_of("opening_stock_line", "opening_id", opening)
    assert [(line.unit_cost, line.value) for line in lines] == [(D("3.3333"), D("10.00")), (D("1.5"), D(3))]
    world.prove()


def test_with_none_of_them_it_waits_for_somebody_who_knows(world: World, cup: int) -> None:
    priced, unpriced, empty = draft(world, NewOpeningLine(cup, D(1), D(0))), draft(world, NewOpeningLine(cup, D(1))), (
        draft(world)
    )  # fmt: skip

    refused = world.refused(process_openings, [priced, unpriced, empty], on=TODAY)

    assert {i: error.code for i, error in refused.items()} == {unpriced: "no_cost", empty: "no_lines"}
    world.do(process_openings, [priced], on=TODAY)
    assert world.balance(cup) == (D(1), D(0), D(0))


def test_who_waits_for_the_goods_has_them(world: World, cup: int) -> None:
    order = world.order((cup, "2"))
    world.approve(order, consent=["short_stock"])

    world.begin_with((cup, "3", "10.00"))

    assert world.balance(cup)[:2] == (D(3), D(2))
    world.prove()


def test_a_warehouse_begins_with_a_product_once(world: World, cup: int) -> None:
    first = world.begin_with((cup, "3", "10.00"))
    again, elsewhere = draft(world, NewOpeningLine(cup, D(3), D(1))), draft(
        world, NewOpeningLine(cup, D(3), D(1)), warehouse=world.add_warehouse("SIDE")
    )  # fmt: skip

    refusal = world.refusal(process_openings, [again], on=TODAY)

    assert (refusal.code, refusal.facts["number"]) == ("opened_before", "OS-000001")
    world.do(process_openings, [elsewhere], on=TODAY)
    world.do(cancel_openings, [first], on=TODAY, reason="counted wrongly")
    world.do(process_openings, [again], on=TODAY)
    assert world.balance(cup) == (D(3), D(0), D(3))
    world.prove()


def test_of_two_that_bring_the_same_goods_together_the_second_is_refused(world: World, cup: int) -> None:
    first, second = draft(world, NewOpeningLine(cup, D(3), D(1))), draft(world, NewOpeningLine(cup, D(4), D(1)))

    assert set(world.refused(process_openings, [first, second], on=TODAY)) == {second}


def test_taken_back_the_goods_go_and_the_books_follow(world: World, cup: int) -> None:
    opening = world.begin_with((cup, "3", "10.00"))
    order = world.order((cup, "2"))
    world.approve(order)

    world.refusal(cancel_openings, [opening], on=TODAY, reason=" ")
    world.refusal(cancel_openings, [opening], on=TODAY - timedelta(days=1), reason="too early")
    world.do(cancel_openings, [opening], on=TODAY, reason="counted wrongly")

    assert world.balance(cup) == (D(0), D(0), D(0))
    assert world.entry(opening, "opening_stock.processed.cancelled") == [
        ("1200", "0.00", "10.00"), ("3000", "10.00", "0.00"),
    ]  # fmt: skip
    assert world.state("opening_stock", opening) == "cancelled"
    world.prove()


def test_what_left_since_cannot_be_taken_back(world: World, cup: int) -> None:
    opening = world.begin_with((cup, "3", "10.00"))
    world.shipped_order((cup, "2"))

    assert world.refusal(cancel_openings, [opening], on=TODAY, reason="counted wrongly").code == "already_gone"


@pytest.mark.parametrize(
    ("quantity", "cost", "value", "code"),
    [
        ("0", None, None, "quantity_not_positive"),
        ("-1", None, None, "negative_quantity"),
        ("1.5", None, None, "too_many_decimals"),
        ("NaN", None, None, "out_of_range"),
        ("1", "-0.01", None, "negative_cost"),
        ("1", None, "-0.01", "negative_cost"),
        ("1", "0.00001", None, "too_many_decimals"),
        ("1", None, "0.001", "too_many_decimals"),
        ("1", "2", "2", "cost_and_value"),
        ("1", None, "Infinity", "out_of_range"),
    ],
)
def test_numbers_that_nobody_can_mean_are_refused(
    world: World, cup: int, quantity: str, cost: str | None, value: str | None, code: str
) -> None:
    line = NewOpeningLine(cup, D(quantity), cost and D(cost), value and D(value))

    assert world.refused(add_openings, [NewOpening(world.warehouse, [line])])[0].code == code


def test_what_no_warehouse_can_begin_with_is_refused_by_its_position(world: World, cup: int) -> None:
    care = world.add_product("CARE", kind="service")
    line = NewOpeningLine(cup, D(1), D(1))

    errors = world.refused(add_openings, [
        NewOpening(world.warehouse, [line]),
        NewOpening(999_999, [line]),
        NewOpening(world.warehouse, [NewOpeningLine(care, D(1))]),
        NewOpening(world.warehouse, [NewOpeningLine(999_999, D(1))]),
        NewOpening(world.warehouse, [line, line]),
    ])  # fmt: skip

    assert {place: error.code for place, error in errors.items()} == {
        1: "unknown_warehouse", 2: "service_in_stock", 3: "unknown_product", 4: "product_twice",
    }  # fmt: skip


def test_a_value_that_no_column_holds_is_refused(world: World, cup: int) -> None:
    opening = draft(world, NewOpeningLine(cup, D("99999999999"), D("99999999999")))

    assert world.refusal(process_openings, [opening], on=TODAY).code == "out_of_range"


def test_a_draft_is_written_anew_by_whoever_saw_it_last(world: World, cup: int) -> None:
    opening = draft(world, NewOpeningLine(cup, D(3), D(2)))
    anew = NewOpening(world.warehouse, [NewOpeningLine(cup, D(4), value=D(9))], note="counted again")

    world.do(edit_opening, opening, anew, version=1)

    with pytest.raises(Stale):
        world.do(edit_opening, opening, anew, version=1)
    with pytest.raises(Invalid):
        world.do(edit_opening, opening, NewOpening(world.warehouse, [NewOpeningLine(cup, D(0))]), version=2)
    world.do(process_openings, [opening], on=TODAY)
    assert world.balance(cup) == (D(4), D(0), D(9))
    with pytest.raises(WrongState):
        world.do(edit_opening, opening, anew, version=2)
    world.prove()
