"""The feed as it is read: its facts, and its records a batch at a time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from prometheus_client import Gauge
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.catalogue import Channel
from models.feed import Feed, FeedHost, FeedRecord
from services import checkout
from services.feed.push import waiting

BATCH = 200
AGE = Gauge("feed_age_seconds", "Since the feed was last held against prices and stock")
LAG = Gauge("feed_lag_seconds", "Age of the oldest change that a feed host has not heard", ["host"])


async def find(session: AsyncSession, channel_id: str) -> Feed | None:
    """Return the feed of a channel that sells."""
    sells = select(Feed).join(Channel, Channel.id == Feed.id)
    return await session.scalar(sells.where(Feed.id == channel_id, Channel.active))


def country_of(channel_id: str) -> str | None:
    """Return the country that a channel sells in (ISO 3166-1)."""
    return checkout.COUNTRIES.get(channel_id)


def metadata(feed: Feed) -> dict[str, Any]:
    """Return `FeedMetadata` of the protocol's schema."""
    at = feed.changed_at.isoformat(timespec="seconds").replace("+00:00", "Z")
    country = country_of(feed.id)
    told = {"id": feed.id, "updated_at": at}
    return told | ({"target_country": country} if country else {})


async def lines(
    session: AsyncSession, feed_id: str, after: str, *, everything: bool = False
) -> Sequence[tuple[str, str]]:
    """Return the next records with their products' ids; what is gone only where all is wanted."""
    query = select(FeedRecord.product_id, FeedRecord.line).where(
        FeedRecord.feed_id == feed_id, FeedRecord.product_id > after
    )
    if not everything:
        query = query.where(FeedRecord.is_gone.is_(False))
    found = await session.execute(query.order_by(FeedRecord.product_id).limit(BATCH))
    return [(id, line) for id, line in found]


async def observe(session: AsyncSession, at: datetime) -> None:
    """Set the metrics of how far the feed and its hosts are behind."""
    now = func.clock_timestamp()
    age = await session.scalar(select(func.extract("epoch", now - func.min(Feed.checked_at))))
    AGE.set(max(0.0, float(age or 0)))
    oldest = func.extract("epoch", now - func.min(FeedRecord.changed_at))
    late = waiting(select(FeedHost.id, oldest), at).group_by(FeedHost.id)
    behind = {id: float(seconds) for id, seconds in await session.execute(late)}
    LAG.clear()
    for id in await session.scalars(select(FeedHost.id)):
        LAG.labels(id).set(max(0.0, behind.get(id, 0.0)))
