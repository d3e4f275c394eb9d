"""How often something may be tried: counted in Redis, or here if it is down.

`spend` counts in fixed windows, which is one number; `slide` in the seconds before each try, so
that nobody can have twice the tries at the turn of a window.
"""

import math
import secrets
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from redis.exceptions import RedisError

from core.bus import Bus
from core.errors import DomainError
from core.settings import Settings


@dataclass
class RateLimited(DomainError):
    """Too often; the same request may succeed after `retry_after_seconds`."""

    retry_after_seconds: int
    code = "RATE_LIMITED"
    retryable = True
    text = {
        "ko": "요청이 너무 많습니다. {retry_after_seconds}초 뒤에 다시 시도해 주세요.",
        "en": "Too many tries. Try again in {retry_after_seconds} seconds.",
    }


@lru_cache(4_096)
def network(client: str) -> str:
    """Return what counts as one client: an address, or the /64 that one IPv6 customer has."""
    try:
        address = ip_address(client.split("%")[0])
    except ValueError:
        return client
    if not isinstance(address, IPv6Address):
        return client
    return str(address.ipv4_mapped or int(address) >> 64)


@dataclass(frozen=True)
class Try:
    """One try of `slide`: where it is counted, and how many there may be in so many seconds."""

    slot: str
    member: str
    limit: int
    seconds: int


class Throttle:
    """Counts tries of a name by key."""

    def __init__(self, bus: Bus, settings: Settings) -> None:
        self._redis, self._patience = bus.redis, bus.patience
        self._prefix = f"{settings.redis_prefix}:tries:"
        self._here: Counter[str] = Counter()
        self._slid_here: defaultdict[str, dict[str, float]] = defaultdict(dict)
        self.clock: Callable[[], float] = time.time

    async def spend(self, name: str, key: str, *, limit: int, seconds: int) -> str:
        """Count one try, and return what `give_back` takes. Raises RateLimited past the limit."""
        window, into = divmod(int(self.clock()), seconds)
        slot = f"{self._prefix}{name}:{key}:{window}"
        if await self._count(slot, seconds) > limit:
            raise RateLimited(seconds - into)
        return slot

    async def give_back(self, slot: str, *, seconds: int) -> None:
        """Take back a try that turned out to be in order."""
        try:
            async with self._patience(), self._redis.pipeline(transaction=True) as pipe:
                pipe.decr(slot)
                pipe.expire(slot, seconds)
                await pipe.execute()
        except (RedisError, OSError):
            self._here[slot] -= 1

    async def slide(self, name: str, key: str, *, limit: int, seconds: int) -> Try:
        """Count one try among those of the last seconds. Raises RateLimited past the limit.

        A try that is refused so does not count, so waiting always ends.
        """
        slot, now = f"{self._prefix}{name}:{key}", self.clock()
        one = Try(slot, secrets.token_hex(8), limit, seconds)
        times = await self._slid(one, now)
        if len(times) > limit:
            await self.take_back(one)
            # With the oldest that has to go, there is room for one again.
            raise RateLimited(max(1, math.ceil(times[-limit - 1] + seconds - now)))
        return one

    async def take_back(self, one: Try) -> None:
        """Take back a try of `slide` that turned out to be in order."""
        self._slid_here[one.slot].pop(one.member, None)
        try:
            async with self._patience():
                await self._redis.zrem(one.slot, one.member)
        except (RedisError, OSError):
            return

    async def left(self, one: Try) -> int:
        """Return how many more tries there may be now."""
        since = self.clock() - one.seconds
        try:
            async with self._patience():
                used = int(await self._redis.zcount(one.slot, f"({since}", "+inf"))
        except (RedisError, OSError):
            used = sum(at > since for at in self._slid_here[one.slot].values())
        return max(0, one.limit - used)

    async def _slid(self, one: Try, now: float) -> list[float]:
        """Add a try, and return when those that count were, the oldest first."""
        since = now - one.seconds
        try:
            async with self._patience(), self._redis.pipeline(transaction=True) as pipe:
                pipe.zremrangebyscore(one.slot, "-inf", since)
                pipe.zadd(one.slot, {one.member: now})
                pipe.zrange(one.slot, 0, -1, withscores=True)
                pipe.expire(one.slot, one.seconds)
                found = (await pipe.execute())[2]
            return [float(score) for _, score in found]
        except (RedisError, OSError):
            if len(self._slid_here) > 10_000:
                self._slid_here.clear()
            here = self._slid_here[one.slot]
            here[one.member] = now
            for member in [member for member, at in here.items() if at <= since]:
                del here[member]
            return sorted(here.values())

    async def _count(self, slot: str, seconds: int) -> int:
        try:
            async with self._patience(), self._redis.pipeline(transaction=True) as pipe:
                pipe.incr(slot)
                pipe.expire(slot, seconds)
                return int((await pipe.execute())[0])
        except (RedisError, OSError):
            if len(self._here) > 10_000:
                self._here.clear()
            self._here[slot] += 1
            return self._here[slot]
