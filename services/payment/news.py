"""What the provider tells us by itself."""

from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from core.outbox import UnitOfWork
from gateways.payments import ChargeState, ProviderNews
from models.payment import Payment, ProviderEvent
from services import refund
from services.payment.settle import settle
from services.payment.tasks import ReconcilePayment

# The provider lets an event be sent again for 30 days.
KEEP = timedelta(days=31)


async def hear(uow: UnitOfWork, news: ProviderNews) -> bool:
    """Act on news, once; False when it was heard before. Unknown payments are no business of ours.

    A declined charge may be paid after all, or may be old news: the provider is asked.
    """
    event = insert(ProviderEvent).values(
        id=news.id, kind=news.kind, object_id=news.object_id, occurred_at=news.occurred_at
    )
    first = event.on_conflict_do_nothing().returning(ProviderEvent.id)
    if (await uow.session.execute(first)).first() is None:
        return False
    if news.charge:
        await _charge(uow, news)
    if news.refund and news.refund_id:
        await refund.settle(uow, news.refund_id, news.refund)
    return True


async def forget_old(uow: UnitOfWork) -> None:
    """Forget events that the provider will not send again; if it did, they would change nothing."""
    old = ProviderEvent.occurred_at < uow.now() - KEEP
    await uow.session.execute(delete(ProviderEvent).where(old))


async def _charge(uow: UnitOfWork, news: ProviderNews) -> None:
    payment_id = await uow.session.scalar(
        select(Payment.id).where(Payment.id == (news.payment_id or ""))
    )
    if payment_id is None or news.charge is None:
        return
    if news.charge.state is ChargeState.REQUIRES_PAYMENT_METHOD:
        uow.send(ReconcilePayment(payment_id))
    else:
        await settle(uow, payment_id, news.charge)
