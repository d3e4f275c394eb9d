"""How to ask for products."""

from typing import Self

import strawberry

from services.catalogue import Direction, Filter, Range, SortField

strawberry.enum(SortField, name="ProductSortField")
strawberry.enum(Direction, name="SortDirection")


@strawberry.input
class FloatRange:
    """From and to, both counted in; leave one out to keep that end open."""

    min: float | None = None
    """The least."""
    max: float | None = None
    """The most."""


@strawberry.input
class IntRange:
    """From and to, both counted in; leave one out to keep that end open."""

    min: int | None = None
    """The least."""
    max: int | None = None
    """The most."""


@strawberry.input
class ProductFilter:
    """Which products; all conditions must hold."""

    category: list[str] | None = None
    """In any of these categories."""
    abv: FloatRange | None = None
    """So strong, percent by volume."""
    price: IntRange | None = None
    """With a variant at such a price, in minor units of the channel's currency."""
    tags: list[str] | None = None
    """With any of these story tags."""
    ingredients: list[strawberry.ID] | None = None
    """Made with every one of these."""
    without_allergens: list[str] | None = None
    """With none of these allergens, in the product or in its ingredients; codes as in `Allergen`.

    A code that is not known is refused, as it would make anything look safe.
    """
    available: bool | None = None
    """Whether a variant can be bought now in the channel."""
    text: str | None = None
    """Words in the name, the description, the category or an ingredient's name, ko or en."""

    def told(self) -> Filter:
        """Return it as the catalogue takes it."""
        return Filter(
            category=self.category,
            abv=Range(self.abv.min, self.abv.max) if self.abv else None,
            price=Range(self.price.min, self.price.max) if self.price else None,
            tags=self.tags,
            ingredients=self.ingredients,
            without_allergens=self.without_allergens,
            available=self.available,
            text=self.text,
        )


@strawberry.input
class ProductSort:
    """In which order; products without such a value come last."""

    field: SortField
    """By what."""
    direction: Direction = Direction.ASC
    """Which end first."""

    @classmethod
    def newest(cls) -> Self:
        """The order of those who do not name one."""
        return cls(field=SortField.RELEASED, direction=Direction.DESC)
