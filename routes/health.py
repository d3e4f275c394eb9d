"""Is it alive, can it work, and how it does: /healthz, /readyz, /metrics."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Gauge, generate_latest
from sqlalchemy import func, select, text
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from core.db import Database
from core.outbox import Lane, Outbox, Tally
from core.telemetry import DATABASE_CONNECTIONS, SERVICE_UP
from services import feed, partner, payment, world

CHECK_SECONDS = 1.5
GOOD_SECONDS = 1.0
# Without these nothing works; without the others it works less well.
NEEDED = ("postgres",)
OVERDUE = Gauge("outbox_overdue_seconds", "Age of the oldest message that is due", ["lane"])

type Check = Callable[[], Awaitable[object]]


class Health:
    """The routes: all of them for operators, and what the public may see of them."""

    def __init__(self, db: Database, checks: Mapping[str, Check]) -> None:
        self._db = db
        self._checks: dict[str, Check] = {"postgres": lambda: _ask(db), **checks}
        self._asked: asyncio.Future[dict[str, str]] | None = None
        self._good_until = 0.0

    def routes(self, *, details: bool) -> list[BaseRoute]:
        """Return the routes; without `details` they tell what a balancer needs and no more."""
        routes = [Route("/healthz", self.alive)]
        if details:
            return [*routes, Route("/readyz", self.ready), Route("/metrics", self.metrics)]
        return [*routes, Route("/readyz", self.is_ready)]

    async def alive(self, request: Request) -> Response:
        """The process serves."""
        return PlainTextResponse("ok")

    async def ready(self, request: Request) -> Response:
        """Whether it can work, with the state of each dependency."""
        states = await self._states()
        word, status = _verdict(states)
        return JSONResponse({"status": word, "checks": states}, status)

    async def is_ready(self, request: Request) -> Response:
        """Whether it can work."""
        word, status = _verdict(await self._states())
        return JSONResponse({"status": word}, status)

    async def metrics(self, request: Request) -> Response:
        """Everything that is counted, in Prometheus' text form."""
        await self._states()
        await _observe_outbox(self._db)
        DATABASE_CONNECTIONS.set(_in_use(self._db))
        body = generate_latest(REGISTRY).decode() + await _tallies(self._db)
        return Response(body, headers={"content-type": CONTENT_TYPE_LATEST})

    async def _states(self) -> dict[str, str]:
        # Anybody may ask, so asking often must not make us ask the dependencies often.
        now = time.monotonic()
        if self._asked is None or now >= self._good_until:
            self._good_until = now + GOOD_SECONDS
            self._asked = asyncio.ensure_future(_states(self._checks))
        return await asyncio.shield(self._asked)


def _in_use(db: Database) -> int:
    engines = [db.engine, db.replica] if db.replica else [db.engine]
    return sum(getattr(engine.pool, "checkedout", int)() for engine in engines)


def _verdict(states: Mapping[str, str]) -> tuple[str, int]:
    if any(states[name] != "up" for name in NEEDED):
        return "unavailable", 503
    return ("degraded" if "down" in states.values() else "ready"), 200


async def _states(checks: Mapping[str, Check]) -> dict[str, str]:
    results = await asyncio.gather(*(_state(check) for check in checks.values()))
    states = dict(zip(checks, results, strict=True))
    for name, state in states.items():
        SERVICE_UP.labels(name).set(state == "up")
    return states


async def _state(check: Check) -> str:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check()
    except Exception:
        return "down"
    return "up"


async def _ask(db: Database) -> None:
    async with db.read() as session:
        await session.execute(text("select 1"))


async def _observe_outbox(db: Database) -> None:
    """Set what the relay knows too, but has no port to tell; without Postgres it is left as is."""
    age = func.extract("epoch", func.clock_timestamp() - func.min(Outbox.due_at))
    overdue = select(Outbox.lane, age).where(Outbox.due_at <= func.now()).group_by(Outbox.lane)
    with suppress(Exception):
        async with db.read() as session:
            found = {lane: float(seconds) for lane, seconds in await session.execute(overdue)}
            await world.lag(session)
            await feed.observe(session, datetime.now(UTC))
            await partner.observe(session)
            await payment.observe(session)
        for lane in Lane:
            OVERDUE.labels(lane.value).set(max(0.0, found.get(lane, 0.0)))


async def _tallies(db: Database) -> str:
    """Return the durable numbers in Prometheus' text form."""
    try:
        async with db.read() as session:
            rows = (await session.scalars(select(Tally).order_by(Tally.id))).all()
    except Exception:
        return ""
    lines, seen = [], set[str]()
    for row in rows:
        name, *labels = row.id.split("|")
        family = name.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count")
        kind = "counter" if name.endswith("_total") else "histogram"
        if family not in seen:
            seen.add(family)
            lines.append(f"# TYPE {family} {kind}")
        told = ",".join(f'{key}="{value}"' for key, value in (x.split("=", 1) for x in labels))
        lines.append(f"{name}{{{told}}} {row.value:g}" if told else f"{name} {row.value:g}")
    return "\n".join(lines) + "\n" if lines else ""
