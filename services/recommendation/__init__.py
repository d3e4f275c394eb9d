"""Recommendations: what fits somebody, why, and what many turn to."""

from services.recommendation.lists import popular, similar, trending
from services.recommendation.rate import rate, ratings
from services.recommendation.recommend import recommend
from services.recommendation.rules import Withheld, codes_of
from services.recommendation.shapes import Ask, Context, Item, Parts, Recommended, Sources, Stores
from services.recommendation.weights import Weights

__all__ = [
    "Ask",
    "Context",
    "Item",
    "Parts",
    "Recommended",
    "Sources",
    "Stores",
    "Weights",
    "Withheld",
    "codes_of",
    "popular",
    "rate",
    "ratings",
    "recommend",
    "similar",
    "trending",
]
