"""What the tests of cameos under faults stand on."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from sandbox.openai.server import SandboxControl
from tests.cameo.crew import Crew, crew_of
from tests.cameo.desk import Desk, desk_of
from tests.conftest import World
from tests.support.api import Api
from tests.support.cameo import make_portrait


@pytest.fixture
def studio(world: World) -> Iterator[SandboxControl]:
    """The renderer's knobs: renders cost nothing, and faults end with the test."""
    control = SandboxControl(world.env["OPENAI_BASE_URL"].removesuffix("/v1"))
    control.speed(instant=True)
    yield control
    control.faults()
    control.webhook(None)
    control.speed()


@pytest_asyncio.fixture(loop_scope="session")
async def desk(world: World, studio: SandboxControl) -> AsyncIterator[Desk]:
    """What the stores hold, to compare with; a film of five seconds can be asked for."""
    async with desk_of(world, studio) as found:
        yield found


@pytest_asyncio.fixture(loop_scope="session")
async def crew(world: World) -> AsyncIterator[Crew]:
    """A relay, and workers whose every call can be watched."""
    async with crew_of(world) as found:
        yield found


@pytest_asyncio.fixture(loop_scope="session")
async def photo(minsu: Api, crew: Crew) -> str:
    """A portrait that is ready."""
    return await make_portrait(minsu)
