"""Save and process: from the form straight to the step that comes next, which asks and shows before it acts."""

import pytest

from tests.web.companies import Shop
from tests.web.test_drafting import order


def test_save_and_process_saves_and_leads_to_the_step_that_shows_what_will_happen(own_shop: Shop) -> None:
    seller = own_shop.visit("sue")
    assert "Save and process" in seller.get("/orders/new").text

    answer = seller.post("/orders/new", order(own_shop, seller, then="on"))

    assert answer.location.endswith("/process")
    page = seller.get(answer.location).text
    assert "What will happen" in page
    assert "estimate" in page


def test_where_a_storekeeper_ships_it_leads_to_the_approval(own_shop: Shop) -> None:
    seller = own_shop.visit("sue")

    answer = seller.post("/orders/new", order(own_shop, seller, then="on", way="manager_storekeeper"))

    assert answer.location.endswith("/approve")


@pytest.mark.parametrize(
    ("person", "address", "offered"),
    [
        ("cat", "/cash-orders/new", True),
        ("ken", "/write-offs/new", True),
        ("sue", "/returns/new", False),
        ("sue", "/internal-orders/new", False),
        ("ken", "/stock-counts/new", False),
        ("abe", "/invoices/new", True),
        ("sue", "/invoices/new", False),
    ],
)
def test_going_on_is_offered_to_those_who_may_take_the_step(
    shop: Shop, person: str, address: str, offered: bool
) -> None:
    page = shop.visit(person).get(address)

    assert ('name="then"' in page.text) is offered, page.status_code
