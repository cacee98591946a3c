"""How far orders have come, and the steps that follow."""

import pytest

from app.domain.fulfilment.loading import Shipments
from app.domain.fulfilment.progress import completeness, perform_orders, record_progress, resume_orders
from app.domain.kernel.errors import DomainError, WrongState
from tests.domain.fulfilment.ground import approved, order_lines, progress
from tests.world import D, World


def advance(world: World, order: int, *lines: tuple[str, str]) -> None:
    """Adds (shipped, given up) to the lines of an order, in order."""
    its = dict(zip(order_lines(world, order), ((D(shipped), D(up)) for shipped, up in lines), strict=True))
    shipments = world.ids("SELECT id FROM shipment WHERE order_id = %(id)s", id=order)
    before = Shipments(world.session, shipments).order_lines
    world.do(lambda session, *, by: record_progress(session, before, its, by=by))


@pytest.mark.parametrize(
    ("steps", "states"),
    [
        ([(("3", "0"), ("2", "0"))], ["performed"]),
        ([(("1", "0"), ("0", "2")), (("0", "2"), ("0", "0"))], ["approved", "performed"]),
        ([(("0", "3"), ("0", "2"))], ["approved"]),
        ([(("3", "0"), ("2", "0")), (("-1", "0"), ("0", "0")), (("1", "0"), ("0", "0"))],
         ["performed", "approved", "performed"]),
    ],
)  # fmt: skip
def test_an_order_is_performed_when_all_is_shipped_or_given_up_and_something_shipped(
    world: World, product: int, steps: list[tuple[tuple[str, str], ...]], states: list[str]
) -> None:
    order, _ = approved(world, (product, "3"), (product, "2"))
    seen = []

    for lines in steps:
        advance(world, order, *lines)
        seen.append(world.state("sales_order", order))

    assert seen == states


def test_progress_adds_up(world: World, product: int) -> None:
    order, _ = approved(world, (product, "6"))

    advance(world, order, ("1", "0"))
    advance(world, order, ("2", "1"))

    assert progress(world, order) == [(3, 1)]
    assert [row.is_complete for row in completeness(world.session, [order])] == [False]


def test_what_is_not_complete_is_not_performed_and_what_is_complete_is_not_resumed(world: World, product: int) -> None:
    open_order, _ = approved(world, (product, "1"))
    done, _ = world.shipped_order((product, "1"))

    refusals: list[DomainError] = [
        world.refusal(perform_orders, [open_order]), world.refusal(resume_orders, [done]),
        world.refusal(resume_orders, [open_order]),
    ]  # fmt: skip

    assert [error.code for error in refusals] == ["not_performed", "still_performed", "wrong_state"]
    assert isinstance(refusals[2], WrongState)
