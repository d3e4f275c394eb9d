"""Patience with Redis: nobody waits long for it, and nobody at all while it is known to hang."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.exceptions import TimeoutError as RedisTimeout

PATIENCE_SECONDS = 1.0
REST_SECONDS = 5.0
MARGIN_SECONDS = 0.1


class Patience:
    """Shared by all that ask one server from one process.

    Whoever meets a server that hangs waits a second for it. For the next five seconds everybody
    else is refused at once; then one asks again, and the others go on when that was answered.
    """

    def __init__(self) -> None:
        self._rest_until = 0.0

    @property
    def is_lost(self) -> bool:
        """Whether asking now would be refused."""
        return time.monotonic() < self._rest_until

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[None]:
        """Ask inside, for a second at most. Raises TimeoutError, which is an OSError."""
        if self.is_lost:
            raise TimeoutError("no answer a moment ago")
        if self._rest_until:
            self._rest_until = time.monotonic() + PATIENCE_SECONDS
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS) as limit:
                due = loop.time() + PATIENCE_SECONDS - MARGIN_SECONDS
                look = loop.call_at(due, self._be_fair, limit, due)
                try:
                    yield
                finally:
                    look.cancel()
        except (TimeoutError, RedisTimeout):
            self._rest_until = time.monotonic() + REST_SECONDS
            raise
        self._rest_until = 0.0

    @staticmethod
    def _be_fair(limit: asyncio.Timeout, due: float) -> None:
        """Wait a second more when it was this process that was late: the answer may lie here."""
        now = asyncio.get_running_loop().time()
        if now - due > MARGIN_SECONDS:
            limit.reschedule(now + PATIENCE_SECONDS)
