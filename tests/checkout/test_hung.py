"""Valkey hangs while somebody buys: nobody waits for it, and nothing is forgotten (row 15)."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator

import pytest_asyncio
from sqlalchemy import func, select

from app import App
from core.outbox import Lane, Outbox
from models.ar import UnlockCode
from models.notification import Notification
from tests.checkout.till import SEE, addressed, pay, proven, start
from tests.conftest import World
from tests.support.api import Api
from tests.support.serve import Program

WATCH = "subscription ($id: ID!) { checkoutChanged(id: $id) { status } }"
MAX_SECONDS = 3.0


@pytest_asyncio.fixture(loop_scope="session")
async def valkey_hangs(world: World, workers: tuple[Program, Program]) -> AsyncIterator[None]:
    """Valkey takes what it is sent, and answers nothing."""
    valkey = world.stack.valkey.process
    valkey.signal(signal.SIGSTOP)
    try:
        yield
    finally:
        valkey.signal(signal.SIGCONT)


async def test_nobody_waits_for_valkey_and_nothing_is_lost(
    world: World, app: App, minsu: Api, valkey_hangs: None
) -> None:
    assert minsu.customer_id
    await proven(app.begin, minsu.customer_id)
    started, completed, orders, carts = [], [], [], []
    # The machine may be slow once, a wait for Valkey would be there each time.
    for _ in range(3):
        begun = time.monotonic()
        cart = await start(minsu)
        started.append(time.monotonic() - begun)
        cart = await addressed(minsu, cart)
        begun = time.monotonic()
        done = await pay(minsu, cart)
        completed.append(time.monotonic() - begun)
        assert done["order"]["status"] == "PAID", done
        orders.append(done["order"]["id"])
        carts.append(cart["id"])
    assert max(min(started), min(completed)) < MAX_SECONDS, (started, completed)
    assert await owed(app) > 0
    world.stack.valkey.process.signal(signal.SIGCONT)
    async with asyncio.timeout(60):
        while await owed(app) or not set(orders) <= await unlocked(app):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    for cart_id in carts:
        assert (await minsu.one(SEE, id=cart_id))["order"]["status"] == "PAID"
    async with app.db.read() as session:
        told = select(Notification.subject_id).where(Notification.subject_id.in_(orders))
        assert sorted(await session.scalars(told)) == sorted(orders)


async def test_who_watches_hears_of_it_once_valkey_is_back(
    world: World, app: App, minsu: Api, valkey_hangs: None
) -> None:
    assert minsu.customer_id
    await proven(app.begin, minsu.customer_id)
    cart = await addressed(minsu, await start(minsu))
    seen: list[str] = []

    async def watch() -> None:
        async for event in minsu.follow(WATCH, id=cart["id"]):
            seen.append(event["checkoutChanged"]["status"])

    watching = asyncio.create_task(watch())
    async with asyncio.timeout(60):
        while not seen:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        assert seen == ["READY"]
        await pay(minsu, cart)
        world.stack.valkey.process.signal(signal.SIGCONT)
        await watching
    assert seen[-1] == "COMPLETED"


async def owed(app: App) -> int:
    """How many messages wait to be handed over."""
    async with app.db.read() as session:
        waiting = select(func.count(Outbox.id)).where(Outbox.lane != Lane.GRAPH)
        return int(await session.scalar(waiting) or 0)


async def unlocked(app: App) -> set[str]:
    """The orders whose codes were made."""
    async with app.db.read() as session:
        return set(await session.scalars(select(UnlockCode.order_id)))
