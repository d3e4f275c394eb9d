"""Customers in the graph: what they like, and never who they are."""

from collections import defaultdict
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.account import Customer, CustomerInterest
from models.cameo import CameoJob
from models.people import CustomerChat, CustomerView
from models.world import Character
from services.world.projection import NodeState, Relation, Value, projects


@projects("customer", "Customer", Customer)
async def customers(session: AsyncSession, keys: list[str]) -> list[NodeState]:
    """Customers: interested in products. Who was erased has no node."""
    liked: dict[str, list[Relation]] = defaultdict(list)
    interests = select(CustomerInterest).where(CustomerInterest.customer_id.in_(keys))
    for row in await session.scalars(interests.order_by(CustomerInterest.product_id)):
        # It fades when it is read: a rebuild tomorrow is the same.
        told = {"score": row.score, "changed_at": round(row.changed_at.timestamp() * 1000)}
        liked[row.customer_id].append(Relation("INTERESTED_IN", "Product", row.product_id, told))
    here = select(Customer).where(Customer.id.in_(keys), Customer.erased_at.is_(None))
    return [
        NodeState(
            "Customer",
            row.id,
            {
                "created_at": row.created_at.isoformat(),
                "preferences": row.preferences,
                "engagement_score": row.engagement_score,
            },
            liked[row.id],
        )
        for row in await session.scalars(here)
    ]


@projects("customer", "Customer", Customer)
async def met(session: AsyncSession, keys: list[str]) -> list[NodeState]:
    """Customers: chatted with characters, watched films that are still there."""
    found: dict[str, list[Relation]] = defaultdict(list)
    talks = select(CustomerChat).join(Character, Character.id == CustomerChat.character_id)
    for talk in await session.scalars(_of(talks, CustomerChat, keys)):
        edge = Relation("CHATTED_WITH", "Character", talk.character_id, _times(talk))
        found[talk.customer_id].append(edge)
    views = select(CustomerView).join(CameoJob, CameoJob.id == CustomerView.cameo_id)
    for view in await session.scalars(_of(views, CustomerView, keys)):
        edge = Relation("WATCHED", "Cameo", view.cameo_id, _times(view))
        found[view.customer_id].append(edge)
    return [NodeState("Customer", id, {}, edges) for id, edges in found.items()]


def _of(
    rows: Select[Any], model: type[CustomerChat | CustomerView], keys: list[str]
) -> Select[Any]:
    living = rows.join(Customer, Customer.id == model.customer_id)
    living = living.where(model.customer_id.in_(keys), Customer.erased_at.is_(None))
    return living.order_by(model.id)


def _times(row: CustomerChat | CustomerView) -> dict[str, Value]:
    return {"timestamp": row.last_at.isoformat(), "times": row.times}
