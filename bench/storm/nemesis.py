"""What goes wrong: workers, relay and API die, Valkey dies once and forgets once."""

import asyncio
import random
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import asyncpg
from redis.asyncio import Redis

from bench.storm.field import Field

# Eight workers, two cores: a start costs four seconds of CPU, and films need some too.
PAUSE = (3.0, 6.0)
RELAY_PAUSE = (12.0, 24.0)
CATCH_SECONDS = 30.0
# So often the API dies while it takes orders, and at least so many it has then told nobody of.
API_KILLS, UNTOLD = 3, 5
TAKEN = "select id from cameo_jobs where queued_at >= $1"
# Committed by this worker since, and owed: nobody has rung while Valkey was stopped.
OWED = """select h.job from outbox o
join storm_history h on h.job = o.payload->>'job_id' and o.name = 'AdvanceCameo'
where o.due_at <= now() and h.at > $1 and h.port = any($2::int[]) and h.lease_until is null
  and h.n = (select max(n) from storm_history where job = h.job)"""


@dataclass
class Nemesis:
    """Does harm until it is told to stop, and remembers when it did what."""

    field: Field
    rows: asyncpg.Pool
    say: Callable[[str], None]
    random: random.Random
    valkey_killed: datetime | None = None
    emptied: datetime | None = None
    # The cameos whose doorbell had not rung when their worker died, and when that was.
    unrung: list[tuple[str, datetime]] = field(default_factory=list)
    # The orders that were taken while nobody could be told, until the API died.
    untold: list[str] = field(default_factory=list)
    # From when to when there was no API, by the clock of the event loop.
    closed: list[tuple[float, float]] = field(default_factory=list)
    # For how many seconds there was no relay, each time.
    unrelayed: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._turn = asyncio.Lock()

    async def kill_workers(self) -> None:
        """Kill a worker every three to six seconds, whichever it is."""
        while True:
            await asyncio.sleep(self.random.uniform(*PAUSE))
            async with self._turn:
                await asyncio.to_thread(self.random.choice(self.field.workers).kill)

    async def kill_relay(self) -> None:
        """Kill the relay every now and then, once it works."""
        while True:
            await asyncio.sleep(self.random.uniform(*RELAY_PAUSE))
            self.unrelayed.append(await asyncio.to_thread(self.field.kill_relay))

    async def kill_api(self) -> None:
        """Kill the API with SIGKILL and start it again."""
        since = asyncio.get_running_loop().time()
        await asyncio.to_thread(self.field.site.process.kill)
        await asyncio.to_thread(self.field.site.restart)
        self.closed.append((since, asyncio.get_running_loop().time()))
        self.say("the API was killed and is back")

    async def kill_api_in_orders(self, ordering: asyncio.Task[list[str]]) -> None:
        """Kill the API when it has taken orders, and has not rung for them."""
        for _ in range(API_KILLS):
            if ordering.done():
                break
            valkey = self.field.stack.valkey.process
            valkey.signal(signal.SIGSTOP)
            try:
                self.untold += await self._taken(await self.rows.fetchval("select now()"), ordering)
                await asyncio.to_thread(self.field.site.process.kill)
            finally:
                valkey.signal(signal.SIGCONT)
            await self.kill_api()
        self.say(f"the API had told nobody of {len(self.untold)} orders when it was killed")

    async def _taken(self, since: datetime, ordering: asyncio.Task[list[str]]) -> list[str]:
        found: list[str] = []
        with suppress(TimeoutError):
            async with asyncio.timeout(CATCH_SECONDS):
                while len(found) < UNTOLD and not ordering.done():
                    await asyncio.sleep(0.02)
                    found = [row["id"] for row in await self.rows.fetch(TAKEN, since)]
        return found

    async def kill_valkey(self) -> None:
        """Kill Valkey with SIGKILL and start it again."""
        async with self._turn:
            self.valkey_killed = datetime.now(UTC)
            await asyncio.to_thread(self.field.stack.valkey.kill)
            await asyncio.to_thread(self.field.stack.valkey.start)
        self.say("Valkey was killed and is back")

    async def empty_valkey(self) -> None:
        """Have Valkey forget everything: queues, events, counters."""
        async with self._turn, Redis.from_url(self.field.env["REDIS_URL"]) as redis:
            await redis.flushall()
            self.emptied = datetime.now(UTC)
        self.say("Valkey was emptied")

    async def kill_before_the_doorbell(self) -> None:
        """Kill a worker that has committed a step and has not rung for the next one.

        While Valkey stands still nobody can ring, so whoever commits then is caught before it has.
        """
        async with self._turn:
            since = datetime.now(UTC)
            self.field.stack.valkey.process.signal(signal.SIGSTOP)
            try:
                with suppress(TimeoutError):
                    async with asyncio.timeout(CATCH_SECONDS):
                        await self._catch(since)
            finally:
                self.field.stack.valkey.process.signal(signal.SIGCONT)
        self.say(f"a worker was killed before it had rung for {len(self.unrung)} of its cameos")

    async def _catch(self, since: datetime) -> None:
        while True:
            for worker in self.field.workers:
                if await self._owed(worker.ports(), since):
                    kill = await asyncio.to_thread(worker.kill)
                    owed = await self._owed(kill.ports, since)
                    self.unrung = [(job, kill.at) for job in owed]
                    if owed:
                        return
            await asyncio.sleep(0.05)

    async def _owed(self, ports: frozenset[int], since: datetime) -> list[str]:
        found = await self.rows.fetch(OWED, since, list(ports))
        return [row["job"] for row in found]
