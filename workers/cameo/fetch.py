"""FETCH: each clip is brought home and looked at; a bad one is filmed again alone."""

import tempfile
from pathlib import Path

from gateways.film import BadShot, check_shot, frame
from gateways.renderer import RenderGone
from models.cameo import (
    CameoJob,
    CameoShot,
    CameoShotStatus,
    CameoStage,
    CameoSubmission,
    SubmissionState,
)
from services.cameo import making, objects, shots
from services.cameo.making import Claim
from workers.base import Work
from workers.cameo import previews

FETCHING = (50, 70)


async def fetch(work: Work, claim: Claim) -> None:
    """Keep every clip in our own store before anything is built on it."""
    async with work.db.read() as session:
        job = await session.get_one(CameoJob, claim.job_id)
        takes = await making.shots_of(session, job.id)
        orders = await shots.open_submissions(session, job.id)
    for shot in takes:
        if shot.status is not CameoShotStatus.READY and shot.id in orders:
            await _bring(work, claim, job, shot, orders[shot.id], len(takes))
    async with making.checkpoint(work.begin, claim) as (uow, row):
        takes = await making.shots_of(uow.session, row.id)
        if any(s.status is CameoShotStatus.WAITING for s in takes):
            if any(s.attempts >= work.settings.shot_attempts for s in takes if not s.clip_key):
                await making.fail(uow, row, "RENDER_FAILED")
                return
            making.go_on(uow, row, CameoStage.SUBMIT)
        else:
            making.go_on(uow, row, CameoStage.FINISH)
        making.show(uow, row)


async def _bring(
    work: Work, claim: Claim, job: CameoJob, shot: CameoShot, order: CameoSubmission, of: int
) -> None:
    with tempfile.TemporaryDirectory(prefix="nerdx-") as folder:
        path = Path(folder) / "shot.mp4"
        try:
            await work.gateways.renderer.fetch(order.provider_id or "", "video", path)
            await check_shot(path, shot.seconds, objects.RENDER_SIZES[job.aspect_ratio])
        except (BadShot, RenderGone) as error:
            async with making.checkpoint(work.begin, claim) as (uow, _):
                code = getattr(error, "code", type(error).__name__)
                await shots.ended(uow, order.id, SubmissionState.FAILED, code)
            return
        clip = objects.clip(job.id, shot.number, order.id)
        await work.gateways.storage.put(clip, path, "video/mp4")
        picture = await frame(path, shot.seconds / 2)
    preview = await previews.keep(work, claim, picture, shot.number)
    low, high = FETCHING
    async with making.checkpoint(work.begin, claim) as (uow, row):
        await shots.fetched(uow, order.id, clip)
        making.show(uow, row, low + (high - low) * shot.number / of, preview)
