"""What a seller may not do alone, who has to agree, and what the history keeps of it."""

from decimal import Decimal
from typing import Any

import pytest

from app.domain.fulfilment.ordering import approve_orders
from app.domain.kernel.errors import DomainError, Refused
from app.domain.kernel.rows import read
from app.domain.pricing.models import DiscountLimit
from app.domain.sales.orders import NewLine
from tests.world import TODAY, World

D = Decimal


@pytest.fixture
def cup(world: World) -> int:
    """Costs 4.00, sells at 10.00."""
    cup = world.add_product("CUP", "10.00")
    world.receive(cup, "100", "4.00")
    return cup


def limit(world: World, percent: str) -> None:
    world.session.add(DiscountLimit(actor_id=world.by, percent=D(percent)))
    world.session.flush()


def refusal(world: World, order: int) -> DomainError:
    with pytest.raises(Refused) as refused:
        world.approve(order)
    return refused.value[order]


@pytest.mark.parametrize(
    "typed", [{"discount": D("10.01")}, {"unit_price": D("8.99")}, {"unit_price": D("9.50"), "discount": D(6)}]
)
def test_more_than_the_sellers_limit_needs_somebodys_consent(world: World, cup: int, typed: dict[str, Any]) -> None:
    limit(world, "10")
    order = world.order(NewLine(cup, D(1), **typed))

    assert refusal(world, order).code == "discount_limit"

    world.approve(order, consent=["discount_limit"])

    history = "SELECT changes FROM document_history WHERE document_id = %(id)s AND step = 'approve'"
    assert read(world.session, history, id=order)[0].changes["consent"] == "discount_limit"


@pytest.mark.parametrize("typed", [{"discount": D("10.00")}, {"unit_price": D("9.00")}, {"unit_price": D("12.00")}])
def test_up_to_the_limit_a_seller_decides_alone(world: World, cup: int, typed: dict[str, Any]) -> None:
    limit(world, "10")

    world.approve(world.order(NewLine(cup, D(1), **typed)))


def test_what_cards_give_is_not_the_sellers_discount(world: World, cup: int) -> None:
    limit(world, "0")
    friend = world.add_customer("FRIEND", discount="30")

    world.approve(world.order((cup, "1"), customer=friend))


def test_without_a_limit_a_seller_may_give_any_discount(world: World, cup: int) -> None:
    world.approve(world.order(NewLine(cup, D(1), discount=D(50))))


def test_below_cost_needs_consent_and_the_sentence_tells_no_cost(world: World, cup: int) -> None:
    order = world.order(NewLine(cup, D(3), unit_price=D("3.99")))

    refused = refusal(world, order)

    assert refused.code == "below_cost"
    assert "4" not in str(refused)
    world.approve(order, consent=["below_cost"])


def test_at_cost_is_not_below_it(world: World, cup: int) -> None:
    world.approve(world.order(NewLine(cup, D(3), unit_price=D("4.00"))))


def test_without_stock_the_last_cost_counts_and_without_any_the_planned_one(world: World) -> None:
    gone, planned, unknown = (world.add_product(sku, "10.00", cost=cost) for sku, cost in
                              (("GONE", "1.00"), ("PLAN", "7.00"), ("NEW", None)))  # fmt: skip
    world.receive(gone, "2", "6.00")
    world.shipped_order((gone, "2"))
    orders = {sku: world.order(NewLine(product, D(1), unit_price=D("5.00"))) for sku, product in
              (("GONE", gone), ("PLAN", planned), ("NEW", unknown))}  # fmt: skip

    with pytest.raises(Refused) as refused:
        world.do(
            approve_orders, list(orders.values()), on=TODAY, agreed_by="Client", agreed_how="phone",
            consent=["short_stock"],
        )  # fmt: skip

    assert refused.value.errors.keys() == {orders["GONE"], orders["PLAN"]}
    assert {error.code for error in refused.value.errors.values()} == {"below_cost"}


def test_one_consent_is_not_another(world: World, cup: int) -> None:
    limit(world, "10")
    order = world.order(NewLine(cup, D(1), unit_price=D("3.00")))

    with pytest.raises(Refused):
        world.approve(order, consent=["discount_limit"])
    with pytest.raises(Refused):
        world.approve(order, consent=["below_cost"])
    world.approve(order, consent=["below_cost", "discount_limit"])
