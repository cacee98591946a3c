"""Cancelled moves: the exact mirror, and what average cost leaves over."""

from decimal import Decimal

import pytest

from app.domain.fulfilment.shipping import cancel_shipments
from app.domain.kernel.document import register
from app.domain.kernel.errors import Refused
from app.domain.kernel.rows import read
from app.domain.stock.mirrors import Correction, mirror_moves
from app.domain.stock.moves import receive_goods
from tests.domain.stock.conftest import day
from tests.world import TODAY

D = Decimal


def mirror(yard, *documents: int, on=TODAY) -> list[Correction]:
    with yard.deed():
        return mirror_moves(yard.session, documents, on=on)


def test_a_mirror_moves_as_much_back_at_the_same_value(yard, cup) -> None:
    yard.receive(cup, "1", "5.00")
    receipt = yard.receive(cup, "3", "10.00")

    assert mirror(yard, receipt) == []

    assert yard.moves(cup)[-1] == (-3, D("-10.00"), 1, D("5.00"))
    sql = "SELECT line_id, is_mirror FROM stock_move WHERE document_id = %(id)s ORDER BY id"
    told = read(yard.session, sql, id=receipt)
    assert (told[0].line_id, told[0].is_mirror, told[1].is_mirror) == (told[1].line_id, False, True)


def test_a_mirror_takes_its_own_value_back_even_where_the_average_is_another(yard, cup) -> None:
    receipt = yard.receive(cup, "10", "10.00")
    yard.receive(cup, "10", "90.00")

    mirror(yard, receipt)

    assert yard.world.balance(cup) == (10, 0, 90)


def test_what_nothing_is_left_of_is_worth_nothing(yard, cup) -> None:
    """10 at 1.00 and 10 at 9.00, 10 issued for 50.00, and the second receipt is cancelled: 40.00 are left over."""
    yard.receive(cup, "10", "10.00")
    second = yard.receive(cup, "10", "90.00")
    yard.take(cup, "10")

    assert mirror(yard, second) == [Correction(second, cup, D("40.00"))]

    assert yard.moves(cup)[-2:] == [(-10, D("-90.00"), 0, D("-40.00")), (0, D("40.00"), 0, 0)]
    assert yard.world.balance(cup) == (0, 0, 0)


def test_the_correction_is_a_mirror_too_of_no_quantity_and_of_the_same_line(yard, cup) -> None:
    yard.receive(cup, "1", "1.00")
    second = yard.receive(cup, "1", "9.00")
    yard.take(cup, "1")

    mirror(yard, second)

    sql = "SELECT line_id, is_mirror, quantity FROM stock_move WHERE document_id = %(id)s ORDER BY id"
    moved, mirrored, corrected = read(yard.session, sql, id=second)
    assert (mirrored.is_mirror, mirrored.quantity, corrected.is_mirror, corrected.quantity) == (True, -1, True, 0)
    assert moved.line_id == mirrored.line_id == corrected.line_id


def test_what_stays_is_worth_the_cost_of_the_last_receipt_that_stands(yard, cup) -> None:
    yard.receive(cup, "10", "10.00")
    yard.receive(cup, "3", "10.00")
    gone = yard.receive(cup, "1", "99.00")
    mirror(yard, gone)
    last = yard.receive(cup, "7", "80.00")
    yard.take(cup, "10")

    corrections = mirror(yard, last)

    assert yard.world.balance(cup) == (3, 0, D("10.00"))
    assert corrections == [Correction(last, cup, D("40.00"))]


@pytest.mark.parametrize(("planned", "worth"), [("2.00", "10.00"), (None, "0")])
def test_what_stays_is_worth_the_planned_cost_where_no_receipt_stands(yard, planned, worth) -> None:
    """The first goods came by a document of another kind."""
    tea = yard.world.add_product("TEA", cost=planned)
    [other] = register(yard.session, "shipment", [{"warehouse_id": yard.warehouse}])
    with yard.deed():
        receive_goods(yard.session, [yard.line(other, tea, "10", "10.00")], on=TODAY)
    receipt = yard.receive(tea, "10", "90.00")
    yard.take(tea, "5")

    mirror(yard, receipt)

    assert yard.world.balance(tea) == (5, 0, D(worth))


def test_receipts_that_are_cancelled_together_are_put_right_once(yard, cup) -> None:
    yard.receive(cup, "10", "10.00")
    second, third = yard.receive(cup, "5", "45.00"), yard.receive(cup, "5", "45.00")
    yard.take(cup, "10")

    assert mirror(yard, third, second) == [Correction(third, cup, D("40.00"))]
    assert yard.world.balance(cup) == (0, 0, 0)


def test_a_correction_is_of_the_date_of_its_cancellation(yard, cup) -> None:
    yard.receive(cup, "10", "10.00", day(1))
    second = yard.receive(cup, "10", "90.00", day(2))
    yard.take(cup, "10", day(3))

    mirror(yard, second, on=day(5))

    assert yard.days(cup) == {1: (10, 10), 2: (20, 100), 3: (10, 50), 5: (0, 0)}


def test_goods_of_a_cancelled_shipment_come_back_at_the_cost_at_which_they_left(world, cup) -> None:
    world.receive(cup, "3", "3.3333")
    _, shipment = world.shipped_order((cup, "1"))
    world.receive(cup, "2", "50.00")

    world.do(cancel_shipments, [shipment], on=TODAY, reason="they sent it back")

    assert world.balance(cup) == (5, 1, D("110.00"))


def test_a_mirror_of_what_is_gone_is_refused_and_the_others_are_not(yard, cup) -> None:
    large, small = yard.receive(cup, "5", "5.00"), yard.receive(cup, "2", "2.00")
    yard.take(cup, "3")

    with pytest.raises(Refused) as refusal:
        mirror(yard, large, small)

    assert set(refusal.value.errors) == {large}
