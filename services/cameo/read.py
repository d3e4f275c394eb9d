"""Reading cameos: only ever one's own."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.pages import Page
from core.viewer import Viewer
from models.cameo import CameoJob, CameoStatus
from models.catalogue import CameoTemplate, Likeness
from services import catalogue
from services.catalogue import Cast

MAX_REMIXES = 20


async def get(session: AsyncSession, viewer: Viewer, job_id: str) -> CameoJob | None:
    """Return one of the viewer's cameos."""
    job = await session.get(CameoJob, job_id)
    return job if job and job.customer_id == viewer.customer_id else None


async def with_cast(
    session: AsyncSession, viewer: Viewer, job_id: str, today: date
) -> tuple[CameoJob, Cast] | None:
    """Return one of the viewer's cameos with its template, in one statement."""
    query = (
        select(CameoJob, CameoTemplate, Likeness)
        .join(CameoTemplate, CameoTemplate.id == CameoJob.template_id)
        .outerjoin(Likeness, catalogue.MAY_HOST)
        .where(CameoJob.id == job_id, CameoJob.customer_id == viewer.customer_id)
    )
    rows = (await session.execute(query)).all()
    if not rows:
        return None
    likenesses = {row.id: row for _, _, row in rows if row}
    return rows[0][0], catalogue.cast_of(rows[0][1], likenesses, today)


async def mine(session: AsyncSession, viewer: Viewer, ids: Sequence[str]) -> list[CameoJob]:
    """Return those of the viewer's cameos that have these ids."""
    found = select(CameoJob).where(CameoJob.id.in_(ids), CameoJob.customer_id == viewer.customer_id)
    return list(await session.scalars(found))


async def page(
    session: AsyncSession, viewer: Viewer, page: Page, statuses: Sequence[CameoStatus] | None
) -> Sequence[CameoJob]:
    """Return the viewer's cameos, newest first, and one more if there is a next page."""
    rows = _of(select(CameoJob), viewer, statuses)
    if (last := page.after_id()) is not None:
        rows = rows.where(CameoJob.id < last)
    return (await session.scalars(rows.order_by(CameoJob.id.desc()).limit(page.first + 1))).all()


async def count(
    session: AsyncSession, viewer: Viewer, statuses: Sequence[CameoStatus] | None
) -> int:
    """Return how many cameos the viewer has."""
    return await session.scalar(_of(select(func.count(CameoJob.id)), viewer, statuses)) or 0


async def remixes(session: AsyncSession, ids: Sequence[str]) -> dict[str, list[CameoJob]]:
    """Return the newest twenty that were made out of each of these cameos."""
    newest = func.row_number().over(partition_by=CameoJob.remix_of_id, order_by=CameoJob.id.desc())
    ranked = select(CameoJob.id, newest.label("place")).where(CameoJob.remix_of_id.in_(ids))
    places = ranked.subquery()
    rows = select(CameoJob).join(places, places.c.id == CameoJob.id)
    found: dict[str, list[CameoJob]] = {}
    shown = rows.where(places.c.place <= MAX_REMIXES).order_by(CameoJob.id.desc())
    for job in await session.scalars(shown):
        found.setdefault(job.remix_of_id or "", []).append(job)
    return found


def _of[S: Select[Any]](rows: S, viewer: Viewer, statuses: Sequence[CameoStatus] | None) -> S:
    rows = rows.where(CameoJob.customer_id == viewer.customer_id)
    return rows.where(CameoJob.status.in_(statuses)) if statuses else rows
