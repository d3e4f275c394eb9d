"""One hop of the world from Postgres, and lists of its entries."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Text, any_, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.db import Base
from core.pages import Page
from models.catalogue import Pairing, Product, ProductIngredient
from models.world import (
    Character,
    Ingredient,
    KnowerKind,
    Lore,
    LoreFeature,
    LoreKnower,
    LoreTruth,
    LoreUnlock,
    SubjectKind,
)
from services.catalogue.inputs import clean, clean_all, pattern

SUBJECTS: Mapping[SubjectKind, type[Base]] = {
    SubjectKind.PRODUCT: Product,
    SubjectKind.INGREDIENT: Ingredient,
    SubjectKind.CHARACTER: Character,
}


@dataclass(frozen=True)
class Link[M: Base]:
    """A row that another is related to, and what the relation says."""

    row: M
    position: int = 0
    share: float | None = None


type Links = dict[str, list[Link[Any]]]


def _any_of(column: Any, ids: list[str]) -> ColumnElement[bool]:
    """Tell whether the column is one of these; one statement, however many they are."""
    return column == any_(literal(ids, ARRAY(Text)))  # type: ignore[no-any-return]


async def _linked(session: AsyncSession, model: type[Base], *link: Any, on: Any) -> Links:
    """Return what keys are linked to; a row comes once, however many keys it belongs to.

    `link` is the key with the position and the share, as far as the relation has them.
    """
    links = func.jsonb_agg(func.jsonb_build_array(*link))
    query = select(model, links).join(link[0].class_, on).group_by(model.id)
    found: Links = defaultdict(list)
    for row, ends in await session.execute(query):
        for key, *more in ends:
            found[key].append(Link(row, *more))
    return found


async def ingredients_of(session: AsyncSession, product_ids: list[str]) -> Links:
    """Return what each product is made of."""
    part = ProductIngredient
    on = (Ingredient.id == part.ingredient_id) & _any_of(part.product_id, product_ids)
    return await _linked(session, Ingredient, part.product_id, part.position, part.share, on=on)


async def lore_about(session: AsyncSession, subject_ids: list[str]) -> Links:
    """Return the stories that each product, ingredient or character is in."""
    feature = LoreFeature
    on = (Lore.id == feature.lore_id) & _any_of(feature.subject_id, subject_ids)
    return await _linked(session, Lore, feature.subject_id, feature.position, on=on)


async def subjects_of(session: AsyncSession, lore_ids: list[str]) -> Links:
    """Return what each story is about."""
    feature, found = LoreFeature, defaultdict[str, list[Link[Any]]](list)
    for kind, model in SUBJECTS.items():
        on = (model.id == feature.subject_id) & (feature.subject_kind == kind)
        on &= _any_of(feature.lore_id, lore_ids)
        linked = await _linked(session, model, feature.lore_id, feature.position, on=on)
        for id, links in linked.items():
            found[id] += links
    return found


async def knowers_of(session: AsyncSession, lore_ids: list[str]) -> Links:
    """Return the characters who know each story."""
    on = (Character.id == LoreKnower.knower_id) & _any_of(LoreKnower.lore_id, lore_ids)
    on &= LoreKnower.knower_kind == KnowerKind.CHARACTER
    return await _linked(session, Character, LoreKnower.lore_id, LoreKnower.position, on=on)


async def lore_known_by(session: AsyncSession, character_ids: list[str]) -> Links:
    """Return the stories that each character knows."""
    on = (Lore.id == LoreKnower.lore_id) & _any_of(LoreKnower.knower_id, character_ids)
    on &= LoreKnower.knower_kind == KnowerKind.CHARACTER
    return await _linked(session, Lore, LoreKnower.knower_id, LoreKnower.position, on=on)


async def related_to(session: AsyncSession, product_ids: list[str]) -> Links:
    """Return products like each product."""
    return await _listed(session, Product, product_ids, "related_ids")


async def pairings_of(session: AsyncSession, product_ids: list[str]) -> Links:
    """Return dishes that go with each product."""
    return await _listed(session, Pairing, product_ids, "pairing_ids")


async def _listed(
    session: AsyncSession, model: type[Base], product_ids: list[str], column: str
) -> Links:
    products = list(await session.scalars(select(Product).where(Product.id.in_(product_ids))))
    wanted = {id for product in products for id in getattr(product, column)}
    rows = {row.id: row for row in await session.scalars(select(model).where(model.id.in_(wanted)))}
    return {
        product.id: [
            Link(rows[id], at) for at, id in enumerate(getattr(product, column)) if id in rows
        ]
        for product in products
    }


@dataclass(frozen=True)
class LoreFilter:
    """Conditions that must all hold."""

    kind: Sequence[str] | None = None
    truth: Sequence[LoreTruth] | None = None
    tags: Sequence[str] | None = None
    about: str | None = None
    text: str | None = None


async def lore_page(session: AsyncSession, filter: LoreFilter, page: Page) -> list[Lore]:
    """Return stories by id, one more than the page holds."""
    return await _page(session, Lore, _lore_conditions(filter), page)


async def lore_count(session: AsyncSession, filter: LoreFilter) -> int:
    """Return how many stories there are."""
    return await _count(session, Lore, _lore_conditions(filter))


async def ingredient_page(session: AsyncSession, page: Page) -> list[Ingredient]:
    """Return ingredients by id, one more than the page holds."""
    return await _page(session, Ingredient, [], page)


async def ingredient_count(session: AsyncSession) -> int:
    """Return how many ingredients there are."""
    return await _count(session, Ingredient, [])


async def characters(session: AsyncSession) -> list[Character]:
    """Return all characters in the order of the catalogue."""
    query = select(Character).where(Character.active).order_by(Character.position, Character.id)
    return list(await session.scalars(query))


def _lore_conditions(filter: LoreFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filter.kind is not None:
        found.append(Lore.kind.in_(clean_all(filter.kind, "filter.kind")))
    if filter.truth is not None:
        found.append(Lore.truth.in_(filter.truth))
    if filter.tags is not None:
        tags = clean_all(filter.tags, "filter.tags")
        found.append(or_(*(Lore.tags.has_key(tag) for tag in tags)) if tags else Lore.id.is_(None))
    if filter.about is not None:
        about = clean(filter.about, "filter.about")
        told = select(LoreFeature.lore_id).where(LoreFeature.subject_id == about)
        found.append(Lore.id.in_(told))
    if filter.text is not None and (text := clean(filter.text, "filter.text").strip()):
        found.append(_says(pattern(text)))
    return found


def _says(like: str) -> ColumnElement[bool]:
    # A search through a locked story would tell what it says.
    titles = (Lore.title[locale].astext.ilike(like, escape="\\") for locale in ("ko", "en"))
    bodies = (Lore.body[locale].astext.ilike(like, escape="\\") for locale in ("ko", "en"))
    return or_(*titles, (Lore.unlock == LoreUnlock.PUBLIC) & or_(*bodies))


async def _page[M: (Lore, Ingredient)](
    session: AsyncSession, model: type[M], conditions: Iterable[ColumnElement[bool]], page: Page
) -> list[M]:
    # By id, which never changes: places in the file do when something is put between.
    query = select(model).where(model.active, *conditions).order_by(model.id)
    if (last := page.after_id()) is not None:
        query = query.where(model.id > last)
    return list(await session.scalars(query.limit(page.first + 1)))


async def _count[M: (Lore, Ingredient)](
    session: AsyncSession, model: type[M], conditions: Iterable[ColumnElement[bool]]
) -> int:
    query = select(func.count()).select_from(model).where(model.active, *conditions)
    return await session.scalar(query) or 0
