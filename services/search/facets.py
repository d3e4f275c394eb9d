"""How many of what was found are of each kind, category, tag and ingredient, and can be bought."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import CompoundSelect, Select, Text, cast, func, literal, select, true, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from core.db import Database
from core.i18n import Text as Words
from models.catalogue import Stock, Variant, VariantPrice
from models.search import SearchEntry, SearchType
from models.world import Ingredient
from services.search.ask import Criteria
from services.search.lexicon import Lexicon
from services.search.tags import TAGS
from services.search.vocabulary import words_of
from services.stock.sums import SELLABLE, at

TYPES: dict[str, Words] = {
    SearchType.PRODUCT: {"ko": "술", "en": "Drinks"},
    SearchType.LORE: {"ko": "이야기", "en": "Stories"},
    SearchType.INGREDIENT: {"ko": "재료", "en": "Ingredients"},
    SearchType.RECIPE: {"ko": "칵테일", "en": "Mixed drinks"},
}
AVAILABLE: dict[str, Words] = {
    "true": {"ko": "구매 가능", "en": "In stock"},
    "false": {"ko": "품절", "en": "Sold out"},
}
FIELDS = ("type", "category", "tags", "ingredients", "available")


@dataclass(frozen=True)
class FacetValue:
    """A value, and how many of what was found have it."""

    value: str
    label: Words
    count: int


@dataclass(frozen=True)
class Facet:
    """A field of what was found; those of drinks have the names of the filter's fields."""

    field: str
    values: Sequence[FacetValue]


async def facets(db: Database, criteria: Criteria) -> list[Facet]:
    """Count over all that is found, not over a page; the most frequent value comes first."""
    lexicon, _ = await words_of(db)
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    async with db.read() as session:
        rows = await session.execute(_counted(criteria), at(criteria.listing.now))
        for named, number in rows:
            field, _, value = named.partition(":")
            counts[field][value] = number
        counts["available"] = _available(counts)
        names = await _names(session, list(counts["ingredients"]))
    return [
        Facet(field, [_value(field, *one, lexicon, names) for one in _ordered(counts[field])])
        for field in FIELDS
        if counts[field]
    ]


def _available(counts: dict[str, dict[str, int]]) -> dict[str, int]:
    """Split the drinks, each of which has one category, by whether they can be bought."""
    buyable = counts["available"]["true"]
    rest = sum(counts["category"].values()) - buyable
    return {value: number for value, number in (("true", buyable), ("false", rest)) if number}


async def total(db: Database, criteria: Criteria) -> int:
    """Return how many entries are found in all."""
    query = select(func.count()).select_from(SearchEntry).where(criteria.meets)
    async with db.read() as session:
        return await session.scalar(query, at(criteria.listing.now)) or 0


def _ordered(counts: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda one: (-one[1], one[0]))


def _value(
    field: str, value: str, count: int, lexicon: Lexicon, names: dict[str, Words]
) -> FacetValue:
    label: Words = {"en": value}
    match field:
        case "type":
            label = TYPES[value]
        case "category":
            label = lexicon.label(value)
        case "ingredients":
            label = names.get(value, label)
        case "available":
            label = AVAILABLE[value]
        case "tags":
            label = {"ko": TAGS.get(value, value), "en": value}
    return FacetValue(value, label, count)


async def _names(session: AsyncSession, ids: list[str]) -> dict[str, Words]:
    query = select(Ingredient.id, Ingredient.name).where(Ingredient.id.in_(ids))
    return {row.id: row.name for row in await session.execute(query)}


def _counted(criteria: Criteria) -> CompoundSelect[str, int]:
    """Ask for `field:value` and its number; what was found is looked up once."""
    entry = SearchEntry
    found = (
        select(entry.kind, entry.key, entry.facets)
        .where(criteria.meets)
        .cte("found")
        .prefix_with("MATERIALIZED")
    )
    value = func.unnest(found.c.facets).table_valued("value").lateral("value")
    each = select(value.c.value, func.count()).select_from(found.join(value, true()))
    kind = literal("type:") + cast(found.c.kind, Text)
    channel_id = criteria.listing.channel.id
    here = found.c.facets.contains([f"channel:{channel_id}"])
    available = select(literal("available:true"), func.count()).where(
        found.c.kind == SearchType.PRODUCT, here, found.c.key.in_(_buyable(channel_id))
    )
    kinds = select(kind, func.count()).group_by(found.c.kind)
    return union_all(kinds, available, each.group_by(value.c.value))


def _buyable(channel_id: str) -> Select[str]:
    """Ask for the drinks with a variant that can be bought, if the channel sells them.

    Read as a whole: asked for each drink it would be most of what all this takes.
    """
    return (
        select(Variant.product_id)
        .join(VariantPrice, VariantPrice.variant_id == Variant.id)
        .outerjoin(Stock, Stock.id == Variant.id)
        .where(Variant.active, VariantPrice.channel_id == channel_id, SELLABLE > 0)
    )
