"""What is recommended, how the score came about, and what customers say of drinks."""

from datetime import datetime
from typing import Annotated, Self

import strawberry

from models.taste import Liking
from models.taste import TasteRating as TasteRatingRow
from schema.account import Customer
from schema.catalogue import Product
from schema.errors import IdempotencyConflict, InvalidInput, NotFound, RateLimited
from schema.walk import WorldPath
from services import recommendation
from services.recommendation import Withheld

strawberry.enum(Liking)
strawberry.enum(Withheld, name="RecommendationsWithheld")


@strawberry.input
class RecommendationContext:
    """What it is for; all of it may be left out."""

    product_id: strawberry.ID | None = None
    """Like this drink."""
    pairing_id: strawberry.ID | None = None
    """To go with this dish."""
    occasion: str | None = None
    """In words: 비 오는 날, a gift."""
    wish: str | None = None
    """What it should be like, in words: 새콤하고 가벼운, not too sweet."""
    avoid_allergens: list[str] | None = None
    """With none of these in it, beside those that the customer's preferences rule out (`no-wheat`);
    codes as in `Allergen`. One that is not known is refused."""
    region: str | None = None
    """Where it should go: the state or the 시도, or a postal code. Left out, the last address."""

    def told(self) -> recommendation.Context:
        """Return it as the service takes it."""
        return recommendation.Context(
            product_id=self.product_id,
            pairing_id=self.pairing_id,
            occasion=self.occasion or "",
            wish=self.wish or "",
            avoids=recommendation.codes_of(self.avoid_allergens or ()),
            region=self.region,
        )


@strawberry.type
class ScoreParts:
    """The parts of a score, each times its weight; they add up to the score."""

    content: float
    """How it fits what is known of the customer: tastes, likes, wishes, dish, and the graph."""
    collaborative: float
    """What people alike like."""
    ai: float
    """How near it is in meaning."""


@strawberry.type
class Recommendation:
    """A drink that fits, and why."""

    product: Product
    """Which one; it can be bought now in the channel."""
    score: float
    """How well it fits, 0 to 1."""
    parts: ScoreParts
    """What the score is made of."""
    reason: str
    """Why, in the language of the request."""
    paths: list[WorldPath]
    """What the graph says for it, the strongest first; without one of these ways its score is
    lower."""

    @classmethod
    def of(cls, item: recommendation.Item) -> Self:
        """Show an item."""
        parts = item.parts
        return cls(
            product=Product.of(item.product),
            score=parts.score,
            parts=ScoreParts(content=parts.content, collaborative=parts.collaborative, ai=parts.ai),
            reason=item.reason,
            paths=[WorldPath.of(way) for way in item.ways],
        )


@strawberry.type
class RecommendationList:
    """What is recommended, the best first."""

    items: list[Recommendation]
    """The drinks."""
    degraded: bool
    """Some part was left out because a service is down; `extensions.degraded` names it."""
    withheld: Withheld | None
    """Why nothing at all is recommended; null where it is a matter of taste."""
    experiment: str | None
    """The experiment and the arm that made the list, as `recommender-weights:control`."""

    @classmethod
    def of(cls, found: recommendation.Recommended, experiment: str | None) -> Self:
        """Show a list."""
        return cls(
            items=[Recommendation.of(item) for item in found.items],
            degraded=bool(found.missing),
            withheld=found.withheld,
            experiment=experiment,
        )


@strawberry.type
class TasteRating:
    """What the viewer said last of a drink."""

    product: Product
    """Of which."""
    liking: Liking
    """What they think of it."""
    rated_at: datetime
    """When they said so."""

    @classmethod
    def of(cls, row: TasteRatingRow, product: Product) -> Self:
        """Show a rating."""
        return cls(product=product, liking=row.liking, rated_at=row.rated_at)


@strawberry.input
class TasteRatingInput:
    """A tap."""

    product_id: strawberry.ID
    """On which drink."""
    liking: Liking
    """What the customer thinks of it."""


@strawberry.input
class RateTasteInput:
    """What to say of drinks."""

    ratings: list[TasteRatingInput]
    """Up to 50, each drink once; three are a good beginning."""
    idempotency_key: str
    """The same key again gives the same result and moves nothing."""


RateTasteResult = Annotated[
    Customer | InvalidInput | NotFound | IdempotencyConflict | RateLimited,
    strawberry.union("RateTasteResult"),
]
