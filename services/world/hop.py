"""One hop of the world from Postgres, over every relation and both ways."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    Integer,
    Select,
    Text,
    any_,
    column,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from models.catalogue import Product, ProductIngredient, Recipe
from models.fact import Fact
from models.world import (
    Ingredient,
    KnowerKind,
    LoreFeature,
    LoreKnower,
    WorldKind,
    WorldRelation,
)
from services.catalogue.places import place_id
from services.world.believed import believed
from services.world.shapes import Step, Thing

MAX_LINKS = 200

type Row = Select[Any]


async def one_hop(
    session: AsyncSession,
    things: Sequence[Thing],
    relations: Sequence[WorldRelation],
    now: datetime,
) -> list[Step]:
    """Return the steps from these to whatever they are related to, at most 200 of each."""
    wanted, ids = set(relations), [thing.id for thing in things]
    rows = [*await _told(session, ids, now), *await _grown(session, things)]
    found = list[Step]()
    for kind, id, relation, other_kind, other_id, position in rows:
        if WorldRelation(relation) not in wanted:
            continue
        one, other = Thing(WorldKind(kind), id), Thing(WorldKind(other_kind), other_id)
        for start, end, forward in ((one, other, True), (other, one, False)):
            if start in things:
                step = Step(start, WorldRelation(relation), end, forward, position or 0)
                found.append(step)
    found.sort(key=lambda step: (step.position, step.end.id, step.relation, not step.forward))
    return [step for start in things for step in _of(found, start)]


def _of(steps: Sequence[Step], start: Thing) -> list[Step]:
    return [step for step in steps if step.start == start][:MAX_LINKS]


async def _told(session: AsyncSession, ids: list[str], now: datetime) -> Sequence[Any]:
    """Return relations of these: from what, by which relation, to what, at which place."""
    mine = any_(literal(ids, ARRAY(Text)))
    feature, knower, part = LoreFeature, LoreKnower, ProductIngredient
    parts: list[Row] = [
        _rows("product", part.product_id, WorldRelation.HAS_INGREDIENT, "ingredient")
        .add_columns(part.ingredient_id, part.position)
        .where(or_(part.product_id == mine, part.ingredient_id == mine)),
        select(feature.subject_kind.cast(Text), feature.subject_id)
        .add_columns(*_to(WorldRelation.FEATURES_IN_LORE, "lore"))
        .add_columns(feature.lore_id, feature.position)
        .where(or_(feature.subject_id == mine, feature.lore_id == mine)),
        _rows("character", knower.knower_id, WorldRelation.KNOWS_ABOUT, "lore")
        .add_columns(knower.lore_id, knower.position)
        .where(knower.knower_kind == KnowerKind.CHARACTER)
        .where(or_(knower.knower_id == mine, knower.lore_id == mine)),
        _rows("recipe", Recipe.id, WorldRelation.MADE_WITH, "product")
        .add_columns(Recipe.product_id, null().cast(Integer))
        .where(or_(Recipe.id == mine, Recipe.product_id == mine)),
        _listed(Product.pairing_ids, WorldRelation.PAIRS_WITH, "pairing", ids),
        _listed(Product.related_ids, WorldRelation.RELATED_TO, "product", ids),
        select(Fact.subject_kind.cast(Text), Fact.subject_id, Fact.relation.cast(Text))
        .add_columns(Fact.object_kind.cast(Text), Fact.object_id, null().cast(Integer))
        .where(Fact.relation.is_not(None), *believed(now))
        .where(or_(Fact.subject_id == mine, Fact.object_id == mine)),
    ]
    return (await session.execute(union_all(*parts).limit(10 * MAX_LINKS))).all()


def _to(relation: WorldRelation, kind: str) -> tuple[Any, Any]:
    return literal(relation.value, Text), literal(kind, Text)


def _rows(kind: str, id: Any, relation: WorldRelation, other: str) -> Row:
    return select(literal(kind, Text), id).add_columns(*_to(relation, other))


def _listed(
    ids: InstrumentedAttribute[list[str]], relation: WorldRelation, kind: str, mine: list[str]
) -> Row:
    """Return what a JSON column of products lists, in its order."""
    entries = (
        func.jsonb_array_elements_text(ids)
        .table_valued(column("value", Text), with_ordinality="at")
        .render_derived()
    )
    any_mine = any_(literal(mine, ARRAY(Text)))
    return (
        _rows("product", Product.id, relation, kind)
        .add_columns(entries.c.value, (entries.c.at - 1).cast(Integer))
        .select_from(Product)
        .join(entries, literal(True))
        .where(or_(Product.id == any_mine, ids.op("?|")(literal(mine, ARRAY(Text)))))
        .where(or_(Product.id == any_mine, entries.c.value == any_mine))
    )


async def _grown(session: AsyncSession, things: Sequence[Thing]) -> list[tuple[Any, ...]]:
    """Return where ingredients come from: the place is worked out from the origin's name."""
    if not any(thing.kind in (WorldKind.INGREDIENT, WorldKind.PLACE) for thing in things):
        return []
    own = {thing.id for thing in things}
    rows = await session.execute(select(Ingredient.id, Ingredient.origin_name))
    pairs = [(id, place_id(origin)) for id, origin in rows]
    return [
        ("ingredient", id, WorldRelation.GROWN_AT, "place", place, 0)
        for id, place in pairs
        if id in own or place in own
    ]
