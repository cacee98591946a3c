"""An order on its whole way to the books, wholly in the browser: written, shipped, invoiced, paid, and proved."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Desk


def choose(page: Page, name: str, typed: str, option: str) -> None:
    """Chooses in a field that finds its choices while one types, and goes on to the next."""
    page.locator(f"select[name={name}] + .ts-wrapper .ts-control").click()
    page.keyboard.type(typed)
    page.locator(".ts-dropdown .option", has_text=option).first.click()
    # It takes the focus once more after a choice, and what is typed at this moment would go there.
    page.keyboard.press("Tab")


def press(page: Page, name: str) -> None:
    """Goes to a step by its link, and takes it after its page has shown what will happen."""
    page.get_by_role("link", name=name, exact=True).first.click()
    expect(page.get_by_text("What will happen")).to_be_visible()
    page.get_by_role("button", name=name, exact=True).click()


def test_an_order_goes_to_the_books_wholly_in_the_browser(desk: Desk) -> None:
    desk.sign_in("ada")
    page = desk.page

    desk.open("/orders/new")
    choose(page, "customer", "C001", "C001")
    page.locator("select[name=warehouse]").select_option(label="MAIN Main")
    choose(page, "product_0", "BOLT", "BOLT")
    page.locator("input[name=quantity_0]").fill("3")
    page.get_by_role("button", name="Save and process").click()
    expect(page.get_by_text("What will happen")).to_be_visible()
    page.get_by_label("Who agreed for the customer").fill("Ms Stone")
    page.get_by_role("button", name="Process", exact=True).click()
    expect(page.locator("h1 .state").first).to_have_text("performed")

    page.locator("main a[href^='/shipments/']").last.click()
    press(page, "Draft invoice")
    press(page, "Issue")
    expect(page.locator("h1 .state").first).to_have_text("issued")

    page.get_by_role("link", name="Take payment").click()
    page.locator("select[name=cash_desk]").select_option(index=1)
    page.get_by_role("button", name="Save and process").click()
    page.get_by_role("button", name="Process", exact=True).click()
    expect(page.locator("h1 .state").first).to_have_text("processed")
    desk.open("/proofs/?run=1")
    expect(page.locator("h1")).to_contain_text("all hold")
