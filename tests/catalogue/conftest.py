"""The API with its stores at hand, and the graph on each engine that this machine can run."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import httpx2
import pytest
import pytest_asyncio
from sqlalchemy import delete

from app import App
from core.outbox import Outbox
from sandbox.java import missing
from sandbox.stack import Stack
from services.world import rebuild
from tests.catalogue.door import Door
from tests.conftest import World
from tests.support.serve import serving

CLEAR = delete(Outbox)
STORES = ("DATABASE_URL", "REDIS_URL", "S3_ENDPOINT_URL")


@pytest_asyncio.fixture(loop_scope="session")
async def door(world: World, app: App) -> AsyncIterator[Door]:
    """A way into an API of this test's own."""
    async with httpx2.AsyncClient(timeout=30) as http:
        yield Door(world.url, app, http)


@pytest.fixture(scope="session", params=["arcadedb", "neo4j"])
def engine(
    request: pytest.FixtureRequest, stack: Stack, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """A graph server for these tests alone, which they may stop."""
    if request.param == "neo4j" and (why := missing()):
        pytest.skip(why)
    given = {name: stack.env[name] for name in STORES}
    folder = tmp_path_factory.mktemp(request.param)
    with Stack(folder, graph=request.param, given=given) as servers:
        yield servers


@pytest_asyncio.fixture(loop_scope="session")
async def world_door(world: World, engine: Stack) -> AsyncIterator[Door]:
    """A way into an API whose graph holds the catalogue of its database."""
    # A cold or busy engine is not what these tests are about; one that is stopped refuses at once.
    async with door_to(world, engine, deadline=10) as found:
        yield found


@asynccontextmanager
async def door_to(world: World, engine: Stack, *, deadline: float) -> AsyncIterator[Door]:
    """Open a way in; reads of the graph may take so many seconds."""
    world.env.update({k: v for k, v in engine.env.items() if k.startswith("NEO4J_")})
    world.env["GRAPH_DEADLINE_SECONDS"] = str(deadline)
    async with serving(world.settings) as app, httpx2.AsyncClient(timeout=30) as http:
        async with app.db.write.begin() as session:
            await session.execute(CLEAR)
        await rebuild(app.db, app.graph)
        yield Door(world.url, app, http)
