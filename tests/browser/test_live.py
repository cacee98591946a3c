"""A new order comes while people are at something else, and one of them takes it."""

from dataclasses import replace
from decimal import Decimal

from playwright.sync_api import expect
from sqlalchemy.orm import Session

from app.domain.kernel.unit import deed
from app.domain.sales.orders import NewLine, NewOrder, activate_orders, add_orders
from app.web.csv_commands import command_line
from tests.browser.conftest import PHONE, Desk
from tests.web.conftest import Shop
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
