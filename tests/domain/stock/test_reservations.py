"""Who holds goods and who waits for them, from approval to shipping, cancelling and shedding."""

from decimal import Decimal

import pytest

from app.domain.fulfilment.ordering import approve_orders, cancel_orders
from app.domain.fulfilment.shipping import cancel_shipments, process_shipments
from app.domain.kernel.errors import Refused
from app.domain.kernel.rows import read, write
from app.domain.sales.orders import NewLine
from app.domain.stock.reservations import Claim, add_back, fill_waiting, release_documents, reserve, shed
from app.domain.warehousing.receipts import cancel_receipts
from tests.world import TODAY, World

D = Decimal

AGREED = {"on": TODAY, "agreed_by": "Mr Client", "agreed_how": "phone"}


def held(world: World) -> dict[int, tuple[Decimal, Decimal]]:
    """order → (held, waiting), summed over its lines."""
    sql = """SELECT document_id, sum(quantity) AS quantity, sum(waiting) AS waiting FROM reservation
             GROUP BY document_id ORDER BY document_id"""
    return {row.document_id: (row.quantity, row.waiting) for row in read(world.session, sql)}


def waiting_order(world: World, product: int, quantity: str, **more) -> int:
    order = world.order((product, quantity), **more)
    world.approve(order, consent=["short_stock"])
    return order


def test_approving_holds_what_is_wanted(world, cup) -> None:
    world.receive(cup, "5")
    order = world.order((cup, "3"))

    world.approve(order)

    assert (held(world), world.balance(cup)[:2]) == ({order: (3, 0)}, (5, 3))


def test_goods_that_are_short_need_consent(world, cup) -> None:
    world.receive(cup, "2")
    order = world.order((cup, "3"))

    errors = world.refused(approve_orders, [order], **AGREED)

    assert (errors[order].code, errors[order].facts) == (
        "short_stock", {"sku": "CUP", "warehouse": "MAIN", "wanted": D(3), "available": D(2)},
    )  # fmt: skip
    assert (held(world), world.state("sales_order", order), world.drafts(order)) == ({}, "estimate", [])


def test_with_consent_the_rest_waits(world, cup) -> None:
    world.receive(cup, "2")

    order = waiting_order(world, cup, "3")

    assert (held(world), world.balance(cup)[:2]) == ({order: (2, 1)}, (2, 2))


def test_lines_of_one_product_share_what_is_there_in_their_order(world, cup) -> None:
    world.receive(cup, "3")
    order = world.order((cup, "2"), (cup, "2"), (cup, "1"))

    world.approve(order, consent=["short_stock"])

    rows = read(world.session, "SELECT quantity, waiting FROM reservation ORDER BY line_id")
    assert [tuple(row) for row in rows] == [(2, 0), (1, 1), (0, 1)]
    assert held(world) == {order: (3, 2)}


def test_two_lines_that_are_short_only_together_are_short(world, cup) -> None:
    world.receive(cup, "3")
    order = world.order((cup, "2"), (cup, "2"))

    errors = world.refused(approve_orders, [order], **AGREED)

    assert errors[order].facts["available"] == 1


def test_in_a_batch_scarce_goods_go_to_the_orders_in_the_order_of_their_ids(world, cup) -> None:
    world.receive(cup, "3")
    first, second, third = (world.order((cup, quantity)) for quantity in ("2", "2", "1"))

    errors = world.refused(approve_orders, [third, second, first], **AGREED)

    assert set(errors) == {second}


def test_a_refused_order_gives_back_what_it_would_have_held_of_other_goods(world, cup) -> None:
    pot = world.add_product("POT")
    world.receive(cup, "3")
    short, fine = world.order((cup, "3"), (pot, "1")), world.order((cup, "3"))

    errors = world.refused(approve_orders, [short, fine], **AGREED)

    assert set(errors) == {short}


def test_a_service_is_never_held(world, cup) -> None:
    help_desk = world.add_product("HELP", kind="service")
    world.receive(cup, "1")
    order = world.order((help_desk, "5"), (cup, "1"))

    world.approve(order)

    assert held(world) == {order: (1, 0)}


def test_a_line_holds_goods_in_the_warehouse_it_names(world, cup) -> None:
    shop = world.add_warehouse("SHOP")
    world.receive(cup, "1", warehouse=shop)
    order = world.order(NewLine(cup, D(1), warehouse_id=shop))

    world.approve(order)

    assert (world.balance(cup, shop)[:2], world.balance(cup)[:2]) == ((1, 1), (0, 0))


def test_where_more_may_be_promised_than_is_there_everything_is_held(world, cup) -> None:
    bold = world.add_warehouse("BOLD", negative=True)
    order = world.order((cup, "5"), warehouse=bold)

    world.approve(order)

    assert (held(world), world.balance(cup, bold)) == ({order: (5, 0)}, (0, 5, 0))


def test_what_was_promised_but_is_not_there_cannot_leave(world, cup) -> None:
    bold = world.add_warehouse("BOLD", negative=True)
    order = world.order((cup, "5"), warehouse=bold)
    world.approve(order)
    world.receive(cup, "4", warehouse=bold)
    [shipment] = world.drafts(order)

    errors = world.refused(process_shipments, [shipment], on=TODAY)
    assert errors[shipment].facts["available"] == 4

    world.receive(cup, "1", warehouse=bold)
    world.ship(shipment)
    assert (held(world), world.balance(cup, bold)) == ({}, (0, 0, 0))


def test_a_cancelled_order_leaves_its_goods_to_those_who_wait_in_the_order_of_approval(world, cup) -> None:
    world.receive(cup, "5")
    holder = world.order((cup, "5"))
    world.approve(holder)
    younger, older = world.order((cup, "3")), world.order((cup, "4"))
    world.approve(older, consent=["short_stock"])
    world.approve(younger, consent=["short_stock"])

    world.do(cancel_orders, [holder], on=TODAY, reason="no money")

    assert held(world) == {older: (4, 0), younger: (1, 2)}
    assert world.balance(cup)[:2] == (5, 5)


def test_orders_that_are_cancelled_together_do_not_fill_each_other(world, cup) -> None:
    world.receive(cup, "2")
    holder = world.order((cup, "2"))
    world.approve(holder)
    waiter = waiting_order(world, cup, "2")

    world.do(cancel_orders, [holder, waiter], on=TODAY, reason="no money")

    assert (held(world), world.balance(cup)[:2]) == ({}, (2, 0))


def test_who_waits_in_several_lines_is_filled_line_by_line(world, cup) -> None:
    order = world.order((cup, "2"), (cup, "2"))
    world.approve(order, consent=["short_stock"])

    world.receive(cup, "3")

    rows = read(world.session, "SELECT quantity, waiting FROM reservation ORDER BY line_id")
    assert [tuple(row) for row in rows] == [(2, 0), (1, 1)]


def test_shipping_ends_the_reservation(world, cup) -> None:
    world.receive(cup, "5")

    world.shipped_order((cup, "3"))

    assert (held(world), world.balance(cup)[:2]) == ({}, (2, 0))


def test_what_is_not_shipped_yet_is_still_held(world, cup) -> None:
    world.receive(cup, "5")
    order = world.order((cup, "3"))
    world.approve(order)
    [shipment] = world.drafts(order)
    [line] = world.lines_of("shipment_line", "shipment_id", shipment)

    world.ship(shipment, quantities={line.id: D(1)})

    assert (held(world), world.balance(cup)[:2]) == ({order: (2, 0)}, (4, 2))


def test_what_is_given_up_goes_to_who_waits(world, cup) -> None:
    world.receive(cup, "3")
    order = world.order((cup, "3"))
    world.approve(order)
    waiter = waiting_order(world, cup, "5")
    [shipment] = world.drafts(order)
    [line] = world.lines_of("shipment_line", "shipment_id", shipment)

    world.ship(shipment, quantities={line.id: D(1)}, rest="give_up")

    assert (held(world), world.balance(cup)[:2]) == ({waiter: (2, 3)}, (2, 2))


def test_a_shipment_never_takes_what_others_hold(world, cup) -> None:
    order = waiting_order(world, cup, "3")
    world.receive(cup, "2")
    other = waiting_order(world, cup, "4")
    world.receive(cup, "3")
    assert held(world) == {order: (3, 0), other: (2, 2)}
    [shipment] = world.drafts(other)

    errors = world.refused(process_shipments, [shipment], on=TODAY)

    assert errors[shipment].facts["available"] == 2


def test_goods_of_a_cancelled_shipment_are_held_for_their_order_again(world, cup) -> None:
    world.receive(cup, "3")
    order, shipment = world.shipped_order((cup, "3"))
    waiter = waiting_order(world, cup, "1")

    world.do(cancel_shipments, [shipment], on=TODAY, reason="wrong address")

    assert (held(world), world.balance(cup)[:2]) == ({order: (3, 0), waiter: (0, 1)}, (3, 3))


def test_goods_of_a_cancelled_shipment_are_added_to_what_is_held_already(world, cup) -> None:
    world.receive(cup, "3")
    order = world.order((cup, "3"))
    world.approve(order)
    [shipment] = world.drafts(order)
    [line] = world.lines_of("shipment_line", "shipment_id", shipment)
    world.ship(shipment, quantities={line.id: D(1)})

    world.do(cancel_shipments, [shipment], on=TODAY, reason="wrong address")

    assert held(world) == {order: (3, 0)}


def test_an_order_whose_shipment_was_cancelled_is_as_old_as_its_approval(world, cup) -> None:
    world.receive(cup, "3")
    older, shipment = world.shipped_order((cup, "3"))
    receipt = world.receive(cup, "3")
    younger = world.order((cup, "3"))
    world.approve(younger)
    world.do(cancel_shipments, [shipment], on=TODAY, reason="wrong address")

    world.do(cancel_receipts, [receipt], on=TODAY, reason="sent back")
    assert held(world) == {older: (3, 0), younger: (0, 3)}

    world.receive(cup, "1")
    assert held(world) == {older: (3, 0), younger: (1, 2)}


def test_where_promising_more_is_allowed_from_now_on_who_waits_is_promised_all_with_the_next_goods(world, cup) -> None:
    order = waiting_order(world, cup, "3")
    write(world.session, "UPDATE warehouse SET negative_available = true")

    world.receive(cup, "1")

    assert (held(world), world.balance(cup)[:2]) == ({order: (3, 0)}, (1, 3))


def test_shipments_of_one_order_that_are_cancelled_together_hold_all_of_it(world, cup) -> None:
    world.receive(cup, "3")
    order = world.order((cup, "3"))
    world.approve(order)
    first = world.drafts(order)[0]
    [line] = world.lines_of("shipment_line", "shipment_id", first)
    world.ship(first, quantities={line.id: D(1)})
    second = world.drafts(order)[0]
    world.ship(second)
    assert held(world) == {}

    world.do(cancel_shipments, [first, second], on=TODAY, reason="wrong address")

    assert (held(world), world.balance(cup)[:2]) == ({order: (3, 0)}, (3, 3))


def test_filling_where_nothing_came_changes_nothing(world, cup) -> None:
    order = waiting_order(world, cup, "1")

    world.session.info.clear()
    fill_waiting(world.session, [(world.warehouse, cup)])

    assert held(world) == {order: (0, 1)}


def test_shedding_where_all_is_there_changes_nothing(world, cup) -> None:
    world.receive(cup, "1")
    order = world.order((cup, "1"))
    world.approve(order)

    world.session.info.clear()
    shed(world.session, [(world.warehouse, cup)])

    assert held(world) == {order: (1, 0)}


def test_where_promising_more_is_allowed_no_longer_the_youngest_shed_what_is_not_there(world, cup) -> None:
    bold = world.add_warehouse("BOLD", negative=True)
    world.receive(cup, "3", warehouse=bold)
    orders = [world.order((cup, "2"), warehouse=bold) for _ in range(3)]
    for order in orders:
        world.approve(order)
    write(world.session, "UPDATE warehouse SET negative_available = false WHERE id = %(id)s", id=bold)

    world.session.info.clear()
    shed(world.session, [(bold, cup)])

    assert list(held(world).values()) == [(2, 0), (1, 1), (0, 2)]
    assert world.balance(cup, bold)[:2] == (3, 3)


def test_releasing_orders_that_hold_nothing_changes_nothing(world, cup) -> None:
    world.receive(cup, "1")
    order = world.order((cup, "1"))

    release_documents(world.session, [order])

    assert world.balance(cup)[:2] == (1, 0)


@pytest.mark.parametrize("work", ["reserve", "release", "fill"])
def test_many_orders_take_as_many_statements_as_one(world, statements, work) -> None:
    products = [world.add_product(f"P{number}") for number in range(4)]
    keys = [(world.warehouse, product) for product in products]

    def claims(orders: list[int]) -> list[Claim]:
        lines = [line for order in orders for line in world.lines_of("sales_order_line", "order_id", order)]
        return [Claim(line.order_id, line.id, world.warehouse, line.product_id, line.quantity) for line in lines]

    def sent(count: int) -> int:
        orders = [world.order(*((product, "1") for product in products)) for _ in range(count)]
        if work == "reserve":
            wanted = claims(orders)
            return statements(lambda: reserve(world.session, wanted, may_wait=orders))
        world.approve(*orders, consent=["short_stock"])
        if work == "release":
            return statements(lambda: release_documents(world.session, orders))
        write(world.session, "UPDATE warehouse SET negative_available = true")
        count = statements(lambda: fill_waiting(world.session, keys))
        write(world.session, "UPDATE warehouse SET negative_available = false")
        return count

    sent(1)  # The balances are there from now on.

    assert sent(1) == sent(7) > 0


def test_reserving_names_every_document_that_is_short(world, cup) -> None:
    orders = [world.order((cup, "1")) for _ in range(2)]
    claims = [
        Claim(order, world.lines_of("sales_order_line", "order_id", order)[0].id, world.warehouse, cup, D(1))
        for order in orders
    ]

    with pytest.raises(Refused) as refusal:
        reserve(world.session, claims)

    assert set(refusal.value.errors) == set(orders)
    assert held(world) == {}


def test_giving_back_nothing_changes_nothing(world, cup) -> None:
    add_back(world.session, [])

    assert held(world) == {}
