"""Keeps the index in line with Postgres: what changed, and what is missing.

It looks at what rows are now, never at what happened to them, so that changes may come twice, late
or in another order.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, and_, delete, exists, func, literal, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.i18n import LOCALES
from core.outbox import Lane, Outbox, Task, Transactions, UnitOfWork, indexed
from models.catalogue import ProductIngredient, Recipe
from models.search import SearchEntry, SearchType, SearchVector
from services.search import entries, lexicon
from services.search.due import embed_due, is_due
from services.search.entries import MODELS, Entry
from services.search.lexicon import Lexicon
from services.search.morphology import korean
from services.search.terms import Terms
from services.search.vectors import Vectors

BATCH = 100
LOCK = 0x73656172
AGAIN = text("interval '30 seconds'")

indexed |= {kind.value for kind in SearchType}

WRITE = text(
    """
    INSERT INTO search_entries (id, kind, key, title, body, terms, facets, basis)
    VALUES (:id, :kind, :key, CAST(:title AS jsonb), CAST(:body AS jsonb),
            CAST(:terms AS tsvector)
            || setweight(to_tsvector('english', :a), 'A')
            || setweight(to_tsvector('english', :b), 'B')
            || setweight(to_tsvector('english', :c), 'C')
            || setweight(to_tsvector('english', :d), 'D'),
            :facets, :basis)
    ON CONFLICT (id) DO UPDATE SET title = excluded.title, body = excluded.body,
        terms = excluded.terms, facets = excluded.facets, basis = excluded.basis, changed_at = now()
    """
)


@dataclass(frozen=True)
class RefreshSearch(Task):
    """Bring the index in line with Postgres, and ask for the vectors that are due."""


def due(_: datetime) -> ColumnElement[bool]:
    """Tell whether any change is due."""
    return exists().where(_is_owed())


def _is_owed() -> ColumnElement[bool]:
    return and_(Outbox.lane == Lane.SEARCH, Outbox.due_at <= func.now())


async def ring(uow: UnitOfWork) -> None:
    """Have the index brought in line where changes are due; a worker has 30 s before the next."""
    late = update(Outbox).where(_is_owed()).values(due_at=func.now() + AGAIN).returning(Outbox.id)
    if (await uow.session.scalars(late)).first():
        uow.send(RefreshSearch())


async def mend(uow: UnitOfWork, model: str) -> None:
    """Have entries made that are missing or of old synonyms, and vectors of this model."""
    session = uow.session
    if await is_due(session, model) or await _missing(session, await lexicon.read(session)):
        uow.send(RefreshSearch())


async def refresh(begin: Transactions, vectors: Vectors) -> int:
    """Do all that is to be done, and return how many entries that were.

    Words come first; vectors follow as far as the provider makes them.
    """
    done = 0
    while (number := await _step(begin)) is not None:
        done += number
    await embed_due(begin, vectors)
    return done


async def rebuild(begin: Transactions, vectors: Vectors) -> int:
    """Make every entry anew, and return how many there are; what is there is found meanwhile."""
    async with begin() as uow:
        await uow.session.execute(update(SearchEntry).values(basis=""))
        for kind, model in MODELS.items():
            row = select(literal(1)).where(model.id == SearchEntry.key, model.active)
            gone = SearchEntry.kind == kind, ~exists(row.correlate(SearchEntry))
            await uow.session.execute(delete(SearchEntry).where(*gone))
    return await refresh(begin, vectors)


async def _step(begin: Transactions) -> int | None:
    """Take the oldest changes, or what is missing; None when all is done or in other hands."""
    async with begin() as uow:
        if not await uow.session.scalar(select(func.pg_try_advisory_xact_lock(LOCK))):
            return None
        known, changes = await lexicon.read(uow.session), await _changes(uow.session)
        keys = await _touched(uow.session, changes) or await _missing(uow.session, known)
        if keys:
            await korean.loaded()
            for kind, some in keys.items():
                await _put(uow.session, known, kind, some)
        owed = [row.id for row in changes]
        await uow.session.execute(delete(Outbox).where(Outbox.id.in_(owed)))
    return sum(map(len, keys.values())) if keys or changes else None


async def _changes(session: AsyncSession) -> list[Outbox]:
    query = select(Outbox).where(Outbox.lane == Lane.SEARCH).order_by(Outbox.id).limit(BATCH)
    return list(await session.scalars(query))


async def _touched(session: AsyncSession, changes: Sequence[Outbox]) -> dict[SearchType, set[str]]:
    """Return what is to be made anew: what changed, and what says its name."""
    keys: dict[SearchType, set[str]] = defaultdict(set)
    for change in changes:
        keys[SearchType(change.payload["kind"])].add(change.payload["key"])
    if named := keys.get(SearchType.INGREDIENT):
        made_of = select(ProductIngredient.product_id)
        found = await session.scalars(made_of.where(ProductIngredient.ingredient_id.in_(named)))
        keys[SearchType.PRODUCT] |= set(found)
    if named := keys.get(SearchType.PRODUCT):
        mixed = select(Recipe.id).where(Recipe.product_id.in_(named))
        keys[SearchType.RECIPE] |= set(await session.scalars(mixed))
    return {kind: some for kind, some in keys.items() if some}


async def _missing(session: AsyncSession, known: Lexicon) -> dict[SearchType, set[str]]:
    for kind, model in MODELS.items():
        entry: ColumnElement[bool] = and_(
            SearchEntry.id == literal(f"{kind}:") + model.id, SearchEntry.basis == known.basis
        )
        query = select(model.id).outerjoin(SearchEntry, entry)
        query = query.where(model.active, SearchEntry.id.is_(None)).limit(BATCH)
        if keys := set(await session.scalars(query)):
            return {kind: keys}
    return {}


async def _put(
    session: AsyncSession, known: Lexicon, kind: SearchType, keys: Iterable[str]
) -> None:
    wanted = sorted(keys)
    found = await entries.read(session, known, kind, wanted)
    kept = {entry.id for entry in found}
    gone = [id for key in wanted if (id := f"{kind}:{key}") not in kept]
    await session.execute(delete(SearchEntry).where(SearchEntry.id.in_(gone)))
    if found:
        rows = await asyncio.to_thread(lambda: [_row(entry, known) for entry in found])
        await session.execute(WRITE, rows)
        await _put_vectors(session, found)


def _row(entry: Entry, known: Lexicon) -> dict[str, Any]:
    terms = Terms()
    for said, weight in entry.said:
        terms.add(said, weight)
    return {
        "id": entry.id,
        "kind": entry.kind.value,
        "key": entry.key,
        "title": orjson.dumps(dict(entry.title)).decode(),
        "body": orjson.dumps(dict(entry.body)).decode(),
        "terms": terms.literal(),
        "facets": list(entry.facets),
        "basis": known.basis,
        **{weight.lower(): terms.english(weight) for weight in ("A", "B", "C", "D")},
    }


async def _put_vectors(session: AsyncSession, found: Sequence[Entry]) -> None:
    rows = []
    for entry in found:
        # A language that only borrows the words of another has the same vector.
        said = {entry.meaning(locale): locale for locale in reversed(LOCALES)}
        rows += [
            {"id": f"{entry.id}:{locale}", "entry_id": entry.id, "text": text, "model": ""}
            for text, locale in said.items()
            if text.strip()
        ]
    ids = [row["id"] for row in rows]
    old = SearchVector.entry_id.in_([entry.id for entry in found]), SearchVector.id.not_in(ids)
    await session.execute(delete(SearchVector).where(*old))
    put = insert(SearchVector)
    anew = put.on_conflict_do_update(
        index_elements=["id"],
        set_={"text": put.excluded.text, "model": "", "embedding": None, "due_at": func.now()},
        where=SearchVector.text != put.excluded.text,
    )
    if rows:
        await session.execute(anew, rows)
