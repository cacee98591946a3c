"""Products out of a file: found by SKU, changed where they differ, and never past what holds on their cards."""

from app.domain.catalog.models import ProductGroup
from app.domain.intake.csv_import.products import Products
from app.domain.kernel.company import company
from app.domain.kernel.rows import read
from app.domain.ledger.periods import close_period
from tests.domain.intake.files_of import brought, reason, whats
from tests.world import D, World

HEADER = "sku,name,kind,group,unit,tax_rate,planned_cost,active"


def test_products_are_added_changed_and_left_as_they_are(world: World) -> None:
    world.add_product("CUP", cost="4.00")
    world.add_product("MUG", cost="3.00")

    plan = brought(
        world, Products(), HEADER, "cup,Product CUP,goods,GOODS,pcs,A,4,true",
        "MUG,Big mug,goods,goods,pcs,A,3.5,true", "POT,Pot,goods,GOODS,kg,a,,true",
    )  # fmt: skip

    assert whats(plan) == ["unchanged", "changed", "added"]
    assert plan.rows[1].changes == (("name", "Product MUG", "Big mug"), ("planned_cost", "3", "3.5"))
    rows = read(world.session, "SELECT sku, name, planned_cost, version FROM product ORDER BY sku")
    assert [(row.sku, row.name, row.planned_cost, row.version) for row in rows] == [
        ("CUP", "Product CUP", D(4), 1), ("MUG", "Big mug", D("3.5"), 2), ("POT", "Pot", None, 1),
    ]  # fmt: skip


def shelved(world: World) -> None:
    """Ten cups in stock, and a group on another inventory account."""
    world.receive(world.add_product("CUP", cost="4.00"), "10", "4.00")
    world.add(ProductGroup, code="SHELF", name="Shelf", inventory_account_id=world.account("1210"))


def test_in_another_group_the_value_of_goods_goes_to_its_account(world: World) -> None:
    shelved(world)

    assert whats(brought(world, Products(), "sku,group", "CUP,SHELF")) == ["changed"]

    change = world.ids("SELECT id FROM inventory_account_change")[0]
    assert ("1210", "40.00", "0.00") in world.entry(change, "inventory.account_changed")
    world.prove()


def test_no_value_goes_over_on_a_day_of_a_closed_period_and_the_other_rows_are_taken(world: World) -> None:
    shelved(world)
    world.add_product("MUG")
    today = company(world.session).today()
    world.do(close_period, today.replace(day=1), today)

    plan = brought(world, Products(), "sku,name,group", "CUP,Cup,SHELF", "MUG,Mug,GOODS")

    assert whats(plan) == ["rejected", "changed"]
    assert "closed" in reason(plan)
    assert read(world.session, "SELECT name FROM product WHERE sku = 'CUP'")[0].name == "Product CUP"
