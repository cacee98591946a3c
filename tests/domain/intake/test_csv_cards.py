"""Whole files of cards, good and bad: each row on its own, and the file as one."""

import pytest
from sqlalchemy.orm import Session

from app.domain.intake.csv_import import keys
from app.domain.intake.csv_import.plans import Access
from app.domain.intake.csv_import.products import Products
from app.domain.kernel.errors import Invalid
from app.domain.kernel.rows import read, write
from tests.domain.intake.files_of import brought, reason, sheet_of, whats
from tests.traces import checksums, statements
from tests.world import World

HEADER = "sku,name,kind,group,unit,tax_rate,planned_cost,active"
GOOD = "POT,Pot,goods,GOODS,pcs,A,3,true"


@pytest.fixture
def shop(world: World) -> World:
    world.add_product("CUP", cost="4.00")
    return world


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (["sku,colour", "CUP,red"], "Row 1 names the columns; there is no column colour, there are sku, name, kind, "),
        (["sku,name,SKU", "CUP,x,CUP"], "Row 1: the column sku is there twice."),
        (["name,group", "x,GOODS"], "Row 1: the column sku is missing, without which no row is known."),
        (["CUP,x", "MUG,y"], "Row 1 names the columns; there is no column cup, x, there are "),
        ([f"sku,{'x' * 2**20}", "CUP,x"], f"there is no column {'x' * 40}…, there are "),
    ],
)
def test_a_file_whose_columns_cannot_be_meant_is_refused_whole(shop: World, lines: list[str], sentence: str) -> None:
    refusal = shop.refusal(lambda session, *, by: Products().run(session, sheet_of(*lines), Access(), by=by))

    assert isinstance(refusal, Invalid)
    assert sentence in str(refusal)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("POT,Pot,goods,GOODS,pcs,A,3",
         "The row has 7 cells and the header 8: is a separator missing, or one too many?"),
        (f"{GOOD},", "The row has 9 cells and the header 8: is a separator missing, or one too many?"),
        ("POT,Pot,goods,MOON,pcs,A,3,true", "group: there is no product group MOON."),
        ("POT,Pot,goods,OLD,pcs,A,3,true", "group: OLD is archived: choose another."),
        ("POT,Pot,goods,,pcs,A,3,true", "group: this must not be empty."),
        ("POT,Pot,wares,GOODS,pcs,A,3,true", "kind: wares is not one of goods, production, service."),
        ("POT,,goods,GOODS,pcs,A,3,true", "name: this must not be empty."),
        ("POT,Pot,goods,GOODS,pcs,A,NaN,true", "planned_cost: NaN is not a usable number: write it like 1234.56."),
        ("POT,Pot,goods,GOODS,pcs,A,1e309,true", "planned_cost: 1e309 is not a usable number: write it like 1234.56."),
        ("POT,Pot,goods,GOODS,pcs,A,3,maybe", "active: maybe is neither true nor false."),
        (",Pot,goods,GOODS,pcs,A,3,true", "sku: this must not be empty."),
        ("P\0T,Pot,goods,GOODS,pcs,A,3,true", "sku: P\ufffdT has characters that cannot be kept: type it again."),
        ("CUP,Cup,service,GOODS,pcs,A,3,true", "kind: this is fixed once it is there: add another one instead."),
        ("CUP,Cup,goods,GOODS,kg,A,3,true", "unit: this is fixed once it is there: add another one instead."),
        ("CUP,Cup,goods,OLD,pcs,A,3,true", "group: OLD is archived: choose another."),
        ("CUP,Cup\u202e,goods,GOODS,pcs,A,3,true",
         "name: Cup\ufffd has marks that turn the direction of text around: type it again."),
    ],
)  # fmt: skip
def test_a_bad_row_says_why_and_the_good_ones_are_taken(shop: World, line: str, sentence: str) -> None:
    write(shop.session, "UPDATE product_group SET active = false WHERE id = %(id)s", id=shop.group("old"))

    plan = brought(shop, Products(), HEADER, line, "PAN,Pan,goods,GOODS,pcs,A,3,true")

    assert whats(plan) == ["rejected", "added"]
    assert reason(plan) == sentence
    assert [row.sku for row in read(shop.session, "SELECT sku FROM product ORDER BY sku")] == ["CUP", "PAN"]


def test_the_same_key_twice_is_taken_once_whatever_its_letters(shop: World) -> None:
    skus = ["POT", "pot", "ß", "SS", "cup", "CUP"]

    plan = brought(shop, Products(), HEADER, *(f"{sku},x,goods,GOODS,pcs,A,,true" for sku in skus))

    assert whats(plan) == ["added", "rejected", "added", "added", "changed", "rejected"]
    assert reason(plan, 3) == "It is in row 2 already: keep one of them."


def test_an_absent_column_leaves_what_is_there_and_an_empty_cell_empties_it(shop: World) -> None:
    left = brought(shop, Products(), "sku,name", "CUP,Best cup")
    emptied = brought(shop, Products(), "sku,planned_cost", "CUP,")

    assert left.rows[0].changes == (("name", "Product CUP", "Best cup"),)
    assert emptied.rows[0].changes == (("planned_cost", "4", ""),)
    row = read(shop.session, "SELECT name, planned_cost, version FROM product")[0]
    assert tuple(row) == ("Best cup", None, 3)


def test_a_new_row_needs_what_its_card_needs(shop: World) -> None:
    plan = brought(shop, Products(), "sku,name,group,unit", "POT,Pot,GOODS,pcs", "CUP,Cup,GOODS,pcs")

    assert whats(plan) == ["rejected", "changed"]
    assert reason(plan) == "tax_rate: a new product needs this."


def test_what_an_archived_group_has_stays_there_and_may_change_otherwise(shop: World) -> None:
    write(shop.session, "UPDATE product_group SET active = false")

    plan = brought(shop, Products(), "sku,name,group", "CUP,Best cup,GOODS")

    assert whats(plan) == ["changed"]


def test_a_text_that_is_as_it_was_is_taken_whatever_it_is(shop: World) -> None:
    name = "x" * 300 + "\u202e "
    write(shop.session, "UPDATE product SET name = %(name)s", name=name)

    assert whats(brought(shop, Products(), "sku,name,planned_cost", f'CUP,"{name}",5')) == ["changed"]
    assert read(shop.session, "SELECT name FROM product")[0].name == name


def test_a_column_that_a_person_may_not_write_is_none(shop: World) -> None:
    refusal = shop.refusal(
        lambda session, *, by: Products().run(
            session, sheet_of("sku,planned_cost", "CUP,1"), Access(frozenset({"sku", "name"})), by=by
        )
    )

    assert "there is no column planned_cost, there are sku, name" in str(refusal)


def test_a_file_of_nothing_but_bad_rows_leaves_no_trace(shop: World) -> None:
    before = checksums(shop.session)

    brought(shop, Products(), HEADER, "POT", "CUP,,goods,GOODS,pcs,A,3,true")

    assert checksums(shop.session) == before


def test_two_hundred_rows_take_as_many_statements_as_ten(session: Session) -> None:
    world, counts = World(session), []
    kind = Products()
    for start, size in ((0, 10), (1000, 200)):
        new = [f"N{start + i},New,goods,GOODS,pcs,A,1,true" for i in range(size)]
        world.group("goods")
        brought(world, kind, HEADER, *new)
        changed = [line.replace("New", "Old") for line in new] + [f"M{line}" for line in new]
        with statements() as sent:
            plan = brought(world, kind, HEADER, *changed, "BAD,x,goods,MOON,pcs,A,,true")
        assert plan.counts == {"added": size, "changed": size, "unchanged": 0, "rejected": 1}
        counts.append(len(sent))

    assert counts[0] == counts[1] < 15


def test_the_code_of_a_table_is_what_people_call_its_rows_by() -> None:
    assert (keys.code_column("product"), keys.code_column("unit")) == ("sku", "code")
