"""Save and process where goods are short: what is there leaves, and the rest waits."""

from collections.abc import Collection
from typing import Any

import pytest

from app.domain.fulfilment.availability import what_can_leave
from app.domain.fulfilment.editing import edit_shipment
from app.domain.fulfilment.ordering import process_orders
from app.domain.kernel.errors import DomainError
from app.domain.kernel.lifecycle import Outcome
from app.domain.sales.orders import NewLine
from tests.domain.fulfilment.ground import AGREED, approved, order_lines, owed, part, pieces, progress, reservations
from tests.world import TODAY, D, World

SHIP = AGREED | {"on": TODAY, "consent": ["short_stock"], "short": "back_order"}


def ship_what_is_there(world: World, *orders: int, **more: Any) -> Outcome:
    outcome: Outcome = world.do(process_orders, list(orders), **(SHIP | more))
    return outcome


def refusal(world: World, order: int, **more: Any) -> DomainError:
    return world.refusal(process_orders, [order], **(SHIP | more))


@pytest.fixture
def care(world: World) -> int:
    return world.add_product("CARE", kind="service")


def test_what_is_there_leaves_in_one_step_and_the_rest_waits_in_a_back_order(
    world: World, product: int, care: int
) -> None:
    order = world.order((product, "12"), (care, "1"))

    outcome = ship_what_is_there(world, order)

    assert (outcome.done, world.state("sales_order", order)) == ([order], "approved")
    assert (progress(world, order), reservations(world, order)) == ([(10, 0), (1, 0)], [(0, 2)])
    [rest] = world.drafts(order)
    assert (pieces(world, rest), world.balance(product)[:2]) == ([(order_lines(world, order)[0], 2)], (0, 0))
    assert owed(world, order) == [D("24.00"), 0]
    world.prove()


def test_where_all_is_there_all_of_it_leaves(world: World, product: int) -> None:
    order = world.order((product, "4"))

    ship_what_is_there(world, order, consent=[])

    assert (world.state("sales_order", order), world.drafts(order)) == ("performed", [])


def test_the_next_step_ships_what_came_in_meanwhile(world: World, product: int) -> None:
    order = world.order((product, "12"))
    ship_what_is_there(world, order)
    world.receive(product, "5")

    outcome = world.do(process_orders, [order], on=TODAY, **AGREED)

    assert (outcome.done, progress(world, order), world.balance(product)[:2]) == ([order], [(12, 0)], (3, 0))
    world.prove()


@pytest.mark.parametrize("consent", [(), ("below_cost",)])
def test_that_the_rest_waits_is_agreed_to_by_somebody_who_may(
    world: World, product: int, consent: Collection[str]
) -> None:
    order = world.order((product, "12"))

    assert (refusal(world, order, consent=consent).code, world.state("sales_order", order)) == (
        "short_stock", "estimate",
    )  # fmt: skip


def test_what_was_agreed_to_when_the_order_was_approved_is_not_asked_again(world: World, product: int) -> None:
    order, draft = approved(world, (product, "10"))
    late = world.order((product, "3"))
    world.approve(late, consent=["short_stock"])
    world.receive(product, "1")

    ship_what_is_there(world, late, consent=[])

    assert (progress(world, late), reservations(world, late)) == ([(1, 0)], [(0, 2)])
    assert (reservations(world, order), pieces(world, draft)[0][1]) == ([(10, 0)], 10)
    world.prove()


@pytest.mark.parametrize("ready", [False, True])
def test_a_refusal_for_short_stock_says_what_is_there_and_offers_to_ship_it(
    world: World, product: int, ready: bool
) -> None:
    order = world.order((product, "12"))
    if ready:
        world.approve(order, consent=["short_stock"])

    error = refusal(world, order, short="refuse")

    assert (error.code, error.facts["available"], error.facts["wanted"], error.facts["warehouse"]) == (
        "insufficient_stock" if ready else "short_stock", 10, 12, "MAIN",
    )  # fmt: skip
    assert "Ship what is there" in str(error)
    assert world.ids("SELECT id FROM shipment WHERE state = 'processed'") == []


def test_where_nothing_is_there_nothing_leaves_and_nothing_is_approved(world: World, product: int, care: int) -> None:
    scarce = world.add_product("SCARCE")
    order = world.order((scarce, "2"), (care, "1"))

    error = refusal(world, order)

    assert (error.code, error.facts["number"]) == ("nothing_there", world.number(order))
    assert world.state("sales_order", order) == "estimate"


def test_each_warehouse_ships_what_it_has_and_an_empty_one_keeps_its_draft(
    world: World, product: int, care: int
) -> None:
    store = world.add_warehouse("STORE")
    order = world.order(NewLine(product, D(4)), NewLine(product, D(3), warehouse_id=store), (care, "1"))

    ship_what_is_there(world, order)

    lines = order_lines(world, order)
    [rest] = world.drafts(order)
    assert (progress(world, order), pieces(world, rest)) == ([(4, 0), (0, 0), (1, 0)], [(lines[1], 3)])
    assert world.row("document", rest).warehouse_id == store
    world.prove()


def test_what_others_hold_stays_theirs_and_lines_of_one_product_share_the_rest(world: World, product: int) -> None:
    other, _ = approved(world, (product, "5"))
    order = world.order((product, "3"), (product, "4"))

    ship_what_is_there(world, order)

    assert (progress(world, order), reservations(world, order)) == ([(3, 0), (2, 0)], [(0, 2)])
    assert (reservations(world, other), world.balance(product)[:2]) == ([(5, 0)], (5, 5))
    world.prove()


def test_where_more_may_be_sold_than_is_there_only_what_lies_there_leaves(world: World, product: int) -> None:
    free = world.add_warehouse("FREE", negative=True)
    world.receive(product, "3", warehouse=free)
    order = world.order((product, "2"), (product, "5"), warehouse=free)

    ship_what_is_there(world, order, consent=[])

    assert (progress(world, order), reservations(world, order)) == ([(2, 0), (1, 0)], [(4, 0)])
    assert world.balance(product, free)[:2] == (0, 4)
    world.prove()


def test_a_draft_that_was_lowered_leaves_no_more_than_it_says(world: World, product: int, care: int) -> None:
    order, draft = approved(world, (product, "10"), (care, "1"))
    world.do(edit_shipment, draft, part(world, draft, "3", "0"), version=1)

    ship_what_is_there(world, order)

    assert (progress(world, order), reservations(world, order)) == ([(3, 0), (0, 0)], [(7, 0)])
    world.prove()


def test_a_draft_of_which_nothing_is_to_leave_waits(world: World, product: int, care: int) -> None:
    order, draft = approved(world, (product, "3"), (care, "1"))
    world.do(edit_shipment, draft, part(world, draft, "0", "0"), version=1)

    assert refusal(world, order).code == "nothing_there"


def test_services_alone_leave_where_no_goods_are_wanted(world: World, care: int) -> None:
    order, _ = approved(world, (care, "2"))

    ship_what_is_there(world, order)

    assert world.state("sales_order", order) == "performed"


def test_orders_of_a_batch_take_what_is_there_one_after_the_other(world: World, product: int) -> None:
    first, second, third = (world.order((product, quantity)) for quantity in ("6", "6", "1"))

    refused = world.refused(process_orders, [first, second, third], **SHIP)
    ship_what_is_there(world, first, second)

    assert {order: error.code for order, error in refused.items()} == {third: "nothing_there"}
    assert (progress(world, first), progress(world, second)) == ([(6, 0)], [(4, 0)])
    assert reservations(world, second) == [(0, 2)]
    world.prove()


def test_looking_at_what_can_leave_takes_nothing(world: World, product: int) -> None:
    _, draft = approved(world, (product, "6"))
    [(line, _)] = part(world, draft, "6").items()

    assert what_can_leave(world.session, [draft]) == what_can_leave(world.session, [draft]) == {draft: {line: D(6)}}
    assert world.balance(product)[:2] == (10, 6)


@pytest.mark.parametrize("short", ["", "give_up", "Refuse"])
def test_what_becomes_of_what_is_short_is_one_of_two(world: World, product: int, short: str) -> None:
    order = world.order((product, "1"))

    assert refusal(world, order, short=short).code == "unknown_short"
