"""Fan-out: many watch one cameo, it moves on, and we see how long all take to hear of it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from statistics import quantiles

from bench.data import EMAIL, JOB, set_percent
from bench.load import undisturbed
from bench.queries import SIGN_IN, WATCH
from bench.servers import BenchError, Server
from bench.sockets import Audience
from core.bus import Bus
from core.db import Database
from services.account import SANDBOX_PASSWORD
from services.cameo.tasks import cameo_topic

SETTLE_SECONDS = 2.0
HEAR_SECONDS = 60.0
AGAIN_SECONDS = 1.0
PAUSE_SECONDS = 0.05
FIRST_PERCENT = 1

type Publish = Callable[[int], Awaitable[None]]


@dataclass
class Fan:
    """What fan-out cost on one server."""

    server: str
    wanted: int
    memory: float
    cpu: float = 0.0
    held: int = 0
    each: list[float] = field(default_factory=list)
    last: list[float] = field(default_factory=list)

    @property
    def messages(self) -> int:
        """How many were delivered."""
        return len(self.each)

    def delays(self) -> tuple[float, float]:
        """Return the median and the 99th percentile over all deliveries, in milliseconds."""
        cuts = quantiles(self.each, n=100)
        return cuts[49] * 1000, cuts[98] * 1000


@dataclass
class Side:
    """One server with its audience and the way its news are told."""

    server: Server
    audience: Audience
    publish: Publish
    before: Callable[[int], Awaitable[None]]
    fan: Fan


async def fan_out(
    ours: Server, yoga: Server, db: Database, bus: Bus, *, subscribers: int, events: int
) -> list[Fan]:
    """Hold so many subscribers on both servers at once, and tell the news by turns."""
    token = ours.ask(SIGN_IN, email=EMAIL, password=SANDBOX_PASSWORD)["signIn"]["accessToken"]
    subscribe = {"query": WATCH, "variables": {"id": JOB}}
    init = {"authorization": f"Bearer {token}"}

    async def move(percent: int) -> None:
        await set_percent(db, percent)

    async def tell_ours(percent: int) -> None:
        await bus.publish(cameo_topic(JOB), {"topic": cameo_topic(JOB), "job_id": JOB})

    async def nothing(percent: int) -> None:
        return None

    async def tell_yoga(percent: int) -> None:
        job = {"id": JOB, "status": "RUNNING", "stage": "RENDER", "percent": percent}
        await bus.redis.publish(f"cameoChanged:{JOB}", json.dumps(job))

    async with (
        Audience(ours.port, subscribe, init) as mine,
        Audience(yoga.port, subscribe, {}) as theirs,
    ):
        sides = [
            await _side(ours, mine, tell_ours, move, subscribers),
            await _side(yoga, theirs, tell_yoga, nothing, subscribers),
        ]
        for number in range(events):
            for side in sides:
                await _event(side, FIRST_PERCENT + 1 + number % 98)
        for side in sides:
            side.fan.held = len(side.audience.members) - side.audience.lost
    return [side.fan for side in sides]


async def _side(
    server: Server, audience: Audience, publish: Publish, before: Publish, subscribers: int
) -> Side:
    await _quiet()
    empty = server.memory
    await audience.gather(subscribers)
    await before(FIRST_PERCENT)
    audience.expect(FIRST_PERCENT)
    # A subscription has no receipt: the first news is told until everybody has heard it.
    await _until_heard(audience, publish)
    await _quiet()
    fan = Fan(server.name, subscribers, (server.memory - empty) / subscribers)
    return Side(server, audience, publish, before, fan)


async def _quiet() -> None:
    await asyncio.sleep(SETTLE_SECONDS)


async def _until_heard(audience: Audience, publish: Publish) -> None:
    for _ in range(int(HEAR_SECONDS / AGAIN_SECONDS)):
        if audience.problem:
            break
        await publish(FIRST_PERCENT)
        try:
            await audience.heard(AGAIN_SECONDS)
        except TimeoutError:
            continue
        return
    raise BenchError(f"port {audience.port}: not everybody could subscribe: {audience.problem}")


async def _event(side: Side, percent: int) -> None:
    await side.before(percent)
    cpu = side.server.cpu_seconds
    with undisturbed():
        side.audience.expect(percent)
        await side.publish(percent)
        heard = await side.audience.heard(HEAR_SECONDS)
    # The server may still be tidying up, and that is a part of what an event costs.
    await asyncio.sleep(PAUSE_SECONDS)
    side.fan.cpu += side.server.cpu_seconds - cpu
    side.fan.each += heard
    side.fan.last.append(heard[-1])
