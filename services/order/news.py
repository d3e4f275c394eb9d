"""What buyers are told of their orders: in the app and by mail, or by mail alone."""

from sqlalchemy.ext.asyncio import AsyncSession

from core.ids import new_id
from core.outbox import UnitOfWork
from models.account import Customer
from models.notification import NotificationKind
from models.order import Order
from services import notification
from services.notification import Letter
from services.order.tasks import MailOrder


async def tell(uow: UnitOfWork, order: Order, kind: NotificationKind, **parameters: str) -> None:
    """Tell the buyer; one without an account's address gets the mail at the order's."""
    told = {"number": order.number, **parameters}
    customer = await uow.session.get(Customer, order.customer_id) if order.customer_id else None
    if customer is not None:
        await notification.notify(uow, customer.id, kind, order.id, **told)
    if order.email and (customer is None or not customer.email):
        uow.send(MailOrder(order.id, kind.value, told, new_id("mal")))


async def letter(session: AsyncSession, task: MailOrder) -> Letter | None:
    """Return a mail to the address of an order; None when that was erased."""
    order = await session.get(Order, task.order_id)
    if order is None or not order.email:
        return None
    kind = NotificationKind(task.kind)
    return notification.letter_to(order.email, order.locale, kind, task.parameters)
