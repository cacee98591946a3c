"""While an order is written its lines say what they cost, why, and what of them is there."""

from playwright.sync_api import expect

from tests.browser.conftest import PHONE, Desk
from tests.browser.test_story import choose
from tests.browser.test_writing import head, pick


def test_price_amount_and_stock_appear_as_one_types_and_a_click_tells_why(desk: Desk) -> None:
    desk.sign_in("sue")
    head(desk)
    page, known = desk.page, desk.shop.known
    line = page.locator("[data-line]").first

    page.locator("select[name=product_0] + .ts-wrapper .ts-control").click()
    pick(page, "bolt", known.bolt, "product_0")
    expect(line.locator("summary")).to_have_text("10.00")
    expect(line.locator("[data-available]")).not_to_have_class("short")
    page.keyboard.type("3000")
    expect(line.locator("[data-amount]")).to_have_text("30,000.00")
    expect(line.locator("[data-available]")).to_have_class("short")
    expect(page.locator("[data-told-total]")).to_have_text("Net 30,000.00, VAT 6,000.00, total 36,000.00 EUR")

    line.locator("summary").click()
    expect(line.get_by_text("Price list")).to_be_visible()
    page.keyboard.press("Escape")
    expect(line.get_by_text("Price list")).not_to_be_visible()
    page.locator("input[name=quantity_0]").fill("3")
    expect(page.locator("[data-told-total]")).to_have_text("Net 30.00, VAT 6.00, total 36.00 EUR")
    page.keyboard.press("Enter")
    pick(page, "care", known.care, "product_1")
    expect(page.locator("[data-told-total]")).to_have_text("Net 45.00, VAT 9.00, total 54.00 EUR")


def test_what_cannot_be_ordered_is_said_while_one_types_and_a_written_order_says_all_at_once(desk: Desk) -> None:
    desk.sign_in("sue")
    desk.page.set_viewport_size(PHONE)
    desk.open(f"/orders/{desk.shop.known.estimate}/edit")
    page, total = desk.page, desk.page.locator("[data-told-total]")

    expect(total).to_have_text("Net 45.00, VAT 9.00, total 54.00 EUR")
    page.locator("input[name=quantity_0]").fill("0")
    expect(total).to_contain_text("above 0")
    choose(page, "product_0", "NUT", "NUT")
    page.locator("input[name=quantity_0]").fill("2")
    expect(total).to_have_text("Net 20.00, VAT 4.00, total 24.00 EUR")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
