"""What shops are told that they may sell, and for how much: all of it once, then only what changed."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.domain.intake.eshop.levels import body_of, keep_levels, keep_prices, levels_after, note_told
from app.domain.kernel.rows import read, write
from app.domain.pricing.models import PriceListRow
from app.domain.sales.orders import NewLine, NewOrder, activate_orders, add_orders
from tests.domain.intake.eshop.conftest import Web
from tests.traces import statements
from tests.world import TODAY, World

D = Decimal


class Told(Web):
    """A shop with what it hears of levels: `news` is what changed since it listened last."""

    heard = 0

    def news(self) -> dict[str, tuple[Decimal | None, Decimal | None]]:
        keep_levels(self.world.session, on=TODAY)
        keep_prices(self.world.session, on=TODAY)
        rows = levels_after(self.world.session, self.id, self.heard, 1_000)
        self.heard = rows[-1].seq if rows else self.heard
        return {row.sku: (row.available, row.price) for row in rows}


@pytest.fixture
def web(session: Session) -> Told:
    """A shop of MAIN, where 10 cups and no jars lie; care is a service."""
    world = World(session)
    shop = Told(world)
    world.cup, world.jar = world.add_product("CUP", "10.00"), world.add_product("JAR", None)  # type: ignore[attr-defined]
    world.care = world.add_product("CARE", "15.00", kind="service")  # type: ignore[attr-defined]
    world.receive(world.cup, "10")  # type: ignore[attr-defined]
    return shop


def of(news: dict[str, Any], *skus: str) -> dict[str, Any]:
    return {sku: its for sku, its in news.items() if sku in skus}


def test_all_is_told_once_then_only_what_changed(web: Told) -> None:
    world: Any = web.world
    news = web.news()

    assert of(news, "CUP", "JAR", "CARE") == {
        "CUP": (D(10), D("10.0000")), "JAR": (D(0), None), "CARE": (None, D("15.0000")),
    }  # fmt: skip
    assert web.news() == {}

    world.receive(world.jar, "3")
    assert web.news() == {"JAR": (D(3), None)}


def test_what_is_held_or_wanted_by_orders_of_shops_is_not_there(web: Told) -> None:
    world: Any = web.world
    web.news()

    world.approve(world.order((world.cup, "4")))
    assert web.news() == {"CUP": (D(6), D(10))}

    new = NewOrder("eshop", world.customer, world.warehouse, TODAY, [NewLine(world.cup, D(5))])
    world.do(activate_orders, world.do(add_orders, [new]))
    assert web.news() == {"CUP": (D(1), D(10))}

    world.do(activate_orders, world.do(add_orders, [new]))
    assert web.news() == {"CUP": (D(0), D(10))}


def test_other_warehouses_and_estimates_take_nothing(web: Told) -> None:
    world: Any = web.world
    web.news()
    north = world.add_warehouse("NORTH")

    world.receive(world.cup, "5", warehouse=north)
    world.order((world.cup, "4"))

    assert web.news() == {}


def test_a_shop_is_told_by_its_own_names(web: Told) -> None:
    world: Any = web.world
    world.receive(world.jar, "3")
    web.news()

    web.know("MUG", world.cup)
    web.know("#14/17", world.cup)
    web.know("jar", world.cup)

    cups = (D(10), D(10))
    assert web.news() == {"MUG": cups, "#14/17": cups, "jar": cups, "JAR": (D(0), None)}


def test_what_is_archived_is_told_to_be_gone(web: Told) -> None:
    world: Any = web.world
    web.know("MUG", world.cup)
    web.news()

    write(world.session, "UPDATE product SET active = false WHERE id = %(id)s", id=world.cup)
    assert web.news() == {"CUP": (D(0), D(10)), "MUG": (D(0), D(10))}
    assert web.news() == {}


def test_prices_are_of_the_shops_list_and_of_the_day(web: Told) -> None:
    world: Any = web.world
    web.news()
    world.add(PriceListRow, price_list_id=world.prices, product_id=world.jar, price=D("7.5"), min_quantity=D(1),
              valid_from=TODAY - timedelta(days=1), valid_to=TODAY)  # fmt: skip

    assert web.news() == {"JAR": (D(0), D("7.5"))}

    keep_prices(world.session, on=TODAY + timedelta(days=1))
    (row,) = levels_after(world.session, web.heard and web.id, web.heard, 10)
    assert (row.sku, row.price) == ("JAR", None)


def test_what_is_new_is_told_with_its_price_at_once(web: Told) -> None:
    world: Any = web.world
    web.know("MUG", world.jar)

    keep_levels(world.session, on=TODAY)
    first = {row.sku: row.price for row in levels_after(world.session, web.id, 0, 1_000)}
    assert {sku: first[sku] for sku in ("CUP", "CARE", "MUG")} == {"CUP": D(10), "CARE": D(15), "MUG": None}
    assert of(web.news(), "CUP")["CUP"] == (D(10), D(10))

    write(world.session, "UPDATE shop_sku SET product_id = %(cup)s", cup=world.cup)
    keep_levels(world.session, on=TODAY)
    (row,) = levels_after(world.session, web.id, web.heard, 10)
    assert (row.sku, row.available, row.price) == ("MUG", D(10), D(10))
    world.receive(world.cup, "1")
    assert web.news()["MUG"] == (D(11), D(10))


def test_shops_are_locked_only_when_prices_are_reckoned(web: Told) -> None:
    for keep in (keep_levels, keep_prices):
        with statements() as sent:
            keep(web.world.session, on=TODAY)
        assert ["FOR NO KEY UPDATE" in sql for sql in sent][-2:] == [True, False]
        assert len([sql for sql in sent if "FOR NO KEY UPDATE" in sql]) == 1
        assert len(sent) > 4


def test_two_shops_count_their_own_changes(web: Told) -> None:
    other = Told(web.world, code="B2B")
    assert len(web.news()) == len(other.news())
    before = web.heard, other.heard

    web.know("MUG", web.world.cup)  # type: ignore[attr-defined]

    assert (len(web.news()), other.news()) == (1, {})
    assert (web.heard > before[0], other.heard) == (True, before[1])


def test_levels_cost_the_same_for_one_product_and_for_many(web: Told) -> None:
    world: Any = web.world
    web.news()
    counted = []
    for products in (1, 30):
        for i in range(products):
            world.receive(world.add_product(f"P{products}-{i}", "5.00"), "2")
        with statements() as sent:
            assert len(web.news()) == products
        counted.append(len(sent))

    assert counted[0] == counted[1]


def test_what_is_sent_says_how_to_read_it(web: Told) -> None:
    world: Any = web.world
    web.news()
    rows = [row for row in levels_after(world.session, web.id, 0, 1_000) if row.sku in ("CUP", "JAR", "CARE")]

    told = json.loads(body_of(rows, currency="EUR", prices_include_vat=False))

    levels = {its.pop("sku"): its for its in told.pop("levels")}
    assert told == {"currency": "EUR", "prices_include_vat": False, "last": rows[-1].seq}
    assert levels == {
        "CARE": {"available": None, "price": "15"}, "CUP": {"available": "10", "price": "10"},
        "JAR": {"available": "0", "price": None},
    }  # fmt: skip


def test_what_a_shop_knows_never_goes_back(web: Told) -> None:
    session = web.world.session
    note_told(session, web.id, 5, "")
    note_told(session, web.id, 3, "")

    assert read(session, "SELECT levels_told FROM shop WHERE id = %(id)s", id=web.id)[0].levels_told == 5


def test_another_address_was_told_nothing_yet(web: Told) -> None:
    web.change(levels_address="https://two.example")

    note_told(web.world.session, web.id, 5, "https://one.example")

    assert read(web.world.session, "SELECT levels_told FROM shop WHERE id = %(id)s", id=web.id)[0].levels_told == 0
