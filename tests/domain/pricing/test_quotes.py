"""Prices of real cards: which list applies, whose discounts reach which products, and the simulator."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.domain.catalog.models import ProductGroup
from app.domain.kernel.errors import DomainError, Invalid, NotFound
from app.domain.kernel.rows import write
from app.domain.parties.models import Customer, CustomerGroup
from app.domain.pricing.models import Discount, PriceList, PriceListRow
from app.domain.pricing.price import Quote
from app.domain.pricing.quotes import simulate
from tests.traces import statements
from tests.world import World

D = Decimal
DAY = date(2026, 3, 10)


@pytest.fixture
def dealers(world: World) -> int:
    return world.add(CustomerGroup, code="DEALERS", name="Dealers")


@pytest.fixture
def dealer(world: World, dealers: int) -> int:
    return world.add(Customer, code="D1", name="Dealer", payment_term_id=world.term, group_id=dealers)


def ask(world: World, customer: int, product: int, quantity: str = "1", **more: Any) -> Quote:
    return simulate(world.session, customer_id=customer, product_id=product, quantity=D(quantity), on=DAY, **more)


def add_list(world: World, code: str, **facts: Any) -> int:
    return world.add(PriceList, code=code, name=code, currency="EUR", **facts)


def add_price(world: World, price_list: int, product: int, price: str) -> None:
    world.add(PriceListRow, price_list_id=price_list, product_id=product, price=D(price), min_quantity=D(0))


def add_discount(world: World, **facts: Any) -> int:
    return world.add(Discount, **{"min_quantity": D(0)} | facts)


def test_the_orders_list_goes_before_the_customers_the_groups_and_the_default(
    world: World, dealer: int, dealers: int
) -> None:
    cup = world.add_product("CUP", "1.00")
    of_group, of_customer, chosen = (add_list(world, code) for code in ("GROUP", "OWN", "CHOSEN"))
    for price_list, price in ((of_group, "2.00"), (of_customer, "3.00"), (chosen, "4.00")):
        add_price(world, price_list, cup, price)

    asked = [ask(world, dealer, cup).price]
    write(world.session, "UPDATE customer_group SET price_list_id = %(it)s WHERE id = %(id)s", it=of_group, id=dealers)
    asked.append(ask(world, dealer, cup).price)
    write(world.session, "UPDATE customer SET price_list_id = %(it)s WHERE id = %(id)s", it=of_customer, id=dealer)
    asked.append(ask(world, dealer, cup).price)
    asked.append(ask(world, dealer, cup, price_list_id=chosen).price)

    assert asked == [D("1.00"), D("2.00"), D("3.00"), D("4.00")]


def test_a_groups_discount_reaches_all_products_below_it_and_the_nearest_group_wins(
    world: World, dealer: int, dealers: int
) -> None:
    tableware = world.add(ProductGroup, code="TABLE", name="Tableware")
    cups = world.add(ProductGroup, code="CUPS", name="Cups", parent_id=tableware)
    cup, plate = world.add_product("CUP", group=cups), world.add_product("PLATE", group=tableware)
    other = world.add_product("OTHER")
    add_discount(world, customer_group_id=dealers, product_group_id=tableware, percent=D(5))
    add_discount(world, customer_group_id=dealers, product_group_id=cups, percent=D(7))

    assert [ask(world, dealer, product).discount for product in (cup, plate, other)] == [7, 5, 0]
    assert ask(world, world.customer, cup).discount == 0


def test_the_customer_group_speaks_where_the_customer_does_not(world: World, dealer: int, dealers: int) -> None:
    cup = world.add_product("CUP")
    write(world.session, "UPDATE customer_group SET discount = 12 WHERE id = %(id)s", id=dealers)

    assert ask(world, dealer, cup).discount == 12

    write(world.session, "UPDATE customer SET discount = 0 WHERE id = %(id)s", id=dealer)

    assert ask(world, dealer, cup).discount == 0


def test_an_order_takes_the_special_price_of_its_customer(world: World, dealer: int) -> None:
    cup = world.add_product("CUP", "10.00")
    add_discount(world, customer_id=dealer, product_id=cup, special_price=D("6.50"), min_quantity=D(3))

    few, many = (world.order((cup, quantity), customer=dealer) for quantity in ("2", "3"))

    prices = [world.lines_of("sales_order_line", "order_id", order)[0].unit_price for order in (few, many)]
    assert prices == [D("10.00"), D("6.50")]


def test_a_derived_list_asks_its_base(world: World) -> None:
    cup = world.add_product("CUP", "12.40")
    shop = add_list(world, "SHOP", base_id=world.prices, percent=D(0), step=D("1.00"), less_cent=True)

    assert ask(world, world.customer, cup, price_list_id=shop).price == D("11.99")


def test_lists_that_stand_in_a_ring_are_refused_by_the_database(world: World) -> None:
    first = add_list(world, "A", base_id=world.prices)
    second = add_list(world, "B", base_id=first)

    with pytest.raises(DBAPIError, match="derived from itself"), world.session.begin_nested():
        write(world.session, "UPDATE price_list SET base_id = %(b)s WHERE id = %(a)s", a=world.prices, b=second)


@pytest.mark.parametrize("facts", [{"vat_included": True}, {"currency": "USD"}])
def test_a_list_with_other_money_or_vat_cannot_be_a_base(world: World, facts: dict[str, Any]) -> None:
    with pytest.raises(DBAPIError, match="same currency"), world.session.begin_nested():
        world.add(PriceList, **{"code": "A", "name": "A", "currency": "EUR", "base_id": world.prices} | facts)


def test_two_discounts_for_the_same_at_the_same_time_are_refused(world: World, dealer: int) -> None:
    cup = world.add_product("CUP")
    add_discount(world, customer_id=dealer, product_id=cup, percent=D(5), valid_to=DAY)

    with pytest.raises(IntegrityError, match="ex_discount_no_overlap"), world.session.begin_nested():
        add_discount(world, customer_id=dealer, product_id=cup, percent=D(6), valid_from=DAY)
    add_discount(world, customer_id=dealer, product_id=cup, percent=D(6), valid_from=DAY, min_quantity=D(10))
    add_discount(world, customer_id=world.customer, product_id=cup, percent=D(6))


@pytest.mark.parametrize(
    ("wrong", "error"),
    [({"customer_id": 10**12}, NotFound), ({"product_id": 10**12}, NotFound), ({"quantity": D("0.5")}, Invalid)],
)
def test_what_cannot_be_asked_is_refused(world: World, wrong: dict[str, Any], error: type[DomainError]) -> None:
    right = {"customer_id": world.customer, "product_id": world.add_product("CUP"), "quantity": D(1), "on": DAY}

    with pytest.raises(error):
        simulate(world.session, **right | wrong)


def test_without_any_list_there_is_nothing_to_ask(world: World) -> None:
    write(world.session, "UPDATE price_list SET is_default = false")

    with pytest.raises(Invalid, match="No price list"):
        ask(world, world.customer, world.add_product("CUP", None))


def test_a_hundred_lines_ask_as_often_as_one(world: World, dealer: int) -> None:
    cups = [world.add_product(f"CUP{number}") for number in range(100)]

    counts = []
    for products in (cups[:1], cups):
        with statements() as sent:
            world.order(*((product, "1") for product in products), customer=dealer)
        counts.append(len(sent))

    assert counts[0] == counts[1]
