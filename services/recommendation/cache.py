"""What is worked out, kept in Redis for a while; what is kept says what it was made of.

An entry that was made of something else is not used, so nothing has to be told that it changed.
Without Redis everything is worked out anew.
"""

import logging
from collections.abc import Mapping
from typing import Any

import orjson
from redis.exceptions import RedisError

from core.bus import Bus
from services.search.vectors import count

log = logging.getLogger(__name__)

API_SECONDS, PROFILE_SECONDS, TREND_SECONDS = 300, 3_600, 60
AT_ONCE = 1_000


class Cache:
    """Entries of one installation, under the keys of PRODUCT 65."""

    def __init__(self, bus: Bus, prefix: str, *, is_read_only: bool = False) -> None:
        self._is_read_only = is_read_only
        self._redis, self._patience, self._prefix = bus.redis, bus.patience, prefix

    async def get(self, key: str, basis: str) -> Any:
        """Return what is kept under a key, if it was made of this; else None."""
        try:
            async with self._patience():
                kept = await self._redis.get(self._key(key))
        except (RedisError, OSError):
            return None
        found = orjson.loads(kept) if kept else None
        value = found["value"] if found and found["basis"] == basis else None
        await count(self._redis, self._patience, self._prefix, 1, int(value is not None))
        return value

    async def put(self, key: str, basis: str, value: Any, seconds: int) -> None:
        """Keep this for so many seconds."""
        if self._is_read_only:
            return
        kept = orjson.dumps({"basis": basis, "value": value})
        try:
            async with self._patience():
                await self._redis.set(self._key(key), kept, ex=seconds)
        except (RedisError, OSError) as error:
            log.warning("%s is not kept in Redis: %s", key, type(error).__name__)

    async def ranking(self, key: str) -> dict[str, float]:
        """Return a sorted set, the greatest first; empty where there is none."""
        try:
            async with self._patience():
                rows: Any = await self._redis.zrevrange(self._key(key), 0, -1, withscores=True)
        except (RedisError, OSError):
            return {}
        await count(self._redis, self._patience, self._prefix, 1, int(bool(rows)))
        return {name: float(score) for name, score in rows}

    async def rank(self, key: str, scores: Mapping[str, float], seconds: int) -> None:
        """Keep a sorted set for so many seconds."""
        if not scores:
            return
        try:
            async with self._patience(), self._redis.pipeline(transaction=True) as pipe:
                pipe.delete(self._key(key))
                pipe.zadd(self._key(key), dict(scores))
                pipe.expire(self._key(key), seconds)
                await pipe.execute()
        except (RedisError, OSError) as error:
            log.warning("%s is not kept in Redis: %s", key, type(error).__name__)

    def _key(self, key: str) -> str:
        return f"{self._prefix}:{key}"


async def forget(bus: Bus, prefix: str, customer_id: str) -> int:
    """Delete what is kept of a customer's likes; return how many keys went. Raises RedisError."""
    keys = [f"{prefix}:user:preference:{customer_id}"]
    found = bus.redis.scan_iter(match=f"{prefix}:rec:user:{customer_id}*", count=AT_ONCE)
    return int(await bus.redis.unlink(*keys, *[key async for key in found]))
