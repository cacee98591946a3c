"""Goods that are gone: drafts, what they cost, who then waits again, and taking it back."""

from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain.kernel.rows import read
from app.domain.warehousing.goods import goods_quantity
from app.domain.warehousing.receipts import cancel_receipts
from app.domain.warehousing.write_offs import (
    NewWriteOff,
    NewWriteOffLine,
    add_write_offs,
    cancel_write_offs,
    delete_write_offs,
    process_write_offs,
)
from tests.world import TODAY, World

D = Decimal


def write_off(world: World, *lines: tuple[int, str], reason: str = "damaged", warehouse: int | None = None) -> int:
    its = [NewWriteOffLine(product, D(quantity)) for product, quantity in lines]
    made: int = world.do(add_write_offs, [NewWriteOff(warehouse or world.warehouse, reason, its, note="fell down")])[0]
    return made


def held(world: World, order: int) -> list[tuple[D, D]]:
    rows = read(world.session, "SELECT quantity, waiting FROM reservation WHERE document_id = %(id)s", id=order)
    return [(row.quantity, row.waiting) for row in rows]


def test_a_draft_moves_nothing_and_can_be_deleted(world: World, cup: int) -> None:
    world.receive(cup, "10")
    draft = write_off(world, (cup, "3"))

    assert world.balance(cup) == (D(10), D(0), D(40))
    assert (world.state("write_off", draft), world.number(draft)) == ("draft", None)
    world.do(delete_write_offs, [draft])
    assert not read(world.session, "SELECT id FROM write_off")
    world.prove()


def test_goods_go_at_average_cost_and_the_books_follow(world: World, cup: int) -> None:
    world.receive(cup, "2", "3.00")
    world.receive(cup, "1", "4.00")
    gone = write_off(world, (cup, "1"), (cup, "2"))

    world.do(process_write_offs, [gone], on=TODAY)

    assert world.balance(cup) == (D(0), D(0), D(0))
    assert [line.cost for line in world.lines_of("write_off_line", "write_off_id", gone)] == [D("3.33"), D("6.67")]
    assert world.entry(gone, "write_off.processed") == [("5100", "10.00", "0.00"), ("1200", "0.00", "10.00")]
    assert world.number(gone) == "WO-000001"
    world.prove()


def test_what_is_gone_is_gone_whoever_had_it_reserved_the_youngest_waits_again(world: World, cup: int) -> None:
    world.receive(cup, "10")
    first, second = world.order((cup, "6")), world.order((cup, "4"))
    world.approve(first)
    world.approve(second)

    world.do(process_write_offs, [write_off(world, (cup, "5"))], on=TODAY)

    assert (held(world, first), held(world, second)) == ([(D(5), D(1))], [(D(0), D(4))])
    assert world.balance(cup)[:2] == (D(5), D(5))
    world.prove()


def test_a_warehouse_that_may_promise_more_than_is_there_keeps_its_promises(world: World, cup: int) -> None:
    place = world.add_warehouse("FREE", negative=True)
    world.receive(cup, "10", warehouse=place)
    order = world.order((cup, "8"), warehouse=place)
    world.approve(order)

    world.do(process_write_offs, [write_off(world, (cup, "5"), warehouse=place)], on=TODAY)

    assert held(world, order) == [(D(8), D(0))]
    world.prove()


def test_taken_back_the_goods_are_there_again_for_those_who_wait(world: World, cup: int) -> None:
    world.receive(cup, "10")
    order = world.order((cup, "10"))
    world.approve(order)
    gone = write_off(world, (cup, "4"))
    world.do(process_write_offs, [gone], on=TODAY)

    world.do(cancel_write_offs, [gone], on=TODAY, reason="found behind the shelf")

    assert held(world, order) == [(D(10), D(0))]
    assert world.balance(cup) == (D(10), D(10), D(40))
    assert world.entry(gone, "write_off.processed.cancelled") == [("5100", "0.00", "16.00"), ("1200", "16.00", "0.00")]
    assert world.state("write_off", gone) == "cancelled"
    world.prove()


def test_more_than_is_on_hand_is_refused_on_the_sum_of_the_document(world: World, cup: int) -> None:
    world.receive(cup, "3")

    error = world.refusal(process_write_offs, [write_off(world, (cup, "2"), (cup, "2"))], on=TODAY)

    assert error.code == "already_gone"
    assert error.facts["on_hand"] == D(3)


def test_nothing_is_written_off_before_it_came_in_nor_tomorrow(world: World, cup: int) -> None:
    world.receive(cup, "3")
    gone = write_off(world, (cup, "3"))

    earlier = world.refusal(process_write_offs, [gone], on=TODAY - timedelta(days=1))
    assert str(TODAY) in str(earlier)
    world.refusal(process_write_offs, [gone], on=TODAY + timedelta(days=5))


def test_a_batch_names_every_bad_one_and_the_second_click_finds_it_done(world: World, cup: int) -> None:
    world.receive(cup, "3")
    good, empty, large = write_off(world, (cup, "1")), write_off(world), write_off(world, (cup, "9"))

    assert {i: error.code for i, error in world.refused(process_write_offs, [good, empty], on=TODAY).items()} == {
        empty: "no_lines"
    }
    assert set(world.refused(process_write_offs, [good, large], on=TODAY)) == {large}
    world.do(process_write_offs, [good], on=TODAY)
    assert world.do(process_write_offs, [good], on=TODAY).already.keys() == {good}
    assert world.balance(cup)[0] == D(2)
    world.refusal(delete_write_offs, [good])
    world.refusal(cancel_write_offs, [good], on=TODAY, reason=" ")
    world.refusal(cancel_write_offs, [good], on=TODAY - timedelta(days=1), reason="too early")


@pytest.mark.parametrize("quantity", ["0", "-1", "1.5", "NaN", "Infinity", "1e30"])
def test_quantities_that_nobody_can_mean_are_refused(world: World, cup: int, quantity: str) -> None:
    lines = [NewWriteOffLine(cup, D(quantity))]

    world.refusal(add_write_offs, [NewWriteOff(world.warehouse, "lost", lines)])


def test_what_cannot_be_written_off_is_refused_by_its_position(world: World, cup: int) -> None:
    care = world.add_product("CARE", kind="service")
    line = NewWriteOffLine(cup, D(1))
    bad = [
        NewWriteOff(world.warehouse, "lost", [line]),
        NewWriteOff(world.warehouse, "bored", [line]),
        NewWriteOff(999_999, "lost", [line]),
        NewWriteOff(world.warehouse, "lost", [NewWriteOffLine(care, D(1))]),
        NewWriteOff(world.warehouse, "lost", [NewWriteOffLine(999_999, D(1))]),
    ]

    errors = world.refused(add_write_offs, bad)

    assert {place: error.code for place, error in errors.items()} == {
        1: "unknown_reason", 2: "unknown_warehouse", 3: "service_in_stock", 4: "unknown_product",
    }  # fmt: skip
    with pytest.raises(Exception, match="no product"):
        goods_quantity(None, 7, D(1))


def test_a_cancellation_that_average_cost_makes_impossible_leaves_its_difference_to_losses(
    world: World, cup: int
) -> None:
    """The mirror brings back a dear piece beside a receipt that was taken back: what is left over is a loss."""
    world.receive(cup, "1", "1.00")
    dear = world.receive(cup, "1", "9.00")
    gone = write_off(world, (cup, "1"))
    world.do(process_write_offs, [gone], on=TODAY)

    world.do(cancel_receipts, [dear], on=TODAY, reason="wrong")
    world.prove()
    world.do(cancel_write_offs, [gone], on=TODAY, reason="found")

    assert world.balance(cup)[0] == D(1)
    world.prove()
