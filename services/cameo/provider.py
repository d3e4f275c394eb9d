"""What a renderer still holds of a cameo, and what may be deleted there."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.outbox import UnitOfWork
from models.cameo import (
    CameoJob,
    CameoStatus,
    CameoSubmission,
    Portrait,
    PortraitStatus,
    SubmissionState,
)
from services.cameo.tasks import EraseAtProvider

OPEN = (CameoStatus.QUEUED, CameoStatus.RUNNING)
# For so long after a failure the renderer keeps what is paid, for a retry.
KEEP = timedelta(hours=1)
# After a crash it is not kept: the clip may be what the workers died of.
KEPT_AFTER = (
    "RENDER_FAILED",
    "RENDERER_UNAVAILABLE",
    "STORAGE_UNAVAILABLE",
    "SHOT_LIMIT_REACHED",
)


async def held(session: AsyncSession, job_id: str) -> Sequence[CameoSubmission]:
    """Return the orders that the renderer has, or may have without our knowing."""
    rows = select(CameoSubmission).where(CameoSubmission.job_id == job_id, may_be_held())
    return (await session.scalars(rows)).all()


def may_be_held() -> ColumnElement[bool]:
    """Tell whether the renderer has an order, or may have it without our knowing."""
    known = CameoSubmission.provider_id.is_not(None)
    unknown = CameoSubmission.error_code.is_(None) & CameoSubmission.state.in_(
        (SubmissionState.INTENT, SubmissionState.ABSENT)
    )
    return CameoSubmission.erased_at.is_(None) & or_(known, unknown)


async def give_up(uow: UnitOfWork, job_id: str) -> Sequence[CameoSubmission]:
    """Return what to delete at the renderer; the open orders of an ended cameo end with it.

    They are paid, so a cameo that was queued again meanwhile keeps them, and one that failed
    keeps those that a retry can use.
    """
    job = await uow.session.get(CameoJob, job_id, with_for_update=True)
    if job is None:
        return []
    orders = await held(uow.session, job_id)
    if job.status in OPEN:
        return [order for order in orders if order.ended_at]
    if await _may_be_retried(uow, job):
        kept = [order for order in orders if order.provider_id and not order.ended_at]
        orders = [order for order in orders if order not in kept]
        if kept:
            uow.send(EraseAtProvider(job_id), delay=KEEP.total_seconds())
    for order in orders:
        if not order.ended_at:
            order.ended_at = uow.now()
            known = order.provider_id is not None
            order.state = SubmissionState.FAILED if known else SubmissionState.ABSENT
    return orders


async def _may_be_retried(uow: UnitOfWork, job: CameoJob) -> bool:
    if job.failure_code not in KEPT_AFTER or job.status is not CameoStatus.FAILED:
        return False
    if job.finished_at is None or job.finished_at + KEEP <= uow.now():
        return False
    portrait = await uow.session.get_one(Portrait, job.portrait_id)
    return portrait.status is PortraitStatus.READY


async def holding(uow: UnitOfWork, portrait_id: str) -> Sequence[str]:
    """Return the failed cameos of a photo of which a renderer may still hold shots."""
    rows = (
        select(CameoJob.id)
        .join(CameoSubmission, CameoSubmission.job_id == CameoJob.id)
        .where(CameoJob.portrait_id == portrait_id, CameoJob.status == CameoStatus.FAILED)
        .where(CameoSubmission.ended_at.is_(None))
    )
    return (await uow.session.scalars(rows.distinct())).all()


async def erased(uow: UnitOfWork, order_id: str) -> None:
    """Record that the renderer holds nothing of an order any more."""
    order = await uow.session.get(CameoSubmission, order_id)
    if order:
        order.erased_at = uow.now()
