"""Tells the hosts of agents what changed in the feed."""

import logging
from collections.abc import Sequence

from core.setting_shapes import FeedAddress
from gateways.feeds import FeedLost, FeedRefused, FeedUnavailable
from services import feed
from services.acp import VERSION
from services.feed import PushFeed, Told
from workers.base import Work, handles

log = logging.getLogger(__name__)


@handles(PushFeed, max_retries=0)
async def push_feed(task: PushFeed, work: Work) -> None:
    """Push batch after batch; whatever a host answers, the relay rings again in time."""
    named = {host.name: host for host in work.settings.acp_feed_push}
    if (host := named.get(task.host)) is None:
        return
    try:
        while await _push(host, work):
            pass
    except FeedLost:
        log.warning("feed host %s knows nothing of our feed", host.name)
        async with work.begin() as uow:
            await feed.lost(uow, host.name)
    except (FeedUnavailable, FeedRefused) as error:
        log.warning("feed host %s: %s", host.name, error)
        async with work.begin() as uow:
            await feed.missed(uow, host.name, getattr(error, "wait", None))


async def _push(host: FeedAddress, work: Work) -> bool:
    """Push one batch, and tell whether there was one."""
    async with work.begin() as uow:
        batch = await feed.batch(uow, host.name)
    if batch is None:
        return False
    remote_id = batch.remote_id or host.feed_id
    if remote_id is None:
        country = feed.country_of(host.channel)
        remote_id = await work.gateways.feeds.create(host, country, VERSION)
        async with work.begin() as uow:
            await feed.opened(uow, host.name, remote_id)
    refused = await _refused(host, work, remote_id, batch.records)
    for one in refused:
        log.error("feed host %s does not take product %s", host.name, one.product_id)
    async with work.begin() as uow:
        await feed.heard(uow, host.name, batch.records, refused)
    return True


async def _refused(
    host: FeedAddress, work: Work, remote_id: str, records: Sequence[Told]
) -> list[Told]:
    """Push these, and return those that the host does not take: one must not hold up others."""
    try:
        lines = [one.line for one in records]
        await work.gateways.feeds.push(host, remote_id, lines, VERSION)
    except FeedRefused:
        if len(records) == 1:
            return list(records)
        half = len(records) // 2
        first = await _refused(host, work, remote_id, records[:half])
        return first + await _refused(host, work, remote_id, records[half:])
    return []
