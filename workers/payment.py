"""Payments and refunds that nothing was heard of: the provider is asked."""

from services import payment, refund
from services.payment import ReconcilePayment
from services.refund import PayBack
from workers.base import Work, handles


# The row is the truth and the relay rings again, so the doorbell itself never retries.
@handles(ReconcilePayment, max_retries=0)
async def reconcile(task: ReconcilePayment, work: Work) -> None:
    """Find out what became of a payment."""
    await payment.reconcile(work.begin, work.gateways.payments, task.payment_id)


@handles(PayBack, max_retries=0)
async def pay_back(task: PayBack, work: Work) -> None:
    """Give money back."""
    await refund.pay_back(work.begin, work.gateways.payments, task.refund_id)
