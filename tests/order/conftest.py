"""A shop with an API of its own, and a customer and staff at its door."""

from collections.abc import AsyncIterator

import pytest_asyncio

from app import App
from services.account import SANDBOX_PASSWORD
from tests.conftest import World
from tests.order.desk import Desk
from tests.support.api import Api


@pytest_asyncio.fixture(loop_scope="session")
async def desk(world: World, app: App, minsu: Api) -> AsyncIterator[Desk]:
    """A way to orders."""
    async with Api(world.url) as staff:
        await staff.sign_in("demo-staff@example.com", SANDBOX_PASSWORD)
        yield Desk(world, app, minsu, staff)


@pytest_asyncio.fixture(loop_scope="session")
async def hana(world: World, app: App) -> AsyncIterator[Api]:
    """Another customer."""
    async with Api(world.url) as client:
        yield await client.sign_in("demo-hana@example.com", SANDBOX_PASSWORD)
