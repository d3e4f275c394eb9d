"""The API of this test's own, asked as a client asks it."""

from collections.abc import AsyncIterator

import httpx2
import pytest_asyncio

from app import App
from tests.catalogue.door import Door
from tests.conftest import World
from tests.support.api import TLS


@pytest_asyncio.fixture(loop_scope="session")
async def door(world: World, app: App) -> AsyncIterator[Door]:
    """A way into an API of this test's own."""
    async with httpx2.AsyncClient(verify=TLS, timeout=30) as http:
        yield Door(world.url, app, http)
