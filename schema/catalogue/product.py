"""A drink, with what it is made of and what is told about it."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from core.errors import BadInput
from dataloaders.catalogue import CatalogueLoaders
from dataloaders.world import WorldLoaders
from models import catalogue as models
from schema.base import View
from schema.base import related as relation
from schema.catalogue.ar import ArExperience
from schema.catalogue.side import (
    HealthWarning,
    Image,
    LoreSubject,
    Pairing,
    Recipe,
    Serve,
    TasteScore,
)
from schema.catalogue.variant import PriceRange, Variant
from schema.catalogue.words import Allergen, said
from schema.context import Info
from services.catalogue import Offer
from services.catalogue.vocabulary import SHAKES
from services.recommendation.lists import MOST_SIMILAR
from services.world import Link

if TYPE_CHECKING:
    from schema.world import Lore, ProductIngredient

WORLD = strawberry.lazy("schema.world")


def _ingredients(links: list[Link[Any]]) -> "list[ProductIngredient]":
    from schema.world import ProductIngredient

    return [ProductIngredient.of(link) for link in links]


def _lore(links: list[Link[Any]]) -> "list[Lore]":
    from schema.world import Lore

    return [Lore.of(link.row) for link in links]


def _related(links: list[Link[Any]]) -> "list[Product]":
    return [Product.of(link.row) for link in links]


def _pairings(links: list[Link[Any]]) -> list[Pairing]:
    return [Pairing.of(link.row) for link in links]


def _variants(offers: list[Offer]) -> list[Variant]:
    return Variant.each(offers)


@strawberry.type
class Product(View[models.Product], LoreSubject):
    """A drink, with what it is made of and what is told about it."""

    name: str
    """Its name, in the language of the request."""
    category: str
    """What sort of drink it is, such as `Takju`."""
    abv: float
    """Alcohol by volume, percent."""
    description: str
    """What it is like, in the language of the request."""
    released_on: date | None
    """Since when it is sold; null while nobody knows."""
    story_tags: list[str]
    """What its story is about; products are filtered by these."""
    ingredients: list[Annotated["ProductIngredient", WORLD]] = relation(
        WorldLoaders.ingredients_of, _ingredients, description="What it is made of, the most first."
    )
    lore: list[Annotated["Lore", WORLD]] = relation(
        WorldLoaders.lore_of_product, _lore, description="The stories that it is in."
    )
    related: list["Product"] = relation(
        WorldLoaders.related_to, _related, description="Drinks for those who like this one."
    )
    pairings: list[Pairing] = relation(
        WorldLoaders.pairings_of, _pairings, description="Dishes that go with it."
    )
    recipes: list[Recipe] = relation(
        CatalogueLoaders.recipes_of, Recipe.each, description="Mixed drinks with it."
    )
    ar_experience: ArExperience | None = relation(
        CatalogueLoaders.ar_of_product,
        ArExperience.maybe,
        description="What its label shows through a camera; null where it shows nothing.",
    )
    variants: list[Variant] = relation(
        CatalogueLoaders.offers_of,
        _variants,
        description="What can be bought in the channel of the request; empty where it is not sold.",
    )
    price_range: PriceRange | None = relation(
        CatalogueLoaders.offers_of,
        PriceRange.of,
        description="What its variants cost in the channel; null where it is not sold.",
    )

    @strawberry.field
    async def similar(self, info: Info, first: int = 6) -> list["Product"]:
        """Drinks that taste and sound like this one, the nearest first; only what can be bought.

        `first`: How many, 1 to 24; there may be fewer.
        """
        if not 1 <= first <= MOST_SIMILAR:
            raise BadInput(argument="first")
        found = await info.context.loaders.similar_to.load(str(self.id))
        return Product.each(found[:first])

    @strawberry.field
    def slug(self) -> str:
        """For addresses of pages; the same as `id`."""
        return str(self.id)

    @strawberry.field
    async def tasting(self, info: Info) -> list[TasteScore]:
        """How it tastes, dimension by dimension."""
        if self.row.tasting_set_id is None:
            return []
        known = await info.context.loaders.tasting_set.load(self.row.tasting_set_id)
        scores = self.row.tasting
        return [
            TasteScore(dimension=d["id"], name=said(d["name"]), score=scores[d["id"]])
            for d in (known.dimensions if known else ())
            if d["id"] in scores
        ]

    @strawberry.field
    def serve(self) -> Serve | None:
        """How it is at its best; null where it does not matter."""
        serve = self.row.serve
        if serve is None:
            return None
        cold, warm = serve["temp_c"]
        return Serve(
            min_celsius=cold,
            max_celsius=warm,
            vessel=said(serve["vessel"]),
            shake=said(SHAKES[serve["shake"]]),
        )

    @strawberry.field
    def allergens(self) -> list[Allergen]:
        """What in it makes some people ill, its ingredients' allergens included."""
        return Allergen.each(self.row.allergen_codes)

    @strawberry.field
    async def warnings(self, info: Info) -> list[HealthWarning]:
        """What the law wants shown beside it."""
        rows = await info.context.loaders.warning.load_many(self.row.warning_codes)
        return [HealthWarning.of(row) for row in rows if row]

    @strawberry.field
    def images(self) -> list[Image]:
        """Pictures of it, the best first."""
        return [Image.of(image) for image in self.row.images]
