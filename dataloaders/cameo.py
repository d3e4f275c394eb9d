"""Loads for cameos: shots, places in the queue, guesses of when, links."""

from sqlalchemy import select

from dataloaders.base import LoaderSet, by_id, many, maybe, rows_by
from models.cameo import CameoJob, CameoShare, CameoShot, Consent, Portrait
from services import cameo
from services.cameo import Eta


class CameoLoaders(LoaderSet):
    """Loads for cameos."""

    portrait = by_id(Portrait)
    cameo_job = by_id(CameoJob)
    shots_of_cameo = rows_by(CameoShot.job_id)

    @maybe
    async def consent_of(self, portrait_ids: list[str]) -> dict[str, Consent]:
        """The consent of each photo."""
        rows = select(Consent).where(Consent.portrait_id.in_(portrait_ids))
        async with self.db.read() as session:
            return {row.portrait_id: row for row in await session.scalars(rows)}

    @many
    async def remixes_of_cameo(self, job_ids: list[str]) -> dict[str, list[CameoJob]]:
        """The newest cameos that were made out of each."""
        async with self.db.read() as session:
            return await cameo.remixes(session, job_ids)

    @maybe
    async def queue_position(self, job_ids: list[str]) -> dict[str, int]:
        """How many are ahead of each waiting cameo."""
        async with self.db.read() as session:
            return await cameo.positions(session, job_ids)

    @maybe
    async def eta_of_cameo(self, job_ids: list[str]) -> dict[str, Eta]:
        """When each open cameo will be there."""
        rows = select(CameoJob).where(CameoJob.id.in_(job_ids))
        async with self.db.read() as session:
            jobs = (await session.scalars(rows)).all()
            return await cameo.etas(session, jobs, self.now(), self.settings.render_slots)

    @maybe
    async def share_of_cameo(self, job_ids: list[str]) -> dict[str, CameoShare]:
        """The newest live link of each cameo."""
        rows = (
            select(CameoShare)
            .where(
                CameoShare.job_id.in_(job_ids),
                CameoShare.revoked_at.is_(None),
                CameoShare.expires_at > self.now(),
            )
            .order_by(CameoShare.id)
        )
        async with self.db.read() as session:
            return {row.job_id: row for row in await session.scalars(rows)}
