"""A shop with an API of its own, and staff at its door."""

from collections.abc import AsyncIterator

import pytest_asyncio

from app import App
from services.account import SANDBOX_PASSWORD
from tests.conftest import World
from tests.stock.shop import Shop
from tests.support.api import Api


@pytest_asyncio.fixture(loop_scope="session")
async def shop(world: World, app: App) -> AsyncIterator[Shop]:
    """A seeded shop."""
    async with Api(world.url) as staff:
        yield Shop(app, await staff.sign_in("demo-staff@example.com", SANDBOX_PASSWORD))
