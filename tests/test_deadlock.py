"""A task that was the victim of a deadlock begins anew, and nothing of it is done twice."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core.db import TRIES
from core.outbox import Task
from services.chat.tasks import SummarizeChat
from tests.conftest import World
from workers.base import Work, _runner

RENAME = "update channels set name = name where id = :id"
COUNT = "update channels set position = position + 1 where id = 'kr'"
WHICH = "select position from channels where id = 'kr'"


async def test_the_victim_of_a_deadlock_begins_anew(world: World) -> None:
    work, tries = Work.of(world.settings), 0
    crossed = asyncio.Event()

    async def other() -> None:
        """Lock us, then kr; the handler is the one that finds the deadlock."""
        async with work.db.write.begin() as session:
            await session.execute(text("set local deadlock_timeout = '30s'"))
            await session.execute(text(RENAME), {"id": "us"})
            crossed.set()
            await session.execute(text(RENAME), {"id": "kr"})

    async def handler(_task: Task, work: Work) -> None:
        nonlocal tries
        tries += 1
        async with work.db.write.begin() as session:
            await session.execute(text(COUNT))
            if tries == 1:
                running.append(asyncio.create_task(other()))
                await crossed.wait()
            await session.execute(text(RENAME), {"id": "us"})

    running: list[asyncio.Task[None]] = []
    try:
        async with work.db.read() as session:
            before = await session.scalar(text(WHICH))
        await _runner(SummarizeChat, handler, work)(chat_id="cht_none")
        await asyncio.gather(*running)
        async with work.db.read() as session:
            assert (tries, await session.scalar(text(WHICH))) == (2, before + 1)
    finally:
        await work.close()


async def test_any_other_fault_is_told_at_once(world: World) -> None:
    work, tries = Work.of(world.settings), 0

    async def handler(_task: Task, work: Work) -> None:
        nonlocal tries
        tries += 1
        async with work.db.write.begin() as session:
            await session.execute(text("select 1 / 0"))

    try:
        with pytest.raises(DBAPIError):
            await _runner(SummarizeChat, handler, work)(chat_id="cht_none")
    finally:
        await work.close()
    assert tries == 1 < TRIES
