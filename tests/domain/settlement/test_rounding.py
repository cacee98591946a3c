"""Cents owed beside the gross of an invoice, as they are written down and taken back."""

import pytest

from app.domain.kernel.rows import read
from app.domain.settlement.items import open_items, refresh_statuses
from app.domain.settlement.rounding import add_roundings, take_roundings_back, take_unpaid_roundings_back
from tests.domain.settlement.test_items import amounts, documents, item, settle
from tests.world import TODAY, D, World

__all__ = ["documents"]
ROWS = "SELECT line_id, amount, taken_back_on FROM rounding ORDER BY line_id"


def rows(world: World) -> list[tuple[object, ...]]:
    return [tuple(row) for row in read(world.session, ROWS)]


@pytest.fixture
def rounded(world: World, documents: tuple[int, int, int]) -> tuple[int, int]:
    """A shipment with a cent on the first line of its invoice, which a line given back is set against."""
    _, shipment, invoice = documents
    chain = {"shipment_id": shipment, "invoice_id": invoice}
    its = [item(world, invoice, line, gross, **chain) for line, gross in ((1, "5.01"), (2, "3.00"), (3, "-7.00"))]
    open_items(world.session, its)
    add_roundings(world.session, its, {1: D("0.01")})
    return shipment, invoice


def test_cents_are_kept_on_the_line_for_which_they_are_owed(world: World, rounded: tuple[int, int]) -> None:
    assert (amounts(world, rounded[1]), rows(world)) == ([0, D("1.01"), 0], [(2, D("0.01"), None)])


def test_cents_are_taken_back_once(world: World, rounded: tuple[int, int]) -> None:
    for _ in range(2):
        take_roundings_back(world.session, shipments=[rounded[0]], on=TODAY, by=world.by)

    assert (amounts(world, rounded[1]), rows(world)) == ([0, D("1.00"), 0], [(2, D("0.01"), TODAY)])


@pytest.mark.parametrize(("settled", "since"), [("1.01", None), ("0.50", TODAY)])
def test_cents_of_a_shipment_stay_while_it_is_paid(
    world: World, rounded: tuple[int, int], settled: str, since: object
) -> None:
    settle(world, rounded[1], 2, settled)
    refresh_statuses(world.session, [rounded[1]])

    take_unpaid_roundings_back(world.session, [rounded[1]], on=TODAY, by=world.by)

    assert rows(world) == [(2, D("0.01"), since)]
