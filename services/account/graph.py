"""Customers in the graph: what they like, and never who they are."""

from collections import defaultdict

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.account import Customer, CustomerInterest
from services.world.projection import NodeState, Relation, projects


@projects("customer", "Customer", Customer)
async def customers(session: AsyncSession, keys: list[str]) -> list[NodeState]:
    """Customers: interested in products. Who was erased has no node."""
    liked: dict[str, list[Relation]] = defaultdict(list)
    interests = select(CustomerInterest).where(CustomerInterest.customer_id.in_(keys))
    for row in await session.scalars(interests.order_by(CustomerInterest.product_id)):
        score = {"score": row.score}
        liked[row.customer_id].append(Relation("INTERESTED_IN", "Product", row.product_id, score))
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
