"""The root fields of recommendations."""

import strawberry

from core.pages import Page
from schema.access import mutation, public, query, signed_in
from schema.account import Customer
from schema.catalogue import Product
from schema.context import Context, Info
from schema.recommendation import (
    RateTasteInput,
    RateTasteResult,
    RecommendationContext,
    RecommendationList,
    TasteRating,
)
from services import experiment, recommendation
from services.catalogue.inputs import clean
from services.recommendation import Ask, Sources, Weights

RATINGS = {"limit": 60, "seconds": 60}


@strawberry.type
class RecommendationQuery:
    """What fits somebody, and what many turn to. Nobody is shown what they may not have."""

    @query(public)
    async def recommendations(
        self, info: Info, context: RecommendationContext | None = None, first: int = 10
    ) -> RecommendationList:
        """Drinks that fit the viewer, the best first; a stranger gets what everybody likes.

        Never with an allergen that they avoid, sold out, not sold in the channel, or where they
        are too young or nothing may be sent.

        `context`: What it is for.

        `first`: How many, 1 to 100.
        """
        own, most = info.context, Page(first).first
        drawn = experiment.assign(own.settings, own.viewer, experiment.RECOMMENDER)
        weights = Weights.of(own.settings, drawn.parameters)
        told = context.told() if context else recommendation.Context()
        asked = Ask(own.viewer, own.channel, own.locale, weights, told, most)
        found = await recommendation.recommend(_sources(own), asked)
        own.degraded |= found.missing
        shown = [item.product.id for item in found.items]
        view = experiment.view_of(f"recommendations:{told.name}", shown, own.now())
        own.exposures.expose(drawn, view, shown)
        return RecommendationList.of(found, drawn.label)

    @query(public)
    async def trending_products(
        self, info: Info, category: str | None = None, first: int = 10
    ) -> list[Product]:
        """Drinks that people turn to these days, the most first; then the newest.

        `category`: Only of this category, such as `Takju`.

        `first`: How many, 1 to 100.
        """
        own, most = info.context, Page(first).first
        kind = clean(category, "category") if category is not None else None
        rows = await recommendation.trending(_sources(own), own.viewer, own.channel, most, kind)
        return Product.each(rows)

    @query(public)
    async def popular_products(self, info: Info, category: str, first: int = 10) -> list[Product]:
        """Drinks of a category that many have cared for over two years, the most first.

        `category`: Which one, such as `Takju`.

        `first`: How many, 1 to 100.
        """
        own, most = info.context, Page(first).first
        kind = clean(category, "category")
        rows = await recommendation.popular(_sources(own), own.viewer, own.channel, kind, most)
        return Product.each(rows)

    @query(signed_in)
    async def taste_ratings(self, info: Info) -> list[TasteRating]:
        """What I said of drinks, the newest first, at most 100."""
        own = info.context
        async with own.db.read() as session:
            rows = await recommendation.ratings(session, own.viewer.id)
        return [TasteRating.of(rating, Product.of(product)) for rating, product in rows]


@strawberry.type
class RecommendationMutation:
    """What the viewer says of drinks."""

    @mutation(signed_in)
    async def rate_taste(self, info: Info, input: RateTasteInput) -> RateTasteResult:
        """Say what I think of drinks: three taps for a newcomer, or more later.

        It moves what I care for, and what is recommended from the next request on.
        """
        own = info.context
        await own.throttle.spend("rateTaste", own.viewer.id, **RATINGS)
        ratings = [(str(one.product_id), one.liking) for one in input.ratings]
        async with own.begin() as uow:
            customer = await recommendation.rate(
                uow, own.settings, own.viewer, ratings, input.idempotency_key
            )
        return Customer.of(customer)


def _sources(own: Context) -> Sources:
    return Sources(
        settings=own.settings,
        db=own.db,
        bus=own.bus,
        now=own.now,
        graph=own.graph,
        embeddings=own.gateways.embeddings,
    )
