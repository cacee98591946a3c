"""Price lists, prices and discounts out of files, held to what holds on their cards and between rows."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from app.domain.intake.csv_import.prices import Discounts, PriceLists, Prices
from app.domain.intake.csv_import.spans import Spans
from app.domain.kernel.rows import read, write
from app.domain.parties.models import CustomerGroup
from app.domain.pricing.models import PriceList, PriceListRow
from tests.domain.intake.files_of import brought, reason, whats
from tests.traces import statements
from tests.world import D, World

LISTS = "code,name,currency,vat_included,base,percent,step,less_cent,is_default,active"
ROWS = "price_list,product,min_quantity,price,valid_from,valid_to"
DISCOUNTS = "customer,customer_group,product,product_group,min_quantity,percent,special_price,valid_from,valid_to"


@pytest.fixture
def shop(world: World) -> World:
    world.add_product("CUP")
    world.add(CustomerGroup, code="DEALERS", name="Dealers")
    return world


def told(world: World, table: str, columns: str) -> list[tuple]:
    return [tuple(row) for row in read(world.session, f"SELECT {columns} FROM {table} ORDER BY id")]


def test_lists_are_added_and_changed_and_hand_over_the_default(shop: World) -> None:
    plan = brought(
        shop, PriceLists(), LISTS, "TRADE,Trade,EUR,false,RETAIL,-10,0.05,true,true,true",
        "RETAIL,Retail,EUR,false,,0,,false,false,true",
    )  # fmt: skip

    assert whats(plan) == ["added", "changed"]
    assert told(shop, "price_list", "code, percent, step, less_cent, is_default") == [
        ("RETAIL", D(0), None, False, False), ("TRADE", D(-10), D("0.05"), True, True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("NEW,New,EUR,false,,0,,false,true,true",
         "is_default: RETAIL is the default list: write false there in the same file."),
        ("NEW,New,USD,false,RETAIL,0,,false,false,true",
         "base: RETAIL is in another currency, or the other way with VAT."),
        ("NEW,New,EUR,true,RETAIL,0,,false,false,true",
         "base: RETAIL is in another currency, or the other way with VAT."),
        ("NEW,New,EUR,false,,5,,false,false,true",
         "base: percent, step and less_cent are for a list that follows another: name it."),
        ("NEW,New,EUR,false,RETAIL,5,,true,false,true",
         "step: say what prices are rounded to before 0.01 is taken off."),
        ("NEW,New,EUR,false,RETAIL,5,0.07,false,false,true", "step: 0.07 is not one of 0.01, 0.05, 0.10, 1.00."),
        ("NEW,New,EUR,false,RETAIL,-100,,false,false,true", "percent: -100 is not possible: it is from -99.99 to 900."),
        ("RETAIL,Retail,USD,false,,0,,false,true,true", "currency: this is fixed once it is there: add another one "
         "instead."),
        ("RETAIL,Retail,EUR,false,RETAIL,0,,false,true,true", "base: by way of RETAIL the list would follow itself."),
        ("RETAIL,Retail,EUR,false,BELOW,0,,false,true,true", "base: by way of BELOW the list would follow itself."),
    ],
)  # fmt: skip
def test_a_list_that_its_card_would_refuse_is_rejected(shop: World, line: str, sentence: str) -> None:
    shop.add(PriceList, code="BELOW", name="Below", currency="EUR", base_id=shop.prices)

    assert reason(brought(shop, PriceLists(), LISTS, line)) == sentence


def test_two_lists_that_would_follow_each_other_do_not(shop: World) -> None:
    for code in ("A", "B"):
        shop.add(PriceList, code=code, name=code, currency="EUR")

    plan = brought(shop, PriceLists(), "code,base", "A,B", "B,A")

    assert whats(plan) == ["changed", "rejected"]


def test_prices_are_known_by_list_product_quantity_and_first_day(shop: World) -> None:
    plan = brought(
        shop, Prices(), ROWS, "RETAIL,CUP,0,9.90,,", "retail,cup,10,8.5,,2026-06-30",
        "RETAIL,CUP,10,8.25,2026-07-01,",
    )  # fmt: skip

    assert whats(plan) == ["changed", "added", "added"]
    assert told(shop, "price_list_row", "min_quantity, price, valid_from, valid_to") == [
        (D(0), D("9.9"), None, None), (D(10), D("8.5"), None, date(2026, 6, 30)),
        (D(10), D("8.25"), date(2026, 7, 1), None),
    ]  # fmt: skip
    assert whats(brought(shop, Prices(), "price_list,product,price", "RETAIL,CUP,9.9")) == ["unchanged"]
    assert whats(brought(shop, Prices(), "price_list,product,price,min_quantity", "RETAIL,CUP,9.9,")) == ["unchanged"]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("RETAIL,CUP,0,5,2026-01-01,", "valid_from, valid_to: another row of the same holds always: end that one "
         "first, or choose other dates."),
        ("RETAIL,CUP,5,5,2026-03-01,", "valid_from, valid_to: another row of the same holds from 2026-01-01 to "
         "2026-06-30: end that one first, or choose other dates."),
        ("RETAIL,CUP,5,5,2026-01-01,2026-07-01", "valid_from, valid_to: another row of the same holds from 2026-07-01: "
         "end that one first, or choose other dates."),
        ("RETAIL,CUP,1,5,2026-03-01,2026-02-28", "valid_to: 2026-02-28 is before 2026-03-01."),
        ("RETAIL,CUP,-1,5,,", "min_quantity: -1 is not possible: it is 0 or more."),
        ("RETAIL,CUP,1,-5,,", "price: -5 is not possible: it is 0 or more."),
        ("RETAIL,CUP,1,,,", "price: this must not be empty."),
        ("MOON,CUP,1,5,,", "price_list: there is no price list MOON."),
        ("RETAIL,MUG,1,5,,", "product: there is no product MUG."),
        ("RETAIL,OLD,1,5,,", "product: OLD is archived: choose another."),
        (",CUP,1,5,,", "price_list: this must not be empty."),
    ],
)  # fmt: skip
def test_a_price_that_cannot_stand_beside_the_others_is_rejected(shop: World, line: str, sentence: str) -> None:
    write(shop.session, "UPDATE product SET active = false WHERE id = %(id)s", id=shop.add_product("OLD", None))
    cup = read(shop.session, "SELECT id FROM product WHERE sku = 'CUP'")[0].id
    for start, end in (("2026-01-01", "2026-06-30"), ("2026-07-01", None)):
        shop.add(PriceListRow, price_list_id=shop.prices, product_id=cup, min_quantity=D(5), price=D(9),
                 valid_from=start, valid_to=end)  # fmt: skip

    assert reason(brought(shop, Prices(), ROWS, line)) == sentence


def test_a_row_makes_room_for_another_one_of_the_same_file_in_any_order(shop: World) -> None:
    plan = brought(
        shop, Prices(), ROWS, "RETAIL,CUP,0,11,2026-07-01,", "RETAIL,CUP,0,10,,2026-06-30",
        "RETAIL,CUP,0,12,2026-08-01,",
    )  # fmt: skip

    assert whats(plan) == ["added", "changed", "rejected"]


def test_discounts_and_special_prices_are_added_and_changed(shop: World) -> None:
    first = brought(shop, Discounts(), DISCOUNTS, "C001,,CUP,,0,5,,,", ",DEALERS,,GOODS,0,10,,,")
    second = brought(shop, Discounts(), DISCOUNTS, "C001,,CUP,,0,,7.77,,", ",DEALERS,,GOODS,0,10.00,,,",
                     "C001,,,GOODS,0,0,,,")  # fmt: skip

    assert (whats(first), whats(second)) == (["added", "added"], ["changed", "unchanged", "added"])
    assert second.rows[0].changes == (("percent", "5", ""), ("special_price", "", "7.77"))
    assert told(shop, "discount", "percent, special_price, version") == [
        (None, D("7.77"), 2), (D(10), None, 1), (D(0), None, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("C001,DEALERS,CUP,,0,5,,,", "customer, customer_group: name one of them."),
        (",,CUP,,0,5,,,", "customer, customer_group: name one of them."),
        ("C001,,CUP,GOODS,0,5,,,", "product, product_group: name one of them."),
        ("C001,,CUP,,0,5,3,,", "percent, special_price: give one of them."),
        ("C001,,CUP,,0,,,,", "percent, special_price: give one of them."),
        ("C001,,,GOODS,0,,3,,", "special_price: it is for a product, not for a group."),
        ("C001,,CUP,,0,101,,,", "percent: 101 is not possible: it is from 0 to 100."),
    ],
)
def test_a_discount_that_its_card_would_refuse_is_rejected(shop: World, line: str, sentence: str) -> None:
    assert reason(brought(shop, Discounts(), DISCOUNTS, line)) == sentence


@pytest.mark.parametrize(("kind", "header", "line"), [
    (Prices(), ROWS, "RETAIL,CUP,{n},{price},,"), (Discounts(), DISCOUNTS, "C001,,CUP,,{n},,{price},,"),
    (PriceLists(), LISTS, "L{n},List {price},EUR,false,RETAIL,5,,false,false,true"),
])  # fmt: skip
def test_two_hundred_rows_take_as_many_statements_as_ten(session: Session, kind: Spans, header: str, line: str) -> None:
    world, counts = World(session), []
    world.add_product("CUP")
    for start, size in ((1000, 10), (2000, 200)):
        brought(world, kind, header, *(line.format(n=start + i, price=5) for i in range(size)))
        with statements() as sent:
            plan = brought(world, kind, header, *(line.format(n=start + i, price=6) for i in range(2 * size)))
        assert plan.counts == {"added": size, "changed": size, "unchanged": 0, "rejected": 0}
        counts.append(len(sent))

    assert counts[0] == counts[1] < 15
