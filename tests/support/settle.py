"""A database as it is when the product has run for a minute: what a seed owes is done.

The graph has the catalogue, hosts have the feed, similar products are worked out. A relay and a
worker took half a second of the processor each for that, in each test that starts them.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import and_, delete, exists, select

from core.db import Database, connect
from core.outbox import Outbox
from core.settings import Settings
from models.deployment import Deployment
from models.feed import FeedHost, FeedPush
from models.similarity import SimilarityModel
from tests.support.serve import running

IS_DONE = select(
    and_(
        ~exists(select(Outbox.id)),
        exists(select(FeedPush.id)),
        ~exists(select(FeedHost.id).where(FeedHost.due_at.is_not(None))),
        exists(select(SimilarityModel.id).where(SimilarityModel.trained_at.is_not(None))),
    )
)


async def settle(settings: Settings, env: Mapping[str, str], folder: Path) -> None:
    """Have a relay and a worker do what is owed. Raises TimeoutError."""
    db = connect(settings)
    with (
        running("relay", env, folder / "settling-relay.log"),
        running("worker", env, folder / "settling-worker.log"),
    ):
        async with asyncio.timeout(180):
            await _done(db)
    async with db.write.begin() as session:
        # Each test's database is a deployment of its own, and so is its bucket.
        await session.execute(delete(Deployment))
    await db.close()


async def _done(db: Database) -> None:
    while True:
        async with db.look() as session:
            if await session.scalar(IS_DONE):
                return
        await asyncio.sleep(0.05)
