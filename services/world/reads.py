"""One hop of the world from Postgres, and lists of its entries."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
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


async def ingredients_of(session: AsyncSession, product_ids: list[str]) -> Links:
    """Return what each product is made of."""
    query = (
        select(ProductIngredient, Ingredient)
        .join(Ingredient, Ingredient.id == ProductIngredient.ingredient_id)
        .where(ProductIngredient.product_id.in_(product_ids))
    )
    found: Links = defaultdict(list)
    for part, row in await session.execute(query):
        found[part.product_id].append(Link(row, part.position, part.share))
    return found


async def lore_about(session: AsyncSession, subject_ids: list[str]) -> Links:
    """Return the stories that each product, ingredient or character is in."""
    query = (
        select(LoreFeature, Lore)
        .join(Lore, Lore.id == LoreFeature.lore_id)
        .where(LoreFeature.subject_id.in_(subject_ids))
    )
    found: Links = defaultdict(list)
    for feature, row in await session.execute(query):
        found[feature.subject_id].append(Link(row, feature.position))
    return found


async def subjects_of(session: AsyncSession, lore_ids: list[str]) -> Links:
    """Return what each story is about."""
    features = list(
        await session.scalars(select(LoreFeature).where(LoreFeature.lore_id.in_(lore_ids)))
    )
    rows: dict[tuple[SubjectKind, str], Any] = {}
    for kind, model in SUBJECTS.items():
        ids = {feature.subject_id for feature in features if feature.subject_kind is kind}
        if ids:
            for row in await session.scalars(select(model).where(model.id.in_(ids))):
                rows[kind, row.id] = row
    found: Links = defaultdict(list)
    for feature in features:
        subject = rows.get((feature.subject_kind, feature.subject_id))
        if subject is not None:
            found[feature.lore_id].append(Link(subject, feature.position))
    return found


async def knowers_of(session: AsyncSession, lore_ids: list[str]) -> Links:
    """Return the characters who know each story."""
    query = _knowing().where(LoreKnower.lore_id.in_(lore_ids))
    found: Links = defaultdict(list)
    for knower, row, _ in await session.execute(query):
        found[knower.lore_id].append(Link(row, knower.position))
    return found


async def lore_known_by(session: AsyncSession, character_ids: list[str]) -> Links:
    """Return the stories that each character knows."""
    query = _knowing().where(LoreKnower.knower_id.in_(character_ids))
    found: Links = defaultdict(list)
    for knower, _, row in await session.execute(query):
        found[knower.knower_id].append(Link(row, knower.position))
    return found


def _knowing() -> Select[LoreKnower, Character, Lore]:
    return (
        select(LoreKnower, Character, Lore)
        .join(Character, Character.id == LoreKnower.knower_id)
        .join(Lore, Lore.id == LoreKnower.lore_id)
        .where(LoreKnower.knower_kind == KnowerKind.CHARACTER)
    )


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
