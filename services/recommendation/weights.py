"""How much each of the three parts of a score counts (PRODUCT 77)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from core.settings import Settings


@dataclass(frozen=True)
class Weights:
    """Shares of content, of what others like, and of meaning; together 1."""

    content: float
    collaborative: float
    ai: float

    @classmethod
    def of(cls, settings: Settings, changed: Mapping[str, float] | None = None) -> Self:
        """Return those of the settings, or of an arm of an experiment that changes them all."""
        given = {**settings.recommendation_weights, **(changed or {})}
        return cls(given["content"], given["collaborative"], given["ai"])
