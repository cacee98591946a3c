"""What customers would owe."""

from app.domain.settlement.allocations import allocate
from app.domain.settlement.exposure import exposures
from tests.domain.settlement.ground import given, wish
from tests.world import TODAY, D, World


def test_an_exposure_is_what_is_open_less_what_the_customer_has(world: World, invoice: int) -> None:
    payment = given(world, "10.00")
    given(world, "5.00", role="receivables")
    world.do(allocate, [wish(payment, invoice, "6.00")], on=TODAY)
    other, nobody = world.add_customer("C002"), world.add_customer("C003")
    given(world, "7.00", customer=other)

    found = exposures(world.session, [world.customer, other, nobody])

    assert found == {world.customer: D(36 - 10 - 5), other: D(-7)}


def test_an_uncounted_order_counts_only_by_the_money_on_it(world: World) -> None:
    product = world.add_product("A")
    world.receive(product, "9")
    order = world.order((product, "2"))
    world.approve(order, consent=["below_cost"])
    payment = given(world, "10.00")
    world.do(allocate, [wish(payment, order, "6.00")], on=TODAY)

    assert exposures(world.session, [world.customer]) == {world.customer: D(24 - 10)}
    assert exposures(world.session, [world.customer], uncounted=[order]) == {world.customer: D(-10)}
