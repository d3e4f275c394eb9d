"""Lists that are the same for many: what is trending, popular in a category, or similar."""

from collections.abc import Mapping, Sequence
from itertools import islice

from core.viewer import Viewer
from models.catalogue import Channel, Product
from services.recommendation.allowed import first_allowed
from services.recommendation.cache import PROFILE_SECONDS, TREND_SECONDS
from services.recommendation.content import closeness
from services.recommendation.meaning import MOST_NEAR, alike
from services.recommendation.person import person_of
from services.recommendation.popular import TRENDING, heat
from services.recommendation.recommend import popularity
from services.recommendation.shapes import Stores
from services.recommendation.shelf import Drink, Shelf, shelf_of

MOST_SIMILAR = 24
# Of taste, of meaning, and of what the stories are about.
TASTE, MEANING, TAGS = 0.5, 0.3, 0.2


async def trending(
    stores: Stores, viewer: Viewer, channel: Channel, first: int, category: str | None = None
) -> list[Product]:
    """Return what people turn to these days, of a category or of all; then the newest."""
    scores = await stores.cache.ranking("rec:trending")
    if not scores:
        async with stores.db.read() as session:
            scores = await heat(session, TRENDING, stores.now())
        await stores.cache.rank("rec:trending", scores, TREND_SECONDS)
    return await _listed(stores, viewer, channel, scores, first, category)


async def popular(
    stores: Stores, viewer: Viewer, channel: Channel, category: str, first: int
) -> list[Product]:
    """Return what many care for in a category, over two years; then the newest."""
    shelf = await shelf_of(stores.db)
    if not any(drink.category == category for drink in shelf.drinks.values()):
        return []
    scores = await popularity(stores, category)
    return await _listed(stores, viewer, channel, scores, first, category)


async def _listed(
    stores: Stores,
    viewer: Viewer,
    channel: Channel,
    scores: Mapping[str, float],
    first: int,
    category: str | None,
) -> list[Product]:
    shelf = await shelf_of(stores.db)
    drinks = [d for d in shelf.of(channel.id) if category in (None, d.category)]
    drinks.sort(key=lambda d: (-scores.get(d.id, 0.0), -d.released, d.id))
    return await _shown(stores, viewer, channel, [d.id for d in drinks], first)


async def _shown(
    stores: Stores, viewer: Viewer, channel: Channel, ids: Sequence[str], first: int
) -> list[Product]:
    async with stores.db.read() as session:
        person = await person_of(session, stores.settings, viewer, channel, stores.now())
    limits = person.limits
    return await first_allowed(stores.db, channel, limits, ids, first, stores.now())


async def similar(
    stores: Stores, viewer: Viewer, channel: Channel, product_ids: Sequence[str]
) -> dict[str, list[Product]]:
    """Return for each of these the drinks that are like it, at most 24, the nearest first."""
    near = await _near(stores, product_ids)
    wanted = list(dict.fromkeys(id for ids in near.values() for id in ids))
    rows = await _shown(stores, viewer, channel, wanted, len(wanted))
    known = {row.id: row for row in rows}
    return {id: [known[one] for one in ids if one in known] for id, ids in near.items()}


async def _near(stores: Stores, product_ids: Sequence[str]) -> dict[str, list[str]]:
    shelf = await shelf_of(stores.db)
    found: dict[str, list[str]] = {}
    for id in product_ids:
        kept = await stores.cache.get(f"rec:similar:{id}", shelf.version)
        if kept is not None:
            found[id] = kept
    missing = [id for id in product_ids if id not in found and id in shelf.drinks]
    vectors = await alike(stores.db, missing) if missing else {}
    for id in missing:
        found[id] = _nearest(shelf, shelf.drinks[id], vectors.get(id, {}))
        if vectors.get(id):
            key = f"rec:similar:{id}"
            await stores.cache.put(key, shelf.version, found[id], PROFILE_SECONDS)
    return found


def _nearest(shelf: Shelf, drink: Drink, meaning: Mapping[str, float]) -> list[str]:
    def score(other: Drink) -> float:
        both = drink.tags | other.tags
        shared = len(drink.tags & other.tags) / len(both) if both else 0.0
        taste = closeness(drink.tasting, other.tasting)
        return TASTE * taste + MEANING * max(0.0, meaning.get(other.id, 0.0)) + TAGS * shared

    near = _candidates(shelf, drink, meaning)
    others = [(score(other), other.id) for other in near if other is not drink]
    others.sort(key=lambda one: (-one[0], one[1]))
    return [id for worth, id in others[:MOST_SIMILAR] if worth > 0]


def _candidates(shelf: Shelf, drink: Drink, meaning: Mapping[str, float]) -> list[Drink]:
    """Return all where there are few, else what is near in meaning, else of the same kind."""
    if len(shelf.drinks) <= MOST_NEAR:
        return list(shelf.drinks.values())
    if meaning:
        return [shelf.drinks[id] for id in meaning if id in shelf.drinks]
    kind = (other for other in shelf.drinks.values() if other.category == drink.category)
    return list(islice(kind, MOST_NEAR))
