"""What the tests of this room share."""

import pytest

from tests.world import World


@pytest.fixture
def product(world: World) -> int:
    """A hundred pieces are on hand, at 10.00 each."""
    product = world.add_product("A")
    world.receive(product, "100")
    return product
