"""Keeps the graph in line with Postgres: inside the relay, and anew by `nerdx rebuild-graph`."""

import asyncio
import logging
import sys

from core import telemetry
from core.db import Database, connect
from core.graph import Graph, GraphDown
from core.settings import Settings
from services import world

log = logging.getLogger(__name__)

IDLE_SECONDS = 0.25
OUTAGE_SECONDS = 2.0


async def consume(db: Database, graph: Graph) -> None:
    """Project changes until cancelled; an outage of either store only delays it."""
    ready = False
    while True:
        pause = IDLE_SECONDS
        try:
            ready = ready or await _ready(db, graph)
            async with db.look() as session:
                _, is_due = await world.owed(session)
            if is_due and await world.project(db, graph):
                pause = 0
        except Exception as error:
            # A graph that comes back may be another one, and empty.
            ready, pause = False, OUTAGE_SECONDS
            log.warning("the graph is not being updated: %s", _told(error))
        await asyncio.sleep(pause)


async def rebuild(settings: Settings) -> int:
    """Make the graph anew, print its hash and return the exit code."""
    import_projections()
    telemetry.start(settings, "rebuild-graph")
    db, graph = connect(settings), Graph(settings)
    try:
        sys.stdout.write(f"{await world.rebuild(db, graph)}\n")
        return 0
    except GraphDown as error:
        sys.stderr.write(f"the graph does not answer: {error}\n")
        return 1
    finally:
        await graph.close()
        await db.close()


def import_projections() -> None:
    """Import every module that tells how its rows look in the graph."""
    from services import account, ar, cameo  # noqa: F401


async def _ready(db: Database, graph: Graph) -> bool:
    import_projections()
    await world.prepare(graph)
    await world.warm(graph)
    if await world.is_empty(graph):
        await world.remake(db, graph)
        log.info("the graph was empty and has been made anew")
    return True


def _told(error: Exception) -> str:
    return str(error) if isinstance(error, GraphDown) else type(error).__name__
