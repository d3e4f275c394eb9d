"""The entries of the file by id, for checks that look across sections."""

from collections.abc import Container, Iterable, Iterator
from typing import Protocol

from services.catalogue.document import Document
from services.catalogue.entries import ProductEntry

type Problem = tuple[str, str]


class Named(Protocol):
    """Something with an id."""

    @property
    def id(self) -> str:
        """Its slug."""


NODE_SECTIONS = (
    "channels",
    "ingredients",
    "products",
    "lore",
    "characters",
    "likenesses",
    "templates",
    "ar_experiences",
    "pairings",
    "recipes",
    "farms",
    "lots",
)


class Index:
    """What the file names."""

    def __init__(self, document: Document) -> None:
        self.channels = {e.id: e for e in document.channels}
        self.ingredients = {e.id: e for e in document.ingredients}
        self.products = {e.id: e for e in document.products}
        self.variants = {v.id: v for p in document.products for v in p.variants}
        self.owners = {v.id: p for p in document.products for v in p.variants}
        self.lore = {e.id: e for e in document.lore}
        self.characters = {e.id: e for e in document.characters}
        self.likenesses = {e.id: e for e in document.likenesses}
        self.experiences = {e.id: e for e in document.ar_experiences}
        self.tasting_sets = {e.id: e for e in document.tasting_sets}
        self.pairings = {e.id: e for e in document.pairings}
        self.farms = {e.id: e for e in document.farms}
        self.recipes = {e.id: e for e in document.recipes}

    def allergens_inside(self, product: ProductEntry) -> set[str]:
        """Return the allergens of a product's ingredients and of a bundle's parts."""
        made_of = (self.ingredients.get(e.ingredient) for e in product.ingredients)
        parts = (self.owners.get(part.variant) for part in product.bundle)
        return {code for thing in (*made_of, *parts) if thing for code in thing.allergens}

    @staticmethod
    def nodes(document: Document) -> Iterator[tuple[str, Named]]:
        """Yield everything that `node(id:)` finds, with its place in the file."""
        for section in NODE_SECTIONS:
            for at, entry in enumerate(getattr(document, section)):
                yield f"$.{section}[{at}]", entry
        for at, product in enumerate(document.products):
            for number, variant in enumerate(product.variants):
                yield f"$.products[{at}].variants[{number}]", variant


def missing(path: str, names: Iterable[str], known: Container[str], what: str) -> Iterator[Problem]:
    """Tell which of these names nothing has."""
    for name in names:
        if name not in known:
            yield path, f"there is no {what} {name!r}"
