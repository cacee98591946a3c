"""Documents are written with the keyboard, line after line, and nothing half written is lost without a word."""

import re

from playwright.sync_api import Dialog, Locator, Page, expect

from app.domain.kernel.rows import read
from app.domain.kernel.unit import reading
from tests.browser.conftest import Desk
from tests.browser.test_story import choose
from tests.web.shop import PASSWORD


def chooser(page: Page, name: str) -> Locator:
    """Where one types in a long choice."""
    return page.locator(f"select[name={name}] + .ts-wrapper input")


def pick(page: Page, typed: str, product: int, name: str) -> None:
    """Types into the choice that has the focus, and takes what is found with Tab."""
    expect(chooser(page, name)).to_be_focused()
    page.keyboard.type(typed)
    page.keyboard.press("Tab")
    expect(page.locator(f"select[name={name}]")).to_have_value(str(product))


def head(desk: Desk) -> None:
    desk.open("/orders/new")
    choose(desk.page, "customer", "C001", "C001")
    desk.page.locator("select[name=warehouse]").select_option(label="MAIN Main")


def written() -> list[tuple[str, str]]:
    """SKU and quantity of the lines of the newest order."""
    sql = "SELECT sku, quantity FROM sales_order_line WHERE order_id = (SELECT max(id) FROM sales_order) ORDER BY id"
    with reading() as session:
        return [(row.sku, str(row.quantity)) for row in read(session, sql)]


def test_another_line_is_never_one_that_is_there_already(desk: Desk) -> None:
    desk.sign_in("sue")
    head(desk)
    page, known = desk.page, desk.shop.known
    add = page.get_by_role("button", name="Another line")

    for _ in range(2):
        add.press("Enter")
    pick(page, "nut", known.nut, "product_4")
    page.locator("input[name=quantity_4]").fill("many")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("[data-line] .invalid-feedback")).to_be_visible()
    expect(chooser(page, "product_4")).to_be_focused()
    expect(page.locator(".ts-dropdown:visible")).to_have_count(0)
    desk.complaints.clear()
    for _ in range(3):
        add.press("Enter")

    names = page.locator("[data-lines]").evaluate("its => [...its.querySelectorAll('[name]')].map((it) => it.name)")
    assert len(names) == len(set(names))
    pick(page, "care", known.care, "product_10")
    page.locator("input[name=quantity_4]").fill("2")
    page.locator("input[name=quantity_10]").fill("1")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Written down.")).to_be_visible()
    assert written() == [("NUT", "2"), ("CARE", "1")]


def test_enter_goes_to_the_next_line_and_adds_one_and_saves_nothing(desk: Desk) -> None:
    desk.sign_in("sue")
    head(desk)
    page, known = desk.page, desk.shop.known
    goods = (("bolt", known.bolt), ("nut", known.nut), ("care", known.care), ("nut", known.nut))

    page.locator("select[name=product_0] + .ts-wrapper .ts-control").click()
    for place, (typed, product) in enumerate(goods):
        pick(page, typed, product, f"product_{place}")
        expect(page.locator(f"input[name=quantity_{place}]")).to_be_focused()
        page.keyboard.type(str(place + 1))
        page.keyboard.press("Enter")
    expect(chooser(page, "product_4")).to_be_focused()
    expect(page).to_have_url(re.compile("/orders/new$"))

    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_focused()
    page.locator("input[name=quantity_0]").press("Control+Enter")
    expect(page.get_by_text("Written down.")).to_be_visible()
    assert written() == [("BOLT", "1"), ("NUT", "2"), ("CARE", "3"), ("NUT", "4")]


def test_enter_after_a_quantity_takes_no_step(desk: Desk) -> None:
    desk.sign_in("ada")
    page, known = desk.page, desk.shop.known
    desk.open(f"/shipments/{known.draft_shipment}/process")
    address = page.url
    fields = page.locator("input[name^=quantity_]")

    fields.last.press("Enter")

    expect(page.get_by_role("button", name="Process", exact=True)).to_be_focused()
    assert page.url == address
    expect(page.get_by_text("Process: done.")).to_have_count(0)


def test_a_half_written_order_is_not_left_without_a_word(desk: Desk) -> None:
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    desk.sign_in("sue")
    page = desk.page
    page.on("dialog", stay)
    desk.open("/orders/new")
    page.locator("[data-search]").or_(page.locator(".sb-brand").first).last.click()
    expect(page).to_have_url(re.compile("/$"))
    assert asked == []

    head(desk)
    page.locator(".sb-brand").first.click()
    expect(page.locator("[data-live] .sb-new")).to_have_count(1)
    assert asked == ["beforeunload"]
    expect(page).to_have_url(re.compile("/orders/new$"))

    with page.context.expect_page() as opened:
        page.locator("[data-live]").get_by_role("button", name="Take it").click()
    expect(opened.value.get_by_text("Take: done.")).to_be_visible()
    opened.value.close()
    expect(page).to_have_url(re.compile("/orders/new$"))

    # What the server gives back is half written still; what it takes is not.
    page.locator("input[name=quantity_0]").fill("3")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("[data-line] .invalid-feedback")).to_be_visible()
    page.locator(".sb-brand").first.click()
    expect(page.locator("[data-line] .invalid-feedback")).to_be_visible()
    assert asked == ["beforeunload"] * 2
    desk.complaints.clear()
    choose(page, "product_0", "BOLT", "BOLT")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Written down.")).to_be_visible()
    page.locator(".sb-brand").first.click()
    expect(page).to_have_url(re.compile("/$"))
    assert asked == ["beforeunload"] * 2


def test_a_list_is_narrowed_by_a_row_of_another_table(desk: Desk) -> None:
    desk.sign_in("max")
    page = desk.page
    desk.open("/price-list-rows/?price_list_id=1")
    page.locator(".sb-chip", has_text="Filter").click()
    page.get_by_label("Column").select_option(label="Product")

    value = page.locator("[data-filter-for=product_id]")
    value.locator(".ts-control").click()
    page.keyboard.type("nut")
    expect(page.locator(".ts-dropdown:visible .option")).to_have_count(1)
    page.locator(".ts-dropdown .option", has_text="NUT").click()
    page.get_by_role("button", name="Narrow the list").click()

    expect(page.locator(".sb-chip.on", has_text="NUT")).to_be_visible()


def test_a_choice_that_gets_no_answer_says_why(desk: Desk) -> None:
    desk.sign_in("abe")
    page = desk.page
    desk.open("/invoices/new")
    said = page.locator(".ts-dropdown:visible .no-results")
    field = page.locator("select[name=customer] + .ts-wrapper input")

    page.locator("select[name=customer] + .ts-wrapper .ts-control").click()
    field.fill("nobody of this name")
    expect(said).to_have_text("Nothing was found.")
    page.context.clear_cookies()
    field.fill("somebody")
    expect(said).to_have_text("You are signed out: sign in again.")
    out = page.locator("[data-session]").get_by_role("link", name="Sign in")
    expect(out).to_be_visible()
    page.locator("input[name=note]").fill("half written")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("input[name=note]")).to_have_value("half written")
    with page.context.expect_page() as opened:
        out.click()
    opened.value.fill("#username", "abe")
    opened.value.fill("#password", PASSWORD)
    opened.value.click("text=Sign in")
    opened.value.wait_for_selector(".sb-who")
    opened.value.close()
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(out).to_have_count(0)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("This is not one of the choices").or_(page.get_by_text("required")).first).to_be_visible()
    page.locator("select[name=customer] + .ts-wrapper .ts-control").click()
    page.route("**/choices/**", lambda route: route.abort())
    field.fill("somebody else")
    expect(said).to_have_text("There is no answer. Try again in a moment.")
    desk.complaints.clear()


def test_who_signs_in_again_goes_on_with_what_is_half_written(desk: Desk) -> None:
    desk.sign_in("sue")
    head(desk)
    page = desk.page
    choose(page, "product_0", "BOLT", "BOLT")
    page.locator("input[name=quantity_0]").fill("3")
    page.context.clear_cookies()

    with page.context.expect_page() as opened:
        page.locator("[data-live]").get_by_role("link", name="Sign in").click()
    opened.value.fill("#username", "sue")
    opened.value.fill("#password", PASSWORD)
    opened.value.click("text=Sign in")
    opened.value.wait_for_selector(".sb-who")
    opened.value.close()
    expect(page.locator("[data-live] [data-order]")).to_have_count(1)
    # What was asked while nobody was signed in was not answered.
    desk.complaints.clear()
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_text("Written down.")).to_be_visible()
    assert written() == [("BOLT", "3")]


def test_the_keys_are_shown_and_do_nothing_while_one_types(desk: Desk) -> None:
    desk.sign_in("ada")
    desk.open("/orders/")
    page, keys = desk.page, desk.page.locator("dialog[data-keys]")

    page.keyboard.press("?")
    expect(keys).to_be_visible()
    page.keyboard.press("Escape")
    expect(keys).not_to_be_visible()
    page.keyboard.press("Control+k")
    expect(page.locator("[data-search]")).to_be_focused()
    page.keyboard.type("/?")
    expect(page.locator("[data-search]")).to_have_value("/?")
    expect(keys).not_to_be_visible()
