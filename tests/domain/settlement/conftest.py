"""What the tests of this room share."""

import pytest

from tests.world import World


@pytest.fixture
def invoice(world: World) -> int:
    """Two lines of 12.00 and 24.00."""
    product = world.add_product("A")
    world.receive(product, "9")
    return world.invoice(world.shipped_order((product, "1"), (product, "2"))[1])
