"""Rates: buckets that refill, spent from here at once and shared by every process soon after.

What is spent is told to Redis in rounds, one for all buckets, and Redis answers how full each is
with what the other processes took. So a busy party costs one round in 0.1 s however much it asks,
and a party that was not seen for a second costs its request one round trip. Without Redis each
process goes on counting for itself.
"""

import asyncio
import logging
import math
import time
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

ROUND_SECONDS = 0.1
FRESH_SECONDS = 1.0
PATIENCE_SECONDS = 0.1
REST_SECONDS = 1.0
MAX_BUCKETS = 20_000
ROUNDING = 1e-6

# A bucket is the time at which it is full again: spending moves that into the future.
ROUND = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local waits = {}
for i, key in ipairs(KEYS) do
  local full = math.max(tonumber(redis.call('GET', key) or 0), now) + tonumber(ARGV[i])
  if full > now then
    redis.call('SET', key, string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000))
  end
  waits[i] = full - now
end
return waits
"""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many in so many seconds; all of them may come at once."""

    limit: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What a party has left of the rate that it will meet first; times are whole seconds."""

    rate: Rate
    left: int
    full_in: int
    wait: int
    """Until the next may come; 0 if this one was let through."""


class Bucket:
    """One party's bucket of one rate, as far as this process knows."""

    __slots__ = ("_full_at", "_owed", "_told_at", "name", "rate")

    def __init__(self, name: str, rate: Rate) -> None:
        self.name, self.rate = name, rate
        self._full_at = self._owed = 0.0
        self._told_at = -FRESH_SECONDS

    def is_fresh(self, now: float) -> bool:
        """Whether Redis told lately how full it is."""
        return now - self._told_at < FRESH_SECONDS

    def left(self, now: float) -> float:
        """What is in it; less than nothing when more was taken than there was."""
        taken = max(0.0, self._full_at - now) * self.rate.limit / self.rate.seconds
        return self.rate.limit - taken + ROUNDING

    def spend(self, cost: float, now: float) -> None:
        """Take so much out, even if it is not there: then it takes longer to refill."""
        seconds = min(cost, self.rate.limit) * self.rate.seconds / self.rate.limit
        self._full_at = max(self._full_at, now) + seconds
        self._owed += seconds

    def standing(self, now: float, *, let_through: bool = False) -> Standing:
        """Say it in whole numbers."""
        left = self.left(now)
        needed = 0.0 if let_through else max(0.0, 1 - left)
        wait = math.ceil(needed * self.rate.seconds / self.rate.limit)
        full_in = math.ceil(max(0.0, self._full_at - now))
        return Standing(self.rate, max(0, math.floor(left)), full_in, wait)

    def tell(self, now: float) -> float:
        """Return the seconds that Redis has not heard of, but for what has refilled since."""
        owed, self._owed = min(self._owed, max(0.0, self._full_at - now)), 0.0
        return owed

    def untold(self, owed: float) -> None:
        """Owe it again: Redis did not hear."""
        self._owed += owed

    def hear(self, wait: float, now: float) -> None:
        """Believe Redis, and add what was spent while it was asked."""
        self._full_at, self._told_at = now + wait + self._owed, now


class Rates:
    """The buckets of this process, and their rounds to Redis; with None it counts alone."""

    def __init__(self, redis: Redis | None, prefix: str) -> None:
        self._redis, self._prefix = redis, f"{prefix}:rate:"
        self._script: Any = redis.register_script(ROUND) if redis else None
        self._buckets: OrderedDict[tuple[str, int], Bucket] = OrderedDict()
        self._changed: dict[Bucket, None] = {}
        self._wake, self._ended = asyncio.Event(), asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._rest_until = 0.0

    async def take(self, party: str, rates: Sequence[Rate], cost: float = 1) -> Standing:
        """Let the party through while each of its buckets holds at least one, and take the cost."""
        buckets = [self._bucket(party, rate) for rate in rates]
        if self._redis and not all(bucket.is_fresh(time.monotonic()) for bucket in buckets):
            await self._ask(buckets)
        now = time.monotonic()
        empty = [bucket for bucket in buckets if bucket.left(now) < 1]
        if empty:
            return max((bucket.standing(now) for bucket in empty), key=lambda one: one.wait)
        self._spend(buckets, cost, now)
        return min(buckets, key=lambda one: one.left(now)).standing(now, let_through=True)

    def charge(self, party: str, rates: Sequence[Rate], cost: float) -> None:
        """Take more for what was let through and turned out to be large."""
        buckets = [self._bucket(party, rate) for rate in rates]
        self._spend(buckets, cost, time.monotonic())

    async def close(self) -> None:
        """Tell nobody any more."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def _bucket(self, party: str, rate: Rate) -> Bucket:
        key = party, rate.seconds
        bucket = self._buckets.get(key)
        if bucket is None or bucket.rate != rate:
            bucket = Bucket(f"{self._prefix}{party}:{rate.seconds}", rate)
            self._buckets[key] = bucket
            if len(self._buckets) > MAX_BUCKETS:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(key)
        return bucket

    def _spend(self, buckets: Iterable[Bucket], cost: float, now: float) -> None:
        for bucket in buckets:
            bucket.spend(cost, now)
        self._tell_of(buckets)

    def _tell_of(self, buckets: Iterable[Bucket]) -> None:
        if self._redis:
            self._changed.update(dict.fromkeys(buckets))
            if self._task is None or self._task.done():
                self._task = asyncio.create_task(self._rounds())

    async def _ask(self, buckets: Sequence[Bucket]) -> None:
        """Wait for the next round, unless Redis is down or slow: then for nothing."""
        if time.monotonic() < self._rest_until:
            return
        self._tell_of(buckets)
        self._wake.set()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not all(bucket.is_fresh(time.monotonic()) for bucket in buckets):
                    if time.monotonic() < self._rest_until:
                        return
                    await self._ended.wait()
        except TimeoutError:
            self._rest_until = time.monotonic() + REST_SECONDS

    async def _rounds(self) -> None:
        while self._changed:
            buckets = list(self._changed)
            self._changed.clear()
            self._wake.clear()
            try:
                await self._round(buckets)
            except (RedisError, OSError) as error:
                log.warning("rates are counted by this process alone: %s", type(error).__name__)
                self._rest_until = time.monotonic() + REST_SECONDS
                if len(self._changed) < MAX_BUCKETS:
                    self._changed.update(dict.fromkeys(buckets))
            ended, self._ended = self._ended, asyncio.Event()
            ended.set()
            await self._pause()

    async def _pause(self) -> None:
        rest = self._rest_until - time.monotonic()
        if rest > 0:
            await asyncio.sleep(rest)
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(ROUND_SECONDS):
                await self._wake.wait()

    async def _round(self, buckets: Sequence[Bucket]) -> None:
        now = time.monotonic()
        told = [bucket.tell(now) for bucket in buckets]
        keys = [bucket.name for bucket in buckets]
        try:
            waits = await self._script(keys=keys, args=[round(owed * 1e6) for owed in told])
        except BaseException:
            for bucket, owed in zip(buckets, told, strict=True):
                bucket.untold(owed)
            raise
        now = time.monotonic()
        for bucket, wait in zip(buckets, waits, strict=True):
            bucket.hear(int(wait) / 1e6, now)
