import pytest

from tests.world import World


@pytest.fixture
def cup(world: World) -> int:
    return world.add_product("CUP")
