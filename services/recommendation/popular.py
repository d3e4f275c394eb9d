"""What many care for: of late, and in the long run."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, DateTime, Select, extract, func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from models.account import CustomerInterest
from models.catalogue import Product
from models.order import Order, OrderLine, OrderStatus

# A paid unit beside a customer's whole interest in a drink, which is 1; six of an order at most.
UNIT, MOST_UNITS = 0.3, 6


@dataclass(frozen=True)
class Span:
    """How far back to look; what lies one half-life back counts half."""

    half_life: timedelta
    back: timedelta


TRENDING = Span(timedelta(days=3), timedelta(days=21))
POPULAR = Span(timedelta(days=90), timedelta(days=730))


async def heat(
    session: AsyncSession, span: Span, now: datetime, category: str | None = None
) -> dict[str, float]:
    """Return how much is done about each product: looks, taps, films, and units paid for."""
    cared, bought = CustomerInterest, OrderLine
    looks = select(
        cared.product_id.label("product_id"),
        (cared.score * _left(cared.changed_at, span, now)).label("heat"),
    ).where(cared.changed_at > now - span.back)
    kept = func.greatest(bought.quantity - bought.refunded, 0)
    units = func.least(kept, MOST_UNITS) * UNIT
    orders = (
        select(bought.product_id, units * _left(Order.paid_at, span, now))
        .join(Order, Order.id == bought.order_id)
        .where(Order.paid_at > now - span.back, Order.status != OrderStatus.CANCELED)
    )
    rows = union_all(looks, orders).subquery()
    total: Select[Any] = (
        select(rows.c.product_id, func.sum(rows.c.heat))
        .join(Product, Product.id == rows.c.product_id)
        .where(Product.active)
        .group_by(rows.c.product_id)
    )
    if category is not None:
        total = total.where(Product.category == category)
    found = await session.execute(total)
    return {id: round(float(value), 6) for id, value in found if value and value > 0}


def _left(at: Any, span: Span, now: datetime) -> ColumnElement[float]:
    age = func.greatest(extract("epoch", literal(now, DateTime(timezone=True)) - at), 0)
    return func.power(0.5, age / span.half_life.total_seconds())
