"""How facts look in the graph: nodes about something, and relations that somebody learned.

When a fact holds is kept with it, and looked at when it is read: a rebuild tomorrow is the same.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import LiteralString

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.fact import Fact
from models.world import WorldKind
from services.world.projection import NodeState, Relation, Value, projects
from services.world.walk import LABELS, LEARNED, MODELS, TYPES


@projects("fact", "Fact", Fact)
async def facts(session: AsyncSession, keys: list[str]) -> list[NodeState]:
    """Facts: about something. What was reverted has no node."""
    rows = select(Fact).where(Fact.id.in_(keys), Fact.reverted_at.is_(None))
    return [
        NodeState(
            "Fact",
            row.id,
            {
                "predicate": row.predicate,
                "value": row.value,
                "truth": row.truth.value,
                "source": row.source,
                **_when(row),
            },
            [Relation("ABOUT", LABELS[row.subject_kind], row.subject_id)],
        )
        for row in await session.scalars(rows)
    ]


def _when(fact: Fact) -> dict[str, Value]:
    return {"since": _millis(fact.valid_from), "until": _millis(fact.valid_to)}


def _millis(time: datetime | None) -> int | None:
    return None if time is None else round(time.timestamp() * 1000)


async def _learned(session: AsyncSession, kind: WorldKind, keys: list[str]) -> list[NodeState]:
    here = MODELS[kind]
    rows = (
        select(Fact)
        # A fact may outlive what it is about.
        .join(here, here.id == Fact.subject_id)
        .where(Fact.subject_kind == kind, Fact.subject_id.in_(keys))
        .where(Fact.relation.is_not(None), Fact.reverted_at.is_(None))
        .order_by(Fact.id)
    )
    found: dict[str, list[Relation]] = defaultdict(list)
    for row in await session.scalars(rows):
        if row.relation and row.object_kind and row.object_id:
            type: LiteralString = LEARNED + TYPES[row.relation]
            told = {"fact": row.id, **_when(row)}
            end = LABELS[row.object_kind]
            found[row.subject_id].append(Relation(type, end, row.object_id, told))
    return [NodeState(LABELS[kind], id, {}, relations) for id, relations in found.items()]


def _learns(kind: WorldKind) -> Callable[[AsyncSession, list[str]], object]:
    async def learned(session: AsyncSession, keys: list[str]) -> list[NodeState]:
        return await _learned(session, kind, keys)

    return projects(kind.value, LABELS[kind], MODELS[kind])(learned)


for _kind in MODELS:
    _learns(_kind)
