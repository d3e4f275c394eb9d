"""Vectors that are due: claimed for a minute, asked for outside of any session, written."""

import logging
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.outbox import Transactions
from gateways.embedding import EmbeddingsRefused, EmbeddingsUnavailable
from models.search import SearchVector
from services.search.vectors import Vectors

log = logging.getLogger(__name__)

BATCH = 100
DEADLINE = 30.0
LEASE, LATER, NEVER = timedelta(minutes=1), timedelta(seconds=30), timedelta(days=30)


async def is_due(session: AsyncSession, model: str) -> bool:
    """Tell whether an entry waits for a vector."""
    query = select(SearchVector.id).where(_due(model)).limit(1)
    return await session.scalar(query) is not None


async def embed_due(begin: Transactions, vectors: Vectors) -> int:
    """Have vectors made until none is due or the provider does not answer; return how many."""
    done = 0
    while rows := await _claimed(begin, vectors.model):
        try:
            done += await _made(begin, vectors, rows)
        except EmbeddingsUnavailable as error:
            log.warning("%d entries go without vectors for now: %s", len(rows), error)
            await _put_off(begin, rows, LATER)
            break
    return done


def _due(model: str) -> ColumnElement[bool]:
    lacking = or_(SearchVector.embedding.is_(None), SearchVector.model != model)
    return lacking & (SearchVector.due_at <= func.now())


async def _claimed(begin: Transactions, model: str) -> list[SearchVector]:
    async with begin() as uow:
        query = select(SearchVector).where(_due(model)).order_by(SearchVector.id).limit(BATCH)
        found = list(await uow.session.scalars(query.with_for_update(skip_locked=True)))
        await _set_due(uow.session, found, LEASE)
    return found


async def _made(begin: Transactions, vectors: Vectors, rows: Sequence[SearchVector]) -> int:
    """Write the vectors of these; one that the provider refuses must not hold up the others."""
    try:
        made = await vectors.of([row.text for row in rows], DEADLINE, keep=True)
    except EmbeddingsRefused:
        if len(rows) == 1:
            log.error("the provider of embeddings refuses %s", rows[0].id)
            await _put_off(begin, rows, NEVER)
            return 0
        half = len(rows) // 2
        first = await _made(begin, vectors, rows[:half])
        return first + await _made(begin, vectors, rows[half:])
    async with begin() as uow:
        for row, vector in zip(rows, made, strict=True):
            # Not if it says something else by now.
            same = SearchVector.id == row.id, SearchVector.text == row.text
            values = {"embedding": vector, "model": vectors.model}
            await uow.session.execute(update(SearchVector).where(*same).values(values))
    return len(rows)


async def _put_off(begin: Transactions, rows: Sequence[SearchVector], later: timedelta) -> None:
    async with begin() as uow:
        await _set_due(uow.session, rows, later)


async def _set_due(session: AsyncSession, rows: Sequence[SearchVector], later: timedelta) -> None:
    mine = SearchVector.id.in_([row.id for row in rows])
    await session.execute(update(SearchVector).where(mine).values(due_at=func.now() + later))
