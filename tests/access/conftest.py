"""An owner, and four who are not."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest_asyncio

from app import App
from services.account import SANDBOX_PASSWORD
from tests.access.crowd import Crowd
from tests.conftest import World
from tests.support.api import Api

TELL = "mutation ($i: UpdateAccountInput!) { updateAccount(input: $i) { __typename } }"


@pytest_asyncio.fixture(loop_scope="session")
async def crowd(world: World, app: App, minsu: Api) -> AsyncIterator[Crowd]:
    """Another customer, a guest of age, a partner who is signed in, and a stranger."""
    async with AsyncExitStack() as doors:

        async def member(name: str) -> Api:
            api = await doors.enter_async_context(Api(world.url))
            return await api.sign_in(f"demo-{name}@example.com", SANDBOX_PASSWORD)

        guest = await (await doors.enter_async_context(Api(world.url))).guest()
        assert await guest.one(TELL, i={"birthDate": "1990-01-01"}) == {"__typename": "Customer"}
        others = {
            "another customer": await member("hana"),
            "a guest": guest,
            "a partner": await member("partner"),
            "a stranger": await doors.enter_async_context(Api(world.url)),
        }
        yield Crowd(world, app, minsu, await member("staff"), others)
