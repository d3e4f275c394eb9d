"""PREPARE: the words are judged if they were not, and the shots are written."""

from gateways.moderation import ModerationUnavailable
from models.cameo import CameoJob, CameoShot, CameoStage
from services import cameo
from services.cameo import making
from services.cameo.making import Claim
from workers.base import Work
from workers.cameo import previews


async def prepare(work: Work, claim: Claim) -> None:
    """Write the prompt of each shot, kept for audit, and draw the first preview."""
    async with work.db.read() as session:
        job = await session.get_one(CameoJob, claim.job_id)
        wishes = await cameo.wishes(session, job)
        offered = await cameo.still_offered(session, job, work.begin.now().date())
    if not offered:
        async with making.checkpoint(work.begin, claim) as (uow, row):
            await making.fail(uow, row, "TEMPLATE_UNAVAILABLE")
        return
    if job.moderated_at is None and not await _passes(work, claim, job.user_name):
        return
    tastes = await _clean(work, await cameo.tastes(work.graph, wishes))
    script = cameo.script(job, wishes, tastes)
    preview = await previews.card(work, claim, job, script.title)
    async with making.checkpoint(work.begin, claim) as (uow, row):
        if not await making.shots_of(uow.session, row.id):
            for shot in script.shots:
                uow.session.add(CameoShot(job_id=row.id, **shot))
        row.moderated_at = row.moderated_at or uow.now()
        making.show(uow, row, 10, preview)
        making.go_on(uow, row, CameoStage.SUBMIT)


async def _passes(work: Work, claim: Claim, name: str) -> bool:
    try:
        flagged = await work.gateways.moderation.check([name])
    except ModerationUnavailable:
        async with making.checkpoint(work.begin, claim) as (uow, job):
            await making.try_again(uow, job, "MODERATION_UNAVAILABLE")
        return False
    if flagged:
        async with making.checkpoint(work.begin, claim) as (uow, job):
            await making.fail(uow, job, "CONTENT_REFUSED")
    return not flagged


async def _clean(work: Work, tastes: list[str]) -> list[str]:
    """Return the tastes, which customers write themselves; without a good verdict, none of them."""
    try:
        flagged = await work.gateways.moderation.check(tastes)
    except ModerationUnavailable:
        return []
    return [] if flagged else tastes
