"""How often something may be tried: fixed windows counted in Redis, or here if it is down."""

import time
from collections import Counter
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


class Throttle:
    """Counts tries of a name by key in windows of the same length for everyone."""

    def __init__(self, bus: Bus, settings: Settings) -> None:
        self._redis, self._patience = bus.redis, bus.patience
        self._prefix = f"{settings.redis_prefix}:tries:"
        self._here: Counter[str] = Counter()

    async def spend(self, name: str, key: str, *, limit: int, seconds: int) -> str:
        """Count one try, and return what `give_back` takes. Raises RateLimited past the limit."""
        window, into = divmod(int(time.time()), seconds)
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

    async def count(self, slot: str) -> int:
        """Return how many tries a slot of `spend` holds now."""
        try:
            async with self._patience():
                return int(await self._redis.get(slot) or 0)
        except (RedisError, OSError):
            return self._here[slot]

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
