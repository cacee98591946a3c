"""What keeps goods from leaving: quantities, other people's goods, states and dates."""

from datetime import timedelta

import pytest

from app.domain.fulfilment.ordering import cancel_orders
from app.domain.fulfilment.shipping import cancel_shipments, process_shipments
from app.domain.kernel.errors import Invalid, NotFound, WrongState
from app.domain.kernel.rows import read
from app.domain.ledger.periods import close_period
from tests.domain.fulfilment.ground import approved, part, progress, reservations
from tests.world import TODAY, D, World

YESTERDAY = TODAY - timedelta(1)


@pytest.mark.parametrize(
    ("quantity", "code"),
    [("6", "more_than_ordered"), ("-1", "negative_quantity"), ("0", "nothing_to_ship"), ("0.5", "too_many_decimals"),
     ("NaN", "out_of_range"), ("Infinity", "out_of_range"), ("1e12", "out_of_range")],
)  # fmt: skip
def test_a_quantity_that_cannot_be_is_refused(world: World, product: int, quantity: str, code: str) -> None:
    _, draft = approved(world, (product, "5"))

    error = world.refusal(process_shipments, [draft], on=TODAY, quantities=part(world, draft, quantity))

    assert (error.code, isinstance(error, Invalid)) == (code, True)


def test_a_quantity_is_no_float(world: World, product: int) -> None:
    _, draft = approved(world, (product, "5"))
    [line] = world.lines_of("shipment_line", "shipment_id", draft)

    assert world.refusal(process_shipments, [draft], on=TODAY, quantities={line.id: 2.0}).code == "not_a_number"


def test_kilograms_have_three_decimals(world: World) -> None:
    product = world.add_product("K", kilos=True)
    world.receive(product, "2.5")
    order, draft = approved(world, (product, "1.250"))

    world.ship(draft, quantities=part(world, draft, "1.125"))

    assert (progress(world, order), world.balance(product)[0]) == ([(D("1.125"), 0)], D("1.375"))


def test_more_than_is_left_after_an_earlier_part_is_refused(world: World, product: int) -> None:
    order, first = approved(world, (product, "5"))
    world.ship(first, quantities=part(world, first, "3"))
    [draft] = world.drafts(order)

    error = world.refusal(process_shipments, [draft], on=TODAY, quantities=part(world, draft, "3"))

    assert (error.code, error.facts["left"], error.facts["wanted"]) == ("more_than_ordered", 2, 3)


def test_a_rest_that_is_unknown_and_a_line_of_another_document_are_refused(world: World, product: int) -> None:
    _, draft = approved(world, (product, "5"))

    rest = world.refusal(process_shipments, [draft], on=TODAY, rest="forget")
    line = world.refusal(process_shipments, [draft], on=TODAY, quantities={999_999_999: D(1)})

    assert (rest.code, line.code, line.facts["lines"]) == ("unknown_rest", "foreign_line", [999_999_999])


def test_goods_that_others_hold_are_not_taken(world: World, product: int) -> None:
    world.approve(world.order((product, "8")))
    order = world.order((product, "3"))
    world.approve(order, consent=["short_stock"])
    [draft] = world.drafts(order)

    error = world.refusal(process_shipments, [draft], on=TODAY)
    world.ship(draft, quantities=part(world, draft, "2"))

    assert (error.code, error.facts["available"], error.facts["on_hand"]) == ("insufficient_stock", 2, 10)
    assert (reservations(world, order), world.balance(product)[:2]) == ([(0, 1)], (8, 8))
    world.prove()


def test_where_more_may_be_sold_than_is_there_only_what_is_there_leaves(world: World, product: int) -> None:
    free = world.add_warehouse("FREE", negative=True)
    world.receive(product, "2", warehouse=free)
    world.approve(world.order((product, "2"), warehouse=free))
    order, draft = approved(world, (product, "3"), warehouse=free)

    error = world.refusal(process_shipments, [draft], on=TODAY)
    world.ship(draft, quantities=part(world, draft, "2"))

    assert (error.code, world.balance(product, free)[:2]) == ("insufficient_stock", (0, 3))
    assert reservations(world, order) == [(1, 0)]
    world.prove()


def test_every_bad_shipment_of_a_batch_is_named(world: World, product: int) -> None:
    dear = world.add_product("B")
    world.receive(dear, "1")
    _, good = approved(world, (product, "1"))
    _, late = approved(world, (dear, "1"))
    short = world.order((dear, "1"))
    world.approve(short, consent=["short_stock"])
    [waiting] = world.drafts(short)

    quantities = part(world, late, "5") | part(world, good, "0")
    refused = world.refused(process_shipments, [good, late, waiting], on=TODAY, quantities=quantities)
    stock = world.refused(process_shipments, [good, late, waiting], on=TODAY)

    codes = {shipment: error.code for shipment, error in refused.items()}
    assert codes == {good: "nothing_to_ship", late: "more_than_ordered"}
    assert {shipment: error.code for shipment, error in stock.items()} == {waiting: "insufficient_stock"}


def test_shipping_twice_is_already_done_and_changes_nothing(world: World, product: int) -> None:
    _, draft = approved(world, (product, "4"))
    world.ship(draft)

    outcome = world.do(process_shipments, [draft], on=TODAY)

    assert (outcome.done, outcome.already[draft].by, world.balance(product)[0]) == ([], "Sonia Seller", 6)


def test_the_draft_of_a_cancelled_order_is_gone(world: World, product: int) -> None:
    order, draft = approved(world, (product, "4"))
    world.do(cancel_orders, [order], on=TODAY, reason="no")

    assert isinstance(world.refusal(process_shipments, [draft], on=TODAY), NotFound)


def test_nothing_leaves_before_the_date_of_its_order(world: World, product: int) -> None:
    world.receive(product, "5", on=TODAY - timedelta(9))
    _, draft = approved(world, (product, "1"))

    error = world.refusal(process_shipments, [draft], on=YESTERDAY)

    assert (error.code, error.facts["order_on"]) == ("before_document", TODAY)


def test_a_back_dated_shipment_needs_the_goods_on_every_day_since(world: World) -> None:
    product = world.add_product("LATE")
    world.receive(product, "5", on=TODAY)
    _, draft = approved(world, (product, "1"), on=TODAY - timedelta(3))

    error = world.refusal(process_shipments, [draft], on=YESTERDAY)

    assert (error.code, error.facts["first_possible"]) == ("back_dated_stock", TODAY)
    assert world.state("shipment", draft) == "draft"


def test_a_back_dated_shipment_corrects_the_days_after_it(world: World) -> None:
    product = world.add_product("EARLY")
    world.receive(product, "5", "2.00", on=TODAY - timedelta(3))
    world.receive(product, "5", "4.00", on=TODAY)
    _, draft = approved(world, (product, "2"), on=TODAY - timedelta(2))

    world.ship(draft, on=YESTERDAY)

    days = read(world.session, """SELECT "on", quantity, value FROM stock_day ORDER BY "on" """)
    assert [(TODAY - row.on).days for row in days] == [3, 1, 0]
    assert [(row.quantity, row.value) for row in days] == [(5, 10), (3, 4), (8, 24)]
    world.prove()


def test_nothing_leaves_in_a_closed_period_or_in_the_future(world: World, product: int) -> None:
    _, draft = approved(world, (product, "1"), on=YESTERDAY)
    world.do(close_period, YESTERDAY, YESTERDAY)

    closed = world.refusal(process_shipments, [draft], on=YESTERDAY)
    future = world.refusal(process_shipments, [draft], on=TODAY + timedelta(9))

    assert (closed.code, future.code) == ("closed_period", "in_the_future")


def test_a_shipment_that_was_cancelled_does_not_leave_again(world: World, product: int) -> None:
    _, draft = approved(world, (product, "1"))
    world.ship(draft)
    world.do(cancel_shipments, [draft], on=TODAY, reason="wrong goods")

    assert isinstance(world.refusal(process_shipments, [draft], on=TODAY), WrongState)
