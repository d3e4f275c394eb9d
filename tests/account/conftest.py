"""The API with its stores at hand, for tests of accounts and notifications."""

from collections.abc import AsyncIterator

import httpx2
import pytest
import pytest_asyncio

from app import App
from services.account import passwords
from tests.account.door import Door
from tests.conftest import World
from tests.support.api import TLS
from tests.support.kept import HASHER


@pytest.fixture(autouse=True)
def hasher(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords are hashed as customers' are."""
    monkeypatch.setattr(passwords, "HASHER", HASHER)
    passwords._dummy.cache_clear()


@pytest_asyncio.fixture(loop_scope="session")
async def door(world: World, app: App) -> AsyncIterator[Door]:
    """A way into an API of this test's own."""
    async with httpx2.AsyncClient(verify=TLS, timeout=30) as http:
        yield Door(world.url, app, http)
