"""Price lists and their rows as documents read them, and what the database keeps out of them."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.exc import IntegrityError

from app.domain.kernel.rows import write
from app.domain.pricing.lists import list_rows, price_lists
from app.domain.pricing.models import PriceList, PriceListRow

D = Decimal


def add_row(
    world, product: int, price: str, least: str = "0", since: date | None = None, until: date | None = None
) -> int:
    return world.add(
        PriceListRow, price_list_id=world.prices, product_id=product, price=D(price), min_quantity=D(least),
        valid_from=since, valid_to=until,
    )  # fmt: skip


def test_the_default_list_is_found_under_none(world) -> None:
    net = world.add(PriceList, code="NET", name="Net", currency="EUR")

    lists = price_lists(world.session)

    assert {name: row.code for name, row in lists.items()} == {None: "RETAIL", world.prices: "RETAIL", net: "NET"}


def test_without_a_default_list_none_leads_nowhere(world) -> None:
    write(world.session, "UPDATE price_list SET is_default = false")

    assert None not in price_lists(world.session)


def test_there_cannot_be_two_default_lists(world) -> None:
    with pytest.raises(IntegrityError, match="uq_price_list_default"), world.session.begin_nested():
        world.add(PriceList, code="NET", name="Net", currency="EUR", is_default=True)


def test_rows_are_told_by_list_and_product_and_no_others(world) -> None:
    tea, cup = world.add_product("TEA", "3.00"), world.add_product("CUP", "4.00")
    pot = world.add_product("POT", None)
    dozen = add_row(world, tea, "2.50", "12", date(2026, 1, 1), date(2026, 6, 30))

    rows = list_rows(world.session, [(world.prices, tea), (world.prices, pot), (world.prices, tea)])

    assert set(rows) == {(world.prices, tea)}
    told = {
        row.id: (row.span.min_quantity, row.span.valid_from, row.span.valid_to, row.price)
        for row in rows[world.prices, tea]
    }
    assert told.pop(dozen) == (D(12), date(2026, 1, 1), date(2026, 6, 30), D("2.50"))
    assert list(told.values()) == [(D(0), None, None, D("3.00"))]
    assert list_rows(world.session, [(world.prices + 1, cup)]) == {}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((None, None), (None, None)),
        ((date(2026, 1, 1), date(2026, 1, 31)), (date(2026, 1, 31), None)),
        ((None, date(2026, 1, 31)), (date(2026, 1, 1), date(2026, 1, 2))),
    ],
)
def test_two_rows_for_one_quantity_cannot_hold_on_the_same_day(world, first, second) -> None:
    tea = world.add_product("TEA", None)
    add_row(world, tea, "3.00", "1", *first)

    with pytest.raises(IntegrityError, match="no_overlap"), world.session.begin_nested():
        add_row(world, tea, "4.00", "1", *second)


def test_rows_that_follow_each_other_or_start_at_other_quantities_live_together(world) -> None:
    tea = world.add_product("TEA", None)

    add_row(world, tea, "3.00", "1", None, date(2026, 1, 31))
    add_row(world, tea, "4.00", "1", date(2026, 2, 1))
    add_row(world, tea, "2.00", "2")

    assert len(list_rows(world.session, [(world.prices, tea)])[world.prices, tea]) == 3


@pytest.mark.parametrize("price", ["-0.01", "0.00001"])
def test_a_price_in_a_list_is_not_negative_and_has_four_decimals(world, price: str) -> None:
    tea = world.add_product("TEA", None)

    with pytest.raises(IntegrityError, match="price"), world.session.begin_nested():
        add_row(world, tea, price)
