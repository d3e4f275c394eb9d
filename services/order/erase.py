"""What is left of the orders of somebody who is gone.

Tax law wants amounts, lines and dates for years; it does not want to know who. So a finished
order loses its addresses and the customer's own words at once, and one that is under way as soon
as it has ended, since a parcel still needs to find its way.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, null, or_, select, update

from core.outbox import UnitOfWork
from models.account import Customer
from models.order import Actor, Order, OrderEvent, OrderStatus
from models.payment import Refund
from services.account.erase import holds, wipes

BATCH = 500
# Korea, Act on Consumer Protection in Electronic Commerce, article 17(3): what is not as it was
# promised may go back within three months of its arrival, for which a month is left here.
RETURNABLE = timedelta(days=120)
UNDER_WAY = (
    OrderStatus.PLACED,
    OrderStatus.PAID,
    OrderStatus.FULFILLING,
    OrderStatus.SHIPPED,
    OrderStatus.RETURN_REQUESTED,
)


@holds
def may_return(since: datetime) -> ColumnElement[bool]:
    """Guests whose order is under way, or could still be sent back when they were last here."""
    mine = select(Order.id).where(Order.customer_id == Customer.id)
    is_open = or_(Order.status.in_(UNDER_WAY), Order.placed_at > since - RETURNABLE)
    return mine.where(is_open).exists()


@wipes
async def forget_orders(uow: UnitOfWork, customer_id: str) -> int:
    """Drop what is personal of a customer's orders that have ended."""
    return await forget(uow, customer_id)


async def forget(uow: UnitOfWork, customer_id: str | None = None) -> int:
    """Drop what is personal of the ended orders of one or of all erased customers; count them."""
    personal = or_(
        Order.email.is_not(None),
        Order.shipping_address.is_not(None),
        Order.billing_address.is_not(None),
        Order.note.is_not(None),
    )
    ended = (
        select(Order.id)
        .join(Customer, Customer.id == Order.customer_id)
        .where(Customer.erased_at.is_not(None), Order.status.not_in(UNDER_WAY), personal)
        .limit(BATCH)
        .with_for_update(of=Order, skip_locked=True)
    )
    if customer_id is not None:
        ended = ended.where(Order.customer_id == customer_id)
    ids = (await uow.session.scalars(ended)).all()
    blank = {"email": None, "note": None, "shipping_address": null(), "billing_address": null()}
    await uow.session.execute(update(Order).where(Order.id.in_(ids)).values(blank))
    words = update(OrderEvent).where(OrderEvent.order_id.in_(ids))
    await uow.session.execute(words.where(OrderEvent.actor == Actor.CUSTOMER).values(reason=None))
    own = update(Refund).where(Refund.order_id.in_(ids), Refund.by.is_(None))
    await uow.session.execute(own.values(reason=""))
    return len(ids)
