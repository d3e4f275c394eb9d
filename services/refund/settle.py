"""What becomes of a refund: replies, webhooks and look-ups, in any order."""

import logging
from datetime import timedelta

from sqlalchemy import update

from core.outbox import Transactions, UnitOfWork
from core.sweep import any_due, ring_due
from gateways.payments import (
    Payments,
    PaymentsRefused,
    PaymentsUnavailable,
    RefundOutcome,
    RefundRequest,
    RefundState,
)
from models.payment import LedgerEntry, Payment, Refund, RefundStatus
from services.refund.intent import entry
from services.refund.tasks import PayBack, refund_changed

log = logging.getLogger(__name__)

LOOK = timedelta(seconds=30)
LOOK_AT_PENDING = timedelta(minutes=10)
# Younger ones are asked for again, in the same words; the provider knows them by their key.
SEARCHABLE = timedelta(minutes=2)
RING_AGAIN = timedelta(minutes=1)

# A refund that went out can still come back: the bank may refuse it days later.
RANK = {
    RefundStatus.INTENT: 0,
    RefundStatus.PENDING: 1,
    RefundStatus.SUCCEEDED: 2,
    RefundStatus.FAILED: 3,
}


async def settle(uow: UnitOfWork, refund_id: str, outcome: RefundOutcome) -> Refund | None:
    """Take note of what the provider said; the same or older news changes nothing."""
    row = await uow.session.get(Refund, refund_id, with_for_update=True, populate_existing=True)
    status = RefundStatus(outcome.state)
    if row is None or not _is_of(row, outcome) or RANK[status] <= RANK[row.status]:
        return row
    before, row.status = row.status, status
    row.provider_id = outcome.provider_id or row.provider_id
    row.due_at = uow.now() + LOOK_AT_PENDING if status is RefundStatus.PENDING else None
    if status is RefundStatus.SUCCEEDED:
        row.settled_at = uow.now()
        uow.session.add(entry(row, "provider", row.amount))
    elif status is RefundStatus.FAILED:
        _failed(uow, row, before)
    await uow.count("refunds_total", status=status)
    if row.order_id:
        uow.send(refund_changed(row.order_id, row.id))
    return row


async def pay_back(begin: Transactions, payments: Payments, refund_id: str) -> None:
    """Ask the provider for a refund that is not ended, and settle it."""
    async with begin() as uow:
        row = await uow.session.get_one(Refund, refund_id)
        payment = await uow.session.get_one(Payment, row.payment_id)
    if row.status not in (RefundStatus.INTENT, RefundStatus.PENDING):
        return
    asked = RefundRequest(row.id, payment.id, payment.provider_id or "", row.amount)
    young = begin.now() - row.created_at < SEARCHABLE
    try:
        found = None
        if row.provider_id or not young:
            found = await payments.find_refund(asked, row.provider_id)
        outcome = found or await payments.refund(asked)
    except PaymentsUnavailable as error:
        log.warning("outcome of a refund unknown: %s", error, extra={"refund": refund_id})
        await _later(begin, refund_id)
        return
    except PaymentsRefused as error:
        log.error("refund refused: %s", error.code, extra={"refund": refund_id})
        outcome = RefundOutcome(RefundState.FAILED, None, row.amount)
    async with begin() as uow:
        await settle(uow, refund_id, outcome)


due = any_due(Refund.due_at)


async def sweep(uow: UnitOfWork) -> None:
    """Have every refund looked up that nothing was heard of in time."""
    await ring_due(uow, Refund.due_at, PayBack, RING_AGAIN)


async def _later(begin: Transactions, refund_id: str) -> None:
    async with begin() as uow:
        waiting = update(Refund).where(Refund.id == refund_id, Refund.due_at.is_not(None))
        await uow.session.execute(waiting.values(due_at=uow.now() + LOOK))


def _is_of(row: Refund, outcome: RefundOutcome) -> bool:
    if outcome.amount == row.amount and row.provider_id in (None, outcome.provider_id):
        return True
    log.error("a refund is not what was asked for", extra={"refund": row.id})
    return False


def _failed(uow: UnitOfWork, row: Refund, before: RefundStatus) -> None:
    """Count the money as ours again, and tell staff: it has to go back in another way."""
    log.error("a refund failed: pay it back by hand", extra={"refund": row.id})
    row.settled_at = uow.now()
    if before is RefundStatus.SUCCEEDED:
        back = LedgerEntry(account="provider", reference=f"failed:{row.id}", amount=row.amount)
        back.order_id, back.currency = row.order_id, row.currency
        uow.session.add(back)
