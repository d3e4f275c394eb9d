"""The rows of what may be shown to somebody, as they are now."""

import time
from collections.abc import Sequence
from datetime import datetime
from weakref import WeakKeyDictionary

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.db import Database
from models.catalogue import Channel, Product, ProductIngredient, Variant, VariantPrice
from models.world import Ingredient
from services import catalogue
from services.recommendation.rules import Facts, Limits, permitted
from services.recommendation.shelf import KEEP_SECONDS

LEAST_CHUNK = 24


async def first_allowed(
    db: Database,
    channel: Channel,
    limits: Limits,
    ids: Sequence[str],
    first: int,
    now: datetime,
) -> list[Product]:
    """Return the first so many of these that may be shown, in their order."""
    found: list[Product] = []
    size = max(LEAST_CHUNK, 2 * first)
    for at in range(0, len(ids), size):
        if limits.withheld is not None or len(found) >= first:
            break
        async with db.read() as session:
            found += await allowed(session, channel, limits, ids[at : at + size], now)
    return found[:first]


async def allowed(
    session: AsyncSession,
    channel: Channel,
    limits: Limits,
    ids: Sequence[str],
    now: datetime,
) -> list[Product]:
    """Return those of these that may be shown, in their order."""
    facts = await facts_of(session, channel, ids, now)
    rows = {row.id: row for row, _ in facts}
    return [rows[id] for id in permitted((known for _, known in facts), limits)]


_prices: WeakKeyDictionary[Database, dict[str, tuple[float, dict[str, int]]]] = WeakKeyDictionary()


async def prices_of(db: Database, channel_id: str) -> dict[str, int]:
    """Return what the cheapest bottle of each drink costs in a channel, in minor units.

    Ten seconds old at most: it orders a list, and no list is paid by it.
    """
    kept = _prices.setdefault(db, {})
    read_at, found = kept.get(channel_id, (float("-inf"), {}))
    if time.monotonic() - read_at >= KEEP_SECONDS:
        async with db.read() as session:
            found = await _cheapest(session, channel_id)
        kept[channel_id] = time.monotonic(), found
    return found


async def _cheapest(session: AsyncSession, channel_id: str) -> dict[str, int]:
    rows = (
        select(Variant.product_id, func.min(VariantPrice.amount))
        .join(VariantPrice, VariantPrice.variant_id == Variant.id)
        .where(Variant.active, VariantPrice.channel_id == channel_id)
        .group_by(Variant.product_id)
    )
    return dict((await session.execute(rows)).all())


async def facts_of(
    session: AsyncSession, channel: Channel, ids: Sequence[str], now: datetime
) -> list[tuple[Product, Facts]]:
    """Return what the rules ask of these, in their order."""
    query = select(Product).where(Product.id.in_(ids))
    rows = {row.id: row for row in await session.scalars(query)}
    offers = await catalogue.offers_of(session, channel.id, list(rows), now)
    inside = await _inside(session, list(rows))
    return [(rows[id], _facts(rows[id], offers[id], inside)) for id in ids if id in rows]


def _facts(row: Product, offers: Sequence[catalogue.Offer], inside: dict[str, set[str]]) -> Facts:
    return Facts(
        id=row.id,
        is_active=row.active,
        channels=frozenset(row.channels),
        allergens=frozenset(row.allergen_codes) | inside.get(row.id, set()),
        is_there=any(offer.sellable > 0 for offer in offers),
    )


async def _inside(session: AsyncSession, ids: Sequence[str]) -> dict[str, set[str]]:
    """Return the allergens of what each product is made of."""
    rows = await session.execute(
        select(ProductIngredient.product_id, Ingredient.allergen_codes)
        .join(Ingredient, Ingredient.id == ProductIngredient.ingredient_id)
        .where(ProductIngredient.product_id.in_(ids))
    )
    found: dict[str, set[str]] = {}
    for id, codes in rows:
        found.setdefault(id, set()).update(codes)
    return found
