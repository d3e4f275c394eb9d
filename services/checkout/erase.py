"""What is personal in checkouts: gone with its customer, and some time after the checkout ended.

An order has a copy of what it needs, so nothing reads the checkout of one for it.
"""

from datetime import timedelta

from sqlalchemy import delete, null, or_, select, update

from core.outbox import UnitOfWork
from models.account import Customer
from models.checkout import Checkout, CheckoutStatus
from models.partner import AgentRequest
from services.account.erase import wipes
from services.checkout.change import ended

BATCH = 500
# What an agent said that is not of a person: which kind of checkout it is, and what the agent can.
IMPERSONAL = frozenset({"cart", "capabilities"})


@wipes
async def forget_checkouts(uow: UnitOfWork, customer_id: str) -> int:
    """End a customer's open checkouts, and drop what is personal of all but one that is paying.

    That one, and whatever another transaction is at, goes with `forget_ended` once it has ended.
    """
    query = (
        select(Checkout)
        .where(Checkout.customer_id == customer_id, Checkout.forgotten_at.is_(None))
        .where(Checkout.status != CheckoutStatus.PAYING)
        .order_by(Checkout.id)
        .with_for_update(skip_locked=True)
    )
    rows = list(await uow.session.scalars(query))
    for row in rows:
        if row.status is CheckoutStatus.OPEN:
            await ended(uow, row, CheckoutStatus.CANCELED)
    return len(rows) + await _forget(uow, rows)


async def forget_ended(uow: UnitOfWork, days: int) -> int:
    """Drop what is personal of checkouts that ended so many days ago, or whose customer is gone.

    Returns how many; call it again until there is none.
    """
    gone = select(Customer.id).where(
        Customer.id == Checkout.customer_id, Customer.erased_at.is_not(None)
    )
    query = (
        select(Checkout)
        .where(Checkout.ended_at.is_not(None), Checkout.forgotten_at.is_(None))
        .where(or_(Checkout.ended_at < uow.now() - timedelta(days=days), gone.exists()))
        .order_by(Checkout.ended_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    rows = list(await uow.session.scalars(query))
    await _forget(uow, rows)
    return len(rows)


async def _forget(uow: UnitOfWork, rows: list[Checkout]) -> int:
    """Empty locked checkouts, and remove the answers that show them; return how many answers."""
    ids = [row.id for row in rows]
    for row in rows:
        row.agent = {name: told for name, told in row.agent.items() if name in IMPERSONAL}
        row.email = row.cancel_reason = row.note = None
        row.forgotten_at = uow.now()
    addresses = {"shipping_address": null(), "billing_address": null()}
    await uow.session.execute(update(Checkout).where(Checkout.id.in_(ids)).values(addresses))
    answers = delete(AgentRequest).where(AgentRequest.checkout_id.in_(ids))
    return len((await uow.session.execute(answers.returning(AgentRequest.id))).all())
