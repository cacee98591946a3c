"""What a shop charged for a line stays to the cent, with the shop's own rate of VAT, until a person types another."""

from decimal import Decimal
from typing import Any

import pytest

from app.domain.pricing.models import PriceList
from app.domain.proof.amounts import order_lines_follow_their_prices
from app.domain.sales.orders import Charged, NewLine, NewOrder, edit_order
from app.domain.sales.repricing import reprice_orders
from tests.world import TODAY, World

D = Decimal


@pytest.fixture
def mug(world: World) -> int:
    return world.add_product("MUG", "9.99")


def lines(world: World, order: int) -> list[tuple[Any, ...]]:
    its = world.lines_of("sales_order_line", "order_id", order)
    return [(line.price_source, line.net, line.vat, line.tax_percent) for line in its]


def charged(world: World, product: int, amount: str, quantity: str = "3", rate: int | None = None) -> NewLine:
    return NewLine(product, D(quantity), charged=Charged(D(amount), rate))


def test_the_amount_is_the_shops_and_the_rate_too_where_it_names_one(world: World, mug: int) -> None:
    world.add_product("BOOK", tax=9)

    order = world.order(charged(world, mug, "10.00", "300"), charged(world, mug, "20.00", rate=world.taxes[9]))

    assert lines(world, order) == [("shop", D("10.00"), D("2.00"), 20), ("shop", D("20.00"), D("1.80"), 9)]
    first = world.lines_of("sales_order_line", "order_id", order)[0]
    assert (first.unit_price, first.discount, first.manual_by_id) == (D("0.0333"), 0, None)
    world.prove()


def test_pricing_again_leaves_it_as_it_is(world: World, mug: int) -> None:
    order = world.order(charged(world, mug, "10.00"), (mug, "1"), active=True)

    assert world.do(reprice_orders, [order]) == []
    assert lines(world, order)[0] == ("shop", D("10.00"), D("2.00"), 20)
    world.prove()


def test_whoever_edits_the_order_keeps_it_where_the_line_stays_and_ends_it_by_another_quantity_or_price(
    world: World, mug: int
) -> None:  # fmt: skip
    its = [charged(world, mug, "10.00"), charged(world, mug, "7.00", "1"), charged(world, mug, "5.00", "2")]
    order = world.order(*its)
    wanted = [NewLine(mug, D(2), unit_price=D(4)), NewLine(mug, D(3)), NewLine(mug, D(5))]

    world.do(edit_order, order, NewOrder("eshop", world.customer, world.warehouse, TODAY, wanted), version=1)

    assert [line[:2] for line in lines(world, order)] == [
        ("manual", D("8.00")), ("shop", D("10.00")), ("list", D("49.95"))
    ]  # fmt: skip
    world.prove()


def test_a_charge_of_less_than_nothing_is_a_service(world: World, mug: int) -> None:
    care = world.add_product("CARE", kind="service")

    order = world.order(charged(world, mug, "10.00"), charged(world, care, "-0.01", "1"))

    assert world.row("sales_order", order).net == D("9.99")
    refusal = world.refusal(lambda session, by: world.order(charged(world, mug, "-1.00")))
    assert refusal.code == "negative_price"


def test_a_charge_is_without_vat_so_the_prices_of_its_list_are_too(world: World, mug: int) -> None:
    gross = world.add(PriceList, code="GROSS", name="With VAT", currency="EUR", vat_included=True)

    refusal = world.refusal(lambda session, by: world.order(charged(world, mug, "1.00"), price_list_id=gross))

    assert refusal.code == "charged_without_vat"
    unknown = world.refusal(lambda session, by: world.order(charged(world, mug, "1.00", rate=10**9)))
    assert unknown.code == "unknown_tax_rate"


def test_a_charge_that_was_changed_behind_the_back_is_found(world: World, mug: int, behind_the_back: Any) -> None:
    order = world.order(charged(world, mug, "10.00"))

    behind_the_back("UPDATE sales_order_line SET explanation = '{}' WHERE order_id = %(id)s", id=order)

    assert [its.document_id for its in order_lines_follow_their_prices(world.session).offenders] == [order]
