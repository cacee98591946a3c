"""What a payment has left is given to what is owed with a click."""

from playwright.sync_api import expect

from tests.browser.conftest import Desk
from tests.web.shop import hidden
from tests.world import TODAY


def test_a_click_on_what_is_open_fills_it_in_as_far_as_there_is_money_left(desk: Desk) -> None:
    cashier, known = desk.shop.visit("cat"), desk.shop.known
    form = hidden(cashier.get("/cash-orders/new").text) | {
        "cash_desk": str(known.desk), "customer": str(known.customer), "amount": "30.5",
    }  # fmt: skip
    paid = cashier.post("/cash-orders/new", form).location
    assert cashier.post(f"{paid}/process", {"on": str(TODAY)}).status_code == 302
    desk.sign_in("abe")
    desk.open(f"/settlement/{paid.rsplit('/', 1)[1]}")
    page = desk.page
    field = page.locator(f"input[name=document_{known.invoice}]")
    other = page.locator(f"[data-fills^=document_]:not([data-fills=document_{known.invoice}])").first

    page.locator(f"[data-fills=document_{known.invoice}]").click()
    expect(field).to_have_value("28.00")
    expect(field).to_be_focused()
    other.click()
    expect(page.locator(f"input[name={other.get_attribute('data-fills')}]")).to_have_value("2.50")
    page.get_by_role("button", name="Allocate", exact=True).click()

    expect(page.get_by_text("Allocated.")).to_be_visible()
