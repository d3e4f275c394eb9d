"""What a renderer still holds of a cameo, and what may be deleted there."""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.outbox import UnitOfWork
from models.cameo import CameoJob, CameoStatus, CameoSubmission, SubmissionState

OPEN = (CameoStatus.QUEUED, CameoStatus.RUNNING)


async def held(session: AsyncSession, job_id: str) -> Sequence[CameoSubmission]:
    """Return the orders that the renderer has, or may have without our knowing."""
    known = CameoSubmission.provider_id.is_not(None)
    unknown = CameoSubmission.error_code.is_(None) & CameoSubmission.state.in_(
        (SubmissionState.INTENT, SubmissionState.ABSENT)
    )
    rows = select(CameoSubmission).where(
        CameoSubmission.job_id == job_id, CameoSubmission.erased_at.is_(None), or_(known, unknown)
    )
    return (await session.scalars(rows)).all()


async def give_up(uow: UnitOfWork, job_id: str) -> Sequence[CameoSubmission]:
    """Return what to delete at the renderer; the open orders of an ended cameo end with it.

    A cameo that was queued again meanwhile keeps its open orders: they are paid.
    """
    job = await uow.session.get(CameoJob, job_id, with_for_update=True)
    if job is None:
        return []
    orders = await held(uow.session, job_id)
    if job.status in OPEN:
        return [order for order in orders if order.ended_at]
    for order in orders:
        if not order.ended_at:
            order.ended_at = uow.now()
            known = order.provider_id is not None
            order.state = SubmissionState.FAILED if known else SubmissionState.ABSENT
    return orders


async def erased(uow: UnitOfWork, order_id: str) -> None:
    """Record that the renderer holds nothing of an order any more."""
    order = await uow.session.get(CameoSubmission, order_id)
    if order:
        order.erased_at = uow.now()
