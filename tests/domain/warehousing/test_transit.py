"""Goods between warehouses: sent whole or in part, received whole, short or with more, and taken back."""

from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain.kernel.rows import read
from app.domain.warehousing.receipts import cancel_receipts
from app.domain.warehousing.transit import cancel_internal_orders, receive_internal_orders, send_internal_orders
from tests.world import TODAY, World

D = Decimal
EARLIER = TODAY - timedelta(days=3)


@pytest.fixture
def shop(world: World) -> int:
    return world.add_warehouse("SHOP")


def lines(world: World, order: int) -> list[int]:
    return [line.id for line in world.lines_of("internal_order_line", "internal_order_id", order)]


def sent(world: World, cup: int, quantity: str, shop: int) -> int:
    order = world.ask((cup, quantity), warehouse=shop)
    world.do(send_internal_orders, [order], on=TODAY)
    return order


def test_what_is_sent_is_on_the_way_at_average_cost_and_what_arrives_is_worth_the_same(
    world: World, cup: int, shop: int
) -> None:
    world.receive(cup, "3", "3.3333")
    order = world.ask((cup, "2"), warehouse=shop)

    world.do(send_internal_orders, [order], on=TODAY)

    assert world.state("internal_order", order) == "in_transit"
    assert (world.balance(cup), world.balance(cup, shop)) == ((D(1), D(0), D("3.33")), (D(0), D(0), D(0)))
    assert world.entry(order, "internal_order.sent") == [("1240", "6.67", "0.00"), ("1200", "0.00", "6.67")]
    world.prove()

    world.do(receive_internal_orders, [order], on=TODAY)

    assert world.state("internal_order", order) == "performed"
    assert world.balance(cup, shop) == (D(2), D(0), D("6.67"))
    assert world.entry(order, "internal_order.received") == [("1200", "6.67", "0.00"), ("1240", "0.00", "6.67")]
    assert not read(world.session, "SELECT id FROM reservation")
    world.prove()


def test_what_is_not_sent_is_given_up_and_goes_to_who_waits(world: World, cup: int, shop: int) -> None:
    world.receive(cup, "5")
    pot = world.add_product("POT")
    world.receive(pot, "1")
    order = world.ask((cup, "5"), (pot, "1"), warehouse=shop)
    waiter = world.order((cup, "3"), (pot, "1"))
    world.approve(waiter, consent=["short_stock"])
    cups, pots = lines(world, order)

    world.do(send_internal_orders, [order], on=TODAY, quantities={cups: D(2), pots: D(0)})

    rows = read(world.session, "SELECT document_id, quantity, waiting FROM reservation ORDER BY line_id")
    assert [tuple(row) for row in rows] == [(waiter, D(3), D(0)), (waiter, D(1), D(0))]
    assert (world.balance(cup)[:2], world.balance(pot)[:2]) == ((D(3), D(3)), (D(1), D(1)))
    world.prove()


def test_it_takes_its_own_and_what_is_available_never_what_others_hold(world: World, cup: int, shop: int) -> None:
    world.receive(cup, "3")
    holder = world.order((cup, "2"))
    world.approve(holder)
    order = world.ask((cup, "2"), warehouse=shop)

    error = world.refusal(send_internal_orders, [order], on=TODAY)

    assert (error.code, error.facts["available"], error.facts["held"]) == ("insufficient_stock", D(1), D(2))
    world.do(send_internal_orders, [order], on=TODAY, quantities={lines(world, order)[0]: D(1)})
    assert world.balance(cup)[:2] == (D(2), D(2))
    world.prove()


def test_who_waits_at_the_shop_has_what_arrives(world: World, cup: int, shop: int) -> None:
    world.receive(cup, "2")
    waiter = world.order((cup, "2"), warehouse=shop)
    world.approve(waiter, consent=["short_stock"])

    world.do(receive_internal_orders, [sent(world, cup, "2", shop)], on=TODAY)

    assert world.balance(cup, shop)[:2] == (D(2), D(2))
    world.prove()


def test_what_is_missing_is_lost_by_its_share_of_the_cost(world: World, cup: int, shop: int) -> None:
    world.receive(cup, "3", "3.3333")
    order = sent(world, cup, "3", shop)

    world.do(receive_internal_orders, [order], on=TODAY, quantities={lines(world, order)[0]: D(2)})

    assert world.balance(cup, shop) == (D(2), D(0), D("6.67"))
    assert world.entry(order, "internal_order.received") == [
        ("1200", "6.67", "0.00"), ("1240", "0.00", "6.67"), ("5100", "3.33", "0.00"), ("1240", "0.00", "3.33"),
    ]  # fmt: skip
    world.prove()


def test_where_nothing_arrives_all_of_it_is_lost(world: World, cup: int, shop: int) -> None:
    world.receive(cup, "3")
    order = sent(world, cup, "3", shop)

    world.do(receive_internal_orders, [order], on=TODAY, quantities={lines(world, order)[0]: D(0)})

    assert world.entry(order, "internal_order.received") == [("5100", "12.00", "0.00"), ("1240", "0.00", "12.00")]
    assert (world.state("internal_order", order), world.balance(cup, shop)) == ("performed", (D(0), D(0), D(0)))
    world.do(cancel_internal_orders, [order], on=TODAY, reason="found in the lorry")
    assert world.balance(cup) == (D(3), D(0), D(12))
    world.prove()


def test_what_is_more_was_found_and_comes_in_at_the_average(world: World, cup: int, shop: int) -> None:
    world.receive(cup, "1", "10.00", warehouse=shop)
    world.receive(cup, "2", "4.00")
    order = sent(world, cup, "2", shop)

    world.do(receive_internal_orders, [order], on=TODAY, quantities={lines(world, order)[0]: D(3)})

    assert world.balance(cup, shop) == (D(4), D(0), D(24))
    assert world.entry(order, "internal_order.received") == [
        ("1200", "8.00", "0.00"), ("1240", "0.00", "8.00"), ("1200", "6.00", "0.00"), ("4900", "0.00", "6.00"),
    ]  # fmt: skip
    world.prove()


def test_a_product_on_two_lines_is_valued_line_by_line(world: World, cup: int, shop: int) -> None:
    world.receive(cup, "3", "3.3333")
    order = world.ask((cup, "1"), (cup, "1"), warehouse=shop)
    world.do(send_internal_orders, [order], on=TODAY)

    world.do(receive_internal_orders, [order], on=TODAY, quantities=dict.fromkeys(lines(world, order), D(2)))

    assert world.balance(cup, shop)[0] == D(4)
    world.prove()


def test_what_nobody_sent_and_arrived_is_worth_its_planned_cost_or_waits_for_one(
    world: World, cup: int, shop: int
) -> None:
    odd, plan = world.add_product("ODD"), world.add_product("PLAN", cost="2.50")
    for product in (cup, odd, plan):
        world.receive(product, "1")
    order = world.ask((cup, "1"), (odd, "1"), (plan, "1"), warehouse=shop)
    _, odds, plans = lines(world, order)
    world.do(send_internal_orders, [order], on=TODAY, quantities={odds: D(0), plans: D(0)})

    assert world.refusal(receive_internal_orders, [order], on=TODAY, quantities={odds: D(1)}).code == "no_cost"
    world.do(receive_internal_orders, [order], on=TODAY, quantities={plans: D(2)})
    assert world.balance(plan, shop) == (D(2), D(0), D(5))
    world.prove()


def test_cancelled_on_the_way_the_goods_are_back_at_the_same_value(world: World, cup: int, shop: int) -> None:
    world.receive(cup, "3", "3.3333")
    order = sent(world, cup, "2", shop)
    waiter = world.order((cup, "3"))
    world.approve(waiter, consent=["short_stock"])

    world.do(cancel_internal_orders, [order], on=TODAY, reason="the lorry broke down")

    assert world.state("internal_order", order) == "cancelled"
    assert world.balance(cup) == (D(3), D(3), D(10))
    assert world.entry(order, "internal_order.sent.cancelled") == [("1240", "0.00", "6.67"), ("1200", "6.67", "0.00")]
    world.prove()


def test_cancelled_after_receipt_both_steps_are_mirrored(world: World, cup: int, shop: int) -> None:
    world.receive(cup, "5")
    order = sent(world, cup, "4", shop)
    world.do(receive_internal_orders, [order], on=TODAY, quantities={lines(world, order)[0]: D(3)})
    holder = world.order((cup, "3"), warehouse=shop)
    world.approve(holder)

    world.do(cancel_internal_orders, [order], on=TODAY, reason="wrong shop")

    assert (world.balance(cup), world.balance(cup, shop)) == ((D(5), D(0), D(20)), (D(0), D(0), D(0)))
    assert [tuple(row) for row in read(world.session, "SELECT quantity, waiting FROM reservation")] == [(D(0), D(3))]
    assert len(world.entry(order, "internal_order.received.cancelled")) == 4
    world.prove()


def test_goods_that_left_the_shop_already_cannot_go_back(world: World, cup: int, shop: int) -> None:
    world.receive(cup, "2")
    order = sent(world, cup, "2", shop)
    world.do(receive_internal_orders, [order], on=TODAY)
    world.shipped_order((cup, "1"), warehouse=shop)

    error = world.refusal(cancel_internal_orders, [order], on=TODAY, reason="too late")

    assert (error.code, error.facts["on_hand"]) == ("already_gone", D(1))


def test_what_came_from_another_warehouse_tells_the_cost_when_a_receipt_there_is_taken_back(
    world: World, cup: int, shop: int
) -> None:
    """2 at 2.00 and 1 at 20.00, one left for 8.00: without the dear one a piece would be worth -4.00."""
    world.receive(cup, "2", "2.00")
    world.do(receive_internal_orders, [sent(world, cup, "2", shop)], on=TODAY)
    dear = world.receive(cup, "1", "20.00", warehouse=shop)
    world.shipped_order((cup, "1"), warehouse=shop)

    world.do(cancel_receipts, [dear], on=TODAY, reason="wrong")

    assert world.balance(cup, shop) == (D(1), D(0), D(2))
    world.prove()


def test_nothing_moves_before_it_was_asked_for_or_sent(world: World, cup: int, shop: int) -> None:
    world.receive(cup, "2", on=EARLIER)
    order = world.ask((cup, "2"), warehouse=shop)

    assert world.refusal(send_internal_orders, [order], on=EARLIER).code == "before_document"
    assert world.refusal(receive_internal_orders, [order], on=TODAY).code == "wrong_state"
    world.do(send_internal_orders, [order], on=TODAY)
    assert world.refusal(receive_internal_orders, [order], on=EARLIER).code == "before_document"
    assert world.refusal(cancel_internal_orders, [order], on=EARLIER, reason="x").code == "before_document"
    assert world.refusal(cancel_internal_orders, [order], on=TODAY, reason=" ").code == "no_reason"


def test_impossible_quantities_are_refused_for_the_order_that_has_them(world: World, cup: int, shop: int) -> None:
    world.receive(cup, "9")
    good, bad = (world.ask((cup, "2"), warehouse=shop) for _ in range(2))
    [line] = lines(world, bad)

    for quantity, code in (("3", "more_than_asked"), ("0", "nothing_to_send"), ("-1", "negative_quantity"),
                           ("0.5", "too_many_decimals"), ("NaN", "out_of_range")):  # fmt: skip
        errors = world.refused(send_internal_orders, [good, bad], on=TODAY, quantities={line: D(quantity)})
        assert {document: error.code for document, error in errors.items()} == {bad: code}
    assert world.refusal(send_internal_orders, [good], on=TODAY, quantities={line: D(1)}).code == "foreign_line"
    world.do(send_internal_orders, [good, bad], on=TODAY)
    assert world.do(send_internal_orders, [good], on=TODAY).already.keys() == {good}
    world.prove()
