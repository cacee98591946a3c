"""What documents know of warehouses."""

from app.domain.kernel.rows import write
from app.domain.stock.warehouses import warehouses


def test_active_warehouses_are_told_with_their_way_and_their_rule(world) -> None:
    bold = world.add_warehouse("BOLD", way="manager_storekeeper", negative=True)

    told = warehouses(world.session, [bold, world.warehouse, bold, 10**15])

    assert {row.code: (row.way, row.negative_available) for row in told.values()} == {
        "BOLD": ("manager_storekeeper", True),
        "MAIN": ("manager_seller", False),
    }


def test_an_archived_warehouse_is_left_out(world) -> None:
    write(world.session, "UPDATE warehouse SET active = false WHERE id = %(id)s", id=world.warehouse)

    assert warehouses(world.session, [world.warehouse]) == {}
