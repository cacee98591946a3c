"""Save and process, and cancelling an order."""

from datetime import timedelta

import pytest

from app.domain.fulfilment.ordering import approve_orders, cancel_orders, process_orders
from app.domain.fulfilment.shipping import cancel_shipments
from app.domain.kernel.errors import WrongState
from app.domain.kernel.rows import write
from app.domain.ledger.periods import close_period
from app.domain.sales.orders import NewLine, activate_orders
from tests.domain.fulfilment.ground import AGREED, owed, part, reservations
from tests.world import TODAY, D, World

YESTERDAY = TODAY - timedelta(1)

# Save and process


def test_save_and_process_approves_and_ships_all_in_one_step(world: World, product: int) -> None:
    store = world.add_warehouse("STORE")
    world.receive(product, "5", warehouse=store)
    order = world.order((product, "4"), NewLine(product, D(2), warehouse_id=store))

    outcome = world.do(process_orders, [order], on=TODAY, **AGREED)

    assert (outcome.done, world.state("sales_order", order), world.drafts(order)) == ([order], "performed", [])
    assert (world.balance(product)[:2], world.balance(product, store)[:2]) == ((6, 0), (3, 0))
    numbers = [world.number(i) for i in world.ids("SELECT id FROM shipment ORDER BY id")]
    assert numbers == ["SH-000001", "SH-000002"]
    assert world.ids("SELECT id FROM invoice UNION SELECT id FROM cash_order") == []
    world.prove()


def test_short_anywhere_save_and_process_refuses_the_whole_order(world: World, product: int) -> None:
    scarce = world.add_product("SCARCE")
    world.receive(scarce, "1")
    order = world.order((product, "4"), (scarce, "2"))

    error = world.refusal(process_orders, [order], on=TODAY, **AGREED)

    assert (error.code, error.facts["sku"], world.state("sales_order", order)) == ("short_stock", "SCARCE", "estimate")


def test_an_approved_order_that_still_waits_is_refused_whole(world: World, product: int) -> None:
    order = world.order((product, "11"))
    world.approve(order, consent=["short_stock"])

    refused = world.refused(process_orders, [order], on=TODAY, **AGREED)

    assert (refused[order].code, world.state("sales_order", order)) == ("insufficient_stock", "approved")
    assert world.balance(product)[:2] == (10, 10)


def test_the_second_click_finds_the_order_processed(world: World, product: int) -> None:
    order = world.order((product, "4"))
    world.do(process_orders, [order], on=TODAY, **AGREED)

    outcome = world.do(process_orders, [order], on=TODAY, **AGREED)

    assert (outcome.done, outcome.already[order].by) == ([], "Sonia Seller")
    assert world.balance(product)[0] == 6


def test_what_is_left_of_an_order_shipped_in_part_is_shipped(world: World, product: int) -> None:
    order = world.order((product, "4"))
    world.approve(order)
    [draft] = world.drafts(order)
    world.ship(draft, quantities=part(world, draft, "1"))

    outcome = world.do(process_orders, [order], on=TODAY, **AGREED)

    assert (outcome.done, world.balance(product)[:2], world.drafts(order)) == ([order], (6, 0), [])


def test_an_order_that_a_storekeeper_ships_is_not_processed_by_the_seller(world: World, product: int) -> None:
    kept = world.add_warehouse("KEPT", way="manager_storekeeper")
    by_warehouse, by_order = world.order((product, "1"), warehouse=kept), world.order((product, "1"))
    write(world.session, "UPDATE sales_order SET way = 'manager_storekeeper' WHERE id = %(id)s", id=by_order)

    refused = world.refused(process_orders, [by_warehouse, by_order], on=TODAY, **AGREED)

    codes = {order: error.code for order, error in refused.items()}
    assert codes == {by_warehouse: "storekeeper_ships", by_order: "storekeeper_ships"}
    assert world.number(by_order) in str(refused[by_order])


def test_goods_that_leave_a_storekeepers_warehouse_are_theirs_to_ship(world: World, product: int) -> None:
    kept = world.add_warehouse("KEPT", way="manager_storekeeper")
    world.receive(product, "5", warehouse=kept)
    advice = world.add_product("ADVICE", kind="service")
    order = world.order((product, "1"), NewLine(product, D(2), warehouse_id=kept))
    advised = world.order((product, "1"), NewLine(advice, D(1), warehouse_id=kept))

    error = world.refusal(process_orders, [order], on=TODAY, **AGREED)
    world.do(process_orders, [advised], on=TODAY, **AGREED)

    assert (error.code, world.state("sales_order", order)) == ("storekeeper_ships", "estimate")
    world.approve(order)
    theirs = "SELECT id FROM shipment JOIN document USING (id) WHERE warehouse_id = %(kept)s AND state = 'draft'"
    world.ship(*world.ids(theirs, kept=kept))
    world.do(process_orders, [order], on=TODAY, **AGREED)
    assert world.state("sales_order", order) == "performed"


def test_an_order_may_say_that_the_seller_ships_from_a_storekeepers_warehouse(world: World, product: int) -> None:
    kept = world.add_warehouse("KEPT", way="manager_storekeeper")
    world.receive(product, "1", warehouse=kept)
    order = world.order((product, "1"), warehouse=kept, way="manager_seller")

    world.do(process_orders, [order], on=TODAY, **AGREED)

    assert world.state("sales_order", order) == "performed"


def test_a_mixed_batch_processes_estimates_active_and_approved_orders(world: World, product: int) -> None:
    estimate, active, approved, done = (world.order((product, "2")) for _ in range(4))
    world.do(activate_orders, [active])
    world.approve(approved)
    world.do(process_orders, [done], on=TODAY, **AGREED)

    outcome = world.do(process_orders, [done, approved, active, estimate], on=TODAY, **AGREED)

    assert (outcome.done, list(outcome.already)) == ([estimate, active, approved], [done])
    assert {world.state("sales_order", order) for order in (estimate, active, approved)} == {"performed"}
    world.prove()


def test_every_bad_order_of_a_batch_is_named(world: World, product: int) -> None:
    cancelled, short = world.order((product, "1")), world.order((product, "11"))
    world.do(cancel_orders, [cancelled], on=TODAY, reason="no")

    refused = world.refused(process_orders, [cancelled, 999_999_999], on=TODAY, **AGREED)

    assert {order: error.code for order, error in refused.items()} == {
        cancelled: "wrong_state", 999_999_999: "not_found",
    }  # fmt: skip
    assert world.refusal(process_orders, [short], on=TODAY, **AGREED).code == "short_stock"


# Cancel


def test_cancelling_frees_the_goods_and_removes_the_draft_and_the_debt(world: World, product: int) -> None:
    waiting = world.order((product, "10"))
    order = world.order((product, "6"))
    world.approve(order)
    world.approve(waiting, consent=["short_stock"])

    world.do(cancel_orders, [order], on=TODAY, reason="found it cheaper")

    assert (world.state("sales_order", order), world.drafts(order), reservations(world, order)) == ("cancelled", [], [])
    assert reservations(world, waiting) == [(10, 0)]
    assert owed(world, order) == [0]
    world.prove()


@pytest.mark.parametrize("active", [False, True])
def test_an_order_may_be_cancelled_before_it_is_approved(world: World, product: int, active: bool) -> None:
    order = world.order((product, "1"), active=active)

    world.do(cancel_orders, [order], on=TODAY, reason="no")

    assert world.state("sales_order", order) == "cancelled"
    world.prove()


def test_an_order_of_which_something_left_is_not_cancelled(world: World, product: int) -> None:
    order, shipment = world.order((product, "2")), None
    world.approve(order)
    [shipment] = world.drafts(order)
    world.ship(shipment, quantities=part(world, shipment, "1"))

    error = world.refusal(cancel_orders, [order], on=TODAY, reason="no")

    assert (error.code, error.facts["number"]) == ("something_shipped", world.number(shipment))


def test_once_its_shipment_is_cancelled_the_order_can_be(world: World, product: int) -> None:
    order, shipment = world.shipped_order((product, "2"))
    world.do(cancel_shipments, [shipment], on=TODAY, reason="wrong goods")

    world.do(cancel_orders, [order], on=TODAY, reason="no")

    assert (world.state("sales_order", order), world.balance(product)[:2], world.drafts(order)) == (
        "cancelled", (10, 0), [],
    )  # fmt: skip
    world.prove()


def test_an_order_whose_rest_was_given_up_can_be_cancelled_once_nothing_is_shipped(world: World, product: int) -> None:
    order = world.order((product, "5"))
    world.approve(order)
    [shipment] = world.drafts(order)
    world.ship(shipment, quantities=part(world, shipment, "2"), rest="give_up")
    world.do(cancel_shipments, [shipment], on=TODAY, reason="wrong goods")

    world.do(cancel_orders, [order], on=TODAY, reason="no")

    assert (world.state("sales_order", order), world.balance(product)[:2]) == ("cancelled", (10, 0))
    world.prove()


def test_a_performed_order_is_not_cancelled(world: World, product: int) -> None:
    order, _ = world.shipped_order((product, "2"))

    assert isinstance(world.refusal(cancel_orders, [order], on=TODAY, reason="no"), WrongState)


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_cancellation_says_why(world: World, product: int, reason: str) -> None:
    error = world.refusal(cancel_orders, [world.order((product, "1"))], on=TODAY, reason=reason)

    assert error.code == "no_reason"


def test_an_order_is_not_cancelled_before_its_date(world: World, product: int) -> None:
    error = world.refusal(cancel_orders, [world.order((product, "1"))], on=YESTERDAY, reason="no")

    assert (error.code, error.facts["document_on"]) == ("before_document", TODAY)


def test_cancelling_twice_is_already_done(world: World, product: int) -> None:
    order = world.order((product, "1"))
    world.do(cancel_orders, [order], on=TODAY, reason="no")

    outcome = world.do(cancel_orders, [order], on=TODAY, reason="no again")

    assert (outcome.done, outcome.already[order].by) == ([], "Sonia Seller")


# Dates, for all of them


@pytest.mark.parametrize(
    ("action", "told"), [(approve_orders, AGREED), (process_orders, AGREED), (cancel_orders, {"reason": "no"})]
)
def test_no_step_is_dated_in_a_closed_period_or_in_the_future(world: World, product: int, action, told) -> None:  # type: ignore[no-untyped-def]
    order = world.order((product, "1"), on=YESTERDAY)
    world.do(close_period, YESTERDAY, YESTERDAY)

    closed = world.refusal(action, [order], on=YESTERDAY, **told)
    future = world.refusal(action, [order], on=TODAY + timedelta(9), **told)

    assert (closed.code, future.code) == ("closed_period", "in_the_future")
