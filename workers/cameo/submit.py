"""SUBMIT: each shot is ordered, and paid, once: the intent is kept before, the id after."""

import time

from gateways.renderer import RenderBusy, RenderRefused, RenderUnknown
from models.cameo import (
    CameoJob,
    CameoShot,
    CameoShotStatus,
    CameoStage,
    CameoSubmission,
    Portrait,
    PortraitStatus,
    SubmissionState,
)
from services import cameo
from services.cameo import making, objects, shots
from services.cameo.making import Claim, Fenced
from services.cameo.vault import Vault
from workers.base import Work
from workers.cameo import previews

LOOK_AGAIN_SECONDS = 3.0


async def submit(work: Work, claim: Claim) -> None:
    """Order every shot that has no order; look up those whose outcome is unknown."""
    async with work.db.read() as session:
        job = await session.get_one(CameoJob, claim.job_id)
        takes = await making.shots_of(session, job.id)
        orders = await shots.open_submissions(session, job.id)
        offered = await cameo.still_offered(session, job, work.begin.now().date())
    for shot in takes:
        order = orders.get(shot.id)
        if shot.status is CameoShotStatus.READY or (order and order.provider_id):
            continue
        if order is None and not offered:
            async with making.checkpoint(work.begin, claim) as (uow, row):
                await making.fail(uow, row, "TEMPLATE_UNAVAILABLE")
            return
        done = await (_settled(work, claim, order) if order else _order(work, claim, job, shot))
        if not done:
            return
    preview = await previews.card(work, claim, job, takes[0].prompt.splitlines()[0])
    async with making.checkpoint(work.begin, claim) as (uow, row):
        making.show(uow, row, 12, preview)
        making.go_on(uow, row, CameoStage.RENDER)


async def _settled(work: Work, claim: Claim, order: CameoSubmission) -> bool:
    """Look an unknown order up; False when it was not found, and the step was put off."""
    age = (work.begin.now() - order.intent_at).total_seconds()
    found = await work.gateways.renderer.find(order.id, order.intent_at)
    async with making.checkpoint(work.begin, claim) as (uow, job):
        if found:
            await shots.accepted(uow, order.id, found)
            return True
        if age < work.settings.submit_settle_seconds:
            making.wait(uow, job, LOOK_AGAIN_SECONDS)
            return False
        await shots.ended(uow, order.id, SubmissionState.ABSENT)
        await making.try_again(uow, job, "RENDERER_UNAVAILABLE")
    return False


async def _order(work: Work, claim: Claim, job: CameoJob, shot: CameoShot) -> bool:
    """Keep the intent, call, keep the id; False when the step ended otherwise."""
    reference = await _reference(work, claim, job, shot)
    if reference is None and shot.shows_customer:
        return False
    begun = time.monotonic()
    async with making.checkpoint(work.begin, claim) as (uow, row):
        order = await shots.intend(uow, work.settings, job.customer_id, shot.id)
        if order is None:
            await making.fail(uow, row, "SHOT_LIMIT_REACHED")
            return False
    size = objects.RENDER_SIZES[job.aspect_ratio]
    try:
        # Who slept since the intent must not call: another may be looking the order up.
        if time.monotonic() - begun > work.settings.stage_lease_seconds / 2:
            raise Fenced(job.id)
        provider_id = await work.gateways.renderer.submit(
            order.id, shot.prompt, reference, shot.seconds, size
        )
    except RenderRefused as error:
        await _refused(work, claim, order.id, error.code)
        return False
    except RenderBusy as error:
        await _busy(work, claim, order.id, error)
        return False
    except RenderUnknown:
        async with making.checkpoint(work.begin, claim) as (uow, row):
            making.wait(uow, row, LOOK_AGAIN_SECONDS)
        return False
    async with making.checkpoint(work.begin, claim) as (uow, row):
        await shots.accepted(uow, order.id, provider_id)
        making.show(uow, row)
    return True


async def _reference(work: Work, claim: Claim, job: CameoJob, shot: CameoShot) -> bytes | None:
    """Unseal the crop of the shape that the shot has; the job fails when the photo is gone."""
    if not shot.shows_customer:
        return None
    async with work.db.read() as session:
        portrait = await session.get_one(Portrait, job.portrait_id)
    if portrait.status is not PortraitStatus.READY or portrait.sealed_key is None:
        async with making.checkpoint(work.begin, claim) as (uow, row):
            await making.fail(uow, row, "PORTRAIT_GONE")
        return None
    key = portrait.crop_keys[objects.RENDER_SIZES[job.aspect_ratio]]
    sealed = await work.gateways.storage.get(key, objects.MAX_CROP_BYTES)
    return Vault(work.settings).unseal(portrait.sealed_key, sealed)


async def _refused(work: Work, claim: Claim, order_id: str, code: str) -> None:
    async with making.checkpoint(work.begin, claim) as (uow, job):
        await shots.ended(uow, order_id, SubmissionState.REFUSED, code)
        await making.fail(uow, job, "RENDER_REFUSED")


async def _busy(work: Work, claim: Claim, order_id: str, error: RenderBusy) -> None:
    async with making.checkpoint(work.begin, claim) as (uow, job):
        await shots.ended(uow, order_id, SubmissionState.ABSENT, "busy")
        await making.try_again(uow, job, "RENDERER_UNAVAILABLE", error.retry_after)
