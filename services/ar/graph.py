"""AR in the graph: what customers did in which experience."""

from collections import defaultdict

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.account import Customer
from models.ar import ArEngagement
from services.world.projection import NodeState, Relation, Value, projects


@projects("customer", "Customer", Customer)
async def engaged(session: AsyncSession, keys: list[str]) -> list[NodeState]:
    """Customers: engaged with experiences, so often by each trigger. Who was erased has none."""
    rows = (
        select(
            ArEngagement.customer_id,
            ArEngagement.experience_id,
            ArEngagement.trigger,
            func.count(),
            func.max(ArEngagement.at),
        )
        .where(ArEngagement.customer_id.in_(keys))
        .group_by(ArEngagement.customer_id, ArEngagement.experience_id, ArEngagement.trigger)
    )
    found: dict[str, dict[str, dict[str, Value]]] = defaultdict(lambda: defaultdict(dict))
    for customer_id, experience_id, trigger, times, at in await session.execute(rows):
        edge = found[customer_id][experience_id]
        edge[trigger.value] = times
        edge["last_at"] = max(str(edge.get("last_at", "")), at.isoformat())
    return [
        NodeState("Customer", customer_id, {}, [_edge(id, edge) for id, edge in edges.items()])
        for customer_id, edges in found.items()
    ]


def _edge(experience_id: str, edge: dict[str, Value]) -> Relation:
    return Relation("ENGAGED_WITH", "ArExperience", experience_id, edge)
