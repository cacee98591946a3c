"""Each role at work in a real browser, on a wide screen and on a phone."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, WIDE, Desk

PAGES = {
    "ada": ["/", "/orders/", "/products/", "/products/new", "/users/3/edit", "/stock/", "/stock-value/",
            "/item-card/?product=BOLT&warehouse=MAIN", "/sales/?by=product", "/sales-documents/", "/receivables/",
            "/customer-statement/?customer=C001", "/vat/", "/vat-documents/", "/journal/", "/trial-balance/",
            "/account-statement/?account=1100"],
    "max": ["/", "/orders/", "/shipments/", "/price-lists/1", "/customers/1"],
    "sue": ["/", "/orders/", "/customers/1/edit", "/stock/"],
    "ken": ["/", "/shipments/", "/receipts/", "/stock/"],
    "cat": ["/", "/cash-orders/", "/invoices/"],
    "abe": ["/", "/invoices/", "/journal/", "/trial-balance/", "/periods/", "/posting-rules/"],
    "una": ["/", "/orders/", "/users/", "/roles/"],
}  # fmt: skip


@pytest.mark.parametrize("person", PAGES)
def test_pages_of_a_role_open_fit_the_screen_and_load_nothing_from_elsewhere(desk: Desk, person: str) -> None:
    desk.sign_in(person)

    for path in PAGES[person]:
        desk.open(path)
        expect(desk.page.locator("h1")).to_be_visible()
        for screen in (PHONE, WIDE):
            desk.page.set_viewport_size(screen)
            wide = desk.page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
            assert not wide, f"{path} is wider than {screen['width']} px"


def test_a_seller_processes_an_order_after_seeing_what_will_happen(desk: Desk) -> None:
    desk.sign_in("sue")
    desk.open(f"/orders/{desk.shop.known.active}")

    desk.page.get_by_label("More").click()
    desk.page.get_by_role("link", name="Process").click()
    expect(desk.page.get_by_text("What will happen")).to_be_visible()
    desk.page.get_by_label("Who agreed for the customer").fill("Mr Client")
    desk.page.get_by_role("button", name="Process", exact=True).click()

    expect(desk.page.get_by_text("Process: done.")).to_be_visible()
    expect(desk.page.locator("h1 .state").first).to_have_text("performed")


def test_a_storekeeper_ships_from_the_list_on_a_phone(desk: Desk) -> None:
    desk.page.set_viewport_size(PHONE)
    desk.sign_in("ken")
    desk.open("/shipments/?state=draft")

    desk.page.locator("input[name=rowid]").first.check()
    desk.page.locator("[data-ask=ask-process]").click()
    desk.page.locator("dialog[open]").get_by_role("button", name="Process").click()

    expect(desk.page.locator("#results")).to_contain_text("1 done")


def test_a_row_opens_on_click_and_slash_goes_to_the_search(desk: Desk) -> None:
    desk.sign_in("ada")
    desk.open("/orders/")

    desk.page.keyboard.press("/")
    expect(desk.page.locator("[data-search]")).to_be_focused()
    desk.page.locator("tr[data-href]").first.locator("td").nth(3).click()

    expect(desk.page).to_have_url(re.compile(r"/orders/\d+$"))


def test_a_product_is_found_for_a_price_while_one_types(desk: Desk) -> None:
    desk.sign_in("max")
    desk.open("/price-list-rows/new?price_list_id=1")

    desk.page.locator("#product_id + .ts-wrapper .ts-control").click()
    desk.page.keyboard.type("nut")
    desk.page.get_by_text("NUT Product NUT").click()
    desk.page.get_by_label("From quantity").fill("10")
    desk.page.get_by_label("Price", exact=True).fill("2.25")
    desk.page.get_by_role("button", name="Save").click()

    expect(desk.page.get_by_text("Saved.")).to_be_visible()


def test_enter_takes_what_was_found_for_just_what_was_typed(desk: Desk) -> None:
    desk.sign_in("sue")
    desk.open("/orders/new")
    known, page = desk.shop.known, desk.page
    offered = page.locator(".ts-dropdown:visible .option")

    page.locator("select[name=product_0] + .ts-wrapper .ts-control").click()
    expect(offered).not_to_have_count(1)
    for typed, key, product in (("nut", "Enter", known.nut), ("care", "Enter", known.care), ("nut", "Tab", known.nut)):
        page.locator("select[name=product_0] + .ts-wrapper input").fill(typed)
        page.keyboard.press(key)
        expect(page.locator("select[name=product_0]")).to_have_value(str(product))
        page.locator("select[name=product_0] + .ts-wrapper .ts-control").click()
    page.locator("select[name=product_0] + .ts-wrapper input").fill("care")
    expect(offered).to_have_count(1)
    expect(offered).to_contain_text("CARE")
    page.keyboard.press("Tab")
    expect(page.locator("select[name=product_0]")).to_have_value(str(known.care))


def test_light_and_dark_stay_as_chosen(desk: Desk) -> None:
    desk.sign_in("ada")
    before = desk.page.evaluate("document.documentElement.dataset.bsTheme")

    desk.page.locator("[data-theme-switch]").click()
    desk.open("/orders/")

    assert desk.page.evaluate("document.documentElement.dataset.bsTheme") != before


def test_the_menu_is_a_drawer_on_a_phone(desk: Desk) -> None:
    desk.sign_in("ada")
    menu, burger = desk.page.locator(".sb-side a", has_text="Orders"), desk.page.locator(".sb-burger")

    expect(burger).not_to_be_visible()
    expect(menu.first).to_be_in_viewport()

    desk.page.set_viewport_size(PHONE)

    expect(menu.first).not_to_be_in_viewport()
    burger.click()
    expect(menu.first).to_be_in_viewport()
