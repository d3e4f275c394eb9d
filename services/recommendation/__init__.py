"""Recommendations: what fits somebody, why, and what many turn to."""

from services.recommendation.cache import forget
from services.recommendation.heard import Heard, hear
from services.recommendation.lists import popular, similar, trending
from services.recommendation.person import disliked
from services.recommendation.rate import rate, ratings
from services.recommendation.recommend import recommend
from services.recommendation.rules import Withheld, codes_of
from services.recommendation.shapes import Ask, Context, Item, Parts, Recommended, Sources, Stores
from services.recommendation.shelf import shelf_of
from services.recommendation.spoken import Spoken, spoken
from services.recommendation.weights import Weights

__all__ = [
    "Ask",
    "Context",
    "Heard",
    "Item",
    "Parts",
    "Recommended",
    "Sources",
    "Spoken",
    "Stores",
    "Weights",
    "Withheld",
    "codes_of",
    "disliked",
    "forget",
    "hear",
    "popular",
    "rate",
    "ratings",
    "recommend",
    "shelf_of",
    "similar",
    "spoken",
    "trending",
]
