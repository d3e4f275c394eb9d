"""What becomes of a person's AR when the person is erased."""

from datetime import datetime

from sqlalchemy import ColumnElement, delete, select

from core.outbox import UnitOfWork
from models.account import Customer
from models.ar import ArDevice, ArEngagement, LoreUnlock, UnlockCode
from models.order import Order
from services.account.erase import holds, wipes


@holds
def has_codes(since: datetime) -> ColumnElement[bool]:
    """Guests who had a code then that opens something."""
    codes = (
        select(UnlockCode.id)
        .join(Order, Order.id == UnlockCode.order_id)
        .where(Order.customer_id == Customer.id)
        .where(UnlockCode.revoked_at.is_(None), UnlockCode.expires_at > since)
    )
    return codes.exists()


@wipes
async def forget(uow: UnitOfWork, customer_id: str) -> int:
    """Remove devices, what was done and found; codes stay with their orders."""
    rows = 0
    for gone in (
        delete(ArDevice).where(ArDevice.customer_id == customer_id),
        delete(ArEngagement).where(ArEngagement.customer_id == customer_id),
        delete(LoreUnlock).where(LoreUnlock.customer_id == customer_id),
    ):
        rows += len((await uow.session.execute(gone.returning(1))).all())
    return rows
