"""Agents of two protocols, for tests that ask both the same."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from app import App
from services import partner
from services.partner import SANDBOX_TOKEN_ID
from tests.acp.agent import Agent
from tests.agents.acp import AcpShopper
from tests.agents.shopper import Shopper
from tests.agents.ucp import Platform, UcpShopper, platform
from tests.conftest import World

AGENT = "/profile"


class Speakers:
    """Makes shoppers of either protocol."""

    def __init__(self, world: World, app: App, home: Platform, stack: AsyncExitStack) -> None:
        self._world, self._app, self.home, self._stack = world, app, home, stack

    async def of(self, protocol: str, token_id: str = SANDBOX_TOKEN_ID) -> Shopper:
        """A shopper whose agent speaks so."""
        token = partner.secret_of(self._app.settings, token_id)
        if protocol == "acp":
            return AcpShopper(await self._stack.enter_async_context(Agent(self._world.url, token)))
        return await self.ucp(f'profile="{self.home.url}{AGENT}"', token)

    async def ucp(self, agent: str, token: str | None = None) -> UcpShopper:
        """A shopper on a platform of one's own."""
        token = token or partner.secret_of(self._app.settings, SANDBOX_TOKEN_ID)
        one = UcpShopper(self._world.url, token, agent)
        return await self._stack.enter_async_context(one)


@pytest.fixture(scope="session")
def home() -> Iterator[Platform]:
    """A platform with its profiles."""
    with platform() as one:
        yield one


@pytest_asyncio.fixture(loop_scope="session")
async def speakers(world: World, app: App, home: Platform) -> AsyncIterator[Speakers]:
    """Who makes shoppers."""
    async with AsyncExitStack() as stack:
        yield Speakers(world, app, home, stack)
