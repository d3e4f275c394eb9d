"""What an operator sees of payments and refunds whose outcome nobody knows."""

from prometheus_client import Gauge
from sqlalchemy import func, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from models.payment import Payment, PaymentStatus, Refund, RefundStatus

LIMBO = Gauge(
    "payment_limbo_seconds", "Age of the oldest payment or refund that Stripe has not answered for"
)


async def observe(session: AsyncSession) -> None:
    """Set the metric. What waits for a customer or a bank is answered, and does not count."""
    asked = union_all(
        select(func.min(Payment.created_at).label("at")).where(
            Payment.status == PaymentStatus.INTENT
        ),
        select(func.min(Refund.created_at)).where(Refund.status == RefundStatus.INTENT),
    ).subquery()
    age = func.extract("epoch", func.clock_timestamp() - func.min(asked.c.at))
    LIMBO.set(max(0.0, float(await session.scalar(select(age)) or 0)))
