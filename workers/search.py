"""Keeps the index of the search in line with Postgres: as a task, and anew by `nerdx reindex`."""

import sys

from core import telemetry
from core.settings import Settings
from services import search
from services.search import RefreshSearch, Vectors
from workers.base import Work, handles


# The relay rings again, so the doorbell itself never retries.
@handles(RefreshSearch, max_retries=0)
async def refresh_search(task: RefreshSearch, work: Work) -> None:
    """Bring the index in line."""
    await search.refresh(work.begin, vectors_of(work))


def vectors_of(work: Work) -> Vectors:
    """Return where this process has vectors from."""
    return Vectors(work.settings, work.db, work.bus, work.gateways.embeddings)


async def reindex(settings: Settings) -> int:
    """Make the index anew, say how many entries it has, and return the exit code."""
    telemetry.start(settings, "reindex")
    work = Work.of(settings)
    try:
        done = await search.rebuild(work.begin, vectors_of(work))
    finally:
        await work.close()
    sys.stdout.write(f"{done} entries can be found\n")
    return 0
