"""The API with the world in its graph, on each engine, and staff who may change it."""

from collections.abc import AsyncIterator

import pytest_asyncio

from app import App
from services.account import SANDBOX_PASSWORD
from tests.catalogue.conftest import door, world_door
from tests.catalogue.door import Door
from tests.conftest import World
from tests.support.api import Api

__all__ = ["door", "world_door"]


@pytest_asyncio.fixture(loop_scope="session")
async def editor(world: World, app: App) -> AsyncIterator[Api]:
    """The same staff, where the graph does not matter."""
    async with Api(world.url) as api:
        yield await api.sign_in("demo-staff@example.com", SANDBOX_PASSWORD)


@pytest_asyncio.fixture(loop_scope="session")
async def staff(world_door: Door) -> AsyncIterator[Api]:
    """Staff who may read and change the world."""
    async with Api(world_door.url) as api:
        yield await api.sign_in("demo-staff@example.com", SANDBOX_PASSWORD)
