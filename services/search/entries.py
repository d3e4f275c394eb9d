"""What of each row can be found, in every language that it has: rows as entries of the index."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.db import Base
from core.i18n import LOCALES, Text, pick
from models.catalogue import Pairing, Product, ProductIngredient, Recipe, TastingSet
from models.search import SearchType
from models.world import Ingredient, Lore, LoreUnlock
from services.search.lexicon import Lexicon
from services.search.tags import TAGS
from services.search.terms import Weight

MODELS: Mapping[SearchType, type[Product | Lore | Ingredient | Recipe]] = {
    SearchType.PRODUCT: Product,
    SearchType.LORE: Lore,
    SearchType.INGREDIENT: Ingredient,
    SearchType.RECIPE: Recipe,
}
# From which score on a drink is called by the end of a scale, from 0 to 5.
HIGH, LOW = 3.5, 1.2
MEANING = 2_000


@dataclass(frozen=True)
class Entry:
    """A row as it is found. `said` are texts with their weights; `body` is shown in snippets.

    `facets` are what is counted of a drink, each as `field:value`.
    """

    kind: SearchType
    key: str
    title: Text
    body: Text
    said: Sequence[tuple[str, Weight]]
    facets: Sequence[str] = ()

    @property
    def id(self) -> str:
        """Where it stands in the index."""
        return f"{self.kind}:{self.key}"

    def meaning(self, locale: str) -> str:
        """Return what it says in this language, for a vector."""
        about = pick(self.title, locale), pick(self.body, locale)
        return "\n".join(filter(None, about))[:MEANING]


@dataclass
class Around:
    """What stands beside the rows of a batch."""

    lexicon: Lexicon
    ingredients: dict[str, list[Ingredient]] = field(default_factory=dict)
    pairings: dict[str, Pairing] = field(default_factory=dict)
    sets: dict[str, TastingSet] = field(default_factory=dict)
    products: dict[str, Product] = field(default_factory=dict)


async def read(
    session: AsyncSession, lexicon: Lexicon, kind: SearchType, keys: Sequence[str]
) -> list[Entry]:
    """Return the entries of these rows as they are now; what has left the catalogue has none."""
    model: Any = MODELS[kind]
    rows = list(await session.scalars(select(model).where(model.id.in_(keys), model.active)))
    around = await _around(session, lexicon, rows)
    return [_entry(row, around) for row in rows]


async def _around(session: AsyncSession, lexicon: Lexicon, rows: Sequence[Any]) -> Around:
    around = Around(lexicon)
    drinks = [row for row in rows if isinstance(row, Product)]
    if drinks:
        links = (
            select(ProductIngredient.product_id, Ingredient)
            .join(Ingredient, Ingredient.id == ProductIngredient.ingredient_id)
            .where(ProductIngredient.product_id.in_([row.id for row in drinks]), Ingredient.active)
            .order_by(ProductIngredient.position, ProductIngredient.id)
        )
        for product_id, ingredient in await session.execute(links):
            around.ingredients.setdefault(product_id, []).append(ingredient)
        dishes = {id for row in drinks for id in row.pairing_ids}
        around.pairings = await _by_id(session, Pairing, dishes)
        around.sets = await _by_id(session, TastingSet, {row.tasting_set_id for row in drinks})
    mixed = {row.product_id for row in rows if isinstance(row, Recipe)}
    around.products = await _by_id(session, Product, mixed)
    return around


async def _by_id[M: Base](
    session: AsyncSession, model: type[M], ids: set[str] | set[str | None]
) -> dict[str, M]:
    if not ids:
        return {}
    rows = await session.scalars(select(model).where(model.id.in_([id for id in ids if id])))
    return {row.id: row for row in rows}


def _entry(row: Product | Lore | Ingredient | Recipe, around: Around) -> Entry:
    match row:
        case Product():
            said = [*_each(row.description, "D"), *_product(row, around)]
            counted = [*_facets(row, around)]
            texts = row.name, row.description
            return Entry(SearchType.PRODUCT, row.id, *texts, _named(row, said), counted)
        case Ingredient():
            said = [
                *_each(row.origin_name, "C"),
                (row.kind, "B"),
                *((tag, "B") for tag in row.flavour_tags),
                *_each(row.story, "D"),
            ]
            return Entry(SearchType.INGREDIENT, row.id, row.name, row.story, _named(row, said))
        case Recipe():
            steps = {locale: " ".join(lines) for locale, lines in row.steps.items()}
            said = [*_recipe(row, around), *_each(steps, "D")]
            return Entry(SearchType.RECIPE, row.id, row.name, steps, _named(row, said))
    return _lore(row)


def _lore(row: Lore) -> Entry:
    # A search through a locked story would tell what it says.
    body: Text = row.body if row.unlock is LoreUnlock.PUBLIC else {}
    said: list[tuple[str, Weight]] = [
        *_each(row.title, "A"),
        (row.id, "C"),
        *((tag, "B") for tag in row.tags),
        (row.kind, "C"),
        *_each(body, "D"),
    ]
    return Entry(SearchType.LORE, row.id, row.title, body, said)


def _named(
    row: Product | Ingredient | Recipe, said: Sequence[tuple[str, Weight]]
) -> list[tuple[str, Weight]]:
    return [*_each(row.name, "A"), (row.id, "C"), *said]


def _each(text: Mapping[str, str], weight: Weight) -> Iterator[tuple[str, Weight]]:
    return ((text[locale], weight) for locale in LOCALES if text.get(locale))


def _product(row: Product, around: Around) -> Iterator[tuple[str, Weight]]:
    yield row.sku, "A"
    yield from _each(around.lexicon.label(row.category), "B")
    yield row.category, "B"
    for tag in row.story_tags:
        yield tag, "B"
        if known := TAGS.get(tag):
            yield known, "B"
    for ingredient in around.ingredients.get(row.id, ()):
        yield from _each(ingredient.name, "B")
    for id in row.pairing_ids:
        if dish := around.pairings.get(id):
            yield from _each(dish.name, "C")
    yield from _tastes(row, around.sets.get(row.tasting_set_id or ""))


def _facets(row: Product, around: Around) -> Iterator[str]:
    yield f"category:{row.category}"
    yield from (f"tags:{tag}" for tag in dict.fromkeys(row.story_tags))
    made_of = dict.fromkeys(one.id for one in around.ingredients.get(row.id, ()))
    yield from (f"ingredients:{id}" for id in made_of)
    yield from (f"channel:{id}" for id in row.channels)


def _tastes(row: Product, tasting: TastingSet | None) -> Iterator[tuple[str, Weight]]:
    """Say what it tastes of: the end of a scale that it is near, as the tasting set calls it."""
    for dimension in tasting.dimensions if tasting else ():
        score = row.tasting.get(dimension["id"])
        if score is not None and (score >= HIGH or score <= LOW):
            yield from _each(dimension["high" if score >= HIGH else "low"], "C")


def _recipe(row: Recipe, around: Around) -> Iterator[tuple[str, Weight]]:
    for item in row.items:
        yield from _each(item["name"], "B")
    if product := around.products.get(row.product_id):
        yield from _each(product.name, "C")
    yield row.glass, "C"
    if row.mood:
        yield row.mood, "C"
