"""Whose order of a shop it is."""

from dataclasses import replace
from typing import Any

import pytest

from app.domain.intake.eshop.buyers import regime, vat_number
from app.domain.intake.eshop.value import Address, Buyer
from app.domain.kernel.rows import read, write
from tests.domain.intake.eshop.bodies import BILLING, woo
from tests.domain.intake.eshop.conftest import Web
from tests.world import World

GUEST: dict[str, Any] = {"billing": {}, "shipping": {}}


def customers(world: World) -> list[tuple[Any, ...]]:
    sql = "SELECT name, email, vat_number, tax_regime, language FROM customer WHERE code LIKE 'WEB-%%' ORDER BY id"
    return [tuple(row) for row in read(world.session, sql)]


def test_somebody_new_is_made_from_the_billing_data(world: World, web: Web) -> None:
    web.deliver(woo(shipping=BILLING | {"city": "Варна"}))

    assert customers(world) == [("Ива Петрова", "iva@example.test", None, "domestic", "bg")]
    sql = "SELECT kind, name, street, postcode, city, country FROM customer_address ORDER BY id"
    assert [tuple(row) for row in read(world.session, sql)] == [
        ("billing", "Ива Петрова", "ул. Роза 1", "1000", "София", "BG"),
        ("delivery", "Ива Петрова", "ул. Роза 1", "1000", "Варна", "BG"),
    ]


def test_the_same_e_mail_in_whatever_letters_is_the_same_customer(world: World, web: Web) -> None:
    web.deliver(woo(7), woo(8, billing=BILLING | {"email": "IVA@Example.test"}))

    assert len(customers(world)) == 1
    assert len(read(world.session, "SELECT id FROM customer_address")) == 1


def test_a_vat_number_goes_before_an_e_mail(world: World, web: Web) -> None:
    ours = world.add_customer("C2")
    write(world.session, "UPDATE customer SET vat_number = 'BG111' WHERE id = %(id)s", id=ours)
    number = [{"key": "_vat_number", "value": "bg 111"}]

    web.deliver(woo(7), woo(8, meta_data=number))

    assert [order["customer"] for order in web.orders().values()] == ["Ива Петрова", "Customer C2"]


def test_an_e_mail_that_two_companies_use_does_not_make_them_one(world: World, web: Web) -> None:
    for number, vat in ((7, "BG111"), (8, "BG222"), (9, "BG111")):
        web.deliver(woo(number, meta_data=[{"key": "_vat_number", "value": vat}]))

    assert [row[2] for row in customers(world)] == ["BG111", "BG222"]


def test_an_archived_customer_is_nobody(world: World, web: Web) -> None:
    web.deliver(woo(7))
    write(world.session, "UPDATE customer SET active = false WHERE code LIKE 'WEB-%%'")

    web.deliver(woo(8))

    assert len(customers(world)) == 2


def test_whoever_is_not_named_is_the_shops_own_customer(world: World, web: Web) -> None:
    web.change(customer_id=world.customer)

    web.deliver(woo(**GUEST))

    assert web.orders()["7"]["customer"] == "Customer C001"


def test_all_unknown_customers_may_be_one_and_the_note_says_where_it_goes(world: World, web: Web) -> None:
    web.change(customer_id=world.customer, unknown_customers="fixed")

    web.deliver(woo(customer_note="thanks"))

    assert (web.orders()["7"]["customer"], customers(world)) == ("Customer C001", [])
    note = world.row("sales_order", web.document()).note
    assert note == "Ива Петрова, ул. Роза 1, 1000 София BG | thanks"


@pytest.mark.parametrize(("country", "vat", "found"), [
    ("BG", "", "domestic"), ("", "", "domestic"), ("DE", "", "domestic"), ("DE", "DE1", "eu_business"),
    ("US", "", "export"), ("US", "X", "export"),
])  # fmt: skip
def test_the_tax_regime_follows_from_where_the_buyer_is(country: str, vat: str, found: str) -> None:
    assert regime("BG", country, vat) == found


def test_vat_numbers_are_compared_without_blanks_and_points() -> None:
    buyer = Buyer("x", "", "", "", Address(), Address())

    assert vat_number(replace(buyer, vat_number=" de 123.456-789 ")) == "DE123456789"
