"""Puts the three parts together and orders what is left: no I/O."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass

from services.recommendation.content import Asked, Content, content
from services.recommendation.evidence import Evidence
from services.recommendation.shapes import Parts
from services.recommendation.shelf import Drink
from services.recommendation.weights import Weights

DIGITS = 4


@dataclass(frozen=True)
class Judged:
    """What others like and what is near in meaning, 0 to 1 by product."""

    collaborative: Mapping[str, float]
    ai: Mapping[str, float]
    is_usual: bool = False
    """Whether it is everybody who likes them, and nobody alike is known."""


@dataclass(frozen=True)
class Ranked:
    """A drink with the parts of its score, and what its content says."""

    drink: Drink
    parts: Parts
    content: Content


@dataclass(frozen=True)
class Case:
    """All that a drink is judged by."""

    asked: Asked
    evidence: Evidence
    judged: Judged
    weights: Weights


def rank(drinks: Iterable[Drink], case: Case, without: Container[str] = ()) -> list[Ranked]:
    """Return the drinks by their score, the best first; of equals the newest."""
    found = [_ranked(drink, case) for drink in drinks if drink.id not in without]
    return sorted(found, key=lambda one: (-one.parts.score, -one.drink.released, one.drink.id))


def _ranked(drink: Drink, case: Case) -> Ranked:
    inside = content(drink, case.asked, case.evidence.score(drink.id))
    weights, judged = case.weights, case.judged
    parts = Parts(
        round(weights.content * inside.score, DIGITS),
        round(weights.collaborative * _share(judged.collaborative, drink.id), DIGITS),
        round(weights.ai * _share(judged.ai, drink.id), DIGITS),
    )
    return Ranked(drink, parts, inside)


def _share(scores: Mapping[str, float], id: str) -> float:
    return min(1.0, max(0.0, scores.get(id, 0.0)))
