"""Ingredients, stories, and who tells them."""

from collections.abc import Callable
from typing import Any, Self, cast

import strawberry

from core.i18n import Text
from core.pages import Page
from dataloaders.world import WorldLoaders
from models import catalogue
from models import world as models
from models.world import CharacterIntent, LoreTruth
from schema.base import Node, View, related
from schema.catalogue.product import Product
from schema.catalogue.side import LoreSubject
from schema.catalogue.words import Allergen, said
from schema.context import Info
from schema.pagination import Connection
from services import world
from services.catalogue import Listed
from services.catalogue.places import place_of
from services.world import Link

strawberry.enum(LoreTruth)
strawberry.enum(CharacterIntent)


def _lore(links: list[Link[Any]]) -> "list[Lore]":
    return [Lore.of(link.row) for link in links]


def _characters(links: list[Link[Any]]) -> "list[Character]":
    return [Character.of(link.row) for link in links]


def _subjects(links: list[Link[Any]]) -> list[LoreSubject]:
    return [SUBJECTS[type(link.row)].of(link.row) for link in links]


def listed_product(listed: Listed) -> Product:
    """Show a product of a list."""
    return Product.of(listed.product)


@strawberry.type
class Place(View[models.Place], Node):
    """Where something comes from."""

    name: str
    """Its name, in the language of the request."""
    latitude: float | None
    """Degrees north; null where it is nowhere in particular."""
    longitude: float | None
    """Degrees east; null where it is nowhere in particular."""


@strawberry.type
class Ingredient(View[models.Ingredient], LoreSubject):
    """Something that drinks are made of."""

    name: str
    """Its name, in the language of the request."""
    kind: str
    """What sort of thing it is, such as `grain`."""
    story: str
    """Where it comes from and why, in the language of the request."""
    harvest_months: list[int]
    """When it is gathered: 1 is January; empty where it is made the whole year."""
    lore: list["Lore"] = related(
        WorldLoaders.lore_of_ingredient, _lore, description="The stories that it is in."
    )

    @strawberry.field
    def origin(self) -> str:
        """Where it comes from, in the language of the request."""
        return said(self.row.origin_name)

    @strawberry.field
    def place(self) -> Place:
        """Where it comes from."""
        return Place.of(place_of(self.row))

    @strawberry.field
    def allergens(self) -> list[Allergen]:
        """What in it makes some people ill."""
        return Allergen.each(self.row.allergen_codes)

    @strawberry.field
    async def products(
        self, info: Info, first: int = 20, after: str | None = None
    ) -> Connection[Product]:
        """What is made with it, the newest first."""
        loaders, page, id = info.context.loaders, Page(first, after), str(self.id)
        rows = await loaders.products_with.load((id, page))

        async def count() -> int:
            return await loaders.product_count_with.load(id) or 0

        return Connection.of(rows, page, listed_product, count, key=lambda row: row.key)


@strawberry.type
class ProductIngredient:
    """How much of an ingredient is in a product."""

    ingredient: Ingredient
    """Of what."""
    share: float | None
    """0 to 1; null where the recipe keeps it secret."""

    @classmethod
    def of(cls, link: Link[Any]) -> Self:
        """Show what a product is related to."""
        return cls(ingredient=Ingredient.of(link.row), share=link.share)


@strawberry.type
class LoreLock:
    """What opens a story."""

    reason: str
    """For people, in the language of the request."""
    product_id: strawberry.Private[str | None]

    @strawberry.field
    async def product(self, info: Info) -> Product | None:
        """The drink that opens it, if one does."""
        if self.product_id is None:
            return None
        return Product.maybe(await info.context.loaders.product.load(self.product_id))


@strawberry.type
class Lore(View[models.Lore], Node):
    """A story of the world; it says how true it is."""

    title: str
    """Its name, in the language of the request."""
    kind: str
    """What sort of story it is, such as `craft`."""
    truth: LoreTruth
    """How much of it happened."""
    era: str | None
    """When it plays, if at a time."""
    tags: list[str]
    """What it is about; stories are filtered by these."""
    features: list[LoreSubject] = related(
        WorldLoaders.subjects_of, _subjects, description="Who and what it is about."
    )
    known_by: list["Character"] = related(
        WorldLoaders.knowers_of, _characters, description="Who can tell more of it."
    )

    @strawberry.field
    def body(self, info: Info) -> str:
        """The story, in the language of the request; while it is locked, only what opens it."""
        return _told(
            self.row, info, lambda reason: said(self.row.body if reason is None else reason)
        )

    @strawberry.field
    def locked_by(self, info: Info) -> LoreLock | None:
        """Null when the viewer may read it; else what opens it."""
        return _told(self.row, info, lambda reason: _lock(self.row, reason))


def _lock(row: models.Lore, reason: Text | None) -> LoreLock | None:
    if reason is None:
        return None
    return LoreLock(reason=said(reason), product_id=row.unlock_product_id)


def _told[T](row: models.Lore, info: Info, show: Callable[[Text | None], T]) -> T:
    """Show what opens a story, or None where it is open.

    Most stories are open to all, and then this takes no task: the executor awaits only what is
    locked for a viewer who may have found it.
    """
    viewer = info.context.viewer
    reason = world.reason_locked(row, viewer)
    if reason is None or viewer.customer_id is None:
        return show(reason)
    return cast("T", _looked_up(row, info, reason, show))


async def _looked_up[T](
    row: models.Lore, info: Info, reason: Text, show: Callable[[Text | None], T]
) -> T:
    way = (info.context.viewer.id, row.id)
    return show(None if await info.context.loaders.has_opened_lore.load(way) else reason)


@strawberry.type
class Character(View[models.Character], LoreSubject):
    """Someone to talk with; always an AI, and says so."""

    name: str
    """Their name, in the language of the request."""
    role: str
    """What they do here, such as `Storyteller`."""
    is_ai: bool
    """Whether no human answers."""
    personality: list[str]
    """What they are like."""
    knowledge_domains: list[str]
    """What they know about."""
    greeting: str
    """How they begin, in the language of the request."""

    @strawberry.field
    def intents(self) -> list[CharacterIntent]:
        """What to turn to them for; empty for who tells stories."""
        return [CharacterIntent(intent) for intent in self.row.intents]

    knows: list[Lore] = related(
        WorldLoaders.lore_known_by, _lore, description="The stories that they can tell."
    )


SUBJECTS: dict[type[Any], Any] = {
    models.Ingredient: Ingredient,
    models.Character: Character,
    catalogue.Product: Product,
}


@strawberry.input
class LoreFilter:
    """Which stories; all conditions must hold."""

    kind: list[str] | None = None
    """Of any of these sorts."""
    truth: list[LoreTruth] | None = None
    """So true."""
    tags: list[str] | None = None
    """With any of these tags."""
    about: strawberry.ID | None = None
    """About this product, ingredient or character."""
    text: str | None = None
    """Words in the title, or in the story where it is open to all."""

    def told(self) -> world.LoreFilter:
        """Return it as the world takes it."""
        return world.LoreFilter(self.kind, self.truth, self.tags, self.about, self.text)
