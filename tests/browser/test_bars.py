"""The bar of buttons that stays in reach on a phone: one, within the screen, with the rest under the dots."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, WIDE, Desk

BAR = ".sb-actions.stays"


@pytest.mark.parametrize("path", ["/invoices/{invoice}", "/orders/{estimate}", "/shipments/{shipment}", "/periods/new"])
def test_every_button_of_the_bar_is_within_the_screen_of_a_phone(desk: Desk, path: str) -> None:
    desk.page.set_viewport_size(PHONE)
    desk.sign_in("ada")
    desk.open(path.format_map(desk.shop.known.ids))

    expect(desk.page.locator(BAR)).to_have_count(1)
    boxes = [button.bounding_box() for button in desk.page.locator(f"{BAR} .btn:visible").all()]
    assert boxes
    assert all(box and box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"] for box in boxes), boxes


def test_what_does_not_come_next_is_under_the_dots(desk: Desk) -> None:
    desk.sign_in("ada")
    desk.open(f"/invoices/{desk.shop.known.invoice}")
    part = desk.page.get_by_role("link", name="Credit in part")

    for size in (PHONE, WIDE):
        desk.page.set_viewport_size(size)
        expect(part).to_have_count(0)
    desk.page.get_by_label("More").click()
    part.click()
    expect(desk.page.get_by_role("heading", level=1)).to_contain_text("Credit in part")
