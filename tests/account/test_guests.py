"""Guests leave: when they ask to, and when they have long been away."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, select

from models.account import AccountSession, Customer, Identity, RefreshToken
from models.erasure import ErasureReceipt
from services import account
from tests.account.door import (
    DELETE,
    GUEST,
    ME,
    PASSWORD,
    REFRESH,
    REGISTER,
    SIGN_OUT,
    UPDATE,
    Door,
    code,
    member,
)
from tests.conftest import World
from tests.support.api import Api
from tests.support.cameo import make_portrait


async def swept(door: Door, days: int = 30) -> int:
    """Do what the relay does each hour; return how many guests went."""
    async with door.begin() as uow:
        await account.forget_old(uow)
    async with door.begin() as uow:
        return await account.erase_idle_guests(uow, days)


async def gone(door: Door, made: dict[str, Any]) -> bool:
    async with door.db.read() as session:
        row = await session.get_one(Customer, made["customer"]["id"])
    return row.erased_at is not None


async def test_a_guest_leaves_without_a_password(door: Door) -> None:
    guest = await door.did(GUEST)
    token = guest["accessToken"]
    await door.did(UPDATE, token, input={"preferences": ["canary taste"], "name": "Canary"})
    receipt = await door.did(DELETE, token)
    assert receipt["subject"] == guest["customer"]["id"]
    assert {"name": "postgres", "objects": 2} in receipt["stores"]
    assert await door.errors(ME, token) == ["TOKEN_INVALID"]
    assert await gone(door, guest)


async def test_a_member_does_not(door: Door) -> None:
    token = (await member(door, "kim@example.com"))["accessToken"]
    assert code(await door.did(DELETE, token)) == "BAD_CREDENTIALS"
    assert code(await door.did(DELETE, token, password="")) == "BAD_CREDENTIALS"
    assert await door.errors(DELETE) == ["UNAUTHENTICATED"]


async def test_a_guest_who_left_twice_at_once_left_once(door: Door) -> None:
    token = (await door.did(GUEST))["accessToken"]
    answers = await asyncio.gather(*(door.ask(DELETE, token) for _ in range(6)))
    receipts = [
        answer["data"]["deleteAccount"]
        for answer in answers
        if "errors" not in answer and "subject" in answer["data"]["deleteAccount"]
    ]
    assert len(receipts) == 1
    async with door.db.read() as session:
        assert await session.scalar(select(func.count()).select_from(ErasureReceipt)) == 1


async def test_guests_go_thirty_days_after_they_could_last_come_back(door: Door) -> None:
    guest = await door.did(GUEST)
    kim = await member(door, "kim@example.com")
    door.later(days=2)
    last = await door.did(REFRESH, refreshToken=guest["refreshToken"])
    door.later(days=7 + 30, minutes=-5)
    assert await swept(door) == 0, "the last token lived until 30 days ago, less 5 minutes"
    door.later(minutes=10)
    assert await swept(door) == 1
    assert await gone(door, guest)
    assert not await gone(door, kim)
    assert await swept(door) == 0
    refused = await door.did(REFRESH, refreshToken=last["refreshToken"])
    assert code(refused) == "REFRESH_TOKEN_INVALID"
    async with door.db.read() as session:
        receipt = (await session.scalars(select(ErasureReceipt))).one()
        assert receipt.subject == guest["customer"]["id"]
        for table in (RefreshToken, Identity):
            assert await session.scalar(select(func.count()).select_from(table)) == 0


async def test_a_guest_who_signed_out_is_away_from_then_on(door: Door) -> None:
    guest, other = await door.did(GUEST), await door.did(GUEST)
    await door.did(SIGN_OUT, guest["accessToken"], refreshToken=guest["refreshToken"])
    door.later(days=30, minutes=-5)
    assert await swept(door) == 0
    door.later(minutes=10)
    assert await swept(door) == 1
    assert (await gone(door, guest), await gone(door, other)) == (True, False)


async def test_a_guest_who_keeps_coming_stays(door: Door) -> None:
    made = await door.did(GUEST)
    token = made["refreshToken"]
    for _ in range(8):
        door.later(days=6)
        token = (await door.did(REFRESH, refreshToken=token))["refreshToken"]
        assert await swept(door) == 0
    assert await swept(door, days=1) == 0
    async with door.db.read() as session:
        kept = await session.scalar(select(func.count()).select_from(RefreshToken))
    assert kept == 2, "the one that lives, and the one before until its own seven days are over"


async def test_a_guest_who_became_a_member_stays(door: Door) -> None:
    guest = await door.did(GUEST)
    asked = {"email": "kim@example.com", "password": PASSWORD}
    made = await door.did(REGISTER, guest["accessToken"], **asked)
    door.later(days=400)
    assert await swept(door) == 0
    assert not await gone(door, made)
    async with door.db.read() as session:
        for table in (RefreshToken, AccountSession):
            assert await session.scalar(select(func.count()).select_from(table)) == 0


@pytest.mark.env(RETENTION_SECONDS="1", GUEST_RETENTION_DAYS="1")
async def test_the_relay_erases_and_the_worker_ends_it(door: Door, world: World) -> None:
    storage = door.host.gateways.storage
    worker, relay = world.program("worker"), world.program("relay")
    async with Api(world.url) as guest:
        await guest.guest()
        portrait = await make_portrait(guest)
    assert portrait in str(await storage.keys("portraits/"))
    relay.stop()
    # Long before the photo's own time is over.
    late = world.program("relay", CLOCK_OFFSET_SECONDS=str(8 * 86_400 + 60))
    async with asyncio.timeout(120):
        while portrait in str(await storage.keys("portraits/")):
            assert worker.is_running
            assert late.is_running
            await asyncio.sleep(0.2)
    async with door.db.read() as session:
        row = await session.get_one(Customer, guest.customer_id)
        receipts = (await session.scalars(select(ErasureReceipt.subject))).all()
    assert row.erased_at is not None
    assert set(receipts) == {guest.customer_id, portrait}
