"""Learning that replies are to be stopped: one look for all that a process makes.

A look for each would be the better part of what many chats at once cost (bench/README.md).
"""

import asyncio
from contextlib import suppress

from sqlalchemy import ARRAY, Text, any_, literal, select

from core.bus import Bus
from core.db import Database
from models.chat import ChatMessage
from services.chat.tasks import STOPS

LOOK_SECONDS = 0.5


class Stops:
    """The replies that this process makes."""

    def __init__(self) -> None:
        self._waiting: dict[asyncio.Future[bool], str] = {}
        self._task: asyncio.Task[None] | None = None

    async def told(self, db: Database, bus: Bus, message_id: str) -> bool:
        """Wait until a reply is to be stopped; False when there is no such reply any more.

        It is noticed within LOOK_SECONDS also while no news comes. Raises what a look raises.
        """
        waits: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting[waits] = message_id
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look(db, bus))
        try:
            return await waits
        finally:
            del self._waiting[waits]
            if not self._waiting and self._task:
                self._task.cancel()
                self._task = None

    async def _look(self, db: Database, bus: Bus) -> None:
        try:
            async with bus.watch(STOPS) as watch:
                while True:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(LOOK_SECONDS):
                            await watch.next()
                    await self._ask(db)
        except Exception as error:
            for waits in self._waiting:
                if not waits.done():
                    waits.set_exception(error)

    async def _ask(self, db: Database) -> None:
        mine = dict(self._waiting)
        one_of = ChatMessage.id == any_(literal(sorted(set(mine.values())), ARRAY(Text)))
        async with db.look() as session:
            rows = await session.execute(select(ChatMessage.id, ChatMessage.stop_at).where(one_of))
            stop_at = {row.id: row.stop_at for row in rows}
        for waits, id in mine.items():
            if not waits.done() and (id not in stop_at or stop_at[id] is not None):
                waits.set_result(id in stop_at)
