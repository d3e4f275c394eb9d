"""Finds entries by words and by meaning, and merges the two by reciprocal rank."""

import asyncio
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import orjson
from redis.exceptions import RedisError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.bus import Bus
from core.db import Database
from core.errors import BadInput
from core.i18n import Text
from core.pages import Page
from core.settings import Settings
from gateways.embedding import Embeddings, EmbeddingsUnavailable
from models.search import SearchEntry, SearchType, SearchVector
from services.catalogue.inputs import clean
from services.catalogue.products import Listing
from services.search.ask import Criteria, one_of
from services.search.morphology import korean
from services.search.order import Cursor, Order, Place, fused, score_of
from services.search.snippet import snippet
from services.search.understand import Understood, understand
from services.search.vectors import Vectors
from services.search.vocabulary import renewed, stems_of, words_of
from services.search.words import words
from services.stock.sums import at

HEAD, NEAR, FEW = 100, 40, 10
KEEP_SECONDS = 600


@dataclass(frozen=True)
class Sources:
    """What a search asks."""

    settings: Settings
    db: Database
    bus: Bus
    embeddings: Embeddings
    is_private: bool = False
    """Nothing of what is asked is kept."""

    @property
    def vectors(self) -> Vectors:
        """Where the vectors of questions come from."""
        stores = (self.settings, self.db, self.bus, self.embeddings)
        return Vectors(*stores, is_private=self.is_private)


@dataclass(frozen=True)
class Ask:
    """What to look for: words in any language, of these kinds, for this market and language."""

    text: str
    listing: Listing
    kinds: Sequence[SearchType] | None = None
    page: Page = field(default_factory=Page)


@dataclass(frozen=True)
class Hit:
    """An entry that was found; `kind` and `key` name its row."""

    kind: SearchType
    key: str
    score: float
    cursor: tuple[Any, ...]
    title: Text
    body: Text
    """Empty where it is locked."""
    criteria: Criteria

    @cached_property
    def snippet(self) -> str | None:
        """Where it says what was asked for, as HTML with nothing but <mark>."""
        locale = self.criteria.listing.locale
        return snippet(self.title, self.body, self.criteria.units, locale)


@dataclass(frozen=True)
class Found:
    """A page of hits: one more than the page holds, if there is one."""

    hits: Sequence[Hit]
    criteria: Criteria
    corrected: str | None = None
    degraded: bool = False
    """Meaning could not be asked for: this is by words alone."""
    total: int | None = None
    """How many there are in all, where that is known without counting."""


async def find(sources: Sources, ask: Ask) -> Found:
    """Find the page; opens its own sessions, so call it outside of any. Raises BadInput."""
    text = clean(ask.text, "text").strip()
    korean.begin()
    asked = await _understood(sources.db, text)
    criteria = Criteria(asked.units, ask.listing, ask.kinds)
    if text and not asked.units:
        # Signs without a word, such as an emoji: nothing says them.
        criteria = replace(criteria, kinds=())
    cursor = _cursor(ask)
    order = await _kept(sources, cursor[0]) if cursor else None
    if order is None:
        order = await _ordered(sources, asked, criteria, _name(ask))
    criteria = replace(criteria, is_strict=order.is_strict, near=order.near)
    places = await _places(sources.db, criteria, order, cursor, ask.page.first + 1)
    if len(places) > ask.page.first and cursor is None and not sources.is_private:
        await _keep(sources, order)
    hits = await _hits(sources.db, places, criteria, order.name)
    return Found(hits, criteria, asked.corrected, order.is_degraded, order.total)


async def _understood(db: Database, text: str) -> Understood:
    lexicon, vocabulary = await words_of(db)
    stems = await stems_of(db, words(text))
    found = understand(text, lexicon, vocabulary, stems)
    if found.is_unknown or found.corrected:
        anew = await renewed(db, vocabulary)
        if anew is not vocabulary:
            return understand(text, lexicon, anew, stems)
    return found


async def _ordered(sources: Sources, asked: Understood, criteria: Criteria, name: str) -> Order:
    """Rank by words and by meaning at once, and merge."""
    meaning = asyncio.ensure_future(_vector(sources, asked))
    try:
        said, is_strict = await _said(sources.db, criteria)
        vector = await meaning
    finally:
        meaning.cancel()
    near: list[str] = []
    if vector:
        near = await _near(sources, criteria, vector)
    is_degraded = asked.is_for_meaning and bool(asked.units) and vector is None
    return Order(name, fused(said, near), near, is_strict, is_degraded, len(said) == HEAD)


async def _said(db: Database, criteria: Criteria) -> tuple[list[Place], bool]:
    """Return the best by words: those that say all of them, else those that say enough."""
    async with db.read() as session:
        found = await _ranked(session, criteria, HEAD)
        if not found and len(criteria.units) > 1:
            loose = await _ranked(session, replace(criteria, is_strict=False), HEAD)
            return loose, not loose
    return found, True


async def _ranked(
    session: AsyncSession,
    criteria: Criteria,
    limit: int,
    without: Sequence[str] = (),
    after: tuple[float, str] | None = None,
) -> list[Place]:
    score = criteria.score.label("score")
    query = select(SearchEntry.id, score).where(criteria.allows, criteria.says)
    if without:
        query = query.where(~one_of(without))
    ranked = query.subquery()
    page = select(ranked.c.id, ranked.c.score)
    if after:
        worse, same = ranked.c.score < after[0], ranked.c.score == after[0]
        page = page.where(worse | (same & (ranked.c.id > after[1])))
    page = page.order_by(ranked.c.score.desc(), ranked.c.id).limit(limit)
    rows = await session.execute(page, at(criteria.listing.now))
    return [Place(id, 0.0, float(rank)) for id, rank in rows]


async def _vector(sources: Sources, asked: Understood) -> list[float] | None:
    if not asked.units or not asked.is_for_meaning:
        return None
    text = " ".join(unit.as_read for unit in asked.units)
    deadline = sources.settings.search_embedding_seconds
    try:
        async with asyncio.timeout(deadline + 0.1):
            return (await sources.vectors.of([text], deadline))[0]
    except (EmbeddingsUnavailable, TimeoutError):
        return None


async def _near(sources: Sources, criteria: Criteria, vector: list[float]) -> list[str]:
    """Return the entries that are near in meaning and allowed, the nearest first."""
    distance = SearchVector.embedding.cosine_distance(vector)
    furthest = 1 - sources.settings.search_similarity
    query = select(SearchVector.entry_id, distance).where(
        SearchVector.embedding.is_not(None), SearchVector.model == sources.embeddings.model
    )
    async with sources.db.read() as session:
        rows = list(await session.execute(query.order_by(distance).limit(NEAR)))
        near = list(dict.fromkeys(id for id, far in rows if far <= furthest))
        allowed = select(SearchEntry.id).where(one_of(near), criteria.allows)
        kept = set(await session.scalars(allowed, at(criteria.listing.now)))
        if len(kept) < FEW and (not rows or rows[-1][1] <= furthest):
            # The index ranks first, rows of other models and dead ones too: all that is allowed
            # is compared.
            exact = query.join(SearchEntry, SearchEntry.id == SearchVector.entry_id)
            exact = exact.where(criteria.allows, distance <= furthest)
            found = await session.execute(
                exact.order_by(distance + 0.0).limit(NEAR), at(criteria.listing.now)
            )
            return list(dict.fromkeys(id for id, _ in found))
    return [id for id in near if id in kept]


async def _places(
    db: Database,
    criteria: Criteria,
    order: Order,
    cursor: Cursor | None,
    number: int,
) -> list[tuple[int, Place]]:
    """Return the next places, counted from 0: first those of the head, then the rest by words."""
    begin = order.index_after(cursor)
    places = list(order.head[begin : begin + number])
    if len(places) < number and order.has_rest:
        after = (cursor[2], cursor[3]) if cursor and begin > len(order.head) else None
        ids = [place.id for place in order.head]
        async with db.read() as session:
            rest = await _ranked(session, criteria, number - len(places), ids, after)
        first = begin + len(places)
        places += [replace(one, score=score_of(n)) for n, one in enumerate(rest, first)]
    return list(enumerate(places, begin))


async def _hits(
    db: Database, places: Sequence[tuple[int, Place]], criteria: Criteria, name: str
) -> list[Hit]:
    if not places:
        return []
    entry = SearchEntry
    query = select(entry.id, entry.kind, entry.key, entry.title, entry.body)
    async with db.read() as session:
        rows = await session.execute(query.where(one_of([place.id for _, place in places])))
        found = {row.id: row for row in rows}
    hits = []
    for index, place in places:
        if (row := found.get(place.id)) is not None:
            cursor = name, index, place.rank, place.id
            hit = Hit(row.kind, row.key, place.score, cursor, row.title, row.body, criteria)
            hits.append(hit)
    return hits


def _name(ask: Ask) -> str:
    """Name an order by what was asked, so that a cursor of another is not taken for one of it."""
    return _digest(ask) + secrets.token_hex(6)


def _digest(ask: Ask) -> str:
    said = repr((ask.text, ask.kinds, ask.listing.filter, ask.listing.channel.id))
    return hashlib.sha256(said.encode()).hexdigest()[:12]


def _cursor(ask: Ask) -> Cursor | None:
    key = ask.page.key(4)
    if key is None:
        return None
    name, index, score, id = key
    if not isinstance(name, str) or not isinstance(id, str) or type(index) is not int:
        raise BadInput(argument="after")
    if not isinstance(score, int | float) or not 0 <= index < 2**31 or not name.isalnum():
        raise BadInput(argument="after")
    if name[:12] != _digest(ask) or len(name) != len(_name(ask)):
        raise BadInput(argument="after")
    return name, index, float(score), id


def _key(sources: Sources, name: str) -> str:
    return f"{sources.settings.redis_prefix}:search:{name}"


async def _keep(sources: Sources, order: Order) -> None:
    """Keep the order for those who read on; without Redis they read a new one from their place."""
    try:
        async with sources.bus.patience():
            kept = orjson.dumps(order.packed())
            await sources.bus.redis.set(_key(sources, order.name), kept, ex=KEEP_SECONDS)
    except (RedisError, OSError):
        return


async def _kept(sources: Sources, name: str) -> Order | None:
    try:
        async with sources.bus.patience():
            kept = await sources.bus.redis.get(_key(sources, name))
    except (RedisError, OSError):
        return None
    return Order.unpacked(name, orjson.loads(kept)) if kept else None
