"""What time does: photos end with their consent, lost doorbells ring again, leftovers go."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.outbox import UnitOfWork
from models.cameo import CameoJob, CameoStatus, Portrait, PortraitStatus
from models.notification import NotificationKind
from services import notification
from services.cameo import erase
from services.cameo.tasks import AdvanceCameo, CheckPortrait, DispatchCameos

BATCH = 200
OVERDUE = timedelta(seconds=3)
WARNING = timedelta(days=3)


async def sweep(uow: UnitOfWork) -> int:
    """Ring again for every step that is overdue and that nobody works on; return how many.

    So work goes on although a worker died, or Redis lost its queues (RELIABILITY 7 and 12).
    """
    late = uow.now() - OVERDUE
    jobs = (
        select(CameoJob)
        .where(
            CameoJob.status == CameoStatus.RUNNING,
            or_(CameoJob.due_at.is_(None), CameoJob.due_at < late),
            or_(CameoJob.lease_until.is_(None), CameoJob.lease_until < uow.now()),
        )
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    found = (await uow.session.scalars(jobs)).all()
    for job in found:
        job.due_at = uow.now() + OVERDUE
        uow.send(AdvanceCameo(job.id))
    return len(found) + await _portraits(uow) + await _queue(uow)


async def _portraits(uow: UnitOfWork) -> int:
    rows = (
        select(Portrait)
        .where(Portrait.status == PortraitStatus.CHECKING, Portrait.due_at < uow.now())
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    found = (await uow.session.scalars(rows)).all()
    for portrait in found:
        portrait.due_at = uow.now() + timedelta(seconds=30)
        uow.send(CheckPortrait(portrait.id))
    return len(found)


async def _queue(uow: UnitOfWork) -> int:
    waiting = select(CameoJob.id).where(
        CameoJob.status == CameoStatus.QUEUED, CameoJob.queued_at < uow.now() - OVERDUE
    )
    if await uow.session.scalar(waiting.limit(1)):
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
    for portrait in (await uow.session.scalars(soon.limit(BATCH))).all():
        portrait.warned_at = uow.now()
        day = portrait.expires_at.date().isoformat()
        kind = NotificationKind.PORTRAIT_EXPIRING
        await notification.notify(uow, portrait.customer_id, kind, portrait.id, day=day)
    return erased


async def orphans(session: AsyncSession, keys: Sequence[str]) -> list[str]:
    """Return those object keys whose cameo or photo is no longer there."""
    ids = {key.split("/")[1] for key in keys if key.count("/") >= 2}
    jobs = await session.scalars(select(CameoJob.id).where(CameoJob.id.in_(ids)))
    photos = await session.scalars(
        select(Portrait.id).where(Portrait.id.in_(ids), Portrait.status != PortraitStatus.ERASED)
    )
    known = {*jobs, *photos}
    return [key for key in keys if key.count("/") >= 2 and key.split("/")[1] not in known]
