"""The shortest story between two things, and what is around one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.db import Base, Database
from core.errors import BadInput
from core.graph import Graph
from core.i18n import Text
from core.ids import is_id
from core.pages import MAX_PAGE
from models.world import WorldKind, WorldRelation
from services.catalogue import find
from services.world.shapes import Step, Thing
from services.world.walk import MAX_HOPS, MAX_NODES, MODELS, Reached, Walker, spread

# Of two ways as short, the one that tells more.
TELLING = (
    WorldRelation.FEATURES_IN_LORE,
    WorldRelation.HAS_INGREDIENT,
    WorldRelation.GROWN_AT,
    WorldRelation.BREWED_IN,
    WorldRelation.MADE_WITH,
    WorldRelation.PAIRS_WITH,
    WorldRelation.RELATED_TO,
    WorldRelation.KNOWS_ABOUT,
)

type Rows = Mapping[Thing, Any]


@dataclass(frozen=True)
class Way:
    """Steps, and the row of each thing on them."""

    steps: Sequence[Step]
    rows: Rows


@dataclass(frozen=True)
class Near:
    """A thing near another: by which relation a shortest way comes to it, and how long that is."""

    row: Any
    relation: WorldRelation
    distance: int


async def things(session: AsyncSession, ids: Iterable[str]) -> dict[str, Thing]:
    """Return which of these ids are things of the world."""
    kinds = await find.kinds(session, [id for id in ids if is_id(id)])
    return {
        id: Thing(WorldKind(kind), id)
        for kind, own in kinds.items()
        if kind in WorldKind
        for id in own
    }


async def rows_of(
    session: AsyncSession, wanted: Iterable[Thing], *, gone: bool = False
) -> dict[Thing, Any]:
    """Return the rows of these; those that left the catalogue only with `gone`."""
    found: dict[Thing, Any] = {}
    by_kind: dict[WorldKind, list[str]] = {}
    for thing in wanted:
        by_kind.setdefault(thing.kind, []).append(thing.id)
    for kind, ids in by_kind.items():
        for row in await session.scalars(select(MODELS[kind]).where(MODELS[kind].id.in_(ids))):
            if gone or getattr(row, "active", True):
                found[Thing(kind, row.id)] = row
    return found


def kind_of(row: Base) -> WorldKind:
    """Return what sort of thing a row is."""
    return next(kind for kind, model in MODELS.items() if isinstance(row, model))


def name_of(row: Any) -> Text:
    """Return what a thing is called."""
    name: Text = row.name if hasattr(row, "name") else row.title
    return name


async def path(walker: Walker, from_id: str, to_id: str, max_hops: int = MAX_HOPS) -> Way | None:
    """Return the shortest way between two things, None where none is short enough.

    Without the graph a hop is looked at from each end. Raises BadInput.
    """
    if not 1 <= max_hops <= MAX_HOPS:
        raise BadInput(argument="maxHops")
    async with walker.db.read() as session:
        known = await things(session, (from_id, to_id))
    if from_id not in known or to_id not in known:
        return None
    start, end = known[from_id], known[to_id]
    for steps in await _ways(walker, start, end, max_hops):
        wanted = {start, end, *(step.end for step in steps)}
        async with walker.db.read() as session:
            rows = await rows_of(session, wanted)
        if wanted <= rows.keys():
            return Way(steps, rows)
    return None


async def _ways(walker: Walker, start: Thing, end: Thing, max_hops: int) -> list[tuple[Step, ...]]:
    """Return some ways of the least length, the most telling first."""
    if start == end:
        return [()]
    near = await walker.beyond([start, end], MAX_NODES - 2)
    there = [step for step in near if step.start == start]
    back = [_turned(step) for step in near if step.start == end]
    found: list[tuple[Step, ...]] = [(step,) for step in there if step.end == end]
    found += [(step,) for step in back if step.start == start]
    if not found and max_hops > 1:
        found = _met(there, back)
    if not found and max_hops > 2 and not walker.is_degraded:
        middle = await walker.between([step.end for step in there], [step.start for step in back])
        heads = _by(there, lambda step: step.end)
        tails = _by(back, lambda step: step.start)
        found = [
            (head, step, tail)
            for step in middle
            for head in heads.get(step.start, ())
            for tail in tails.get(step.end, ())
        ]
    return sorted(set(found), key=_worth)[:3]


def _met(there: Sequence[Step], back: Sequence[Step]) -> list[tuple[Step, ...]]:
    tails = _by(back, lambda step: step.start)
    return [(head, tail) for head in there for tail in tails.get(head.end, ())]


def _by(steps: Iterable[Step], key: Any) -> dict[Thing, list[Step]]:
    found: dict[Thing, list[Step]] = {}
    for step in steps:
        found.setdefault(key(step), []).append(step)
    return found


def _turned(step: Step) -> Step:
    return Step(step.end, step.relation, step.start, not step.forward, step.position)


def _worth(steps: tuple[Step, ...]) -> Any:
    told = sum(TELLING.index(step.relation) for step in steps)
    return told, [(step.position, step.end.id, step.relation) for step in steps]


async def neighbours(walker: Walker, id: str, first: int = 20) -> list[Near]:
    """Return what is near a thing, the nearest first; without the graph, within one hop.

    Raises BadInput.
    """
    if not 1 <= first <= MAX_PAGE:
        raise BadInput(argument="first")
    async with walker.db.read() as session:
        known = await things(session, [id])
    if id not in known or not walker.relations:
        return []
    reached: list[Reached] = await spread(walker, [known[id]], MAX_HOPS, first)
    async with walker.db.read() as session:
        rows = await rows_of(session, [one.thing for one in reached])
    found = [
        Near(rows[one.thing], one.steps[-1].relation, len(one.steps))
        for one in reached
        if one.thing in rows
    ]
    return found[:first]


def walker_of(
    db: Database, graph: Graph, now: datetime, relations: Sequence[WorldRelation] | None = None
) -> Walker:
    """Begin a walk, over these relations or all."""
    every = tuple(WorldRelation) if relations is None else tuple(dict.fromkeys(relations))
    return Walker(db, graph, now, every, graph.deadline)
