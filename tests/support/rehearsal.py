"""A relay's first look around, before any is forked: what it has compiled then, each fork has."""

import asyncio
import json
import os
from collections.abc import Mapping

from core.settings import Settings
from gateways.storage import S3Storage
from services.world import owed
from tests.support.settings import settings_of
from workers import relay, world
from workers.base import Work

STAGE = "NERDX_TESTS_REHEARSAL"


def at(env: Mapping[str, str]) -> None:
    """Have the process that forks rehearse on the database of these settings."""
    os.environ[STAGE] = json.dumps(dict(env))


def rehearse() -> None:
    """Look around as a relay does."""
    if env := os.environ.get(STAGE):
        asyncio.run(_rehearse(settings_of(json.loads(env))))


async def _rehearse(settings: Settings) -> None:
    work = Work.of(settings)
    # To read what S3 is takes the first client of a process a fifth of a second.
    assert S3Storage(settings)._client
    for step in (relay.deliver, relay.sweep, relay.sweep_feed, relay.mend_search):
        await step(work)
    await world._ready(work.db, work.graph)
    async with work.db.look() as session:
        await owed(session)
    await work.close()
