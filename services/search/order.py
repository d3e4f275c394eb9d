"""The order of what was found: the head is merged from two ranks, the rest follows by words."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

# Reciprocal rank fusion: 60 is what its authors found, and words weigh more than likeness.
K = 60
BY_WORDS, BY_MEANING = 1.0, 0.7

type Cursor = tuple[str, int, float, str]


@dataclass(frozen=True)
class Place:
    """An entry and where it stands; `rank` is what the rest is sorted by."""

    id: str
    score: float
    rank: float = 0.0


@dataclass(frozen=True)
class Order:
    """The head of what was found, as it was when somebody first looked."""

    name: str
    head: Sequence[Place]
    near: Sequence[str]
    is_strict: bool
    is_degraded: bool
    has_rest: bool

    @property
    def total(self) -> int | None:
        """How many there are in all, where the head is all."""
        return None if self.has_rest else len(self.head)

    def index_after(self, cursor: Cursor | None) -> int:
        """Return where the page after this cursor begins."""
        if cursor is None:
            return 0
        _, index, _, id = cursor
        if index < len(self.head) and self.head[index].id == id:
            return index + 1
        # Another order, as the one of the cursor is gone: go on after the same entry.
        known = next((at for at, place in enumerate(self.head) if place.id == id), index)
        return known + 1

    def packed(self) -> list[Any]:
        """Return it as JSON can hold it."""
        head = [(place.id, place.score, place.rank) for place in self.head]
        return [head, self.near, self.is_strict, self.is_degraded, self.has_rest]

    @classmethod
    def unpacked(cls, name: str, kept: list[Any]) -> "Order":
        """Read what `packed` returned."""
        head, near, *rest = kept
        return cls(name, [Place(*place) for place in head], near, *rest)


def fused(said: Sequence[Place], near: Sequence[str]) -> list[Place]:
    """Merge what says it and what is near it: each adds to the score by its rank there."""
    scores: dict[str, float] = defaultdict(float)
    for rank, place in enumerate(said, 1):
        scores[place.id] += BY_WORDS / (K + rank)
    for rank, id in enumerate(near, 1):
        scores[id] += BY_MEANING / (K + rank)
    ranks = {place.id: place.rank for place in said}
    found = [Place(id, score, ranks.get(id, 0.0)) for id, score in scores.items()]
    return sorted(found, key=lambda place: (-place.score, place.id))


def score_of(index: int) -> float:
    """Return the score of an entry of the rest, by its index in the whole order."""
    return BY_WORDS / (K + index + 1)
