"""Redis streams: publish to a topic, and follow topics over one connection a process."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import orjson
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from core.ids import new_id
from core.patience import Patience
from core.settings import Settings

log = logging.getLogger(__name__)

AGAIN_SECONDS = 0.5
KEEP_EVENTS = 1_000
KEEP_SECONDS = 3_600
BLOCK_MS = 10_000
BACKLOG = 256


class Watch:
    """One follower of one topic: waits for the next event, and may fall behind safely."""

    def __init__(self, topic: str, cursor: str) -> None:
        self.topic, self.cursor = topic, cursor
        self._events: asyncio.Queue[tuple[str, dict[str, Any]] | None] = asyncio.Queue(BACKLOG)

    def push(self, cursor: str, event: dict[str, Any] | None) -> None:
        """Hand over an event; a full follower loses the oldest, as topics carry state."""
        if self._events.full():
            self._events.get_nowait()
        self._events.put_nowait(None if event is None else (cursor, event))

    async def next(self) -> dict[str, Any] | None:
        """Wait for the next event; None says that some may be missing, so read anew."""
        found = await self._events.get()
        if found is None:
            return None
        self.cursor, event = found
        return event


class Bus:
    """Publishes events, and reads every watched topic over a single connection (decision 17)."""

    def __init__(self, settings: Settings) -> None:
        url, never = settings.redis_url.get_secret_value(), Retry(NoBackoff(), 0)
        self.redis: Redis = Redis.from_url(
            url, decode_responses=True, socket_timeout=2, socket_connect_timeout=1, retry=never
        )
        self.patience = Patience()
        # redis-py's default socket timeout of 5 s would end a quiet XREAD BLOCK.
        patience = BLOCK_MS / 1000 + 5
        self._reader: Redis = Redis.from_url(
            url,
            decode_responses=True,
            socket_timeout=patience,
            socket_connect_timeout=2,
            retry=never,
        )
        self._prefix = f"{settings.redis_prefix}:topic:"
        self._wake = f"{self._prefix}hub:{new_id('hub')}"
        self._witness = f"{self._wake}:witness"
        self._watches: dict[str, set[Watch]] = {}
        self._cursors: dict[str, str] = {}
        self._task: asyncio.Task[None] | None = None

    async def publish(self, topic: str, event: Mapping[str, Any]) -> None:
        """Add an event; it is kept for an hour, and so are the newest thousand."""
        key = self._prefix + topic
        async with self.redis.pipeline(transaction=False) as pipe:
            pipe.xadd(key, {"event": orjson.dumps(dict(event))}, maxlen=KEEP_EVENTS)
            pipe.expire(key, KEEP_SECONDS)
            await pipe.execute()

    @asynccontextmanager
    async def watch(self, topic: str) -> AsyncIterator[Watch]:
        """Follow a topic from now on; what is published after entering is seen."""
        watch = Watch(topic, await self._join(topic))
        self._watches.setdefault(topic, set()).add(watch)
        try:
            yield watch
        finally:
            self._watches[topic].discard(watch)
            if not self._watches[topic]:
                del self._watches[topic]
                self._cursors.pop(topic, None)

    async def follow(self, topic: str) -> AsyncIterator[str]:
        """Yield for the present state and then at each event: the cursor reached so far."""
        async with self.watch(topic) as watch:
            while True:
                yield watch.cursor
                await watch.next()

    async def ping(self) -> None:
        """Ask for nothing. Raises a RedisError or an OSError."""
        await self.redis.echo("ping")

    async def close(self) -> None:
        """Stop the reader and close both connections."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        with suppress(RedisError, OSError):
            await self.redis.delete(self._wake, self._witness)
        await self._reader.aclose()
        await self.redis.aclose()

    async def _join(self, topic: str) -> str:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._read())
        if topic not in self._cursors:
            with suppress(RedisError, OSError):
                end = await self._end(topic)
                self._cursors.setdefault(topic, end)
            self._cursors.setdefault(topic, "0")
            await self._nudge()
        return self._cursors[topic]

    async def _end(self, topic: str) -> str:
        async with self.patience():
            newest: Any = await self.redis.xrevrange(self._prefix + topic, count=1)
        return str(newest[0][0]) if newest else "0"

    async def _nudge(self) -> None:
        # A blocked XREAD cannot learn of a new topic: its own wake stream ends the wait.
        with suppress(RedisError, OSError):
            async with self.patience(), self.redis.pipeline(transaction=False) as pipe:
                pipe.xadd(self._wake, {"event": b"{}"}, maxlen=10)
                pipe.expire(self._wake, KEEP_SECONDS)
                await pipe.execute()

    async def _read(self) -> None:
        while True:
            try:
                await self._read_on()
            except Exception as error:
                log.warning("event stream lost, trying again: %s", type(error).__name__)
                await asyncio.sleep(AGAIN_SECONDS)
                self._resync()

    async def _read_on(self) -> None:
        woken, checked = "0", time.monotonic()
        await self._reader.set(self._witness, 1, ex=KEEP_SECONDS)
        while True:
            streams: dict[Any, Any] = {self._prefix + t: at for t, at in self._cursors.items()}
            found: Any = await self._reader.xread(
                {**streams, self._wake: woken}, count=200, block=BLOCK_MS
            )
            for key, entries in found or ():
                if key == self._wake:
                    woken = entries[-1][0]
                else:
                    self._deliver(key.removeprefix(self._prefix), entries)
            if time.monotonic() - checked > BLOCK_MS / 2000:
                checked = time.monotonic()
                await self._check_flushed()

    async def _check_flushed(self) -> None:
        # A store that was emptied ends no XREAD, but what it had not yet told is lost.
        if not await self._reader.expire(self._witness, KEEP_SECONDS):
            log.warning("the event streams were emptied")
            await self._reader.set(self._witness, 1, ex=KEEP_SECONDS)
            self._resync()

    def _deliver(self, topic: str, entries: list[tuple[str, dict[str, str]]]) -> None:
        if topic in self._cursors:
            self._cursors[topic] = entries[-1][0]
        for cursor, fields in entries:
            for watch in self._watches.get(topic, ()):
                watch.push(cursor, orjson.loads(fields["event"]))

    def _resync(self) -> None:
        # The store may come back empty, and then old cursors would hide its new events.
        for topic in list(self._cursors):
            self._cursors[topic] = "0"
            for watch in self._watches.get(topic, ()):
                watch.push("0", None)
