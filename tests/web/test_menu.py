"""The menu is drawn once for many: it must still be everybody's own."""

import re

from tests.web.companies import Shop
from tests.web.shop import PEOPLE, Visitor


def entries(visitor: Visitor, page: str) -> list[str]:
    """The addresses of the menu on a page, the one that is marked as open with a star."""
    found = re.findall(r'<a class="sb-link[^"]*" href="([^"]+)" (aria-current="page")?', visitor.get(page).text)
    return [f"{address}*" if marked else address for address, marked in found]


def test_everybody_finds_in_the_menu_what_opens_for_them_whoever_looked_before(shop: Shop) -> None:
    visitors = {person: shop.visit(person) for person in PEOPLE}
    menus = {person: {*entries(visitor, "/account/")} for person, visitor in visitors.items()}

    every = set().union(*menus.values())
    opening = {
        person: {address for address in every if visitor.get(address).status_code < 400}
        for person, visitor in visitors.items()
    }

    assert menus == opening
    assert menus["ken"] < menus["ada"]


def test_the_menu_marks_the_page_that_is_open(shop: Shop) -> None:
    visitor = shop.visit("ada")

    marked = [[address for address in entries(visitor, page) if address.endswith("*")] for page in
              ("/orders/", "/products/", "/orders/", "/account/")]  # fmt: skip

    assert marked == [["/orders/*"], ["/products/*"], ["/orders/*"], []]
