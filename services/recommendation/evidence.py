"""What the graph says for a drink: ways that lead to it from what somebody likes (row R2).

It is walked anew for each answer and never kept, so that a reason that is shown holds now.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from models.world import WorldKind, WorldRelation
from services.world import MAX_NODES, Step, Thing, Walker

RELATIONS = (
    WorldRelation.RELATED_TO,
    WorldRelation.HAS_INGREDIENT,
    WorldRelation.PAIRS_WITH,
    WorldRelation.FEATURES_IN_LORE,
)
# How much of a liking goes on over what two drinks share; what many share says less, and then
# nothing: rice is in all of them.
SHARED: Mapping[WorldKind, float] = {
    WorldKind.INGREDIENT: 0.6,
    WorldKind.PAIRING: 0.5,
    WorldKind.LORE: 0.4,
}
ALIKE, ALIKE_BACK, GOES_WITH = 0.9, 0.45, 1.0
STEEP = 1.8
MOST_STARTS, MOST_WAYS, MOST_SHARING = 8, 3, 5
# Steps from one shared thing that must be seen to tell that it is no hub, stories among them.
ENOUGH = 10


@dataclass(frozen=True)
class Lead:
    """A way to a drink, and how much it says."""

    steps: tuple[Step, ...]
    strength: float


@dataclass(frozen=True)
class Evidence:
    """What leads to each drink, the strongest first; `is_asked` when there was a place to begin."""

    leads: Mapping[str, Sequence[Lead]] = field(default_factory=dict)
    is_asked: bool = False
    is_degraded: bool = False

    def score(self, product_id: str) -> float | None:
        """Tell how much the graph says for a drink, 0 to 1; every way that leads there counts."""
        if not self.is_asked:
            return None
        total = sum(lead.strength for lead in self.leads.get(product_id, ()))
        return 1 - math.exp(-STEEP * total)

    def best(self, product_id: str) -> Sequence[Lead]:
        """Return the ways that say the most."""
        return self.leads.get(product_id, ())[:MOST_WAYS]


async def evidence(walker: Walker, starts: Mapping[Thing, float]) -> Evidence:
    """Walk two relations from what somebody likes; without the graph, one."""
    chosen = dict(sorted(starts.items(), key=lambda one: (-one[1], one[0]))[:MOST_STARTS])
    if not chosen:
        return Evidence()
    first = _once(await walker.beyond(list(chosen)))
    leads = [*_alike(first, chosen), *_served(first, chosen)]
    middles = [s.end for s in first if s.start in chosen and s.end.kind in SHARED]
    if middles and not walker.is_degraded:
        second = _once(await _beyond(walker, list(dict.fromkeys(middles))))
        leads += _shared(first, second, chosen)
    found: dict[str, list[Lead]] = {}
    for lead in leads:
        found.setdefault(lead.steps[-1].end.id, []).append(lead)
    for ways in found.values():
        ways.sort(key=lambda lead: (-lead.strength, lead.steps))
    return Evidence(found, True, walker.is_degraded)


async def _beyond(walker: Walker, middles: Sequence[Thing]) -> list[Step]:
    """Walk on from what is shared, over 200 steps at most; not over what seems to be a hub."""
    some = middles[: MAX_NODES // ENOUGH]
    most = MAX_NODES // len(some)
    steps = await walker.sample(some, most)
    number = Counter(step.start for step in steps)
    # What has as many as were asked for may have more, and then says nothing.
    return [step for step in steps if number[step.start] < most]


def _once(steps: Iterable[Step]) -> list[Step]:
    """Return each relation once: what is learned may say again what the catalogue says."""
    known: dict[tuple[Thing, WorldRelation, Thing, bool], Step] = {}
    for step in steps:
        known.setdefault((step.start, step.relation, step.end, step.forward), step)
    return list(known.values())


def _alike(steps: Sequence[Step], starts: Mapping[Thing, float]) -> list[Lead]:
    """Drinks for those who like this one; it says less when only they point here."""
    related = [s for s in steps if s.relation is WorldRelation.RELATED_TO]
    forward = {(s.start, s.end) for s in related if s.forward}
    return [
        Lead((s,), starts[s.start] * (ALIKE if s.forward else ALIKE_BACK))
        for s in related
        if s.end.kind is WorldKind.PRODUCT and s.start in starts
        if s.forward or (s.start, s.end) not in forward
    ]


def _served(steps: Sequence[Step], starts: Mapping[Thing, float]) -> list[Lead]:
    """Drinks that go with a dish."""
    return [
        Lead((s,), starts[s.start] * GOES_WITH)
        for s in steps
        if s.relation is WorldRelation.PAIRS_WITH and s.start.kind is WorldKind.PAIRING
        if s.end.kind is WorldKind.PRODUCT and s.start in starts
    ]


def _shared(
    first: Sequence[Step], second: Sequence[Step], starts: Mapping[Thing, float]
) -> list[Lead]:
    """Drinks that share something with one that is liked."""
    onward: dict[Thing, list[Step]] = {}
    for step in second:
        if step.end.kind is WorldKind.PRODUCT:
            onward.setdefault(step.start, []).append(step)
    found = []
    for step in first:
        if step.start.kind is not WorldKind.PRODUCT or step.end.kind not in SHARED:
            continue
        others = [s for s in onward.get(step.end, ()) if s.end != step.start]
        if 1 <= len(others) <= MOST_SHARING:
            each = starts[step.start] * SHARED[step.end.kind] / math.sqrt(len(others))
            found += [Lead((step, other), each) for other in others]
    return found
