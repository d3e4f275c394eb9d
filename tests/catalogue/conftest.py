"""The API with its stores at hand, and with the catalogue in the graph."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest_asyncio
from sqlalchemy import delete

from app import App
from core.outbox import Outbox
from sandbox.stack import Stack
from services.world import remake
from tests.catalogue.door import Door
from tests.conftest import World
from tests.support.api import TLS
from tests.support.serve import serving

CLEAR = delete(Outbox)


@pytest_asyncio.fixture(loop_scope="session")
async def door(world: World, app: App) -> AsyncIterator[Door]:
    """A way into an API of this test's own."""
    async with httpx2.AsyncClient(verify=TLS, timeout=30) as http:
        yield Door(world.url, app, http)


@pytest_asyncio.fixture(loop_scope="session")
async def world_door(world: World, engine: Stack) -> AsyncIterator[Door]:
    """A way into an API whose graph holds the catalogue of its database."""
    async with door_to(world) as found:
        yield found


@asynccontextmanager
async def door_to(world: World) -> AsyncIterator[Door]:
    """Open a way in, with the graph made anew."""
    async with serving(world.settings) as app, httpx2.AsyncClient(verify=TLS, timeout=30) as http:
        async with app.db.write.begin() as session:
            await session.execute(CLEAR)
        await remake(app.db, app.graph)
        yield Door(world.url, app, http)
