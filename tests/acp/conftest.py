"""Staff, and a partner with a server, for tests of agents."""

from collections.abc import AsyncIterator

import pytest_asyncio

from app import App
from services.account import SANDBOX_PASSWORD
from tests.acp.partner import CREATE, Office, receiving
from tests.conftest import World
from tests.support.api import Api, key


@pytest_asyncio.fixture(loop_scope="session")
async def staff(world: World, app: App) -> AsyncIterator[Api]:
    """Somebody of ours."""
    async with Api(world.url) as client:
        yield await client.sign_in("demo-staff@example.com", SANDBOX_PASSWORD)


@pytest_asyncio.fixture(loop_scope="session")
async def office(world: World, staff: Api) -> AsyncIterator[Office]:
    """A partner with a server, told of its orders."""
    with receiving() as receiver:
        given = {"name": "한잔", "scopes": ["checkout", "orders"], "webhookUrl": receiver.url}
        made = await staff.one(CREATE, i={**given, "idempotencyKey": key()})
        assert made["token"]["webhookUrl"] == receiver.url
        receiver.secret = made["webhookSecret"]
        yield Office(world, staff, receiver, made["token"]["id"])
        assert receiver.faults == []
