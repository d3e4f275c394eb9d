"""What the hosts of agents are told: the records that differ from what each last heard."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, and_, delete, or_, select
from sqlalchemy.dialects.postgresql import insert

from core.outbox import UnitOfWork
from core.setting_shapes import FeedAddress
from core.settings import Settings
from models.feed import FeedHost, FeedPush, FeedRecord
from services.feed.tasks import PushFeed

BATCH = 50
# Longer than one call to a host may take; then its worker is taken for lost.
LEASE = timedelta(seconds=25)
LONGEST_PAUSE = 30.0
# A host may be mended; until then its refusals must not cost much.
OFFER_AGAIN = timedelta(minutes=10)


@dataclass(frozen=True)
class Told:
    """A record as it is sent."""

    product_id: str
    hash: str
    line: str


@dataclass(frozen=True)
class Batch:
    """What a host is to hear next, and the name of its feed, if it has made one."""

    remote_id: str | None
    records: Sequence[Told]


def waiting[*T](query: Select[*T], now: datetime) -> Select[*T]:
    """Narrow to records that hosts have not heard; what is gone only if they knew it."""
    heard = and_(FeedPush.host_id == FeedHost.id, FeedPush.product_id == FeedRecord.product_id)
    return (
        query.select_from(FeedHost)
        .join(FeedRecord, FeedRecord.feed_id == FeedHost.feed_id)
        .outerjoin(FeedPush, heard)
        .where(
            or_(
                FeedPush.hash != FeedRecord.hash,
                FeedPush.again_at <= now,
                and_(FeedPush.id.is_(None), FeedRecord.is_gone.is_(False)),
            )
        )
    )


async def ring(uow: UnitOfWork, settings: Settings) -> None:
    """Have every host told that has something to hear and is not being told already."""
    await uow.lock("feed hosts")
    named = {host.name: host for host in settings.acp_feed_push}
    await uow.session.execute(delete(FeedHost).where(FeedHost.id.not_in(list(named))))
    for host in named.values():
        row = await _row(uow, host)
        is_late = waiting(select(FeedRecord.id), uow.now()).where(FeedHost.id == host.name).limit(1)
        is_due = row.due_at is None or row.due_at <= uow.now()
        if is_due and await uow.session.scalar(is_late):
            row.due_at = uow.now() + LEASE
            uow.send(PushFeed(host.name))


async def batch(uow: UnitOfWork, name: str) -> Batch | None:
    """Return what a host is to hear next, and keep others away meanwhile; None when that is all."""
    row = await uow.session.get(FeedHost, name, with_for_update=True)
    if row is None:
        return None
    records = select(FeedRecord.product_id, FeedRecord.hash, FeedRecord.line)
    late = waiting(records, uow.now()).where(FeedHost.id == name)
    found = await uow.session.execute(
        late.order_by(FeedRecord.changed_at, FeedRecord.product_id).limit(BATCH)
    )
    told = [Told(*one) for one in found]
    row.due_at = uow.now() + LEASE if told else None
    return Batch(row.remote_id, told) if told else None


async def opened(uow: UnitOfWork, name: str, remote_id: str) -> None:
    """Note the feed that a host has made for us."""
    row = await uow.session.get_one(FeedHost, name, with_for_update=True)
    row.remote_id = remote_id


async def heard(uow: UnitOfWork, name: str, told: Sequence[Told], refused: Sequence[Told]) -> None:
    """Note what a host has heard; what it refused is told again when it changes, or later."""
    for one in told:
        again = uow.now() + OFFER_AGAIN if one in refused else None
        noted = {"hash": one.hash, "again_at": again}
        row = insert(FeedPush).values(
            id=f"{name}:{one.product_id}", host_id=name, product_id=one.product_id, **noted
        )
        await uow.session.execute(row.on_conflict_do_update(index_elements=["id"], set_=noted))
    host = await uow.session.get_one(FeedHost, name, with_for_update=True)
    host.failures = 0
    await uow.count("feed_products_pushed_total", len(told) - len(refused), host=name)
    await uow.count("feed_products_refused_total", len(refused), host=name)


async def missed(uow: UnitOfWork, name: str, wait: float | None) -> None:
    """Try again later: after what the host asked for, or ever longer, but never very long."""
    await _put_off(uow, await uow.session.get_one(FeedHost, name, with_for_update=True), wait)


async def lost(uow: UnitOfWork, name: str) -> None:
    """Begin anew, after a while: the host does not know the feed any more."""
    row = await uow.session.get_one(FeedHost, name, with_for_update=True)
    await _forget(uow, row)
    await _put_off(uow, row, None)


async def _put_off(uow: UnitOfWork, row: FeedHost, wait: float | None) -> None:
    row.failures += 1
    pause = min(wait or 2.0 ** min(row.failures, 5), LONGEST_PAUSE)
    row.due_at = uow.now() + timedelta(seconds=pause)
    await uow.count("feed_push_failures_total", host=row.id)


async def _row(uow: UnitOfWork, host: FeedAddress) -> FeedHost:
    """Return the host's row; one that moved, or is to hear of another channel, begins anew."""
    row = await uow.session.get(FeedHost, host.name, with_for_update=True)
    if row is None:
        row = FeedHost(id=host.name, address=host.url, feed_id=host.channel)
        uow.session.add(row)
    if (row.address, row.feed_id) != (host.url, host.channel):
        row.address, row.feed_id = host.url, host.channel
        await _forget(uow, row)
    await uow.session.flush()
    return row


async def _forget(uow: UnitOfWork, row: FeedHost) -> None:
    row.remote_id, row.due_at = None, None
    await uow.session.execute(delete(FeedPush).where(FeedPush.host_id == row.id))
