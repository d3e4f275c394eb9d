"""A place to open bottles in."""

from collections.abc import AsyncIterator

import pytest_asyncio

from app import App
from services.account import SANDBOX_PASSWORD
from tests.ar.bar import Bar
from tests.conftest import World
from tests.support.api import Api


@pytest_asyncio.fixture(loop_scope="session")
async def bar(world: World, app: App, minsu: Api) -> AsyncIterator[Bar]:
    """A way to codes and what they open."""
    async with Api(world.url) as staff:
        await staff.sign_in("demo-staff@example.com", SANDBOX_PASSWORD)
        yield Bar(world, app, minsu, staff)


@pytest_asyncio.fixture(loop_scope="session")
async def hana(world: World, app: App) -> AsyncIterator[Api]:
    """Another customer."""
    async with Api(world.url) as client:
        yield await client.sign_in("demo-hana@example.com", SANDBOX_PASSWORD)
