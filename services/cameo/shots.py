"""Shots and the paid orders for them: each order is made once (row V2)."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.outbox import UnitOfWork
from core.settings import Settings
from gateways.renderer import RenderState, RenderStatus
from models.cameo import (
    CameoJob,
    CameoShot,
    CameoShotStatus,
    CameoSubmission,
    SubmissionState,
)
from services.cameo import spending

OPEN = (SubmissionState.INTENT, SubmissionState.ACCEPTED)
BUCKETS = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600)


async def open_submissions(session: AsyncSession, job_id: str) -> dict[str, CameoSubmission]:
    """Return the order under way of each shot that has one, by the shot's id."""
    rows = select(CameoSubmission).where(
        CameoSubmission.job_id == job_id, CameoSubmission.state.in_(OPEN)
    )
    return {row.shot_id: row for row in await session.scalars(rows)}


async def intend(
    uow: UnitOfWork, settings: Settings, customer_id: str, shot_id: str
) -> CameoSubmission | None:
    """Record that this shot is about to be ordered; one order of a shot is open at a time.

    None when the customer has had as many shots in 24 hours as may be.
    """
    await uow.lock("cameos", customer_id)
    if not await spending.has_room(uow, settings, customer_id):
        return None
    shot = await uow.session.get_one(CameoShot, shot_id)
    shot.attempts += 1
    order = CameoSubmission(shot_id=shot.id, job_id=shot.job_id, intent_at=uow.now())
    uow.session.add(order)
    await uow.session.flush()
    spending.count(uow, customer_id, order.id)
    return order


async def accepted(uow: UnitOfWork, order_id: str, provider_id: str) -> None:
    """Record the provider's id of an order."""
    order = await uow.session.get_one(CameoSubmission, order_id)
    order.state, order.provider_id = SubmissionState.ACCEPTED, provider_id
    order.accepted_at = uow.now()
    shot = await uow.session.get_one(CameoShot, order.shot_id)
    shot.status = CameoShotStatus.SUBMITTED


async def ended(
    uow: UnitOfWork, order_id: str, state: SubmissionState, error_code: str | None = None
) -> None:
    """Record that an order came to nothing, so that its shot may be ordered again."""
    order = await uow.session.get_one(CameoSubmission, order_id)
    order.state, order.error_code, order.ended_at = state, error_code, uow.now()
    shot = await uow.session.get_one(CameoShot, order.shot_id)
    shot.status, shot.percent = CameoShotStatus.WAITING, 0
    if state in (SubmissionState.ABSENT, SubmissionState.REFUSED):
        shot.attempts -= 1
        await spending.give_back(uow, order.id)


async def polled(
    uow: UnitOfWork, settings: Settings, job: CameoJob, found: dict[str, RenderStatus]
) -> str | None:
    """Take in how far the renderer is, by the order's id; return a code if the job must fail."""
    for order_id, status in found.items():
        order = await uow.session.get_one(CameoSubmission, order_id)
        shot = await uow.session.get_one(CameoShot, order.shot_id)
        late = uow.now() - (order.accepted_at or order.intent_at)
        if status.state is RenderState.DONE:
            await _rendered(uow, order, shot)
        elif status.state in (RenderState.FAILED, RenderState.GONE):
            await ended(uow, order.id, SubmissionState.FAILED, status.error_code)
            if status.state is RenderState.FAILED and not status.retryable:
                return "RENDER_REFUSED"
        elif late > timedelta(seconds=settings.shot_deadline_seconds):
            await ended(uow, order.id, SubmissionState.FAILED, "deadline")
        else:
            shot.percent = max(shot.percent, min(status.percent, 99))
            # Not as it was: a canceled cameo that is tried again finds its open order here.
            running = status.state is RenderState.RUNNING
            shot.status = CameoShotStatus.RENDERING if running else CameoShotStatus.SUBMITTED
        if shot.status is CameoShotStatus.WAITING and shot.attempts >= settings.shot_attempts:
            return "RENDER_FAILED"
    return None


async def _rendered(uow: UnitOfWork, order: CameoSubmission, shot: CameoShot) -> None:
    shot.status = CameoShotStatus.RENDERING
    if shot.percent == 100:
        return
    shot.percent = 100
    took = (uow.now() - (order.accepted_at or order.intent_at)).total_seconds()
    await uow.observe("sora_generation_duration_seconds", took, BUCKETS)


async def fetched(uow: UnitOfWork, order_id: str, clip_key: str) -> None:
    """Record that the clip of an order is home and is good."""
    order = await uow.session.get_one(CameoSubmission, order_id)
    order.state, order.ended_at = SubmissionState.DONE, uow.now()
    shot = await uow.session.get_one(CameoShot, order.shot_id)
    shot.status, shot.clip_key, shot.percent = CameoShotStatus.READY, clip_key, 100


def share_done(shots: Sequence[CameoShot]) -> float:
    """Return how much of the filming is done, 0 to 1, long shots counting more."""
    total = sum(shot.seconds for shot in shots)
    return sum(shot.seconds * shot.percent / 100 for shot in shots) / total if total else 1.0
