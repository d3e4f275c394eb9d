"""Orders in the graph: which customer bought which product, while they kept something of it."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.account import Customer
from models.checkout import SalesOrigin
from models.order import Order, OrderLine
from services.order.refunds import kept
from services.world.projection import NodeState, Relation, projects


@dataclass
class _Bought:
    """All that a customer bought of one product."""

    quantity: int
    timestamp: datetime
    acp_session: str | None


@projects("customer", "Customer", Customer)
async def purchases(session: AsyncSession, keys: list[str]) -> list[NodeState]:
    """Customers: purchased products. Who was erased has no node, and what is refunded no edge."""
    rows = (
        select(Order, OrderLine)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .join(Customer, Customer.id == Order.customer_id)
        .where(Order.customer_id.in_(keys), Order.paid_at.is_not(None))
        .where(Customer.erased_at.is_(None))
        .order_by(Order.paid_at, Order.id)
    )
    found: dict[str, dict[str, _Bought]] = defaultdict(dict)
    for order, line in await session.execute(rows):
        if units := kept(order, line):
            _add(found[order.customer_id or ""], order, line, units)
    return [
        NodeState("Customer", customer_id, {}, [_edge(id, one) for id, one in products.items()])
        for customer_id, products in found.items()
    ]


def _add(products: dict[str, _Bought], order: Order, line: OrderLine, units: int) -> None:
    session = order.checkout_id if order.origin is SalesOrigin.AGENT else None
    one = products.setdefault(line.product_id, _Bought(0, order.placed_at, None))
    one.quantity += units
    one.timestamp, one.acp_session = order.paid_at or order.placed_at, session


def _edge(product_id: str, bought: _Bought) -> Relation:
    return Relation(
        "PURCHASED",
        "Product",
        product_id,
        {
            "timestamp": bought.timestamp.isoformat(),
            "quantity": bought.quantity,
            "acp_session": bought.acp_session,
        },
    )
