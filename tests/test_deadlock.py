"""What was the victim of a deadlock begins anew, and nothing of it is done twice."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from core.db import TRIES, undisturbed
from core.outbox import Task
from services.chat.tasks import SummarizeChat
from tests.conftest import World
from workers.base import Work, _runner

RENAME = "update channels set name = name where id = :id"
COUNT = "update channels set position = position + 1 where id = 'kr'"
WHICH = "select position from channels where id = 'kr'"


class Victim:
    """Counts its tries; the first of them is undone by a deadlock."""

    def __init__(self, work: Work) -> None:
        self.work, self.tries, self.before = work, 0, 0
        self._crossed = asyncio.Event()
        self._running: list[asyncio.Task[None]] = []

    async def position(self) -> int:
        """Return what is counted."""
        async with self.work.db.read() as session:
            return int(await session.scalar(text(WHICH)) or 0)

    async def counts(self, session: AsyncSession) -> None:
        """Lock kr, then us, while the other does it the other way round."""
        self.tries += 1
        await session.execute(text(COUNT))
        if self.tries == 1:
            self._running.append(asyncio.create_task(self._crosses()))
            await self._crossed.wait()
        await session.execute(text(RENAME), {"id": "us"})

    async def over(self) -> None:
        """Return once the other has ended."""
        await asyncio.gather(*self._running)

    async def _crosses(self) -> None:
        """Lock us, then kr, and never be the one that finds the deadlock."""
        async with self.work.db.write.begin() as session:
            await session.execute(text("set local deadlock_timeout = '30s'"))
            await session.execute(text(RENAME), {"id": "us"})
            self._crossed.set()
            await session.execute(text(RENAME), {"id": "kr"})


@pytest_asyncio.fixture(loop_scope="session")
async def victim(world: World) -> AsyncIterator[Victim]:
    """One that a deadlock undoes."""
    found = Victim(Work.of(world.settings))
    found.before = await found.position()
    yield found
    await found.over()
    await found.work.close()


async def test_a_task_begins_anew(victim: Victim) -> None:
    async def handler(_task: Task, work: Work) -> None:
        async with work.begin() as uow:
            await victim.counts(uow.session)

    await _runner(SummarizeChat, handler, victim.work)(chat_id="cht_none")
    await victim.over()
    assert (victim.tries, await victim.position()) == (2, victim.before + 1)


async def test_what_was_committed_in_part_does_not(victim: Victim) -> None:
    async def mutation() -> None:
        async with victim.work.begin() as uow:
            await uow.session.execute(text(COUNT))
        async with victim.work.begin() as uow:
            await victim.counts(uow.session)

    with pytest.raises(DBAPIError):
        await undisturbed(mutation)
    await victim.over()
    assert (victim.tries, await victim.position()) == (1, victim.before + 1)


async def test_its_last_step_may_by_itself(victim: Victim) -> None:
    async def last() -> None:
        async with victim.work.begin() as uow:
            await victim.counts(uow.session)

    async def mutation() -> None:
        async with victim.work.begin() as uow:
            await uow.session.execute(text(COUNT))
        await undisturbed(last)

    await undisturbed(mutation)
    await victim.over()
    assert (victim.tries, await victim.position()) == (2, victim.before + 2)


async def test_any_other_fault_is_told_at_once(victim: Victim) -> None:
    tries = 0

    async def handler(_task: Task, work: Work) -> None:
        nonlocal tries
        tries += 1
        async with work.begin() as uow:
            await uow.session.execute(text("select 1 / 0"))

    with pytest.raises(DBAPIError):
        await _runner(SummarizeChat, handler, victim.work)(chat_id="cht_none")
    assert tries == 1 < TRIES
