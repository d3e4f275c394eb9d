"""How near each drink is in meaning to what somebody is: their tastes, wishes and likes as text."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ARRAY, Text, bindparam, func, select, text

from core.db import Database
from core.i18n import pick
from gateways.embedding import EmbeddingsUnavailable
from models.search import SearchEntry, SearchType, SearchVector
from services.recommendation.allergy import Told, each
from services.recommendation.person import Person
from services.recommendation.shelf import Shelf
from services.recommendation.wishes import Wish, described
from services.search.tags import TAGS
from services.search.vectors import Vectors

# Every entry has a vector in Korean, whose words stand in for those of a language it lacks.
NEAREST = text(
    """
    SELECT mine.entry_id, near.entry_id, near.cosine
    FROM search_vectors mine CROSS JOIN LATERAL (
      SELECT other.entry_id, 1 - (mine.embedding <=> other.embedding) AS cosine
      FROM search_vectors other
      WHERE other.embedding IS NOT NULL AND other.model = mine.model AND other.id LIKE :every
      ORDER BY mine.embedding <=> other.embedding LIMIT :most
    ) near
    WHERE mine.id = ANY(:mine) AND mine.embedding IS NOT NULL
    """
).bindparams(bindparam("mine", type_=ARRAY(Text)))
# The index goes on until it has as many drinks; what is no drink is among what it passes.
LOOK = text(
    "SELECT set_config('hnsw.ef_search', '200', true), "
    "set_config('hnsw.iterative_scan', 'relaxed_order', true)"
)
# How many near ones are read of each, and how many may be asked of at once.
MOST_NEAR, MOST_ANCHORS, AT_ONCE = 200, 8, 100
LIKED, LONGEST = 3, 600
GRACE = 0.1
LEAST = 0.05


@dataclass(frozen=True)
class Nearness:
    """How near each drink is, 0 to 1; `is_degraded` when that could not be asked for."""

    scores: Mapping[str, float] = field(default_factory=dict)
    is_degraded: bool = False


def text_of(person: Person, said: Sequence[str], shelf: Shelf, wish: Wish, locale: str) -> str:
    """Describe what somebody is after, in this language; empty where nothing is known.

    What they ask for in words goes before what they like.
    """
    if said:
        return ". ".join([*said, described(wish, locale)])[:LONGEST]
    liked = [pick(shelf.drinks[id].name, locale) for id, _ in person.liked if id in shelf.drinks]
    likes = [one for one in person.preferences if not _is_limit(one)]
    if locale == "ko":
        likes = [TAGS.get(one, one) for one in likes]
    spoken = described(person.heard.wish, locale)
    parts = [", ".join(likes), spoken, ", ".join(liked[:LIKED])]
    return ". ".join(part for part in parts if part)[:LONGEST]


def _is_limit(preference: str) -> bool:
    return preference.startswith(("no-", "no ")) or each([preference]) != Told()


async def nearness(
    db: Database, vectors: Vectors, said: str, seconds: float, similarity: float
) -> Nearness:
    """Ask for the vector of a text and compare; opens its own session, so call it outside of any.

    It waits so many seconds for the provider, then it is degraded.
    """
    if not said:
        return Nearness()
    try:
        async with asyncio.timeout(seconds + GRACE):
            (vector,) = await vectors.of([said], seconds)
    except (EmbeddingsUnavailable, TimeoutError):
        return Nearness(is_degraded=True)
    near = func.max(1 - SearchVector.embedding.cosine_distance(vector))
    query = (
        select(SearchEntry.key, near)
        .join(SearchVector, SearchVector.entry_id == SearchEntry.id)
        .where(SearchEntry.kind == SearchType.PRODUCT, SearchVector.embedding.is_not(None))
        .where(SearchVector.model == vectors.model)
        .group_by(SearchEntry.key)
        .order_by(near.desc(), SearchEntry.key)
        .limit(MOST_NEAR)
    )
    async with db.read() as session:
        rows = await session.execute(query)
        found = {key: scaled(float(cosine), similarity) for key, cosine in rows}
    return Nearness(found, is_degraded=not found)


def scaled(cosine: float, similarity: float) -> float:
    """Lay a cosine between 0 and 1; half way up is what the model's setting calls alike."""
    return min(1.0, max(0.0, cosine) / (2 * max(similarity, LEAST)))


async def alike(db: Database, product_ids: Sequence[str]) -> dict[str, dict[str, float]]:
    """Return the 200 nearest to each of these, 100 at most, by vectors that are there already."""
    mine = [f"{SearchType.PRODUCT}:{id}:ko" for id in product_ids[:AT_ONCE]]
    given = {"mine": mine, "every": f"{SearchType.PRODUCT}:%:ko", "most": MOST_NEAR}
    found: dict[str, dict[str, float]] = {}
    async with db.read() as session:
        await session.execute(LOOK)
        for one, other, cosine in await session.execute(NEAREST, given):
            near = found.setdefault(one.partition(":")[2], {})
            near[other.partition(":")[2]] = float(cosine)
    return found


async def near_to(db: Database, product_ids: Sequence[str], similarity: float) -> dict[str, float]:
    """Return how near drinks are to the first eight of these together, 0 to 1.

    What is near none of them is left out, and counts as far; so does one of another model.
    """
    found = list((await alike(db, product_ids[:MOST_ANCHORS])).values())
    known = {id for near in found for id in near}
    return {
        id: scaled(sum(near.get(id, 0.0) for near in found) / len(found), similarity)
        for id in known
    }
