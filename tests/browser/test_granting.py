"""A role of one's own is put together in the table of rights, with the mouse or the keyboard, and on a telephone."""

from playwright.sync_api import Locator, expect

from tests.browser.conftest import PHONE, Desk


def box(desk: Desk, name: str) -> Locator:
    return desk.page.get_by_role("checkbox", name=name, exact=True)


def test_whole_rows_and_columns_of_rights_are_ticked_at_once(desk: Desk) -> None:
    desk.sign_in("ada")
    desk.open("/roles/new")
    page = desk.page
    page.get_by_label("Name").fill("Picker")

    box(desk, "Shipments: all").check()
    box(desk, "view: all").check()
    expect(box(desk, "Orders: view")).to_be_checked()
    expect(box(desk, "Products: view")).not_to_be_checked()
    assert box(desk, "Orders: all").evaluate("its => its.indeterminate")
    box(desk, "Shipments: delete").uncheck()
    expect(box(desk, "Shipments: all")).not_to_be_checked()
    box(desk, "view: all").uncheck()
    box(desk, "Returns: process").check()
    expect(box(desk, "Returns: view")).to_be_checked()
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_text("Saved.")).to_be_visible()
    held = page.locator(".sb-right").evaluate_all("its => its.map((it) => it.title)")
    assert held == [
        "Shipments: create and edit drafts", "Shipments: process", "Shipments: cancel processing", "Returns: view",
        "Returns: process",
    ]  # fmt: skip


def test_arrows_go_from_tick_to_tick_and_the_space_bar_sets_them(desk: Desk) -> None:
    desk.sign_in("ada")
    desk.open("/roles/new")
    page = desk.page

    box(desk, "Orders: view").focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "ArrowUp", "ArrowLeft", "Space"):
        page.keyboard.press(key)
    expect(box(desk, "Orders: edit")).to_be_checked()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(box(desk, "Orders: all")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(box(desk, "Orders: all")).to_be_focused()


def test_a_telephone_names_each_right_beside_its_tick(desk: Desk) -> None:
    desk.sign_in("ada")
    desk.page.set_viewport_size(PHONE)
    desk.open("/roles/new")

    row = desk.page.locator(".sb-rights tr", has=desk.page.get_by_role("rowheader", name="Orders", exact=True))
    for words in ("all", "view", "create and edit drafts", "process", "cancel processing", "delete drafts"):
        expect(row.get_by_text(words, exact=True)).to_be_in_viewport()
    assert desk.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
