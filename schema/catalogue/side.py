"""What stands beside a product: dishes, mixed drinks, warnings."""

from typing import Any, Self

import strawberry

from core.i18n import DEFAULT_LOCALE, current_locale
from models import catalogue as models
from schema.base import Node, View
from schema.catalogue.words import said
from schema.scalars import URL


@strawberry.interface
class LoreSubject(Node):
    """Whom or what a story is about: a product, an ingredient or a character."""

    name: str
    """Its name, in the language of the request."""


@strawberry.type
class Pairing(View[models.Pairing], Node):
    """A dish that goes with a drink."""

    name: str
    """Its name, in the language of the request."""


@strawberry.type
class RecipeItem:
    """Something that goes into a mixed drink."""

    name: str
    """Its name, in the language of the request."""
    amount: float
    """How much of the unit."""
    unit: str
    """Such as `ml`, `g` or `piece`."""


@strawberry.type
class Recipe(View[models.Recipe], Node):
    """A mixed drink."""

    name: str
    """Its name, in the language of the request."""
    minutes: int
    """How long it takes."""
    glass: str
    """What to serve it in, such as `coupe`."""
    alcohol_grams: float | None
    """Pure alcohol in it, in grams; null where nobody has reckoned."""

    @strawberry.field
    def steps(self) -> list[str]:
        """What to do, in order, in the language of the request."""
        steps = self.row.steps
        return steps.get(current_locale.get()) or steps[DEFAULT_LOCALE]

    @strawberry.field
    def items(self) -> list[RecipeItem]:
        """What goes into it."""
        return [
            RecipeItem(name=said(item["name"]), amount=item["amount"], unit=item["unit"])
            for item in self.row.items
        ]


@strawberry.type
class HealthWarning:
    """What the law wants shown beside a drink."""

    code: str
    """For programs, such as `pregnancy`."""
    text: str
    """To be shown in full, in the language of the request."""

    @classmethod
    def of(cls, row: models.HealthWarning) -> Self:
        """Show this row."""
        return cls(code=row.id, text=said(row.text))


@strawberry.type
class Image:
    """A picture."""

    url: URL
    """Where it is."""
    alt: str
    """What it shows, for those who do not see it."""
    width: int
    """In pixels."""
    height: int
    """In pixels."""

    @classmethod
    def of(cls, image: dict[str, Any]) -> Self:
        """Show this entry of a JSON column."""
        return cls(
            url=URL(image["url"]),
            alt=said(image["alt"]),
            width=image["width"],
            height=image["height"],
        )


@strawberry.type
class Serve:
    """How a drink is at its best."""

    min_celsius: int
    """Not colder than this."""
    max_celsius: int
    """Not warmer than this."""
    vessel: str
    """What to drink it from, in the language of the request."""
    shake: str
    """Whether to shake it, in the language of the request."""


@strawberry.type
class TasteScore:
    """How much of one dimension of taste there is."""

    dimension: str
    """For programs, such as `sweet`."""
    name: str
    """For people, in the language of the request."""
    score: float
    """0 to 5."""
