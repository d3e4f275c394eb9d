"""What is bought, and whether it is there."""

from typing import TYPE_CHECKING, Annotated, Any, Self

import strawberry

from dataloaders.catalogue import CatalogueLoaders, PartRow
from models.catalogue import VariantKind
from schema.base import Node, View, related
from schema.catalogue.words import said
from schema.money import Money
from services.catalogue import Availability, Offer

if TYPE_CHECKING:
    from schema.catalogue.product import Product

strawberry.enum(VariantKind)
strawberry.enum(Availability)


def _product(row: Any) -> "Product | None":
    from schema.catalogue.product import Product

    return Product.maybe(row)


def _parts(rows: list[PartRow]) -> "list[BundlePart]":
    return [BundlePart(variant=Variant.of(offer), quantity=number) for offer, number in rows]


@strawberry.type
class Variant(View[Offer], Node):
    """What is bought: a volume, or a bundle."""

    name: str
    """The product and how much of it, in the language of the request."""
    kind: VariantKind
    """What sort of thing it is."""
    volume_ml: int
    """How much, in millilitres; of a bundle, all of it together."""
    price: Money
    """In the channel of the request."""
    availability: Availability
    """Whether it can be bought now in the channel of the request."""
    available: bool
    """Whether it can be bought now: in stock, be it the last ones."""
    product: Annotated["Product", strawberry.lazy("schema.catalogue.product")] = related(
        CatalogueLoaders.product,
        _product,
        key=lambda root: root.row.variant.product_id,
        description="What is in it.",
    )
    parts: list["BundlePart"] = related(
        CatalogueLoaders.parts_of,
        _parts,
        description="The variants of a bundle; of anything else none.",
    )

    @classmethod
    def of(cls, row: Offer) -> Self:
        """Show this offer."""
        variant, availability = row.variant, row.availability
        return cls(
            row=row,
            id=strawberry.ID(variant.id),
            name=said(variant.name),
            kind=variant.kind,
            volume_ml=variant.volume_ml,
            price=Money.of(row.price),
            availability=availability,
            available=availability in (Availability.IN_STOCK, Availability.LOW_STOCK),
        )


@strawberry.type
class BundlePart:
    """A variant in a bundle."""

    variant: Variant
    """Which."""
    quantity: int
    """How many times."""


@strawberry.type
class PriceRange:
    """From the cheapest variant to the dearest."""

    min: Money
    """The lowest price."""
    max: Money
    """The highest price."""

    @classmethod
    def of(cls, offers: list[Offer]) -> Self | None:
        """Show the range of these offers, if there are any."""
        if not offers:
            return None
        prices = sorted((offer.price for offer in offers), key=lambda price: price.amount)
        return cls(min=Money.of(prices[0]), max=Money.of(prices[-1]))
