"""What a tax rate is on a date."""

from datetime import timedelta

from app.domain.catalog.products import products
from app.domain.catalog.tax_rates import PERCENTAGES, percent_on
from app.domain.kernel.rows import read
from tests.world import TODAY, D, World

DAY = timedelta(1)


def test_a_rate_is_what_its_last_row_by_then_says_and_at_first_what_its_card_does(world: World) -> None:
    product = world.add_product("A")
    world.change_rate(20, "22.5", TODAY)
    world.change_rate(20, "21", TODAY - 9 * DAY)

    row = products(world.session, [product])[product]

    told = {days: percent_on(row, TODAY + days * DAY) for days in (-10, -9, -1, 0, 1)}
    assert told == {-10: 20, -9: 21, -1: 21, 0: D("22.5"), 1: D("22.5")}


def test_what_has_no_rate_is_outside_vat(world: World) -> None:
    [row] = read(world.session, f"SELECT {PERCENTAGES} FROM company LEFT JOIN tax_rate ON false")

    assert percent_on(row, TODAY) == 0
