"""What partners are owed: a webhook for each change of an order that one of their agents made."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from core.ids import new_id
from core.outbox import UnitOfWork, with_events
from models.order import Order
from models.partner import PartnerToken, WebhookDelivery
from services.acp.orders import snapshot
from services.order import OrderChanged
from services.partner.address import hears
from services.partner.parts import cut
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
            await _tell(uow, partner, order_id)


async def _tell(uow: UnitOfWork, partner: PartnerToken, order_id: str) -> None:
    """Owe the order as it is now, unless nothing of what was chosen has changed."""
    last, body = await _of(uow, partner, order_id)
    heard = last is not None and last.gave_up_at is None and partner.webhook_parts is not None
    if not (heard and last and last.body == body):
        _add(uow, partner, order_id, last, body)


async def again(
    uow: UnitOfWork, partner: PartnerToken, order_id: str, replay: WebhookDelivery
) -> WebhookDelivery:
    """Owe a partner the order as it is now, behind all that it is owed of that order."""
    last, body = await _of(uow, partner, order_id)
    row = _add(uow, partner, order_id, last, body)
    row.kind, row.replay_of = replay.kind, replay.id
    return row


async def _of(
    uow: UnitOfWork, partner: PartnerToken, order_id: str
) -> tuple[WebhookDelivery | None, dict[str, Any]]:
    """Return what was owed last of an order, which is locked, and what it is now."""
    await uow.session.flush()
    order = await uow.session.get_one(Order, order_id, with_for_update=True, populate_existing=True)
    rows = select(WebhookDelivery).where(WebhookDelivery.order_id == order_id)
    last = await uow.session.scalar(rows.order_by(WebhookDelivery.sequence.desc()).limit(1))
    return last, cut(await snapshot(uow.session, order), partner.webhook_parts)


def _add(
    uow: UnitOfWork,
    partner: PartnerToken,
    order_id: str,
    last: WebhookDelivery | None,
    body: dict[str, Any],
) -> WebhookDelivery:
    row = WebhookDelivery(
        id=new_id("whd"),
        partner_id=partner.id,
        order_id=order_id,
        sequence=last.sequence + 1 if last else 1,
        kind=UPDATED if last else CREATED,
        body=body,
        due_at=uow.now(),
    )
    row.created_at = uow.now()
    uow.session.add(row)
    uow.send(DeliverWebhooks(partner.id))
    return row
