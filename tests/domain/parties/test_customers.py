"""What documents know of customers."""

from decimal import Decimal

from app.domain.kernel.rows import write
from app.domain.parties.customers import customers
from app.domain.parties.models import CustomerAddress


def test_the_facts_of_customers_are_told_by_id_and_unknown_ones_left_out(world) -> None:
    ivan = world.add_customer("IVAN", discount="0", term=world.at_once)

    facts = customers(world.session, [world.customer, ivan, 10**15])

    assert set(facts) == {world.customer, ivan}
    assert (facts[ivan].code, facts[ivan].discount, facts[ivan].term_rule) == ("IVAN", Decimal(0), "immediate")
    assert (facts[world.customer].discount, facts[world.customer].term_code, facts[world.customer].term_days) == (
        None, "N30", 30,
    )  # fmt: skip


def test_the_first_billing_address_is_the_one_that_counts(world) -> None:
    for kind, city in (("delivery", "Varna"), ("billing", "Sofia"), ("billing", "Plovdiv")):
        world.add(CustomerAddress, customer_id=world.customer, kind=kind, city=city)

    [facts] = customers(world.session, [world.customer]).values()

    assert facts.city == "Sofia"


def test_a_customer_with_only_a_place_of_delivery_has_no_billing_address(world) -> None:
    world.add(CustomerAddress, customer_id=world.customer, kind="delivery", city="Varna")

    [facts] = customers(world.session, [world.customer]).values()

    assert facts.city is None


def test_an_archived_customer_is_still_told_and_said_to_be_archived(world) -> None:
    write(world.session, "UPDATE customer SET active = false WHERE id = %(id)s", id=world.customer)

    assert customers(world.session, [world.customer])[world.customer].active is False
