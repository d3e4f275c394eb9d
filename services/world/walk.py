"""Walks of the world, a level at a time: three hops, 200 things and half a second at most (W2).

Every query is a constant of the code; what is walked from, over and to are its parameters.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString, NamedTuple

from core.db import Base, Database
from core.graph import Graph, GraphDown
from models.catalogue import Pairing, Product, Recipe
from models.world import Character, Ingredient, Lore, Place, WorldKind, WorldRelation
from services.world.hop import one_hop
from services.world.projection import named
from services.world.shapes import Step, Thing

MAX_HOPS = 3
MAX_NODES = 200
# Of one thing, where many are looked at: a hub must not crowd out the others.
LEAST_LINKS = 25
MAX_FRONTIER = 80
LEARNED: LiteralString = "LEARNED_"

LABELS: Mapping[WorldKind, LiteralString] = {
    WorldKind.PRODUCT: "Product",
    WorldKind.INGREDIENT: "Ingredient",
    WorldKind.LORE: "Lore",
    WorldKind.CHARACTER: "Character",
    WorldKind.PAIRING: "Pairing",
    WorldKind.RECIPE: "Recipe",
    WorldKind.PLACE: "Place",
}
KINDS = {label: kind for kind, label in LABELS.items()}
MODELS: Mapping[WorldKind, type[Base]] = {
    WorldKind.PRODUCT: Product,
    WorldKind.INGREDIENT: Ingredient,
    WorldKind.LORE: Lore,
    WorldKind.CHARACTER: Character,
    WorldKind.PAIRING: Pairing,
    WorldKind.RECIPE: Recipe,
    WorldKind.PLACE: Place,
}
TYPES: Mapping[WorldRelation, LiteralString] = {
    WorldRelation.HAS_INGREDIENT: "HAS_INGREDIENT",
    WorldRelation.FEATURES_IN_LORE: "FEATURES_IN_LORE",
    WorldRelation.KNOWS_ABOUT: "KNOWS_ABOUT",
    WorldRelation.PAIRS_WITH: "PAIRS_WITH",
    WorldRelation.RELATED_TO: "RELATED_TO",
    WorldRelation.GROWN_AT: "GROWN_AT",
    WorldRelation.BREWED_IN: "BREWED_IN",
    WorldRelation.MADE_WITH: "MADE_WITH",
}
ANY: LiteralString = "|".join([*TYPES.values(), *(LEARNED + type for type in TYPES.values())])
EVERY = tuple(WorldRelation)


def _from(label: LiteralString, ends: LiteralString, order: LiteralString) -> LiteralString:
    node = named(label)
    return (
        f"UNWIND $of{node} AS id MATCH (a:{node} {{id: id}}) "
        f"CALL (a) {{ MATCH (a)-[r:{ANY}]-(b) "
        f"WHERE b.active AND type(r) IN $types {ends}"
        "AND coalesce(r.since, 0) <= $now AND coalesce(r.until, $now + 1) > $now "
        "RETURN r, b, startNode(r).id = a.id AS forward "
        f"{order}LIMIT $most }} "
        "RETURN a.id AS id, labels(a)[0] AS label, type(r) AS type, forward, "
        "b.id AS end, labels(b)[0] AS kind, r.position AS position"
    )


NEAREST: LiteralString = "ORDER BY coalesce(r.position, 999), b.id, type(r) "


def _all(ends: LiteralString, order: LiteralString = NEAREST) -> LiteralString:
    return " UNION ALL ".join([_from(label, ends, order) for label in LABELS.values()])


EXPAND: LiteralString = _all("")
# To sort what is in a thousand drinks takes longer than there is: this stops when it has enough.
SAMPLE: LiteralString = _all("", "")
JOIN: LiteralString = _all("AND b.id IN $ends ")
QUERIES = (EXPAND, SAMPLE, JOIN)


async def warm(graph: Graph) -> None:
    """Have the queries planned before somebody waits for them. Raises GraphDown."""
    nothing: dict[str, Any] = {f"of{label}": [] for label in LABELS.values()}
    nothing |= {"types": [], "now": 0, "most": 1}
    await graph.write(EXPAND, **nothing)
    await graph.write(SAMPLE, **nothing)
    await graph.write(JOIN, **nothing, ends=[])


@dataclass
class Walker:
    """One walk: what it has seen, and whether the graph did the seeing."""

    db: Database
    graph: Graph
    now: datetime
    relations: Sequence[WorldRelation] = EVERY
    seconds: float = 0.5
    is_degraded: bool = False
    _started: float | None = None

    async def beyond(self, things: Sequence[Thing], room: int = MAX_NODES) -> list[Step]:
        """Return the steps that lead on from these, the nearest first; some of each at least."""
        most = max(LEAST_LINKS, room // max(1, len(things)))
        try:
            found = await self._read(EXPAND, things[:MAX_FRONTIER], most)
        except GraphDown:
            self.is_degraded = True
            return await self._one_hop(things)
        known = {step.start for step in found}
        # What is not in the graph yet must not look as if nothing led on from it.
        late = [thing for thing in things[:2] if thing not in known] if len(things) < 3 else []
        return [*found, *await self._one_hop(late)] if late else found

    async def sample(self, things: Sequence[Thing], most: int) -> list[Step]:
        """Return the steps that lead on from these, in no order, so many of each at most."""
        try:
            return await self._read(SAMPLE, things[:MAX_FRONTIER], most)
        except GraphDown:
            self.is_degraded = True
            return await self._one_hop(things)

    async def between(self, things: Sequence[Thing], ends: Iterable[Thing]) -> list[Step]:
        """Return the steps from any of these to any of those; none without the graph."""
        try:
            ids = sorted({end.id for end in ends})
            return await self._read(JOIN, things[:MAX_NODES], LEAST_LINKS, ends=ids)
        except GraphDown:
            self.is_degraded = True
            return []

    async def _read(
        self, query: LiteralString, things: Sequence[Thing], most: int, **more: Any
    ) -> list[Step]:
        # From the first question on: what is asked elsewhere before takes none of its time.
        now = time.monotonic()
        self._started = self._started or now
        left = self.seconds - (now - self._started)
        if self.is_degraded or left <= 0:
            raise GraphDown("no time is left for the graph")
        types = [TYPES[relation] for relation in self.relations]
        ids = {f"of{label}": _ids(things, kind) for kind, label in LABELS.items()}
        records = await self.graph.read(
            query,
            within=left,
            **ids,
            types=[*types, *(LEARNED + type for type in types)],
            now=int(self.now.timestamp() * 1000),
            most=most,
            **more,
        )
        # Hosts of films know stories too, and are nothing to walk to.
        return [_step(record) for record in records if record["kind"] in KINDS]

    async def _one_hop(self, things: Sequence[Thing]) -> list[Step]:
        async with self.db.read() as session:
            return await one_hop(session, things, self.relations, self.now)


def _ids(things: Iterable[Thing], kind: WorldKind) -> list[str]:
    return [thing.id for thing in things if thing.kind is kind]


def _step(record: Mapping[str, Any]) -> Step:
    return Step(
        Thing(KINDS[record["label"]], record["id"]),
        WorldRelation(record["type"].removeprefix(LEARNED)),
        Thing(KINDS[record["kind"]], record["end"]),
        record["forward"],
        record["position"] or 0,
    )


class Reached(NamedTuple):
    """A thing that a walk came to, and the steps that lead there."""

    thing: Thing
    steps: tuple[Step, ...]


async def spread(
    walker: Walker, starts: Sequence[Thing], hops: int, enough: int = MAX_NODES
) -> list[Reached]:
    """Walk from these until `enough` things are found; the nearest first, each by a shortest way.

    Without the graph, one hop. The starts are not among what is returned.
    """
    found: dict[Thing, Reached] = {start: Reached(start, ()) for start in starts}
    edge = list(starts)
    for _ in range(hops):
        steps = await walker.beyond(edge, MAX_NODES - len(found)) if edge else []
        edge = []
        for step in steps:
            if step.end not in found and len(found) < MAX_NODES:
                found[step.end] = Reached(step.end, (*found[step.start].steps, step))
                edge.append(step.end)
        if walker.is_degraded or len(found) - len(starts) >= enough:
            break
    return [reached for thing, reached in found.items() if reached.steps]
