"""What a customer may do with a cameo: stop it, try again, remove it."""

import enum

from sqlalchemy import select

from core.errors import NotFound
from core.idempotency import once
from core.outbox import UnitOfWork
from core.settings import Settings
from core.viewer import Viewer
from models.cameo import (
    CameoJob,
    CameoShot,
    CameoShotStatus,
    CameoStage,
    CameoStatus,
    Portrait,
    PortraitStatus,
)
from services.cameo import making, spending
from services.cameo.errors import CameoStateConflict, PortraitNotUsable
from services.cameo.request import check_limit
from services.cameo.shots import open_submissions
from services.cameo.tasks import DispatchCameos, cameo_changed


class CameoAction(enum.StrEnum):
    """What a customer can do with a cameo."""

    CANCEL = "cancel"
    """Stop it: `cancelCameo`."""
    RETRY = "retry"
    """Try again, keeping what is done: `retryCameo`."""
    REMIX = "remix"
    """Make another one like it, with changes: `remixCameo`."""
    DELETE = "delete"
    """Remove it with everything in it: `deleteCameo`."""
    SHARE = "share"
    """Make a link to it: `shareCameo`."""


def allowed_actions(job: CameoJob) -> list[CameoAction]:
    """Return what can be done with a cameo now."""
    match job.status:
        case CameoStatus.QUEUED | CameoStatus.RUNNING:
            return [CameoAction.CANCEL]
        case CameoStatus.COMPLETED:
            return [CameoAction.REMIX, CameoAction.DELETE, CameoAction.SHARE]
        case CameoStatus.FAILED if not job.failure_retryable:
            return [CameoAction.REMIX, CameoAction.DELETE]
        case _:
            return [CameoAction.RETRY, CameoAction.REMIX, CameoAction.DELETE]


async def cancel(uow: UnitOfWork, viewer: Viewer, job_id: str) -> CameoJob:
    """Stop a cameo in any open stage. Raises NotFound, CameoStateConflict."""
    job = await mine_locked(uow, viewer, job_id)
    if job.status is CameoStatus.CANCELED:
        return job
    require(job, CameoAction.CANCEL)
    making.stop(uow, job)
    return job


async def retry(
    uow: UnitOfWork, viewer: Viewer, settings: Settings, job_id: str, idempotency_key: str
) -> CameoJob:
    """Queue a failed or canceled cameo again; finished shots are kept.

    Raises NotFound, CameoStateConflict, CameoLimitReached, ShotLimitReached, PortraitNotUsable,
    IdempotencyConflict.
    """

    async def work() -> str:
        job = await mine_locked(uow, viewer, job_id)
        require(job, CameoAction.RETRY)
        await uow.lock("cameos", viewer.id)
        await check_limit(uow.session, viewer.id, settings.max_open_cameos)
        shots = await making.shots_of(uow.session, job.id)
        await _photo_still_there(uow, job, shots)
        missing = await spending.still_to_order(uow.session, job.id)
        await spending.check(uow, settings, viewer.id, missing)
        await _begin_again(uow, job, shots)
        job.stage = _stage_to_resume(job, shots)
        job.status, job.queued_at = CameoStatus.QUEUED, uow.now()
        job.started_at = job.finished_at = job.failure_code = None
        job.crashes = job.tries = 0
        uow.send(DispatchCameos())
        uow.send(cameo_changed(job.id))
        return job.id

    await once(uow, viewer, "retryCameo", idempotency_key, {"id": job_id}, work)
    return await mine_locked(uow, viewer, job_id)


async def _begin_again(uow: UnitOfWork, job: CameoJob, shots: list[CameoShot]) -> None:
    """Have the shots filmed that are not home; those that the renderer still has are kept."""
    orders = await open_submissions(uow.session, job.id)
    for shot in shots:
        if shot.status is CameoShotStatus.READY:
            continue
        shot.attempts = 0
        if shot.id in orders and orders[shot.id].provider_id:
            shot.status = CameoShotStatus.SUBMITTED
        else:
            shot.status, shot.percent = CameoShotStatus.WAITING, 0


def _stage_to_resume(job: CameoJob, shots: list[CameoShot]) -> CameoStage:
    if not shots:
        return CameoStage.PREPARE
    if any(shot.status is not CameoShotStatus.READY for shot in shots):
        return CameoStage.SUBMIT
    return CameoStage.PUBLISH if job.video_key else CameoStage.FINISH


async def _photo_still_there(uow: UnitOfWork, job: CameoJob, shots: list[CameoShot]) -> None:
    if shots and all(shot.status is CameoShotStatus.READY for shot in shots):
        return
    portrait = await uow.session.get_one(Portrait, job.portrait_id)
    if portrait.status is not PortraitStatus.READY:
        raise PortraitNotUsable(portrait.status, field="id")


async def stop_all_with(uow: UnitOfWork, portrait_id: str) -> None:
    """Stop every open cameo that still needs this photo."""
    rows = select(CameoJob).where(
        CameoJob.portrait_id == portrait_id,
        CameoJob.status.in_([CameoStatus.QUEUED, CameoStatus.RUNNING]),
    )
    for job in (await uow.session.scalars(rows.with_for_update())).all():
        making.stop(uow, job)


async def mine_locked(uow: UnitOfWork, viewer: Viewer, job_id: str) -> CameoJob:
    """Return one of the viewer's cameos, locked. Raises NotFound."""
    job = await uow.session.get(CameoJob, job_id, with_for_update=True)
    if job is None or job.customer_id != viewer.customer_id:
        raise NotFound("id")
    return job


def require(job: CameoJob, action: CameoAction, field: str = "id") -> None:
    """Raise CameoStateConflict unless this action is allowed now."""
    allowed = allowed_actions(job)
    if action not in allowed:
        raise CameoStateConflict(job.status, list(allowed), field)
