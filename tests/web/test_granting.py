"""The table in which the rights of a role are ticked and read."""

import re

import pytest

from app.web import granting, roles
from tests.web.companies import Shop
from tests.web.shop import hidden


def ticks(page: str) -> dict[str, str]:
    """The keys of the ticks on a page, by what they are called."""
    return {name: key for key, name in re.findall(r'name="permissions" value="(\d+)" aria-label="([^"]+)"', page)}


def ticked(page: str) -> set[str]:
    return set(re.findall(r'name="permissions"[^>]+aria-label="([^"]+)"[^>]+ checked>', page))


def test_every_right_there_is_can_be_ticked_once(own_shop: Shop) -> None:
    page = own_shop.visit("ada").get("/roles/new").text

    wanted = sorted(f"{resource}: {permission.removeprefix('can_')}" for permission, resource in roles.every_pair())
    assert sorted(ticks(page)) == wanted
    assert page.count('name="permissions"') == len(wanted)


def test_what_all_five_rights_are_about_stands_in_the_table_and_the_rest_in_one_area() -> None:
    areas = [resource for _label, its in granting.AREAS for resource in its]

    assert {"Orders", "Shipments", "Manual entries"} <= set(granting.documents())
    assert sorted([*granting.documents(), *areas]) == sorted(roles.TABLE)


def test_ticks_stay_as_they_were_when_a_form_comes_back_and_when_it_is_opened_again(own_shop: Shop) -> None:
    admin = own_shop.visit("ada")
    page = admin.get("/roles/new").text
    wanted = {"Orders: view", "Orders: process", "Prices: view"}
    filled = hidden(page) | {"permissions": [ticks(page)[name] for name in wanted]}

    refused = admin.post("/roles/new", filled | {"name": ""})
    made = admin.post("/roles/new", filled | {"name": "Picker"})

    assert (refused.status_code, ticked(refused.text)) == (422, wanted)
    assert ticked(admin.get(f"{made.location}/edit").text) == wanted
    shown = admin.get(made.location).text
    assert set(re.findall(r'class="sb-right" title="([^"]+)"', shown)) == {
        "Orders: view", "Orders: process", "Prices: see prices, discounts and amounts",
    }  # fmt: skip
    assert "<small" not in shown


def test_a_role_that_ships_says_how_far_its_rights_reach(own_shop: Shop) -> None:
    page = own_shop.visit("ada").get("/roles/4").text

    assert "Storekeeper" in page
    assert re.search(r'title="Shipments: process">.*?<small class="quiet">own</small>', page)
    assert re.search(r'title="Shipments: cancel processing">.*?<small class="quiet">on the same day</small>', page)
    assert 'title="Products: view"' in page
    assert 'title="Orders' not in page


@pytest.mark.parametrize(
    ("pairs", "sentence"),
    [
        (roles.pairs("Cashier"), "works on Settlement, Cash orders, Jobs; sees 8 more"),
        ({("can_view", "Orders")}, "sees 1"),
        ({("can_process", "Consent")}, "works on Consent"),
        (set(), ""),
    ],
)
def test_a_list_of_roles_says_in_a_sentence_what_each_works_on(
    own_shop: Shop, pairs: set[tuple[str, str]], sentence: str
) -> None:
    with own_shop.app.test_request_context():
        assert granting.said(pairs) == sentence
        assert granting.said(roles.pairs("Administrator")).count(",") == granting.MOST_NAMED - 1
