"""Products by SKU whatever the letter case, and the accounts that their groups name."""

import pytest

from app.domain.catalog.models import Product, ProductGroup
from app.domain.catalog.products import accounts_of, product_ids, products
from app.domain.kernel.errors import NotFound
from app.domain.kernel.rows import read


@pytest.fixture
def account(world) -> dict[str, int]:
    """code → id"""
    return {row.code: row.id for row in read(world.session, "SELECT id, code FROM account")}


def group(world, code: str, *, under: int | None = None, **accounts: int) -> int:
    return world.add(ProductGroup, code=code, name=code.title(), parent_id=under, **accounts)


def test_the_facts_of_products_are_told_by_id_and_unknown_ones_left_out(world) -> None:
    tea = world.add_product("TEA", kilos=True, tax=9, cost="2.50")

    facts = products(world.session, [tea, 10**15, tea])

    assert list(facts) == [tea]
    row = facts[tea]
    assert (row.sku, row.kind, row.active, row.unit, row.decimals) == ("TEA", "goods", True, "kg", 3)
    assert (str(row.first_percent), str(row.planned_cost)) == ("9", "2.50")


def test_a_product_is_found_by_its_sku_whatever_the_letter_case(world) -> None:
    cup, jar = world.add_product("Cup-1"), world.add_product("JAR")

    assert product_ids(world.session, ["cUP-1", "jar", "CUP-1"]) == {"cUP-1": cup, "jar": jar, "CUP-1": cup}


@pytest.mark.parametrize("sku", ["straße", "ΑΣ-ας", "ŉ-1", "чай"])
def test_a_product_is_found_by_the_very_sku_it_has_in_any_alphabet(world, sku: str) -> None:
    product = world.add_product(sku)

    assert product_ids(world.session, [sku]) == {sku: product}


def test_every_sku_that_is_no_product_is_named(world) -> None:
    world.add_product("CUP")

    with pytest.raises(NotFound, match=r"There is no product POT, VAT\.") as refusal:
        product_ids(world.session, ["VAT", "CUP", "POT", "VAT"])

    assert refusal.value.code == "unknown_product"


def test_an_account_comes_from_the_nearest_group_that_names_one(world, account) -> None:
    top = group(world, "ALL", inventory_account_id=account["1200"], revenue_account_id=account["4000"])
    middle = group(world, "HOT", under=top, cost_account_id=account["5000"])
    low = group(world, "TEAS", under=middle, revenue_account_id=account["4010"])
    tea, pot = world.add_product("TEA", group=low), world.add_product("POT", group=top)

    named = accounts_of(world.session, [tea, pot, tea])

    assert named[tea] == {
        "inventory": account["1200"], "cost_of_sales": account["5000"], "revenue": account["4010"],
    }  # fmt: skip
    assert named[pot] == {"inventory": account["1200"], "revenue": account["4000"]}


def test_a_group_that_names_no_account_leaves_it_to_the_rule(world) -> None:
    cup = world.add_product("CUP")

    assert accounts_of(world.session, [cup]) == {cup: {}}


def test_groups_that_are_inside_each_other_still_give_their_accounts(world, account, behind_the_back) -> None:
    """The database refuses that; whoever came around it does not stop the trade."""
    outer = group(world, "OUT", revenue_account_id=account["4000"])
    inner = group(world, "IN", under=outer)
    behind_the_back(f"UPDATE product_group SET parent_id = {inner} WHERE id = {outer}")
    cup = world.add_product("CUP", group=inner)

    assert accounts_of(world.session, [cup]) == {cup: {"revenue": account["4000"]}}


def test_cards_are_called_by_their_code_and_name() -> None:
    assert (str(Product(sku="CUP", name="Cup")), str(ProductGroup(code="HOT", name="Hot"))) == ("CUP Cup", "HOT Hot")
