"""What becomes of a person's AR when the person is erased."""

from sqlalchemy import delete

from core.outbox import UnitOfWork
from models.ar import ArDevice, ArEngagement, LoreUnlock
from services.account.erase import wipes


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
