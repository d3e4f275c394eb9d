"""The making of a cameo: one worker at a time, and each step a checkpoint in its row.

A worker claims the job, which raises its fence; whatever it writes later is refused once another
worker has claimed it. So a worker that was stopped, or paused past its lease, changes nothing.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.outbox import GraphChange, Transactions, UnitOfWork
from core.settings import Settings
from models.cameo import CameoJob, CameoShot, CameoShotStatus, CameoStage, CameoStatus
from models.catalogue import CameoTemplate
from models.notification import NotificationKind
from services import notification
from services.cameo.failures import FAILURES
from services.cameo.tasks import AdvanceCameo, DispatchCameos, EraseAtProvider, cameo_changed

MAX_TRIES = 10
# Two machines' clocks may differ by this much before a doorbell counts as early.
EARLY = timedelta(seconds=0.5)
BACKOFF_SECONDS = (1, 2, 5, 10, 20, 30, 60)


class Fenced(Exception):
    """Another worker has the job now, or it has ended: drop what was being done."""


@dataclass(frozen=True)
class Claim:
    """The right to move a job, until the lease ends or another claim is made."""

    job_id: str
    fence: int
    stage: CameoStage
    tries: int


async def is_suspect(session: AsyncSession, job_id: str) -> bool:
    """Tell whether the last worker on this job did not come back from it."""
    crashes = await session.scalar(select(CameoJob.crashes).where(CameoJob.id == job_id))
    return bool(crashes)


async def claim(uow: UnitOfWork, settings: Settings, job_id: str) -> Claim | None:
    """Take a running job that is due and that nobody works on; the third crash of a step ends it.

    A doorbell may ring twice or too often: only one that rings in time is answered.
    """
    job = await uow.session.get(CameoJob, job_id, with_for_update=True)
    if job is None or job.status is not CameoStatus.RUNNING:
        return None
    if job.lease_until and job.lease_until > uow.now():
        return None
    if job.due_at and job.due_at > uow.now() + EARLY:
        return None
    if job.crashes >= settings.step_crashes:
        await fail(uow, job, "WORKER_CRASHED")
        return None
    job.crashes += 1
    job.fence += 1
    job.due_at = None
    job.lease_until = uow.now() + timedelta(seconds=settings.stage_lease_seconds)
    return Claim(job.id, job.fence, job.stage, job.tries)


async def hurry(uow: UnitOfWork, job_id: str) -> None:
    """Ask the renderer now; if that is being done, ask once more right after."""
    filming = update(CameoJob).where(
        CameoJob.id == job_id,
        CameoJob.status == CameoStatus.RUNNING,
        CameoJob.stage == CameoStage.RENDER,
    )
    await uow.session.execute(filming.values(due_at=uow.now()))
    uow.send(AdvanceCameo(job_id))


async def renew(uow: UnitOfWork, settings: Settings, claim: Claim) -> bool:
    """Lengthen the lease; False when it is lost."""
    lease = uow.now() + timedelta(seconds=settings.stage_lease_seconds)
    held = update(CameoJob).where(
        CameoJob.id == claim.job_id,
        CameoJob.fence == claim.fence,
        CameoJob.status == CameoStatus.RUNNING,
    )
    kept = await uow.session.execute(held.values(lease_until=lease).returning(CameoJob.id))
    return kept.first() is not None


@asynccontextmanager
async def checkpoint(
    begin: Transactions, claim: Claim
) -> AsyncIterator[tuple[UnitOfWork, CameoJob]]:
    """Write to the job in a transaction of its own. Raises Fenced when the claim is lost."""
    async with begin() as uow:
        job = await uow.session.get(CameoJob, claim.job_id, with_for_update=True)
        if job is None or job.fence != claim.fence or job.status is not CameoStatus.RUNNING:
            raise Fenced(claim.job_id)
        yield uow, job


async def shots_of(session: AsyncSession, job_id: str) -> list[CameoShot]:
    """Return the shots of a job, in order."""
    rows = select(CameoShot).where(CameoShot.job_id == job_id).order_by(CameoShot.number)
    return list(await session.scalars(rows))


def show(
    uow: UnitOfWork, job: CameoJob, percent: float | None = None, *previews: dict[str, Any]
) -> None:
    """Tell whoever watches; the percentage never falls."""
    if percent is not None:
        job.percent = max(job.percent, min(int(percent), 99))
    if previews:
        job.previews = [*job.previews, *previews]
    uow.send(cameo_changed(job.id))


def go_on(uow: UnitOfWork, job: CameoJob, stage: CameoStage) -> None:
    """End this step in good order: give the lease back, and have the next one done."""
    job.stage = stage
    job.crashes = job.tries = 0
    _release(uow, job, 0)


def wait(uow: UnitOfWork, job: CameoJob, seconds: float) -> None:
    """Do the same step again later, or at once if there was news meanwhile; nothing is wrong."""
    job.crashes = 0
    _release(uow, job, 0 if job.due_at else seconds)


async def try_again(
    uow: UnitOfWork, job: CameoJob, code: str, retry_after: float | None = None
) -> None:
    """Do the same step again after a fault, later each time; past the limit the job fails."""
    if job.tries >= MAX_TRIES:
        await fail(uow, job, code)
        return
    delay = BACKOFF_SECONDS[min(job.tries, len(BACKOFF_SECONDS) - 1)]
    job.tries += 1
    job.crashes = 0
    _release(uow, job, max(delay, min(retry_after or 0, 120)))


async def complete(uow: UnitOfWork, job: CameoJob) -> None:
    """End the job with its film, which is already kept."""
    _end(uow, job, CameoStatus.COMPLETED)
    job.percent = 100
    await uow.count("cameo_videos_generated_total", template=job.template_id)
    await _notify(uow, job, NotificationKind.CAMEO_COMPLETED)


def stop(uow: UnitOfWork, job: CameoJob) -> None:
    """End the job because its customer says so."""
    _end(uow, job, CameoStatus.CANCELED)


async def fail(uow: UnitOfWork, job: CameoJob, code: str) -> None:
    """End the job without a film; the customer is told why and what to do."""
    _end(uow, job, CameoStatus.FAILED)
    job.failure_code, job.failure_retryable = code, FAILURES[code].retryable
    await uow.session.execute(
        update(CameoShot)
        .where(CameoShot.job_id == job.id, CameoShot.status != CameoShotStatus.READY)
        .values(status=CameoShotStatus.FAILED)
    )
    await uow.count("cameo_videos_failed_total", code=code)
    await _notify(uow, job, NotificationKind.CAMEO_FAILED)


async def _notify(uow: UnitOfWork, job: CameoJob, kind: NotificationKind) -> None:
    template = await uow.session.get_one(CameoTemplate, job.template_id)
    await notification.notify(uow, job.customer_id, kind, job.id, template=template.name)


def _end(uow: UnitOfWork, job: CameoJob, status: CameoStatus) -> None:
    job.status, job.finished_at = status, uow.now()
    job.lease_until = job.due_at = None
    # Who still works on it must not go on when it is queued again.
    job.fence += 1
    uow.send(cameo_changed(job.id))
    uow.send(EraseAtProvider(job.id))
    uow.send(DispatchCameos())
    uow.send(GraphChange("cameo", job.id))


def _release(uow: UnitOfWork, job: CameoJob, delay: float) -> None:
    job.lease_until = None
    job.due_at = uow.now() + timedelta(seconds=delay)
    uow.send(AdvanceCameo(job.id), delay=delay)
