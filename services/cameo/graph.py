"""Cameos in the graph: who appears in which film, with which drink, out of which film."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.cameo import CameoJob
from services.world.projection import NodeState, Relation, projects


@projects("cameo", "Cameo", CameoJob)
async def cameos(session: AsyncSession, keys: list[str]) -> list[NodeState]:
    """Cameos with their customer, template, drink and what they remix; no name and no picture."""
    rows = select(CameoJob).where(CameoJob.id.in_(keys))
    return [
        NodeState(
            "Cameo",
            job.id,
            {"status": job.status.value, "created_at": job.created_at.isoformat()},
            _relations(job),
        )
        for job in await session.scalars(rows)
    ]


def _relations(job: CameoJob) -> list[Relation]:
    shown = [Relation("SHOWS", "Product", job.product_id)] if job.product_id else []
    remixed = [Relation("REMIX_OF", "Cameo", job.remix_of_id)] if job.remix_of_id else []
    return [
        Relation("STARS", "Customer", job.customer_id),
        Relation("MADE_AFTER", "Template", job.template_id),
        *shown,
        *remixed,
    ]
