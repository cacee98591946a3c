"""A file is brought, looked at and imported with a mouse, on a desk and on a phone."""

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import PHONE, Desk

LINES = [
    "sku,name,group,unit,tax_rate,planned_cost", "BOLT,Long bolt,GOODS,pcs,A,4", "NUT,Product NUT,GOODS,pcs,A,1",
    "WASHER,Washer with a rather long name that says a lot,GOODS,pcs,A,0.05", "X,Unknown,MOON,pcs,A,",
    "Y,Costs,GOODS,pcs,A,1e309",
]  # fmt: skip


def test_a_file_is_looked_at_and_its_good_rows_are_imported(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "spring prices.csv"
    file.write_text("\n".join(LINES))
    desk.sign_in("max")
    desk.open("/products/")
    desk.page.get_by_label("Import CSV").click()
    expect(desk.page.get_by_role("heading", name="Import products")).to_be_visible()
    desk.page.set_input_files("input[type=file]", file)
    desk.page.get_by_role("button", name="Look at it").click()

    rows = desk.page.locator("tbody tr")
    expect(rows).to_have_count(4)
    expect(rows.nth(0)).to_contain_text("Product BOLT → Long bolt")
    expect(rows.nth(2)).to_contain_text("group: there is no product group MOON.")
    for size in (None, PHONE):
        if size is not None:
            desk.page.set_viewport_size(size)
        assert desk.page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    desk.page.get_by_role("button", name="Import the good rows: 2").click()
    expect(desk.page.get_by_text("It is imported: 1 new, 1 changed.")).to_be_visible()
    with desk.page.expect_download() as download:
        desk.page.get_by_role("link", name="Rejected rows").click()
    assert download.value.suggested_filename == "products-rejected.csv"
    assert "MOON" in Path(download.value.path()).read_text(encoding="utf-8-sig")
