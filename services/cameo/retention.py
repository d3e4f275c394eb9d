"""What time does: photos end with their consent, lost doorbells ring again, leftovers go."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select, union
from sqlalchemy.ext.asyncio import AsyncSession

from core.outbox import UnitOfWork
from models.account import Customer
from models.cameo import (
    CameoJob,
    CameoShot,
    CameoStatus,
    CameoSubmission,
    Portrait,
    PortraitStatus,
    WebhookReceipt,
)
from models.notification import NotificationKind
from services import notification
from services.cameo import erase, provider, spending
from services.cameo.tasks import AdvanceCameo, CheckPortrait, DispatchCameos, EraseAtProvider

BATCH = 200
OVERDUE = timedelta(seconds=3)
WARNING = timedelta(days=3)
GRACE = provider.KEEP


def due(now: datetime) -> ColumnElement[bool]:
    """Tell whether any step is overdue."""
    rows = (_is_stuck(now), _is_unchecked(now), _is_waiting(now))
    return or_(*(exists().where(overdue) for overdue in rows))


def _is_stuck(now: datetime) -> ColumnElement[bool]:
    return and_(
        CameoJob.status == CameoStatus.RUNNING,
        or_(CameoJob.due_at.is_(None), CameoJob.due_at < now - OVERDUE),
        or_(CameoJob.lease_until.is_(None), CameoJob.lease_until < now),
    )


def _is_unchecked(now: datetime) -> ColumnElement[bool]:
    late = or_(Portrait.due_at.is_(None), Portrait.due_at < now - OVERDUE)
    return and_(Portrait.status == PortraitStatus.CHECKING, late)


def _is_waiting(now: datetime) -> ColumnElement[bool]:
    return and_(CameoJob.status == CameoStatus.QUEUED, CameoJob.queued_at < now - OVERDUE)


async def sweep(uow: UnitOfWork) -> int:
    """Ring again for every step that is overdue and that nobody works on; return how many.

    So work goes on although a worker died, or Redis lost its queues (RELIABILITY 7 and 12).
    """
    jobs = select(CameoJob).where(_is_stuck(uow.now())).limit(BATCH)
    found = (await uow.session.scalars(jobs.with_for_update(skip_locked=True))).all()
    for job in found:
        job.due_at = uow.now()
        uow.send(AdvanceCameo(job.id))
    return len(found) + await _portraits(uow) + await _queue(uow)


async def _portraits(uow: UnitOfWork) -> int:
    rows = select(Portrait).where(_is_unchecked(uow.now())).limit(BATCH)
    found = (await uow.session.scalars(rows.with_for_update(skip_locked=True))).all()
    for portrait in found:
        portrait.due_at = uow.now()
        uow.send(CheckPortrait(portrait.id))
    return len(found)


async def _queue(uow: UnitOfWork) -> int:
    if await uow.session.scalar(select(CameoJob.id).where(_is_waiting(uow.now())).limit(1)):
        uow.send(DispatchCameos())
    return 0


async def expire_portraits(uow: UnitOfWork) -> list[erase.EraseFiles]:
    """Erase photos whose time is over, and warn three days before (rows V10, N1)."""
    live = Portrait.status != PortraitStatus.ERASED
    rows = select(Portrait).where(live, Portrait.expires_at <= uow.now()).limit(BATCH)
    over = (await uow.session.scalars(rows.with_for_update(skip_locked=True))).all()
    erased = [await erase.destroy(uow, portrait) for portrait in over]
    soon = select(Portrait).where(
        Portrait.status == PortraitStatus.READY,
        Portrait.expires_at <= uow.now() + WARNING,
        Portrait.warned_at.is_(None),
    )
    soon = soon.limit(BATCH).with_for_update(skip_locked=True)
    for portrait in (await uow.session.scalars(soon)).all():
        portrait.warned_at = uow.now()
        day = portrait.expires_at.date().isoformat()
        kind = NotificationKind.PORTRAIT_EXPIRING
        await notification.notify(uow, portrait.customer_id, kind, portrait.id, day=day)
    return erased


async def ring_again(uow: UnitOfWork) -> list[str]:
    """Have ended cameos cleared at the renderer whose doorbell was lost.

    Return the customers whose account is gone and whose photos or cameos are not.
    """
    long_ago = uow.now() - GRACE
    held = (
        select(CameoSubmission.job_id)
        .join(CameoJob, CameoJob.id == CameoSubmission.job_id)
        .where(CameoJob.finished_at < long_ago, provider.may_be_held())
    )
    for job_id in await uow.session.scalars(held.distinct().limit(BATCH)):
        uow.send(EraseAtProvider(job_id))
    await uow.session.execute(delete(WebhookReceipt).where(WebhookReceipt.created_at < long_ago))
    await spending.forget_old(uow)
    photos = select(Portrait.customer_id).where(Portrait.status != PortraitStatus.ERASED)
    left = union(photos, select(CameoJob.customer_id))
    gone = select(Customer.id).where(Customer.erased_at < long_ago, Customer.id.in_(left))
    return list(await uow.session.scalars(gone.limit(BATCH)))


async def orphans(session: AsyncSession, keys: Sequence[str], now: datetime) -> list[str]:
    """Return those object keys that no photo and no cameo needs.

    Of a cameo that ended an hour ago only what its row names is kept: a worker that slept may
    have stored more.
    """
    ids = {key.split("/")[1] for key in keys if key.count("/") >= 2}
    photos = select(Portrait.id).where(
        Portrait.id.in_(ids), Portrait.status != PortraitStatus.ERASED
    )
    uploads = select(Portrait.upload_key).where(Portrait.upload_key.in_(keys))
    jobs = (await session.scalars(select(CameoJob).where(CameoJob.id.in_(ids)))).all()
    ended = {job.id for job in jobs if job.finished_at and job.finished_at < now - GRACE}
    clips = select(CameoShot.clip_key).where(CameoShot.job_id.in_(ended))
    needed = {*await session.scalars(uploads), *await session.scalars(clips)}
    for job in jobs:
        needed |= {job.video_key, job.poster_key, job.strip_key}
        needed |= {preview["key"] for preview in job.previews}
    alive = {*await session.scalars(photos), *(job.id for job in jobs if job.id not in ended)}
    return [key for key in keys if key not in needed and not _belongs(key, alive)]


def _belongs(key: str, owners: set[str]) -> bool:
    parts = key.split("/")
    return len(parts) > 2 and parts[1] in owners
