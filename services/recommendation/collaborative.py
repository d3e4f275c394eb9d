"""What people alike like: similarities that a task works out, and what they say of a product."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import batched
from math import prod

from sqlalchemy import delete, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from core.outbox import Task, Transactions, UnitOfWork
from core.settings import Settings
from core.sweep import ring_due
from models.similarity import ProductSimilarity, SimilarityModel
from services.recommendation.likings import Known, likings

PRODUCTS = "products"
# Longer than the longest training: nobody else begins before it has ended.
LEASE = timedelta(minutes=10)
SEEDS, BATCH = 100, 500


@dataclass(frozen=True)
class TrainTaste(Task):
    """Work out anew which products go together."""

    model_id: str


@dataclass(frozen=True)
class Training:
    """A training that was begun: what it learns from, and the number that it must still have."""

    fence: int
    known: Known


async def scores(
    session: AsyncSession, seeds: Mapping[str, float], products: Sequence[str]
) -> dict[str, float]:
    """Return how much those alike like each product, 0 to 1; nothing where nothing is known.

    `seeds` are products with how much the person likes each, -1 to 1. Each that is liked adds as
    much as it goes together with the product, as chances do; what is disliked takes off likewise.
    Without a trained model, or for somebody of whom nothing is known, the answer is empty.
    """
    loudest = sorted(seeds, key=lambda id: (-abs(seeds[id]), id))[:SEEDS]
    rows = select(ProductSimilarity).where(ProductSimilarity.id.in_(loudest))
    near = {row.id: row.neighbours for row in await session.scalars(rows)}
    if not near:
        return {}
    reached = {id for others in near.values() for id in others}
    return {id: _score(seeds, near, id) if id in reached else 0.0 for id in products}


async def trained_at(session: AsyncSession) -> datetime | None:
    """Return when similarities were worked out last: what was made of older ones is out of date."""
    query = select(SimilarityModel.trained_at).where(SimilarityModel.id == PRODUCTS)
    return await session.scalar(query)


async def ring(uow: UnitOfWork) -> int:
    """Have the similarities worked out if they are due; the first time at once."""
    first = upsert(SimilarityModel).values(id=PRODUCTS, due_at=uow.now())
    await uow.session.execute(first.on_conflict_do_nothing())
    return await ring_due(uow, SimilarityModel.due_at, TrainTaste, LEASE)


async def begin_training(
    begin: Transactions, settings: Settings, model_id: str = PRODUCTS
) -> Training | None:
    """Take the training and read what it learns from; None while somebody else is at it."""
    async with begin() as uow:
        model = await uow.session.get(SimilarityModel, model_id, with_for_update=True)
        now = uow.now()
        if model is None or (model.leased_until is not None and model.leased_until > now):
            return None
        model.leased_until, model.fence = now + LEASE, model.fence + 1
        fence = model.fence
    # Not under the lock: reading may take seconds, and the sweep looks at the row.
    async with begin() as uow:
        return Training(fence, await likings(uow.session, settings, now))


async def keep(
    begin: Transactions,
    settings: Settings,
    training: Training,
    neighbours: Mapping[str, Mapping[str, float]],
    model_id: str = PRODUCTS,
) -> bool:
    """Put the new similarities in the place of the old, all at once; False if another came first.

    Readers have the old ones until then.
    """
    async with begin() as uow:
        model = await uow.session.get_one(SimilarityModel, model_id, with_for_update=True)
        if model.fence != training.fence:
            return False
        await uow.session.execute(delete(ProductSimilarity))
        rows = [{"id": id, "neighbours": dict(near)} for id, near in sorted(neighbours.items())]
        for some in batched(rows, BATCH):
            await uow.session.execute(insert(ProductSimilarity), list(some))
        model.trained_at, model.leased_until = uow.now(), None
        model.due_at = uow.now() + timedelta(hours=settings.recommendation_training_hours)
        model.customers, model.products = len(training.known), len(rows)
    return True


async def give_up(begin: Transactions, training: Training, model_id: str = PRODUCTS) -> None:
    """Let another try begin as soon as the relay rings again; the old similarities stay."""
    async with begin() as uow:
        model = await uow.session.get_one(SimilarityModel, model_id, with_for_update=True)
        if model.fence == training.fence:
            model.leased_until = None


def _score(
    seeds: Mapping[str, float], near: Mapping[str, Mapping[str, float]], product: str
) -> float:
    felt = [seeds[id] * others.get(product, 0.0) for id, others in near.items()]
    unlikely = prod(1 - max(0.0, one) for one in felt)
    bearable = prod(1 - max(0.0, -one) for one in felt)
    return (1 - unlikely) * bearable
