"""The line for connections: whose request began first is served first.

A request asks for a connection several times. In the order of asking, 500 that come at once would
all be halfway through when the first of them is done, and most would end too late.
"""

import asyncio
import time
from contextvars import ContextVar
from heapq import heappop, heappush
from itertools import count

from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry
from sqlalchemy.util import await_only

# A question whether a connection still lives is three trips: BEGIN, nothing, ROLLBACK.
TRUSTED_SECONDS = 1.0
_USED_AT = "used_at"

began: ContextVar[float | None] = ContextVar("began", default=None)
"""When the request began, by the event loop's clock; None: nobody waits for an answer to it."""


class Line:
    """So many places, given to who began first; without a beginning, to who asked first."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._turn = count()

    def try_enter(self) -> bool:
        """Take a place if there is one."""
        if not self._free:
            return False
        self._free -= 1
        return True

    async def enter(self, seconds: float) -> None:
        """Wait for a place. Raises TimeoutError."""
        loop = asyncio.get_running_loop()
        since, ours = began.get(), loop.create_future()
        heappush(self._waiting, (loop.time() if since is None else since, next(self._turn), ours))
        try:
            async with asyncio.timeout(seconds):
                await ours
        except BaseException:
            if ours.done() and not ours.cancelled():
                self.leave()
            ours.cancel()
            raise

    def leave(self) -> None:
        """Hand the place to the next, if somebody waits."""
        while self._waiting:
            _, _, next_one = heappop(self._waiting)
            if not next_one.done():
                next_one.set_result(None)
                return
        self._free += 1


class OrderlyPool(AsyncAdaptedQueuePool):
    """A pool of connections with such a line before it; what was just used is not pinged."""

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self._line = Line(self.size())

    def _do_get(self) -> ConnectionPoolEntry:
        if not self._line.try_enter():
            try:
                await_only(self._line.enter(self._timeout))
            except TimeoutError:
                raise PoolTimeout(f"no connection in {self._timeout:g} s") from None
        try:
            record = super()._do_get()
        except BaseException:
            self._line.leave()
            raise
        rested = time.monotonic() - record.info.get(_USED_AT, 0.0)
        # The only word that SQLAlchemy has for "skip the ping".
        record.fresh = record.fresh or rested < TRUSTED_SECONDS  # type: ignore[attr-defined]
        return record

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        record.info[_USED_AT] = time.monotonic()
        super()._do_return_conn(record)
        self._line.leave()
