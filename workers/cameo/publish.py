"""PUBLISH: nothing is called complete before its bytes are known to be kept."""

from models.cameo import CameoJob, CameoStage
from services.cameo import making, objects
from services.cameo.making import Claim
from services.cameo.tasks import EraseObjects
from workers.base import Work
from workers.cameo import previews


async def publish(work: Work, claim: Claim) -> None:
    """Check that the film lies whole in the store, make it known, clear what is left over."""
    async with work.db.read() as session:
        job = await session.get_one(CameoJob, claim.job_id)
    store = work.gateways.storage
    kept = [await store.head(key or "") for key in (job.video_key, job.poster_key, job.strip_key)]
    if not all(kept) or (kept[0] and kept[0].size != job.byte_size):
        async with making.checkpoint(work.begin, claim) as (uow, row):
            making.go_on(uow, row, CameoStage.FINISH)
        return
    picture = await store.get(job.strip_key or "", objects.MAX_CROP_BYTES)
    preview = await previews.keep(work, claim, picture)
    wanted = {
        preview["key"],
        job.video_key,
        job.poster_key,
        job.strip_key,
        *(p["key"] for p in job.previews),
    }
    present = await store.keys(objects.of_job(job.id))
    leftovers = [key for key in present if key not in wanted]
    async with making.checkpoint(work.begin, claim) as (uow, row):
        making.show(uow, row, 99, preview)
        await making.complete(uow, row)
        if leftovers:
            uow.send(EraseObjects(leftovers))
