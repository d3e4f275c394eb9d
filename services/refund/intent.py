"""How money goes back: written down first, and never more than was paid."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.ids import new_id
from core.outbox import UnitOfWork
from models.payment import LedgerEntry, Payment, PaymentStatus, Refund, RefundLine, RefundStatus
from services import pricing
from services.refund.tasks import PayBack, refund_changed

# Longer than a call to the provider may take.
ANSWERED = timedelta(seconds=45)


class RefundTooLarge(Exception):
    """More than what is left of the payment; `refundable` is that, in minor units."""

    def __init__(self, refundable: int) -> None:
        super().__init__(f"{refundable} is left")
        self.refundable = refundable


async def refundable(session: AsyncSession, payment: Payment) -> int:
    """Return what may still go back of a payment, gift cards included, in minor units."""
    return sum(await _left(session, payment))


async def intend(
    uow: UnitOfWork,
    payment: Payment,
    amount: int,
    *,
    reason: str,
    by: str | None = None,
    lines: Mapping[str, int] | None = None,
) -> Refund:
    """Write down that so much goes back; the provider's part first, then the gift cards'.

    Cards have their part at once, the provider is asked after the commit. The caller holds the
    order's lock, or the payment's where no order came of it. `lines` are units by order line,
    `by` is the member of staff. Raises RefundTooLarge.
    """
    await uow.lock("refund", payment.id)
    provider_left, cards_left = await _left(uow.session, payment)
    if not 0 < amount <= provider_left + cards_left:
        raise RefundTooLarge(provider_left + cards_left)
    row = _row(uow, payment, min(amount, provider_left), amount, reason, by)
    uow.session.add(row)
    await uow.session.flush()
    for line_id, quantity in (lines or {}).items():
        uow.session.add(RefundLine(refund_id=row.id, order_line_id=line_id, quantity=quantity))
    if row.gift_card_amount:
        spent, refunded = f"spent:{payment.id}", f"refund:{row.id}"
        await pricing.return_cards(uow, spent, refunded, row.gift_card_amount)
        uow.session.add(entry(row, "gift_card", row.gift_card_amount))
    if row.amount:
        uow.send(PayBack(row.id))
    else:
        await uow.count("refunds_total", status=row.status)
    if row.order_id:
        uow.send(refund_changed(row.order_id, row.id))
    await uow.session.flush()
    return row


async def again(uow: UnitOfWork, payment: Payment, failed: Refund, by: str) -> Refund:
    """Write down a new refund in place of one that failed, once; what failed stays failed.

    Only the provider's part: cards had theirs. The caller holds the order's lock, or the
    payment's where no order came of it. Raises RefundTooLarge.
    """
    await uow.lock("refund", payment.id)
    left, _ = await _left(uow.session, payment)
    if failed.amount > left:
        raise RefundTooLarge(left)
    row = _row(uow, payment, failed.amount, failed.amount, failed.reason, by)
    row.retry_of = failed.id
    uow.session.add(row)
    uow.send(PayBack(row.id))
    if row.order_id:
        uow.send(refund_changed(row.order_id, row.id))
    await uow.session.flush()
    return row


def entry(refund: Refund, account: str, amount: int) -> LedgerEntry:
    """Return the line of the ledger that says that this went out."""
    return LedgerEntry(
        account=account,
        reference=refund.id,
        order_id=refund.order_id,
        amount=-amount,
        currency=refund.currency,
    )


def _row(
    uow: UnitOfWork, payment: Payment, asked: int, amount: int, reason: str, by: str | None
) -> Refund:
    """Return a refund of which so much is asked of the provider; without that it is done."""
    row = Refund(
        id=new_id("rfd"),
        payment_id=payment.id,
        order_id=payment.order_id,
        status=RefundStatus.INTENT if asked else RefundStatus.SUCCEEDED,
        amount=asked,
        gift_card_amount=amount - asked,
        currency=payment.currency,
        reason=reason,
        by=by,
        due_at=uow.now() + ANSWERED if asked else None,
        settled_at=None if asked else uow.now(),
    )
    row.created_at = uow.now()
    return row


async def _left(session: AsyncSession, payment: Payment) -> tuple[int, int]:
    """Return what is left at the provider and of the gift cards; failed refunds do not count."""
    if payment.status is not PaymentStatus.SUCCEEDED:
        return 0, 0
    entries = select(LedgerEntry.account, LedgerEntry.amount)
    rows = await session.execute(entries.where(LedgerEntry.reference == payment.id))
    taken = {account: int(amount) for account, amount in rows}
    live = Refund.status != RefundStatus.FAILED
    sums = select(
        func.coalesce(func.sum(Refund.amount).filter(live), 0),
        func.coalesce(func.sum(Refund.gift_card_amount), 0),
    ).where(Refund.payment_id == payment.id)
    at_provider, on_cards = (await session.execute(sums)).one()
    return taken.get("provider", 0) - at_provider, taken.get("gift_card", 0) - on_cards
