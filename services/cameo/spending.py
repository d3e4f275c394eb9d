"""How many shots may be ordered for a customer in 24 hours, whatever becomes of the films.

Orders are counted in `PaidShot` by the transaction that keeps their intent. Who changes or checks
the count holds the lock `cameos` of the customer.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, delete, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.i18n import pick
from core.outbox import UnitOfWork
from core.settings import Settings
from core.throttle import RateLimited
from models.account import Customer
from models.cameo import CameoJob, CameoShot, CameoShotStatus, CameoStatus, CameoSubmission
from models.cameo_spending import PaidShot
from models.catalogue import CameoTemplate

WINDOW = timedelta(hours=24)
OPEN = (CameoStatus.QUEUED, CameoStatus.RUNNING)


@dataclass
class ShotLimitReached(RateLimited):
    """As many shots were ordered in 24 hours, or are still owed to open cameos, as may be."""

    limit: int
    text = {
        "ko": "24시간에 장면 {limit}개까지 만들 수 있습니다. {minutes}분 뒤에 다시 시도해 주세요.",
        "en": "You can have {limit} shots filmed in 24 hours. Try again in {minutes} minutes.",
    }

    def message(self, locale: str) -> str:
        """Tell the time in minutes."""
        minutes = math.ceil(self.retry_after_seconds / 60)
        return pick(self.text, locale).format(limit=self.limit, minutes=minutes)


async def check(uow: UnitOfWork, settings: Settings, customer_id: str, shots: int) -> None:
    """Raise ShotLimitReached unless so many more shots may be ordered.

    What the customer's open cameos still have to order is counted as if it were ordered.
    """
    limit = await _limit(uow.session, settings, customer_id)
    ordered = await _ordered(uow, customer_id)
    owed = await _sum_to_order(
        uow.session, CameoJob.customer_id == customer_id, CameoJob.status.in_(OPEN)
    )
    over = len(ordered) + owed + shots - limit
    if over > 0:
        raise ShotLimitReached(_seconds_until_free(ordered, over, uow.now()), limit)


async def still_to_order(session: AsyncSession, job_id: str) -> int:
    """Return how many shots of a cameo are neither home nor under way."""
    return await _sum_to_order(session, CameoJob.id == job_id)


async def has_room(uow: UnitOfWork, settings: Settings, customer_id: str) -> bool:
    """Tell whether one more shot may be ordered now."""
    limit = await _limit(uow.session, settings, customer_id)
    return len(await _ordered(uow, customer_id)) < limit


def count(uow: UnitOfWork, customer_id: str, order_id: str) -> None:
    """Count an order."""
    uow.session.add(PaidShot(id=order_id, customer_id=customer_id, ordered_at=uow.now()))


async def give_back(uow: UnitOfWork, order_id: str) -> None:
    """Take back an order of which it is known that it was not paid."""
    await uow.session.execute(delete(PaidShot).where(PaidShot.id == order_id))


async def forget_old(uow: UnitOfWork) -> None:
    """Remove what no longer counts."""
    await uow.session.execute(delete(PaidShot).where(PaidShot.ordered_at <= uow.now() - WINDOW))


async def _limit(session: AsyncSession, settings: Settings, customer_id: str) -> int:
    guest = await session.scalar(select(Customer.is_guest).where(Customer.id == customer_id))
    return settings.max_shots_per_day_guest if guest else settings.max_shots_per_day


async def _ordered(uow: UnitOfWork, customer_id: str) -> Sequence[datetime]:
    times = select(PaidShot.ordered_at).where(
        PaidShot.customer_id == customer_id, PaidShot.ordered_at > uow.now() - WINDOW
    )
    return (await uow.session.scalars(times.order_by(PaidShot.ordered_at))).all()


async def _sum_to_order(session: AsyncSession, *which: ColumnElement[bool]) -> int:
    under_way = exists().where(
        CameoSubmission.shot_id == CameoShot.id, CameoSubmission.ended_at.is_(None)
    )
    of_job = CameoShot.job_id == CameoJob.id
    missing = (
        select(func.count())
        .select_from(CameoShot)
        .where(of_job, CameoShot.status != CameoShotStatus.READY, ~under_way)
        .scalar_subquery()
    )
    # Before PREPARE has written them, a cameo has as many shots as its template.
    shots = case(
        (exists().where(of_job), missing), else_=func.jsonb_array_length(CameoTemplate.shots)
    )
    rows = select(func.coalesce(func.sum(shots), 0)).join_from(CameoJob, CameoTemplate)
    return int(await session.scalar(rows.where(*which)) or 0)


def _seconds_until_free(ordered: Sequence[datetime], places: int, now: datetime) -> int:
    oldest = ordered[places - 1] if places <= len(ordered) else now
    return max(1, math.ceil((oldest + WINDOW - now).total_seconds()))
