"""What partners are owed: a webhook for each change of an order that one of their agents made."""

from collections.abc import Sequence

from sqlalchemy import func, select

from core.ids import new_id
from core.outbox import UnitOfWork, with_events
from models.order import Order
from models.partner import PartnerToken, WebhookDelivery
from services.acp.orders import snapshot
from services.order import OrderChanged
from services.partner.address import hears
from services.partner.tasks import DeliverWebhooks
from services.refund import RefundChanged

CREATED, UPDATED = "order_create", "order_update"


@with_events(OrderChanged, RefundChanged)
async def owe(uow: UnitOfWork, events: Sequence[OrderChanged | RefundChanged]) -> None:
    """Write down what partners are to hear, one webhook for each order that changed."""
    for order_id in sorted({event.order_id for event in events}):
        order = await uow.session.get(Order, order_id)
        if order is None or order.partner_id is None:
            continue
        partner = await uow.session.get(PartnerToken, order.partner_id)
        if partner is not None and hears(partner, uow.now()):
            await write(uow, partner.id, order_id)


async def write(
    uow: UnitOfWork, partner_id: str, order_id: str, replay: WebhookDelivery | None = None
) -> WebhookDelivery:
    """Owe a partner the order as it is now, behind all that it is owed of that order."""
    await uow.session.flush()
    order = await uow.session.get_one(Order, order_id, with_for_update=True, populate_existing=True)
    rows = select(func.max(WebhookDelivery.sequence)).where(WebhookDelivery.order_id == order_id)
    last = await uow.session.scalar(rows)
    row = WebhookDelivery(
        id=new_id("whd"),
        partner_id=partner_id,
        order_id=order_id,
        sequence=(last or 0) + 1,
        kind=replay.kind if replay else UPDATED if last else CREATED,
        body=await snapshot(uow.session, order),
        due_at=uow.now(),
        replay_of=replay.id if replay else None,
    )
    row.created_at = uow.now()
    uow.session.add(row)
    uow.send(DeliverWebhooks(partner_id))
    return row
