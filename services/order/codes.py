"""That each order gets its unlock codes, whatever becomes of the task that makes them."""

from datetime import timedelta

from core.outbox import UnitOfWork
from core.sweep import any_due, ring_due
from models.order import Order
from services.order.tasks import MakeUnlockCodes

RING_AGAIN = timedelta(minutes=5)


def owe(uow: UnitOfWork, order: Order) -> None:
    """Have the codes of a locked order brought in line with it."""
    order.codes_due_at = uow.now() + RING_AGAIN
    uow.send(MakeUnlockCodes(order.id))


due = any_due(Order.codes_due_at)


async def sweep(uow: UnitOfWork) -> int:
    """Ask again for the codes that were owed and not made; return for how many orders."""
    return await ring_due(uow, Order.codes_due_at, MakeUnlockCodes, RING_AGAIN)
