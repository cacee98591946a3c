"""Money follows the goods, and what is no longer owed is the customer's advance."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain.billing.advances import NewAdvance, add_advances
from app.domain.billing.invoicing import issue_invoices
from app.domain.fulfilment.ordering import cancel_orders
from app.domain.fulfilment.shipping import cancel_shipments
from app.domain.kernel.rows import read
from app.domain.sales.orders import NewLine, NewOrder, activate_orders, edit_order
from app.domain.sales.repricing import reprice_orders
from app.domain.settlement.allocations import allocate_payments
from app.domain.settlement.releases import release_allocations
from app.domain.treasury.cash import cancel_cash_orders
from tests.domain.settlement.ground import acts, allocated, left, wish
from tests.world import TODAY, D, World, ids

YESTERDAY = TODAY - timedelta(1)
UNDO = {"on": TODAY, "reason": "changed their mind"}


@pytest.fixture
def product(world: World) -> int:
    """A hundred pieces at 10.00, that is 12.00 with VAT."""
    product = world.add_product("A")
    world.receive(product, "100", on=YESTERDAY)
    return product


def on_lines(world: World, document: int) -> list[str]:
    """What is settled of each line of a document."""
    sql = "SELECT allocated FROM open_item WHERE document_id = %(id)s ORDER BY line_id"
    return [f"{row.allocated:.2f}" for row in read(world.session, sql, id=document)]


def approved(world: World, *lines: tuple[int, str]) -> tuple[int, int]:
    """An approved order of yesterday and its draft shipment."""
    order = world.order(*lines, on=YESTERDAY)
    world.approve(order, on=YESTERDAY, consent=["below_cost"])
    return order, world.drafts(order)[0]


def quantities(world: World, shipment: int, *numbers: str) -> dict[int, Decimal]:
    lines = world.lines_of("shipment_line", "shipment_id", shipment)
    return {line: D(number) for line, number in zip(ids(lines), numbers, strict=True)}


def live(world: World) -> Sequence[object]:
    return [act for act in acts(world) if act.released_on is None]


# Forward


def test_an_advance_goes_with_its_order_to_the_shipment_and_to_the_invoice(world: World, product: int) -> None:
    order, shipment = approved(world, (product, "1"), (product, "2"))
    payment = world.pay(order, "36.00", on=YESTERDAY)
    assert world.entry(payment, "cash_order.processed")[1:] == [("2100", "0.00", "36.00")]

    world.ship(shipment, on=YESTERDAY)
    assert (world.paid(order), world.paid(shipment), on_lines(world, shipment)) == ("paid", "paid", ["12.00", "24.00"])
    invoice = world.invoice(shipment, on=TODAY)

    assert (on_lines(world, order), on_lines(world, shipment)) == (["0.00", "0.00"], ["0.00", "0.00"])
    assert (on_lines(world, invoice), world.paid(invoice), world.paid(order)) == (["12.00", "24.00"], "paid", "paid")
    first, second, third = acts(world)
    assert [(act.target_id, act.on, act.released_on, act.posted, act.since_id) for act in (first, second, third)] == [
        (order, YESTERDAY, YESTERDAY, "none", None), (shipment, YESTERDAY, TODAY, "none", first.id),
        (invoice, TODAY, None, "own", first.id),
    ]  # fmt: skip
    assert world.entry(third.id, "allocation.made") == [("2100", "36.00", "0.00"), ("1100", "0.00", "36.00")]
    world.prove()


def test_a_line_takes_its_own_money_first_and_the_rest_fills_the_lines_beside_it(world: World, product: int) -> None:
    order, shipment = approved(world, (product, "2"), (product, "2"), (product, "2"))
    one, two, _ = ids(world.lines_of("sales_order_line", "order_id", order))
    world.pay(order, "24.00", line=one)
    world.pay(order, "6.00", line=two)

    world.ship(shipment, quantities=quantities(world, shipment, "1", "1", "1"))

    assert on_lines(world, shipment) == ["12.00", "12.00", "6.00"]
    assert on_lines(world, order) == ["0.00", "0.00", "0.00"]
    world.prove()


def test_what_fills_no_line_of_the_new_document_stays_where_it_was(world: World, product: int) -> None:
    order, shipment = approved(world, (product, "3"), (product, "1"))
    payment = world.pay(order, "48.00")

    world.ship(shipment, quantities=quantities(world, shipment, "1", "0"))

    assert (on_lines(world, shipment), on_lines(world, order)) == (["12.00", "0.00"], ["24.00", "12.00"])
    assert [act.target_id for act in live(world)] == [order, shipment]
    assert left(world, payment) == "0.00"
    world.prove()


def test_the_oldest_money_goes_first_and_stays_the_oldest(world: World, product: int) -> None:
    order, shipment = approved(world, (product, "3"))
    old, young = world.pay(order, "18.00"), world.pay(order, "18.00")

    world.ship(shipment, quantities=quantities(world, shipment, "1"))
    assert {(act.payment_id, act.target_id) for act in live(world)} == {
        (old, shipment), (old, order), (young, order),
    }  # fmt: skip
    later = world.drafts(order)[0]
    world.ship(later, quantities=quantities(world, later, "1"))

    lines = """SELECT act.payment_id, line.amount FROM allocation act JOIN allocation_line line
               ON line.allocation_id = act.id WHERE act.target_id = %(id)s AND released_on IS NULL ORDER BY 1"""
    assert [tuple(row) for row in read(world.session, lines, id=later)] == [(old, 6), (young, 6)]
    world.prove()


def test_money_on_a_shipment_goes_with_its_pieces_to_each_of_its_invoices(world: World, product: int) -> None:
    _, shipment = world.shipped_order((product, "3"), (product, "1"))
    world.pay(shipment, "40.00")
    line = ids(world.lines_of("shipment_line", "shipment_id", shipment))[0]

    first = world.invoice(shipment, quantities={line: D(2)})
    assert (on_lines(world, first), on_lines(world, shipment)) == (["24.00"], ["12.00", "4.00"])
    second = world.invoice(shipment)

    assert (on_lines(world, second), world.paid(second)) == (["12.00", "4.00"], "partly_paid")
    world.prove()


def test_moving_is_dated_the_later_of_the_document_and_the_payment(world: World, product: int) -> None:
    order, shipment = approved(world, (product, "1"))
    world.pay(order, "12.00", on=TODAY)

    world.ship(shipment, on=YESTERDAY)
    invoice = world.invoice(shipment, on=YESTERDAY)

    assert [(act.on, act.released_on) for act in acts(world)] == [(TODAY, TODAY), (TODAY, TODAY), (TODAY, None)]
    assert world.paid(invoice) == "paid"
    world.prove()


def test_two_orders_in_one_batch_keep_their_own_money(world: World, product: int) -> None:
    first, second = approved(world, (product, "1")), approved(world, (product, "2"))
    world.pay(first[0], "12.00")
    world.pay(second[0], "20.00")

    world.ship(first[1], second[1])
    invoice = world.invoice(first[1], second[1])

    assert on_lines(world, invoice) == ["12.00", "20.00"]
    world.prove()


def test_money_on_an_order_goes_to_its_advance_invoice(world: World, product: int) -> None:
    order, shipment = approved(world, (product, "3"))
    payment = world.pay(order, "30.00")
    line = ids(world.lines_of("sales_order_line", "order_id", order))[0]

    [invoice] = world.do(add_advances, [NewAdvance(order, {line: D(2)})])
    world.do(issue_invoices, [invoice], on=TODAY)
    assert (on_lines(world, invoice), on_lines(world, order)) == (["24.00"], ["6.00"])
    world.ship(shipment)

    assert (on_lines(world, shipment), on_lines(world, order), left(world, payment)) == (["6.00"], ["0.00"], "0.00")
    world.prove()


# Back


def test_a_cancelled_shipment_gives_its_money_back_to_the_orders_lines(world: World, product: int) -> None:
    order, shipment = approved(world, (product, "1"), (product, "2"))
    payment = world.pay(order, "30.00")
    world.ship(shipment)

    world.do(cancel_shipments, [shipment], **UNDO)

    assert (on_lines(world, order), on_lines(world, shipment)) == (["12.00", "18.00"], ["0.00", "0.00"])
    assert (world.paid(order), world.paid(shipment), left(world, payment)) == ("partly_paid", "paid", "0.00")
    world.prove()


def test_a_cancelled_order_leaves_its_money_as_the_customers_advance(world: World, product: int) -> None:
    order, _ = approved(world, (product, "1"))
    payment = world.pay(order, "12.00")

    world.do(cancel_orders, [order], **UNDO)

    assert (on_lines(world, order), left(world, payment)) == (["0.00"], "12.00")
    sql = "SELECT changes FROM document_history WHERE document_id = %(id)s AND step = 'release'"
    assert read(world.session, sql, id=payment)[0].changes["amount"] == "12.00"
    world.prove()


def test_giving_up_the_rest_releases_what_it_was_paid_for(world: World, product: int) -> None:
    order, shipment = approved(world, (product, "3"))
    old, young = world.pay(order, "18.00"), world.pay(order, "18.00")

    world.ship(shipment, quantities=quantities(world, shipment, "2"), rest="give_up")

    assert (left(world, old), left(world, young), world.paid(order)) == ("0.00", "12.00", "paid")
    world.prove()


def test_released_money_does_not_follow(world: World, product: int) -> None:
    order, shipment = approved(world, (product, "1"))
    payment = world.pay(order, "12.00")
    world.do(release_allocations, [acts(world)[0].id], **UNDO)

    world.ship(shipment)

    assert (world.paid(shipment), left(world, payment)) == ("unpaid", "12.00")
    world.do(allocate_payments, [wish(payment, shipment, "12.00")], on=TODAY)
    assert world.paid(order) == "paid"
    world.prove()


def test_what_followed_is_released_at_its_new_document(world: World, product: int) -> None:
    order, shipment = approved(world, (product, "1"))
    world.pay(order, "12.00")
    world.ship(shipment)

    error = world.refused(release_allocations, [acts(world)[0].id], **UNDO)

    assert [its.code for its in error.values()] == ["moved_on"]


def test_a_payment_that_went_to_an_invoice_is_cancelled_by_one_release(world: World, product: int) -> None:
    order, shipment = approved(world, (product, "1"))
    payment = world.pay(order, "12.00")
    world.ship(shipment)
    invoice = world.invoice(shipment)

    world.do(cancel_cash_orders, [payment], **UNDO)

    assert (world.paid(invoice), world.paid(order)) == ("unpaid", "unpaid")
    made = acts(world)[-1].id
    assert world.entry(made, "allocation.released") == [("1100", "12.00", "0.00"), ("2100", "0.00", "12.00")]
    assert world.entry(made, "allocation.released.cancelled") == []
    world.prove()


# Orders that are still written


def active(world: World, *lines: tuple[int, str]) -> int:
    order = world.order(*lines)
    world.do(activate_orders, [order])
    return order


def test_an_edited_order_keeps_its_money_line_by_line_as_far_as_it_is_owed(world: World, product: int) -> None:
    order = active(world, (product, "2"), (product, "3"))
    payment = world.pay(order, "60.00")

    fewer = NewOrder("phone", world.customer, world.warehouse, TODAY, [NewLine(product, D(3))])
    world.do(edit_order, order, fewer, version=world.row("sales_order", order).version)

    assert (allocated(world, order), left(world, payment), world.paid(order)) == ("36.00", "24.00", "paid")
    world.approve(order, consent=["below_cost"])
    world.ship(*world.drafts(order))
    world.prove()


def test_an_order_that_becomes_another_customers_leaves_the_money_with_the_payer(world: World, product: int) -> None:
    order = active(world, (product, "1"))
    payment = world.pay(order, "12.00")

    theirs = NewOrder("phone", world.add_customer("C002"), world.warehouse, TODAY, [NewLine(product, D(1))])
    world.do(edit_order, order, theirs, version=world.row("sales_order", order).version)

    assert (allocated(world, order), left(world, payment), world.paid(order)) == ("0.00", "12.00", "unpaid")
    world.prove()


def test_what_is_too_much_is_released_from_the_youngest_money(world: World, product: int) -> None:
    order = active(world, (product, "1"))
    old, young = world.pay(order, "5.00"), world.pay(order, "7.00")
    read(world.session, "UPDATE price_list_row SET price = 5 RETURNING id")

    world.do(reprice_orders, [order])

    assert (left(world, old), left(world, young)) == ("0.00", "6.00")
    world.prove()


def test_a_lower_price_leaves_the_difference_as_an_advance(world: World, product: int) -> None:
    order = active(world, (product, "1"))
    payment = world.pay(order, "12.00")
    read(world.session, "UPDATE price_list_row SET price = 5 RETURNING id")

    world.do(reprice_orders, [order])

    assert (allocated(world, order), left(world, payment)) == ("6.00", "6.00")
    world.prove()
