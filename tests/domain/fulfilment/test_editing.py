"""A draft shipment whose quantities somebody sets: what stays with the order, and what becomes of it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from app.domain.fulfilment.editing import edit_shipment
from app.domain.fulfilment.ending import give_up_orders
from app.domain.fulfilment.ordering import cancel_orders
from app.domain.fulfilment.shipping import cancel_shipments, process_shipments
from app.domain.kernel.errors import DomainError, NotFound, Stale, WrongState
from app.domain.kernel.rows import read
from tests.domain.fulfilment.ground import approved, order_lines, part, pieces, progress, reservations
from tests.traces import statements
from tests.world import TODAY, D, World


def version(world: World, shipment: int) -> int:
    return int(world.row("shipment", shipment).version)


def edit(world: World, shipment: int, *quantities: str) -> None:
    """Sets the first lines of a draft, as somebody does who has just read it."""
    its = part(world, shipment, *quantities)
    world.do(edit_shipment, shipment, its, version=version(world, shipment))


def refusal(world: World, shipment: int, quantities: Mapping[int, Decimal], **more: Any) -> DomainError:
    return world.refusal(edit_shipment, shipment, quantities, **({"version": version(world, shipment)} | more))


def quantities_of(world: World, shipment: int) -> list[object]:
    return [quantity for _, quantity in pieces(world, shipment)]


def test_a_draft_says_what_is_to_leave_and_the_goods_stay_held(world: World, product: int) -> None:
    care = world.add_product("CARE", kind="service")
    order, draft = approved(world, (product, "4"), (product, "3"), (care, "2"))
    lines = order_lines(world, order)

    edit(world, draft, "1", "0", "1")

    assert pieces(world, draft) == [(lines[0], 1), (lines[1], 0), (lines[2], 1)]
    assert (reservations(world, order), world.balance(product)[:2]) == ([(4, 0), (3, 0)], (10, 7))
    assert version(world, draft) == 2
    sql = "SELECT actor_id, changes FROM document_history WHERE document_id = %(id)s AND step = 'edit'"
    [history] = read(world.session, sql, id=draft)
    assert (history.actor_id, history.changes[f"order line {lines[1]}"]) == (world.by, ["3 × A", "0 × A"])
    world.prove()


def test_lines_that_are_not_named_and_quantities_that_stay_are_left_alone(world: World, product: int) -> None:
    _, draft = approved(world, (product, "4"), (product, "3"))

    edit(world, draft, "4")

    assert quantities_of(world, draft) == [4, 3]
    [history] = read(
        world.session, "SELECT changes FROM document_history WHERE document_id = %(id)s AND step = 'edit'", id=draft
    )
    assert history.changes == {}


def test_what_was_lowered_is_raised_again_up_to_what_the_order_still_wants(world: World, product: int) -> None:
    _, draft = approved(world, (product, "4"))
    edit(world, draft, "1")

    edit(world, draft, "4")

    assert quantities_of(world, draft) == [4]
    assert refusal(world, draft, part(world, draft, "5")).code == "more_than_ordered"


def test_what_is_lowered_becomes_a_back_order_that_holds_its_goods(world: World, product: int) -> None:
    care = world.add_product("CARE", kind="service")
    order, draft = approved(world, (product, "4"), (care, "2"))
    edit(world, draft, "1", "1")

    world.ship(draft)

    [rest] = world.drafts(order)
    assert (progress(world, order), quantities_of(world, rest)) == ([(1, 0), (1, 0)], [3, 1])
    assert (reservations(world, order), world.balance(product)[:2]) == ([(3, 0)], (9, 3))
    assert world.state("sales_order", order) == "approved"
    world.prove()


def test_what_is_lowered_is_given_up_where_that_is_said(world: World, product: int) -> None:
    order, draft = approved(world, (product, "4"))
    edit(world, draft, "1")

    world.ship(draft, rest="give_up")

    assert (progress(world, order), world.drafts(order), reservations(world, order)) == ([(1, 3)], [], [])
    assert (world.balance(product)[:2], world.state("sales_order", order)) == ((9, 0), "performed")
    world.prove()


def test_quantities_told_at_processing_stand_above_those_of_the_draft(world: World, product: int) -> None:
    order, draft = approved(world, (product, "4"))
    edit(world, draft, "1")

    world.ship(draft, quantities=part(world, draft, "3"))

    assert (progress(world, order), quantities_of(world, world.drafts(order)[0])) == ([(3, 0)], [1])
    world.prove()


def test_a_draft_of_which_nothing_is_to_leave_is_not_processed(world: World, product: int) -> None:
    order, draft = approved(world, (product, "4"), (product, "1"))
    edit(world, draft, "0", "0")

    error = world.refusal(process_shipments, [draft], on=TODAY)

    assert (error.code, progress(world, order)) == ("nothing_to_ship", [(0, 0), (0, 0)])


def test_goods_that_come_back_into_a_lowered_draft_are_added_to_it(world: World, product: int) -> None:
    order, first = approved(world, (product, "6"))
    world.ship(first, quantities=part(world, first, "2"))
    [rest] = world.drafts(order)
    edit(world, rest, "1")

    world.do(cancel_shipments, [first], on=TODAY, reason="wrong goods")

    assert (world.drafts(order), quantities_of(world, rest), reservations(world, order)) == ([rest], [3], [(6, 0)])
    edit(world, rest, "6")
    world.prove()


def test_a_lowered_draft_is_given_up_or_cancelled_with_all_that_its_order_holds(world: World, product: int) -> None:
    begun, first = approved(world, (product, "4"))
    world.ship(first, quantities=part(world, first, "1"))
    other, draft = approved(world, (product, "4"))
    edit(world, world.drafts(begun)[0], "1")
    edit(world, draft, "1")

    world.do(give_up_orders, [begun], on=TODAY)
    world.do(cancel_orders, [other], on=TODAY, reason="no")

    assert (progress(world, begun), world.drafts(begun), world.drafts(other)) == ([(1, 3)], [], [])
    assert world.balance(product)[:2] == (9, 0)
    world.prove()


def test_a_draft_that_somebody_else_changed_meanwhile_is_not_overwritten(world: World, product: int) -> None:
    _, draft = approved(world, (product, "4"))
    edit(world, draft, "3")

    error = refusal(world, draft, part(world, draft, "1"), version=1)

    assert (isinstance(error, Stale), quantities_of(world, draft)) == (True, [3])


def test_what_left_is_fixed_and_what_never_was_is_not_there(world: World, product: int) -> None:
    _, draft = approved(world, (product, "4"))
    its = part(world, draft, "1")
    world.ship(draft)

    assert isinstance(refusal(world, draft, its), WrongState)
    assert isinstance(world.refusal(edit_shipment, 999_999_999, {}, version=1), NotFound)


@pytest.mark.parametrize(
    ("quantity", "code"),
    [("-1", "negative_quantity"), ("4.5", "too_many_decimals"), ("4.001", "too_many_decimals"),
     ("5", "more_than_ordered"), ("NaN", "out_of_range"), ("1E30", "out_of_range"), ("", "not_a_number"),
     ("many", "not_a_number")],
)  # fmt: skip
def test_a_quantity_that_cannot_be_is_refused_and_changes_nothing(
    world: World, product: int, quantity: str, code: str
) -> None:
    _, draft = approved(world, (product, "2"), (product, "4"))
    first, second = (line.id for line in world.lines_of("shipment_line", "shipment_id", draft))

    error = refusal(world, draft, {first: D(1), second: quantity})  # type: ignore[dict-item]

    assert (error.code, quantities_of(world, draft), version(world, draft)) == (code, [2, 4], 1)


def test_a_line_of_another_shipment_is_refused(world: World, product: int) -> None:
    _, draft = approved(world, (product, "2"))
    _, other = approved(world, (product, "2"))

    error = refusal(world, draft, part(world, other, "1"))

    assert (error.code, quantities_of(world, other)) == ("foreign_line", [2])


def test_many_lines_are_set_by_as_many_statements_as_one(world: World, product: int) -> None:
    counts = set()
    for size in (1, 8):
        _, draft = approved(world, *[(world.add_product(f"P{size}-{i}", kind="service"), "2") for i in range(size)])
        its = part(world, draft, *["1"] * size)
        with statements() as sent:
            world.do(edit_shipment, draft, its, version=1)
        counts.add(len(sent))

    assert len(counts) == 1
