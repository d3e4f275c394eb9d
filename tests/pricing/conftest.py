"""A market with its prices, and staff who give out gift cards."""

from collections.abc import AsyncIterator

import pytest_asyncio

from app import App
from services.account import SANDBOX_PASSWORD
from tests.conftest import World
from tests.pricing.market import Market
from tests.support.api import Api


@pytest_asyncio.fixture(loop_scope="session")
async def market(app: App) -> Market:
    """The seeded catalogue, priced."""
    return Market(app)


@pytest_asyncio.fixture(loop_scope="session")
async def staff(world: World, app: App) -> AsyncIterator[Api]:
    """One of ours, signed in."""
    async with Api(world.url) as client:
        yield await client.sign_in("demo-staff@example.com", SANDBOX_PASSWORD)
