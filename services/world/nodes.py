"""How the catalogue and its stories look in the graph."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, LiteralString

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from core.db import Base
from models.catalogue import (
    ArExperience,
    BundlePart,
    CameoTemplate,
    Likeness,
    Pairing,
    Product,
    ProductIngredient,
    Recipe,
    Variant,
)
from models.world import (
    Character,
    Ingredient,
    KnowerKind,
    Lore,
    LoreFeature,
    LoreKnower,
    Place,
)
from services.catalogue.places import place_id
from services.world.projection import NodeState, Relation, Value, doc, projects


async def _rows[M: Base](session: AsyncSession, model: type[M], keys: list[str]) -> list[M]:
    return list(await session.scalars(select(model).where(model.id.in_(keys))))


async def _children[M: Base](
    session: AsyncSession, column: InstrumentedAttribute[str], model: type[M], keys: list[str]
) -> dict[str, list[M]]:
    found: dict[str, list[M]] = defaultdict(list)
    for row in await session.scalars(select(model).where(column.in_(keys)).order_by(model.id)):
        found[getattr(row, column.key)].append(row)
    return found


def _node(
    label: LiteralString, row: Any, relations: list[Relation], **properties: Value
) -> NodeState:
    own: Mapping[str, Value] = {"active": row.active, "doc": doc(row), **properties}
    return NodeState(label, row.id, own, relations)


@projects("product", "Product", Product)
async def products(session: AsyncSession, keys: list[str]) -> list[NodeState]:
    """Products: made of, told about in, alike, good with."""
    parts = await _children(session, ProductIngredient.product_id, ProductIngredient, keys)
    told = await _children(session, LoreFeature.subject_id, LoreFeature, keys)
    return [
        _node(
            "Product",
            row,
            [
                *_made_of(parts[row.id]),
                *_told_in(told[row.id]),
                *_in_order("RELATED_TO", "Product", row.related_ids),
                *_in_order("PAIRS_WITH", "Pairing", row.pairing_ids),
            ],
            category=row.category,
            abv=row.abv,
            tags=row.story_tags,
        )
        for row in await _rows(session, Product, keys)
    ]


def _made_of(parts: list[ProductIngredient]) -> list[Relation]:
    return [
        Relation(
            "HAS_INGREDIENT",
            "Ingredient",
            part.ingredient_id,
            {"share": part.share, "position": part.position},
        )
        for part in parts
    ]


def _told_in(features: list[LoreFeature]) -> list[Relation]:
    return [
        Relation("FEATURES_IN_LORE", "Lore", feature.lore_id, {"position": feature.position})
        for feature in features
    ]


def _in_order(type: LiteralString, label: LiteralString, ids: list[str]) -> list[Relation]:
    return [Relation(type, label, id, {"position": at}) for at, id in enumerate(ids)]


@projects("ingredient", "Ingredient", Ingredient)
async def ingredients(session: AsyncSession, keys: list[str]) -> list[NodeState]:
    """Ingredients: told about in, come from."""
    told = await _children(session, LoreFeature.subject_id, LoreFeature, keys)
    return [
        _node(
            "Ingredient",
            row,
            [
                *_told_in(told[row.id]),
                Relation("GROWN_AT", "Place", place_id(row.origin_name)),
            ],
            kind=row.kind,
            tags=row.flavour_tags,
        )
        for row in await _rows(session, Ingredient, keys)
    ]


@projects("place", "Place", Place)
async def places(session: AsyncSession, keys: list[str]) -> list[NodeState]:
    """Places."""
    return [_node("Place", row, []) for row in await _rows(session, Place, keys)]


@projects("lore", "Lore", Lore)
async def lore(session: AsyncSession, keys: list[str]) -> list[NodeState]:
    """Stories: opened by."""
    return [
        _node(
            "Lore",
            row,
            [Relation("OPENED_BY", "Product", row.unlock_product_id)]
            if row.unlock_product_id
            else [],
            kind=row.kind,
            truth=row.truth.value,
            tags=row.tags,
        )
        for row in await _rows(session, Lore, keys)
    ]


@projects("character", "Character", Character)
async def characters(session: AsyncSession, keys: list[str]) -> list[NodeState]:
    """Characters: told about in, know about."""
    told = await _children(session, LoreFeature.subject_id, LoreFeature, keys)
    known = await _known(session, KnowerKind.CHARACTER, keys)
    return [
        _node("Character", row, [*_told_in(told[row.id]), *known[row.id]], role=row.role)
        for row in await _rows(session, Character, keys)
    ]


@projects("likeness", "Likeness", Likeness)
async def likenesses(session: AsyncSession, keys: list[str]) -> list[NodeState]:
    """Hosts of films: know about."""
    known = await _known(session, KnowerKind.LIKENESS, keys)
    return [
        _node("Likeness", row, known[row.id], kind=row.kind.value)
        for row in await _rows(session, Likeness, keys)
    ]


async def _known(
    session: AsyncSession, kind: KnowerKind, keys: list[str]
) -> dict[str, list[Relation]]:
    found: dict[str, list[Relation]] = defaultdict(list)
    for id, rows in (await _children(session, LoreKnower.knower_id, LoreKnower, keys)).items():
        found[id] = [
            Relation("KNOWS_ABOUT", "Lore", row.lore_id, {"position": row.position})
            for row in rows
            if row.knower_kind is kind
        ]
    return found


@projects("pairing", "Pairing", Pairing)
async def pairings(session: AsyncSession, keys: list[str]) -> list[NodeState]:
    """Dishes."""
    return [_node("Pairing", row, []) for row in await _rows(session, Pairing, keys)]


@projects("variant", "Variant", Variant)
async def variants(session: AsyncSession, keys: list[str]) -> list[NodeState]:
    """Variants: of a product; bundles: contain."""
    parts = await _children(session, BundlePart.bundle_id, BundlePart, keys)
    return [
        _node(
            "Variant",
            row,
            [
                Relation("VARIANT_OF", "Product", row.product_id),
                *(
                    Relation("CONTAINS", "Variant", part.part_id, {"quantity": part.quantity})
                    for part in parts[row.id]
                ),
            ],
            kind=row.kind.value,
        )
        for row in await _rows(session, Variant, keys)
    ]


@projects("recipe", "Recipe", Recipe)
async def recipes(session: AsyncSession, keys: list[str]) -> list[NodeState]:
    """Mixed drinks: made with."""
    return [
        _node("Recipe", row, [Relation("MADE_WITH", "Product", row.product_id)])
        for row in await _rows(session, Recipe, keys)
    ]


@projects("ar_experience", "ArExperience", ArExperience)
async def ar_experiences(session: AsyncSession, keys: list[str]) -> list[NodeState]:
    """AR: shown on, unlocks."""
    return [
        _node(
            "ArExperience",
            row,
            [
                Relation("SHOWN_ON", "Product", row.product_id),
                *(
                    Relation("UNLOCKS", "Lore", animation["unlocks_lore"])
                    for animation in row.animations
                    if animation.get("unlocks_lore")
                ),
            ],
        )
        for row in await _rows(session, ArExperience, keys)
    ]


@projects("template", "Template", CameoTemplate)
async def templates(session: AsyncSession, keys: list[str]) -> list[NodeState]:
    """Films: hosted by, show, tell."""
    return [
        _node(
            "Template",
            row,
            [
                Relation("HOSTED_BY", "Likeness", row.guest_likeness_id),
                *_in_order("SHOWS", "Product", row.allowed_product_ids),
                *([Relation("TELLS", "Lore", row.lore_id)] if row.lore_id else []),
            ],
            mood=row.mood,
        )
        for row in await _rows(session, CameoTemplate, keys)
    ]
