"""`node` for curated entries, whose ids are slugs: one look tells their kinds."""

from collections.abc import Callable, Mapping
from typing import Any

from schema.base import Node
from schema.brewing import Batch, Farm
from schema.catalogue import (
    ArExperience,
    CameoTemplate,
    Channel,
    Likeness,
    Pairing,
    Product,
    Recipe,
    Variant,
)
from schema.context import Info
from schema.node import SLUG, nodes_of
from schema.world import Character, Ingredient, Lore, Place
from services import catalogue

# Kind: its loader, and the type that shows what is loaded.
SHOWN: Mapping[str, tuple[str, Callable[[Any], Node]]] = {
    "channel": ("market", Channel.of),
    "product": ("product", Product.of),
    "variant": ("offer", Variant.of),
    "ingredient": ("ingredient", Ingredient.of),
    "place": ("place", Place.of),
    "lore": ("lore", Lore.of),
    "character": ("character", Character.of),
    "likeness": ("likeness", Likeness.of),
    "template": ("template", CameoTemplate.of),
    "ar_experience": ("ar_experience", ArExperience.of),
    "pairing": ("pairing", Pairing.of),
    "recipe": ("recipe", Recipe.of),
    "farm": ("farm", Farm.of),
    "batch": ("batch", Batch.of),
}


@nodes_of(SLUG)
async def curated(info: Info, ids: list[str]) -> dict[str, Node]:
    """Return the entries of these slugs; a variant that the channel has no price for is absent."""
    async with info.context.db.read() as session:
        kinds = await catalogue.kinds(session, ids)
    found: dict[str, Node] = {}
    for kind, own in kinds.items():
        loader, show = SHOWN[kind]
        rows = await getattr(info.context.loaders, loader).load_many(own)
        found.update({id: show(row) for id, row in zip(own, rows, strict=True) if row})
    return found
