"""Walks of the world: ways between things, what is near, and how it is told."""

from typing import Annotated, Any

import strawberry

from core.i18n import current_locale
from models import catalogue
from models import world as models
from models.world import LoreTruth, WorldRelation
from schema.catalogue import Pairing, Product, Recipe
from schema.world import Character, Ingredient, Lore, Place
from services import world

strawberry.enum(WorldRelation)

WorldNode = Annotated[
    Product | Ingredient | Lore | Character | Pairing | Recipe | Place,
    strawberry.union("WorldNode", description="Something in the world."),
]

SHOWN: dict[type[Any], Any] = {
    catalogue.Product: Product,
    models.Ingredient: Ingredient,
    models.Lore: Lore,
    models.Character: Character,
    catalogue.Pairing: Pairing,
    catalogue.Recipe: Recipe,
    models.Place: Place,
}


def shown(row: Any) -> Any:
    """Show a row of the world as what it is."""
    return SHOWN[type(row)].of(row)


@strawberry.type
class WorldStep:
    """One relation on a way; it may point either way, as the enum says what is related to what."""

    from_: WorldNode = strawberry.field(name="from", description="Where the step begins.")
    relation: WorldRelation
    """How the two hang together."""
    to: WorldNode
    """Where the step leads."""


@strawberry.type
class WorldPath:
    """A way through the world."""

    steps: list[WorldStep]
    """From the first thing to the last; none where these are the same."""
    way: strawberry.Private[world.Way]

    @strawberry.field
    def sentence(self) -> str:
        """The way in words, in the language of the request."""
        return world.sentence(self.way, current_locale.get())

    @classmethod
    def of(cls, way: world.Way) -> "WorldPath":
        """Show a way."""
        steps = [
            WorldStep(
                from_=shown(way.rows[step.start]),
                relation=step.relation,
                to=shown(way.rows[step.end]),
            )
            for step in way.steps
        ]
        return cls(steps=steps, way=way)


@strawberry.type
class WorldNeighbour:
    """Something near a thing."""

    node: WorldNode
    """What it is."""
    relation: WorldRelation
    """The last relation on a shortest way to it."""
    distance: int
    """Relations on a shortest way to it: 1 to 3."""

    @classmethod
    def of(cls, near: world.Near) -> "WorldNeighbour":
        """Show what is near."""
        return cls(node=shown(near.row), relation=near.relation, distance=near.distance)


@strawberry.type
class Knowledge:
    """Something that the world knows about a question."""

    node: WorldNode
    """What it is about."""
    excerpt: str
    """What is said, in the language of the request where the catalogue says it; of a locked story
    what opens it. Plain text, never markup."""
    score: float
    """How well it fits, 0 to 1."""
    truth: LoreTruth
    """How much of it happened."""
    path: WorldPath | None
    """How the question leads there; null where it was found at once."""
    source: str | None
    """Where a fact is from that was learned; null for what the catalogue says."""

    @classmethod
    def of(cls, piece: world.KnowledgePiece) -> "Knowledge":
        """Show a piece."""
        return cls(
            node=shown(piece.row),
            excerpt=piece.excerpt,
            score=round(piece.score, 4),
            truth=piece.truth,
            path=WorldPath.of(piece.path) if piece.path else None,
            source=piece.fact.source if piece.fact else None,
        )
