"""What is found, where it was found, and how many there are of what."""

from collections.abc import Sequence
from typing import Annotated, Any, Self

import strawberry

from models.search import SearchType
from schema.catalogue import Product, Recipe
from schema.catalogue.words import said
from schema.context import Info
from schema.pagination import PageInfo
from schema.world import Ingredient, Lore
from services import search
from services.search import Criteria, Hit

strawberry.enum(SearchType)

SearchHit = Annotated[
    Product | Lore | Ingredient | Recipe,
    strawberry.union("SearchHit", description="A drink, a story, an ingredient or a mixed drink."),
]
type Shown = Product | Lore | Ingredient | Recipe
type Name = tuple[SearchType, str]

SHOWN: dict[SearchType, Any] = {
    SearchType.PRODUCT: Product,
    SearchType.LORE: Lore,
    SearchType.INGREDIENT: Ingredient,
    SearchType.RECIPE: Recipe,
}


@strawberry.type
class FacetValue:
    """A value, and how many of all that is found have it."""

    value: str
    """For programs and for filters."""
    label: str
    """For people, in the language of the request."""
    count: int
    """How many of all that is found, on this page or not."""


@strawberry.type
class Facet:
    """A field of what is found."""

    field: str
    """`type`, or a field of `ProductFilter`: `category`, `tags`, `ingredients`, `available`."""
    values: list[FacetValue]
    """The most frequent first."""

    @classmethod
    def of(cls, facet: search.Facet) -> Self:
        """Show a count."""
        values = [
            FacetValue(value=v.value, label=said(v.label), count=v.count) for v in facet.values
        ]
        return cls(field=facet.field, values=values)


@strawberry.type
class SearchEdge:
    """Something that was found, with its place in the list."""

    cursor: str
    """Give it as `after` to read on from here."""
    node: SearchHit
    """What was found."""
    score: float
    """How well it fits; to be compared within one answer only."""
    hit: strawberry.Private[Hit]

    @strawberry.field
    def snippet(self) -> str | None:
        """Where the text was found, with `<mark>`; all else in it is escaped.

        Null where it was found by a tag, a category or its meaning.
        """
        return self.hit.snippet


@strawberry.type
class SearchConnection:
    """A page of what was found, the best first."""

    edges: list[SearchEdge]
    """The entries of this page."""
    page_info: PageInfo
    """Where this page lies in the whole list."""
    corrected_text: str | None
    """What it was understood as, where that is not what was typed."""
    degraded: bool
    """Whether it was searched by words alone, as meaning could not be asked for."""
    criteria: strawberry.Private[Criteria]
    total: strawberry.Private[int | None]

    @strawberry.field
    async def total_count(self, info: Info) -> int:
        """How many there are in all; counted only when asked for."""
        if self.total is not None:
            return self.total
        return await search.total(info.context.db, self.criteria)

    @strawberry.field
    async def facets(self, info: Info) -> list[Facet]:
        """How many of all that is found have which value; those of drinks count drinks alone."""
        return [Facet.of(one) for one in await search.facets(info.context.db, self.criteria)]


@strawberry.type
class Suggestion:
    """What may be meant by the beginning of a text."""

    text: str
    """To look for, in the language of the request."""
    hit: SearchHit | None
    """What it leads to, where it is one thing."""


async def shown(info: Info, named: Sequence[Name]) -> dict[Name, Shown]:
    """Load what these names stand for, one query for each kind; what has gone is left out."""
    found: dict[Name, Shown] = {}
    for kind, view in SHOWN.items():
        keys = [key for other, key in named if other is kind]
        if not keys:
            continue
        rows = await getattr(info.context.loaders, kind.value).load_many(keys)
        found |= {(kind, row.id): view.of(row) for row in rows if row and row.active}
    return found


def names(hits: Sequence[Hit]) -> list[Name]:
    """Return what these hits stand for."""
    return [(hit.kind, hit.key) for hit in hits]
