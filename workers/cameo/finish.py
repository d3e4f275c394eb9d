"""FINISH: shots and outro become one film, marked as made by AI, and are kept."""

import asyncio
import tempfile
from pathlib import Path

from gateways.film import Film, outro, poster, strip
from gateways.film import finish as join
from gateways.film.port import OnProgress
from gateways.portrait import blurhash_of
from models.cameo import CameoJob, CameoStage
from services import cameo
from services.cameo import making, objects
from services.cameo.making import Claim
from workers.base import Work

FINISHING = (70, 88)
# Two encoders on the same cores would only make each other slow.
ENCODERS = asyncio.Semaphore(1)


async def finish(work: Work, claim: Claim) -> None:
    """Build the film, and keep it with its SHA-256, poster and preview strip."""
    async with work.db.read() as session:
        job = await session.get_one(CameoJob, claim.job_id)
        takes = await making.shots_of(session, job.id)
        wishes = await cameo.wishes(session, job)
    ending = cameo.ending(job, wishes)
    size = objects.FILM_SIZES[job.aspect_ratio]
    with tempfile.TemporaryDirectory(prefix="nerdx-") as folder:
        here = Path(folder)
        clips = [here / f"{shot.number}.mp4" for shot in takes]
        for shot, path in zip(takes, clips, strict=True):
            await work.gateways.storage.download(shot.clip_key or "", path)
        async with ENCODERS:
            await outro(ending.text, ending.seconds, size, here / "outro.mp4")
            film = await join(
                clips,
                here / "outro.mp4",
                here / "film.mp4",
                ai_mark=ending.ai_mark,
                brand_mark=ending.brand_mark,
                size=size,
                preset=work.settings.film_preset,
                on_progress=_progress(work, claim),
            )
            still, row_of_stills = await poster(here / "film.mp4"), await strip(here / "film.mp4")
        await _keep(work, claim, here / "film.mp4", still, row_of_stills)
    await _checkpoint(work, claim, film, still)


def _progress(work: Work, claim: Claim) -> OnProgress:
    low, high = FINISHING

    async def report(percent: int) -> None:
        async with making.checkpoint(work.begin, claim) as (uow, job):
            making.show(uow, job, low + (high - low) * percent / 100)

    return report


async def _keep(work: Work, claim: Claim, film: Path, still: bytes, stills: bytes) -> None:
    store = work.gateways.storage
    await store.put(objects.film(claim.job_id, claim.fence, "video.mp4"), film, "video/mp4")
    await store.put(objects.film(claim.job_id, claim.fence, "poster.jpg"), still, "image/jpeg")
    await store.put(objects.film(claim.job_id, claim.fence, "strip.jpg"), stills, "image/jpeg")


async def _checkpoint(work: Work, claim: Claim, film: Film, still: bytes) -> None:
    blurhash = await asyncio.to_thread(blurhash_of, still)
    async with making.checkpoint(work.begin, claim) as (uow, job):
        job.video_key = objects.film(job.id, claim.fence, "video.mp4")
        job.poster_key = objects.film(job.id, claim.fence, "poster.jpg")
        job.strip_key = objects.film(job.id, claim.fence, "strip.jpg")
        job.duration_seconds, job.width, job.height = film.duration, film.width, film.height
        job.byte_size, job.sha256 = film.byte_size, film.sha256
        preview = objects.preview_entry(CameoStage.FINISH, job.poster_key, blurhash, uow.now())
        making.show(uow, job, 90, preview)
        making.go_on(uow, job, CameoStage.PUBLISH)
