"""How much a customer may owe before somebody has to agree."""

import pytest

from app.domain.fulfilment.ordering import approve_orders, process_orders
from app.domain.kernel.errors import Refused
from app.domain.kernel.rows import write
from app.domain.sales.orders import activate_orders
from tests.world import TODAY, D, World

AGREED = {"on": TODAY, "agreed_by": "Mr Client", "agreed_how": "phone"}


@pytest.fixture
def cup(world: World) -> int:
    """12.00 with VAT."""
    cup = world.add_product("CUP", "10.00")
    world.receive(cup, "100", "4.00")
    return cup


@pytest.fixture
def buyer(world: World) -> int:
    """May owe 60.00."""
    return world.add_customer("LIMITED", limit="60")


def refused(world: World, *orders: int) -> dict[int, str]:
    """The codes for which approving is refused, by order."""
    with pytest.raises(Refused) as refusal:
        world.approve(*orders)
    return {order: error.code for order, error in refusal.value.errors.items()}


def test_up_to_the_limit_nobody_is_asked(world: World, cup: int, buyer: int) -> None:
    world.approve(world.order((cup, "5"), customer=buyer))
    world.prove()


def test_above_the_limit_somebody_has_to_agree_and_the_sentence_has_the_figures(
    world: World, cup: int, buyer: int
) -> None:
    order = world.order((cup, "6"), customer=buyer)

    error = world.refusal(approve_orders, [order], **AGREED)

    assert (error.code, error.facts) == (
        "credit_limit", {"code": "LIMITED", "exposure": D("72.00"), "limit": D("60")},
    )  # fmt: skip
    world.approve(order, consent=["credit_limit"])


def test_what_was_promised_shipped_and_invoiced_before_counts(world: World, cup: int, buyer: int) -> None:
    world.approve(world.order((cup, "1"), customer=buyer))
    world.shipped_order((cup, "1"), customer=buyer)
    world.invoice(world.shipped_order((cup, "1"), customer=buyer)[1])
    two, three = world.order((cup, "2"), customer=buyer), world.order((cup, "3"), customer=buyer)

    assert refused(world, three) == {three: "credit_limit"}
    world.approve(two)


def test_payments_and_advances_make_room(world: World, cup: int, buyer: int) -> None:
    invoice = world.invoice(world.shipped_order((cup, "5"), customer=buyer)[1])
    order = world.order((cup, "3"), customer=buyer)
    assert refused(world, order) == {order: "credit_limit"}

    world.pay(invoice, "12.00", customer=buyer)
    assert refused(world, order) == {order: "credit_limit"}
    world.pay(None, "24.00", customer=buyer)

    world.approve(order)


def test_an_order_that_waits_for_a_seller_is_no_promise_but_its_money_is_an_advance(
    world: World, cup: int, buyer: int
) -> None:
    waiting, order = world.order((cup, "9"), customer=buyer), world.order((cup, "6"), customer=buyer)
    world.do(activate_orders, [waiting])
    assert refused(world, order) == {order: "credit_limit"}

    world.pay(waiting, "12.00", customer=buyer)

    world.approve(order)


def test_one_order_after_the_other_uses_up_the_limit(world: World, cup: int, buyer: int) -> None:
    first, second, third = (world.order((cup, "3"), customer=buyer), world.order((cup, "3"), customer=buyer),
                            world.order((cup, "2"), customer=buyer))  # fmt: skip

    assert refused(world, third, second, first) == {second: "credit_limit"}
    world.approve(first, third)


def test_what_is_refused_takes_neither_limit_nor_stock_from_others(world: World, cup: int, buyer: int) -> None:
    """The first is short of plates; the second would owe too much, and the third gets the plate."""
    plate = world.add_product("PLATE", "10.00")
    world.receive(plate, "1", "4.00")
    short, dear, good = (world.order(*its, customer=buyer) for its in (
        [(cup, "2"), (plate, "2")], [(cup, "5"), (plate, "1")], [(cup, "4"), (plate, "1")]
    ))  # fmt: skip

    for action in (approve_orders, process_orders):
        errors = world.refused(action, [short, dear, good], **AGREED)
        assert {order: error.code for order, error in errors.items()} == {short: "short_stock", dear: "credit_limit"}
    world.do(process_orders, [good], **AGREED)
    world.prove()


def test_a_customer_without_a_limit_may_owe_anything(world: World, cup: int) -> None:
    world.approve(world.order((cup, "90")))


def test_save_and_process_asks_too(world: World, cup: int, buyer: int) -> None:
    order = world.order((cup, "6"), customer=buyer)

    assert world.refusal(process_orders, [order], **AGREED).code == "credit_limit"
    world.do(process_orders, [order], **AGREED, consent=["credit_limit"])


def test_a_limit_of_nothing_takes_only_what_is_paid_before(world: World, cup: int, buyer: int) -> None:
    write(world.session, "UPDATE customer SET credit_limit = 0 WHERE id = %(id)s", id=buyer)
    order = world.order((cup, "1"), customer=buyer)
    assert refused(world, order) == {order: "credit_limit"}

    world.pay(None, "12.00", customer=buyer)

    world.approve(order)
