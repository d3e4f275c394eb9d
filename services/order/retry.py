"""Refunds that failed, paid back after all."""

from sqlalchemy import select

from core.errors import NotFound
from core.idempotency import once
from core.money import Money
from core.outbox import UnitOfWork
from core.viewer import Viewer
from models.payment import Payment, Refund, RefundStatus
from services import refund
from services.order.desk import locked
from services.order.errors import RefundExceedsCharge, RefundNotRetryable


async def retry(uow: UnitOfWork, viewer: Viewer, refund_id: str, idempotency_key: str) -> Refund:
    """Have the provider asked anew for a refund that failed, whatever became of its order.

    At the provider a failed refund is final, so this is a new one of the same amount. Each that
    failed is tried again once; after that it is the new one's turn. Raises NotFound,
    RefundNotRetryable, RefundExceedsCharge, InvalidInput, IdempotencyConflict.
    """

    async def work() -> str:
        failed = await uow.session.get(Refund, refund_id)
        if failed is None:
            raise NotFound("input.refundId")
        payment = await _payment(uow, failed)
        await uow.session.refresh(failed)
        done = await uow.session.scalar(select(Refund.id).where(Refund.retry_of == failed.id))
        if failed.status is not RefundStatus.FAILED or done is not None:
            raise RefundNotRetryable(failed.status)
        try:
            return (await refund.again(uow, payment, failed, viewer.id)).id
        except refund.RefundTooLarge as error:
            raise RefundExceedsCharge(Money(error.refundable, payment.currency)) from error

    id = await once(uow, viewer, "retryRefund", idempotency_key, {"id": refund_id}, work)
    return await uow.session.get_one(Refund, id)


async def _payment(uow: UnitOfWork, failed: Refund) -> Payment:
    """Return what was paid, under the locks that a refund of it needs."""
    session, id = uow.session, failed.payment_id
    if failed.order_id is not None:
        await locked(uow, failed.order_id, money=True)
    return await session.get_one(Payment, id, with_for_update=True, populate_existing=True)
