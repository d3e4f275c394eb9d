"""What cannot be begun from its beginning goes on after a deadlock all the same."""

import asyncio
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select, text

from models.cameo import Portrait
from sandbox.stack import Stack
from services.account import SANDBOX_PASSWORD
from tests.account.door import Door
from tests.account.provider import MINA, REDIRECT, Browser
from tests.cameo.desk import until
from tests.chat.test_locks import DELETE, WAITING
from tests.support.api import Api
from tests.support.cameo import PHOTO, upload

# The one who looks for deadlocks first is the one who is undone.
PATIENT = text("set local deadlock_timeout = '30s'")


async def waiting(door: Door) -> int:
    """How many wait for a lock."""
    async with door.db.read() as session:
        return int(await session.scalar(text(WAITING)) or 0)


@pytest.mark.env(SIGN_IN_REDIRECT_URIS=REDIRECT)
async def test_a_providers_code_is_spent_once(
    door: Door, stack: Stack, caplog: pytest.LogCaptureFixture
) -> None:
    browser = Browser(door, stack)
    begun = await browser.begun()
    code = await browser.code(begun)
    async with door.begin() as uow:
        await uow.session.execute(PATIENT)
        await uow.lock("email", MINA["email"])
        finishing = asyncio.create_task(browser.finished(begun, code))
        await until(partial(waiting, door))
        await uow.lock("identity", "sandbox", MINA["sub"])
    assert (await finishing)["customer"]["email"] == MINA["email"]
    assert "begun anew" in caplog.text


async def test_an_account_with_photos_is_deleted_once(
    door: Door, minsu: Api, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = [await upload(minsu, PHOTO.read_bytes()) for _ in range(2)]
    async with door.begin() as uow:
        await uow.session.execute(PATIENT)
        await uow.session.execute(locked(second))
        deleting = asyncio.create_task(minsu.one(DELETE, password=SANDBOX_PASSWORD))
        await until(partial(waiting, door))
        await uow.session.execute(locked(first))
    assert await deleting == {"__typename": "ErasureReceipt"}
    assert "begun anew" in caplog.text


def locked(id: str) -> Any:
    """Ask for a photo's row, and for its lock."""
    return select(Portrait.id).where(Portrait.id == id).with_for_update()
