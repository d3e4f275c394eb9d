"""That each order gets its unlock codes, whatever becomes of the task that makes them."""

from datetime import timedelta

from sqlalchemy import select, update

from core.outbox import UnitOfWork
from models.order import Order
from services.order.tasks import MakeUnlockCodes

BATCH = 100
RING_AGAIN = timedelta(minutes=5)


def owe(uow: UnitOfWork, order: Order) -> None:
    """Have the codes of a locked order brought in line with it."""
    order.codes_due_at = uow.now() + RING_AGAIN
    uow.send(MakeUnlockCodes(order.id))


async def sweep(uow: UnitOfWork) -> int:
    """Ask again for the codes that were owed and not made; return for how many orders."""
    due = (
        select(Order.id)
        .where(Order.codes_due_at <= uow.now())
        .order_by(Order.codes_due_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    ids = (await uow.session.scalars(due)).all()
    later = update(Order).where(Order.id.in_(ids)).values(codes_due_at=uow.now() + RING_AGAIN)
    await uow.session.execute(later)
    for id in ids:
        uow.send(MakeUnlockCodes(id))
    return len(ids)
