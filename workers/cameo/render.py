"""RENDER: ask how far the renderer is; a webhook only makes us ask sooner."""

from contextlib import suppress
from typing import Any

from core.outbox import UnitOfWork
from gateways.renderer import RenderError, RenderState, RenderStatus
from models.cameo import CameoJob, CameoShot, CameoShotStatus, CameoStage, CameoSubmission
from services.cameo import making, shots
from services.cameo.making import Claim
from workers.base import Work
from workers.cameo import previews

FILMING = (12, 50)


async def poll(work: Work, claim: Claim) -> None:
    """Take in the state of every order, and go on when all shots are filmed."""
    async with work.db.read() as session:
        orders = await shots.open_submissions(session, claim.job_id)
    found = {
        order.id: await work.gateways.renderer.status(order.provider_id)
        for order in orders.values()
        if order.provider_id
    }
    stills = await _stills(work, claim, orders, found)
    async with making.checkpoint(work.begin, claim) as (uow, job):
        code = await shots.polled(uow, work.settings, job, found)
        if code:
            await making.fail(uow, job, code)
            return
        takes = await making.shots_of(uow.session, job.id)
        making.show(uow, job, _percent(takes), *stills)
        _next(work, uow, job, takes)


async def _stills(
    work: Work, claim: Claim, orders: dict[str, CameoSubmission], found: dict[str, RenderStatus]
) -> list[dict[str, Any]]:
    """Bring a picture of each shot that was just filmed; without one the film goes on."""
    async with work.db.read() as session:
        takes = {shot.id: shot for shot in await making.shots_of(session, claim.job_id)}
    stills = []
    for order in orders.values():
        shot, status = takes[order.shot_id], found.get(order.id)
        if status and status.state is RenderState.DONE and shot.percent < 100:
            with suppress(RenderError):
                picture = await previews.still(work, order.provider_id or "")
                stills.append(await previews.keep(work, claim, picture, shot.number))
    return stills


def _percent(takes: list[CameoShot]) -> float:
    low, high = FILMING
    return low + (high - low) * shots.share_done(takes)


def _next(work: Work, uow: UnitOfWork, job: CameoJob, takes: list[CameoShot]) -> None:
    if any(shot.status is CameoShotStatus.WAITING for shot in takes):
        making.go_on(uow, job, CameoStage.SUBMIT)
    elif all(shot.percent == 100 for shot in takes):
        making.go_on(uow, job, CameoStage.FETCH)
    else:
        job.tries = 0
        making.wait(uow, job, work.settings.poll_seconds)
