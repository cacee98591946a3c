"""A new order comes while people are at something else, and one of them takes it."""

import re
from dataclasses import replace
from decimal import Decimal

from playwright.sync_api import expect
from sqlalchemy.orm import Session

from app.domain.kernel.unit import deed
from app.domain.sales.orders import NewLine, NewOrder, activate_orders, add_orders
from app.web.csv_commands import command_line
from tests.browser.conftest import PHONE, Desk
from tests.web.companies import Shop
from tests.world import TODAY


def bring(shop: Shop) -> int:
    """An order of the e-shop."""
    known = shop.known

    def work(session: Session) -> int:
        by = command_line(session)
        new = NewOrder("eshop", known.customer, known.main, TODAY, [NewLine(known.nut, Decimal(3))])
        made = add_orders(session, [new], by=by)
        activate_orders(session, made, by=by)
        return made[0]

    return deed(work)


def test_an_order_comes_while_one_writes_and_is_taken_by_who_is_first(desk: Desk) -> None:
    desk.sign_in("sue")
    desk.open("/customers/1/edit")
    page, cards = desk.page, desk.page.locator("[data-live] .sb-new")
    expect(cards).to_have_count(1)
    page.locator("[data-live]").get_by_role("button", name="Later").click()
    expect(cards).to_have_count(0)
    page.fill("#name", "Half a na")

    order = bring(desk.shop)

    new = page.locator(f"[data-live] [data-order='{order}']")
    expect(new).to_contain_text("9.00 EUR")
    expect(page).to_have_title("(2) C001 Customer C001 · Stockbook")
    expect(page.locator("#name")).to_have_value("Half a na")
    browser = page.context.browser
    assert browser is not None
    context = browser.new_context(viewport=PHONE)
    other = replace(desk, page=context.new_page())
    other.sign_in("max")
    theirs = other.page.locator("[data-live] .sb-new")
    expect(theirs).to_have_count(1)
    expect(theirs).to_contain_text("e-shop · MAIN")
    theirs.get_by_role("button", name="Take it").click()
    expect(other.page.locator("h1")).to_contain_text("active")
    expect(other.page.get_by_text("Take: done.")).to_be_visible()
    context.close()

    expect(new).to_have_count(0)
    page.locator("[data-bell] summary").click()
    expect(page.locator("[data-bell] .sb-new")).to_have_count(1)


def test_what_was_put_off_reminds_and_rings_as_one_chose(desk: Desk) -> None:
    desk.page.clock.install()
    desk.sign_in("sue")
    cards = desk.page.locator("[data-live] .sb-new")
    desk.page.clock.run_for(1_000)
    expect(cards).to_have_count(1)
    cards.get_by_role("button", name="Later").click()
    expect(cards).to_have_count(0)
    desk.open("/orders/")
    desk.page.clock.run_for(60_000)
    expect(desk.page.locator("[data-live-count]")).to_have_text("1")
    expect(cards).to_have_count(0)

    desk.page.clock.fast_forward(5 * 60_000)
    desk.page.clock.run_for(1_000)

    expect(cards).to_have_count(1)

    # Nobody answers, so it goes to the bell again instead of covering the page.
    desk.page.clock.run_for(62_000)

    expect(cards).to_have_count(0)
    expect(desk.page.locator("[data-live-count]")).to_have_text("1")
    desk.page.clock.fast_forward(5 * 60_000)
    desk.page.clock.run_for(1_000)
    expect(cards).to_have_count(1)


def test_the_rest_of_the_cards_opens_the_bell(desk: Desk) -> None:
    for _ in range(3):
        bring(desk.shop)
    desk.sign_in("sue")
    page = desk.page

    page.get_by_role("button", name=re.compile("^and . more$")).click()

    expect(page.locator("[data-bell] .sb-new")).to_have_count(4)
    expect(page.locator("[data-bell] .sb-new").first).to_be_visible()
    page.locator("h1").click()
    expect(page.locator("[data-bell] .sb-new").first).not_to_be_visible()


def test_who_is_signed_out_and_who_gets_no_answer_is_told_so(desk: Desk) -> None:
    desk.page.clock.install()
    desk.sign_in("sue")
    page, place = desk.page, desk.page.locator("[data-live]")
    desk.page.clock.run_for(1_000)
    expect(place.locator("[data-order]")).to_have_count(1)
    cookies = page.context.cookies()

    page.context.clear_cookies()
    page.clock.run_for(1_000)
    expect(place).to_contain_text("You are signed out.")
    page.context.add_cookies([{"name": its["name"], "value": its["value"], "url": desk.address} for its in cookies])
    page.clock.run_for(16_000)
    expect(place.locator("[data-order]")).to_have_count(1)

    page.route("**/live/**", lambda route: route.abort())
    for _ in range(4):
        page.clock.run_for(6_000)
        page.wait_for_timeout(200)
    expect(place).to_have_text("There is no answer: new orders are not shown.")
    page.unroute("**/live/**")
    page.clock.run_for(6_000)
    expect(place.locator("[data-order]")).to_have_count(1)
    desk.complaints.clear()
