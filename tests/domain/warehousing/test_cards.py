"""Cards of goods: what is chosen exists and is used, and what quantities mean is said once for all."""

from typing import Any

import pytest

from app.domain.catalog.models import Product, ProductGroup, TaxRate, Unit
from app.domain.kernel.errors import DomainError
from app.domain.kernel.rows import read, write
from app.domain.warehousing.cards import change_group, change_product, change_unit
from tests.world import World


def card(world: World, entity: type, key: int) -> Any:
    return world.session.get_one(entity, key)


def archive(world: World, table: str, key: int) -> None:
    write(world.session, f"UPDATE {table} SET active = false WHERE id = %(id)s", id=key)


def test_what_may_change_is_written(world: World, cup: int) -> None:
    other = world.add(ProductGroup, code="OTHER", name="Other")

    world.do(change_product, card(world, Product, cup), {"name": "Mug", "group_id": other, "kind": "goods"})

    [row] = read(world.session, "SELECT name, group_id, kind FROM product WHERE id = %(id)s", id=cup)
    assert row == ("Mug", other, "goods")


@pytest.mark.parametrize("change", [{"kind": "production"}, {"unit_id": "kilo"}])
def test_neither_kind_nor_unit_of_a_product_changes(world: World, cup: int, change: dict[str, Any]) -> None:
    values = {name: world.kilo if value == "kilo" else value for name, value in change.items()}

    assert world.refusal(change_product, card(world, Product, cup), values).code == "fixed_measure"


def test_the_decimals_of_a_unit_stay(world: World) -> None:
    with pytest.raises(DomainError, match="fixed"):
        change_unit(world.session, card(world, Unit, world.unit), {"name": "one", "decimals": 2})
    change_unit(world.session, card(world, Unit, world.unit), {"name": "one", "decimals": 0})
    assert card(world, Unit, world.unit).name == "one"


def test_what_is_archived_is_chosen_by_no_card_and_stays_where_it_is(world: World, cup: int) -> None:
    group, rate = world.add(ProductGroup, code="OLD", name="Old"), world.add(TaxRate, code="OLD", name="Old", rate=1)
    archive(world, "product_group", group)
    archive(world, "tax_rate", rate)
    product = card(world, Product, cup)

    for values in ({"group_id": group}, {"tax_rate_id": rate}):
        assert world.refusal(change_product, product, values).code == "archived_choice"
    assert world.refusal(change_product, product, {"group_id": 10**15}).code == "no_such_choice"
    archive(world, "product_group", product.group_id)
    world.do(change_product, product, {"group_id": product.group_id, "name": "Mug"})


def test_a_new_card_chooses_nothing_archived_either(world: World) -> None:
    archive(world, "unit", world.kilo)
    new = Product(sku="NEW", name="New")
    values = {"unit_id": world.kilo, "group_id": world.group("goods"), "tax_rate_id": world.taxes[20]}

    assert world.refusal(change_product, new, values).code == "archived_choice"


@pytest.mark.parametrize(
    ("column", "code"), [("inventory_account_id", "3000"), ("cost_account_id", "1200"), ("revenue_account_id", "5000")]
)
def test_a_group_names_accounts_of_the_role_that_it_means(world: World, column: str, code: str) -> None:
    group = card(world, ProductGroup, world.group("goods"))

    assert world.refusal(change_group, group, {column: world.account(code)}).code == "other_role"


def test_a_group_is_never_inside_of_itself(world: World) -> None:
    outer = world.add(ProductGroup, code="OUTER", name="Outer")
    inner = world.add(ProductGroup, code="INNER", name="Inner", parent_id=outer)

    for parent in (outer, inner):
        refusal = world.refusal(change_group, card(world, ProductGroup, outer), {"parent_id": parent})
        assert refusal.code == "inside_itself"
