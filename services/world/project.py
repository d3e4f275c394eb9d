"""The one consumer that keeps the graph in line with Postgres, and the rebuild that proves it.

It looks at what rows are now, never at what happened to them, so that changes may come twice, late
or in another order.
"""

import logging
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from neo4j.exceptions import ClientError
from prometheus_client import Gauge
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from core.db import Base, Database
from core.graph import Graph, GraphDown
from core.outbox import Lane, Outbox
from services.world.graph import graph_hash, prepare, put, wipe
from services.world.projection import kinds, states

log = logging.getLogger(__name__)

BATCH = 500
LOCK = 0x6E657264
PUT_OFF = timedelta(seconds=30)
LAG = Gauge("graph_projection_lag_seconds", "Age of the oldest change that the graph has not seen")


async def project(db: Database, graph: Graph) -> int:
    """Bring the oldest 500 changes into the graph; return how many.

    Nothing is done while another process holds the lock. A change that cannot be projected is put
    off for 30 s, so that it holds up no other. Raises GraphDown.
    """
    try:
        return await _project(db, graph, BATCH)
    except Exception as error:
        if _is_outage(error):
            raise
        log.exception("a batch of graph changes failed; going on one by one")
    try:
        return await _project(db, graph, 1)
    except Exception as error:
        if _is_outage(error):
            raise
        return await _put_off_oldest(db)


async def lag(session: AsyncSession) -> float:
    """Return how many seconds the graph is behind, and set the metric of it."""
    return (await owed(session))[0]


async def owed(session: AsyncSession) -> tuple[float, bool]:
    """Return how many seconds the graph is behind, and whether a change is due; set the metric."""
    age = func.extract("epoch", func.clock_timestamp() - func.min(Outbox.created_at))
    changes = select(age, func.bool_or(Outbox.due_at <= func.now()))
    row = await session.execute(changes.where(Outbox.lane == Lane.GRAPH))
    behind, is_due = row.one()
    seconds = max(0.0, float(behind or 0))
    LAG.set(seconds)
    return seconds, bool(is_due)


async def rebuild(db: Database, graph: Graph) -> str:
    """Make the whole graph anew from Postgres and return its hash; the consumer waits meanwhile."""
    async with _alone(db):
        await _make(db, graph)
        return await graph_hash(graph)


async def remake(db: Database, graph: Graph) -> None:
    """Make the whole graph anew, and read nothing back for a hash."""
    async with _alone(db):
        await _make(db, graph)


async def _make(db: Database, graph: Graph) -> None:
    await prepare(graph)
    await wipe(graph)
    for kind in kinds.values():
        async for keys in _all_keys(db, kind.rows):
            async with db.write() as session:
                found = await states(session, kind, keys)
            await put(graph, found, ())


def _is_outage(error: Exception) -> bool:
    # A refusal by the graph is about the data; anything else means that it is not there.
    return isinstance(error, GraphDown) and not isinstance(error.__cause__, ClientError)


async def _project(db: Database, graph: Graph, limit: int) -> int:
    async with db.write.begin() as session:
        if not await session.scalar(select(func.pg_try_advisory_xact_lock(LOCK))):
            return 0
        changes = await _due(session, limit)
        if not changes:
            return 0
        keys: dict[str, set[str]] = defaultdict(set)
        for change in changes:
            keys[change.payload["kind"]].add(change.payload["key"])
        nodes, gone = [], []
        for name in keys.keys() & kinds.keys():
            found = await states(session, kinds[name], keys[name])
            nodes += found
            missing = keys[name] - {state.id for state in found}
            gone += [(kinds[name].label, id) for id in sorted(missing)]
        await put(graph, nodes, gone)
        await session.execute(delete(Outbox).where(Outbox.id.in_([row.id for row in changes])))
    return len(changes)


async def _due(session: AsyncSession, limit: int) -> list[Outbox]:
    query = (
        select(Outbox)
        .where(Outbox.lane == Lane.GRAPH, Outbox.due_at <= func.now())
        # What no module of this process can describe is left for one that can.
        .where(Outbox.payload["kind"].astext.in_(kinds))
        .order_by(Outbox.id)
        .limit(limit)
    )
    return list(await session.scalars(query))


async def _put_off_oldest(db: Database) -> int:
    async with db.write.begin() as session:
        for change in await _due(session, 1):
            log.error("cannot project %(kind)s %(key)s; trying again in 30 s", change.payload)
            later = func.now() + PUT_OFF
            await session.execute(update(Outbox).where(Outbox.id == change.id).values(due_at=later))
    return 1


@asynccontextmanager
async def _alone(db: Database) -> AsyncIterator[AsyncConnection]:
    engine = db.engine.execution_options(isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text("SET lock_timeout = '60s'"))
        await connection.execute(text("SET statement_timeout = '60s'"))
        await connection.execute(select(func.pg_advisory_lock(LOCK)))
        try:
            yield connection
        finally:
            await connection.execute(select(func.pg_advisory_unlock(LOCK)))
            await connection.invalidate()


async def _all_keys(db: Database, model: type[Base]) -> AsyncIterator[list[str]]:
    last = ""
    while True:
        query = select(model.id).where(model.id > last).order_by(model.id).limit(BATCH)
        async with db.write() as session:
            keys = list(await session.scalars(query))
        if not keys:
            return
        yield keys
        last = keys[-1]
