"""What a renderer tells of its own accord: a reason to ask it sooner, and nothing more."""

from sqlalchemy import select

from core.outbox import UnitOfWork
from models.cameo import CameoSubmission
from services.cameo import making


async def heard_of(uow: UnitOfWork, provider_id: str) -> None:
    """Have the cameo of this order looked at now, if the order is ours."""
    job = select(CameoSubmission.job_id).where(CameoSubmission.provider_id == provider_id)
    if job_id := await uow.session.scalar(job):
        await making.hurry(uow, job_id)
