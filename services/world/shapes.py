"""What walks of the world are made of."""

from typing import NamedTuple

from models.world import WorldKind, WorldRelation


class Thing(NamedTuple):
    """Something in the world."""

    kind: WorldKind
    id: str


class Step(NamedTuple):
    """One relation, walked from `start` to `end`; `forward` when it points that way."""

    start: Thing
    relation: WorldRelation
    end: Thing
    forward: bool
    position: int = 0
