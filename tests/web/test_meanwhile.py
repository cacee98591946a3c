"""Two people write one draft: the second is told who saved meanwhile and what, and loses nothing of what they typed."""

import re
from typing import Any

from sqlalchemy.orm import Session

from app.domain.kernel.rows import read
from app.domain.warehousing.sheets import NewCount, add_counts
from tests.web.companies import Shop
from tests.web.test_rewriting import fields, form, rows

COUNTED = """
SELECT product.sku, trim_scale(line.counted)::text AS counted, trim_scale(line.unit_cost)::text AS cost
FROM stock_count_line line JOIN product ON product.id = line.product_id WHERE line.count_id = %(id)s
ORDER BY line.position
"""


def sheet(shop: Shop) -> int:
    """A sheet of the two products of one warehouse."""
    known = shop.known
    with Session(shop.engine) as session, session.begin():
        return add_counts(session, [NewCount(known.north, product_ids=[known.bolt, known.nut])], by=1)[0]


def counted(shop: Shop, count: int) -> dict[str, tuple[Any, Any]]:
    with Session(shop.engine) as session:
        return {row.sku: (row.counted, row.cost) for row in read(session, COUNTED, id=count)}


def of_lines(said: dict[str, str], name: str) -> list[str]:
    return [field for field in said if re.fullmatch(rf"{name}_\d+", field)]


def sentence(page: str) -> str:
    [found] = re.findall(r'<div class="sb-say danger" role="alert">.*?</svg><div>(.*?)</div>', page, re.DOTALL)
    return str(found)


def test_a_draft_that_another_saved_is_told_with_what_it_says_now_and_replaced_by_a_second_save(own_shop: Shop) -> None:
    ada, sue = own_shop.visit("ada"), own_shop.visit("sue")
    address = f"/orders/{own_shop.known.active}/edit"
    mine, theirs = form(ada, address), form(sue, address)
    sue.post(address, theirs | {"note": "Call {first}", "quantity_0": "7"})

    told = ada.post(address, mine | {"note": "Gift", "quantity_0": "5"})

    said = sentence(told.text)
    assert (told.status_code, "Sue Example saved this meanwhile" in said) == (422, True)
    assert ("Call {first}" in said, "BOLT" in said, "Quantity 7" in said) == (True, True, True)
    assert "Warehouse" not in said
    kept = fields(told.text)
    assert (kept["note"], kept["quantity_0"]) == ("Gift", "5")
    assert ada.post(address, kept).status_code == 302
    sql = "SELECT quantity FROM sales_order_line WHERE order_id = %(id)s"
    assert [row.quantity for row in rows(own_shop, sql, id=own_shop.known.active)] == [5]


def test_pieces_that_are_picked_are_told_kept_and_saved_at_the_second_time(own_shop: Shop) -> None:
    ada, sue = own_shop.visit("ada"), own_shop.visit("sue")
    address = f"/returns/{own_shop.known.draft_return}/edit"
    mine, theirs = form(ada, address), form(sue, address)
    [line] = of_lines(mine, "quantity")
    sue.post(address, theirs | {line: "2"})

    told = ada.post(address, mine | {"note": "Gift"})

    said = sentence(told.text)
    assert (told.status_code, "Sue Example saved this meanwhile" in said) == (422, True)
    assert "There now: Note: empty; LAMP, Comes back: 2." in said
    assert ada.post(address, fields(told.text)).status_code == 302


def test_two_who_count_one_sheet_keep_what_each_of_them_counted(own_shop: Shop) -> None:
    ken, ada, count = own_shop.visit("ken"), own_shop.visit("ada"), sheet(own_shop)
    address = f"/counts/{count}/fill"
    his, hers = form(ken, address), form(ada, address)
    bolts, nuts = of_lines(his, "counted")
    ada.post(address, hers | {bolts: "3", bolts.replace("counted", "cost"): "4"})

    answer = ken.post(address, his | {nuts: "88"})

    assert answer.status_code == 302
    assert counted(own_shop, count) == {"BOLT": ("3", "4"), "NUT": ("88", None)}


def test_a_line_that_both_counted_is_told_and_only_that_is_replaced(own_shop: Shop) -> None:
    ken, ada, count = own_shop.visit("ken"), own_shop.visit("ada"), sheet(own_shop)
    address = f"/counts/{count}/fill"
    his, hers = form(ken, address), form(ada, address)
    bolts, nuts = of_lines(his, "counted")
    ada.post(address, hers | {bolts: "3", nuts: "90"})

    told = ken.post(address, his | {nuts: "88"})

    said, kept = sentence(told.text), fields(told.text)
    assert (told.status_code, "Ada Example saved this meanwhile" in said, "NUT: 90" in said) == (422, True, True)
    assert ("BOLT" in said, kept[bolts], kept[nuts]) == (False, "3", "88")
    assert counted(own_shop, count) == {"BOLT": ("3", None), "NUT": ("90", None)}
    assert ken.post(address, kept).status_code == 302
    assert counted(own_shop, count) == {"BOLT": ("3", None), "NUT": ("88", None)}


def test_a_mistyped_number_does_not_bring_back_what_was_there_before(own_shop: Shop) -> None:
    """What the page had shown is remembered through a refusal, so that the next Save still knows what was changed."""
    ken, ada, count = own_shop.visit("ken"), own_shop.visit("ada"), sheet(own_shop)
    address = f"/counts/{count}/fill"
    his, hers = form(ken, address), form(ada, address)
    bolts, nuts = of_lines(his, "counted")
    refused = ken.post(address, his | {nuts: "many"})
    ada.post(address, hers | {bolts: "3"})

    assert ken.post(address, fields(refused.text) | {nuts: "88"}).status_code == 302
    assert counted(own_shop, count) == {"BOLT": ("3", None), "NUT": ("88", None)}
