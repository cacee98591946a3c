import pytest

from tests.world import World


@pytest.fixture
def cup(world: World) -> int:
    return world.add_product("CUP", "10.00")


@pytest.fixture
def service(world: World) -> int:
    return world.add_product("HELP", "5.00", kind="service")
