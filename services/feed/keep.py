"""Keeps the records up with prices and stock: those that differ are written anew."""

import hashlib
from typing import Any

import orjson
from sqlalchemy import select

from core.outbox import UnitOfWork
from core.settings import Settings
from models.catalogue import Channel
from models.feed import Feed, FeedRecord
from services.feed.records import gone, records, with_gone

BATCH = 200


async def refresh(uow: UnitOfWork, settings: Settings) -> int:
    """Hold every channel's records against the catalogue; return how many are new or changed."""
    await uow.lock("feed")
    channels = await uow.session.scalars(select(Channel).order_by(Channel.id))
    return sum([await _refresh(uow, settings, channel) for channel in channels.all()])


async def _refresh(uow: UnitOfWork, settings: Settings, channel: Channel) -> int:
    now = uow.now()
    feed = await uow.session.get(Feed, channel.id)
    if feed is None:
        feed = Feed(id=channel.id, version="", changed_at=now, checked_at=now)
        uow.session.add(feed)
        await uow.session.flush()
    made = await records(uow.session, settings, channel, now)
    known = await _hashes(uow, feed)
    moved = [id for id, record in made.items() if known.get(id) != _hash(_line(record))]
    moved += [id for id in known if id not in made]
    changed = 0
    for start in range(0, len(moved), BATCH):
        changed += await _write(uow, feed, moved[start : start + BATCH], made)
    feed.checked_at = now
    if changed or not feed.version:
        await uow.session.flush()
        known = await _hashes(uow, feed)
        feed.version, feed.changed_at = _hash(str(sorted(known.items()))), now
    return changed


async def _write(
    uow: UnitOfWork, feed: Feed, ids: list[str], made: dict[str, dict[str, Any]]
) -> int:
    """Write these records, and return how many are not as they were."""
    query = select(FeedRecord).where(FeedRecord.feed_id == feed.id, FeedRecord.product_id.in_(ids))
    rows = {row.product_id: row for row in await uow.session.scalars(query)}
    changed = 0
    for id in ids:
        row, record = rows.get(id), made.get(id)
        before = orjson.loads(row.line) if row else {"variants": []}
        told = _line(with_gone(record, before) if record else gone(before))
        if row is None:
            row = FeedRecord(id=f"{feed.id}:{id}", feed_id=feed.id, product_id=id, hash="")
            uow.session.add(row)
        row.is_gone = record is None
        if row.hash != _hash(told):
            row.line, row.hash, row.changed_at = told, _hash(told), uow.now()
            changed += 1
    return changed


async def _hashes(uow: UnitOfWork, feed: Feed) -> dict[str, str]:
    query = select(FeedRecord.product_id, FeedRecord.hash).where(FeedRecord.feed_id == feed.id)
    return {id: hash for id, hash in await uow.session.execute(query)}  # noqa: C416


def _line(record: dict[str, Any]) -> str:
    return orjson.dumps(record).decode()


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
