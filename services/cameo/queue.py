"""Whose turn it is: fair between customers, first come first served within one (row V13)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from core.outbox import UnitOfWork
from core.settings import Settings
from models.cameo import CameoJob, CameoStatus
from models.catalogue import CameoTemplate
from services.cameo.tasks import AdvanceCameo, cameo_changed

RECENT = 50
NEWS_TO = 100


async def dispatch(uow: UnitOfWork, settings: Settings) -> int:
    """Start waiting cameos while there is room; return how many."""
    await uow.lock("cameo-dispatch")
    running = select(func.count()).where(CameoJob.status == CameoStatus.RUNNING)
    room = settings.render_slots - (await uow.session.scalar(running) or 0)
    waiting = (await uow.session.scalars(_in_turn().limit(max(room, 0) + NEWS_TO))).all()
    started = waiting[: max(room, 0)]
    for id in started:
        job = await uow.session.get(CameoJob, id, with_for_update=True)
        if job and job.status is CameoStatus.QUEUED:
            job.status, job.started_at, job.due_at = CameoStatus.RUNNING, uow.now(), uow.now()
            uow.send(AdvanceCameo(id))
    for id in waiting if started else ():
        uow.send(cameo_changed(id))
    return len(started)


def _turns() -> Any:
    """Rank each waiting job after those of its customer that run or came before it.

    Of equal rank, the customer whose turn was longest ago comes first.
    """
    running = (
        select(CameoJob.customer_id, func.count().label("running"))
        .where(CameoJob.status == CameoStatus.RUNNING)
        .group_by(CameoJob.customer_id)
        .subquery()
    )
    earlier = func.row_number().over(
        partition_by=CameoJob.customer_id, order_by=(CameoJob.queued_at, CameoJob.id)
    )
    turn = (earlier + func.coalesce(running.c.running, 0)).label("turn")
    waiting = select(CameoJob.customer_id).where(CameoJob.status == CameoStatus.QUEUED)
    served = (
        select(CameoJob.customer_id, func.max(CameoJob.started_at).label("at"))
        .where(CameoJob.customer_id.in_(waiting))
        .group_by(CameoJob.customer_id)
        .subquery()
    )
    return (
        select(CameoJob.id, CameoJob.queued_at, turn, served.c.at.label("served_at"))
        .outerjoin(running, running.c.customer_id == CameoJob.customer_id)
        .outerjoin(served, served.c.customer_id == CameoJob.customer_id)
        .where(CameoJob.status == CameoStatus.QUEUED)
        .subquery()
    )


def _in_turn() -> Select[str]:
    turns = _turns()
    return select(turns.c.id).order_by(*_order(turns))


def _order(turns: Any) -> tuple[Any, ...]:
    return turns.c.turn, turns.c.served_at.nulls_first(), turns.c.queued_at, turns.c.id


async def positions(session: AsyncSession, ids: Sequence[str]) -> dict[str, int]:
    """Return how many jobs are ahead of each of these waiting ones."""
    turns = _turns()
    order = func.row_number().over(order_by=_order(turns))
    ranked = select(turns.c.id, order.label("place")).subquery()
    rows = await session.execute(select(ranked.c.id, ranked.c.place).where(ranked.c.id.in_(ids)))
    return {id: place - 1 for id, place in rows}


@dataclass(frozen=True)
class Eta:
    """When a cameo will be there: the middle guess, and the careful one."""

    likely_at: datetime
    latest_at: datetime


async def etas(
    session: AsyncSession, jobs: Sequence[CameoJob], now: datetime, slots: int
) -> dict[str, Eta]:
    """Guess from how long the last fifty of each template took (their p50 and p90)."""
    open_jobs = [job for job in jobs if job.status in (CameoStatus.QUEUED, CameoStatus.RUNNING)]
    if not open_jobs:
        return {}
    typical = await _typical(session, {job.template_id for job in open_jobs})
    waiting = [job.id for job in open_jobs if job.status is CameoStatus.QUEUED]
    ahead = await positions(session, waiting) if waiting else {}
    found = {}
    for job in open_jobs:
        middle, careful = typical[job.template_id]
        rounds = ahead.get(job.id, 0) // slots + 1 if job.status is CameoStatus.QUEUED else 0
        left = 1 - job.percent / 100
        found[job.id] = Eta(
            now + timedelta(seconds=middle * (left + rounds)),
            now + timedelta(seconds=careful * (left + rounds)),
        )
    return found


async def _typical(session: AsyncSession, template_ids: set[str]) -> dict[str, tuple[float, float]]:
    took = func.extract("epoch", CameoJob.finished_at - CameoJob.started_at).label("took")
    # Lateral: the index gives the newest of each template, however many there are.
    done = (
        select(took)
        .where(CameoJob.template_id == CameoTemplate.id, CameoJob.status == CameoStatus.COMPLETED)
        .order_by(CameoJob.finished_at.desc())
        .limit(RECENT)
        .lateral()
    )
    middle = func.percentile_cont(0.5).within_group(done.c.took)
    careful = func.percentile_cont(0.9).within_group(done.c.took)
    rows = await session.execute(
        select(CameoTemplate.id, CameoTemplate.estimated_seconds, middle, careful)
        .outerjoin(done, true())
        .where(CameoTemplate.id.in_(template_ids))
        .group_by(CameoTemplate.id)
    )
    return {
        id: (float(p50), float(p90)) if p50 else (float(guess), 2.0 * guess)
        for id, guess, p50, p90 in rows
    }
