"""Paying: check, keep the units, write the intent, ask the provider, write what came of it.

Nothing is asked of the provider inside a transaction, and nothing is asked before the intent is
written; whatever breaks between is found by `services.payment.reconcile`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from core.idempotency import recall
from core.outbox import Transactions, UnitOfWork
from core.settings import Settings
from gateways.payments import Payments
from models.checkout import Checkout, CheckoutStatus
from models.payment import Payment, PaymentStatus
from services import payment, pricing, stock
from services.checkout.buyer import Buyer, keyed, locked, named
from services.checkout.change import cancel
from services.checkout.errors import (
    CheckoutClosed,
    CheckoutIncomplete,
    PaymentDeclined,
    PaymentPending,
    TotalChanged,
)
from services.checkout.problems import InsufficientStock
from services.checkout.read import view
from services.checkout.tasks import checkout_changed

# Longer than a bank gives for 3-D Secure, so that the units outlast the payment.
PAYING_FOR = timedelta(minutes=30)
OPERATION = "completeCheckout"


@dataclass(frozen=True)
class Completion:
    """What came of paying; no order yet while the customer has something to do."""

    checkout: Checkout
    order_id: str | None


@dataclass(frozen=True)
class Agreement:
    """What the buyer agreed to: how to pay, and how much if they said so."""

    choice: payment.Wish
    expected_total: int | None
    idempotency_key: str


type Prepare = Callable[[UnitOfWork, Checkout], Awaitable[None]]


async def complete(
    begin: Transactions,
    payments: Payments,
    settings: Settings,
    buyer: Buyer,
    id: str,
    agreed: Agreement,
    first: Prepare | None = None,
) -> Completion:
    """Pay for a checkout, once for a key; `first` changes it in the transaction that begins.

    Raises NotFound, CheckoutClosed, CheckoutIncomplete, OutOfStock, TotalChanged,
    PromotionRefused, PaymentDeclined, PaymentPending, IdempotencyConflict, InvalidInput.
    """
    await _stop_another(begin, payments, buyer, id, agreed.idempotency_key)
    asked = {"checkout_id": id, "choice": agreed.choice, "expected_total": agreed.expected_total}
    async with begin() as uow:
        payment_id = await keyed(
            uow,
            buyer,
            OPERATION,
            agreed.idempotency_key,
            asked,
            lambda: _begin(uow, settings, buyer, id, agreed, first),
        )
    await payment.attempt(begin, payments, payment_id)
    return await _outcome(begin, payment_id)


async def give_up(
    begin: Transactions,
    payments: Payments,
    buyer: Buyer,
    id: str,
    reason: str | None,
    *,
    key: str | None = None,
) -> Checkout:
    """Cancel a checkout, and a payment that still waits for its customer; again is fine.

    Once for a key, where there is one. Raises NotFound, CheckoutClosed, IdempotencyConflict,
    InvalidInput.
    """
    if key is not None:
        await _note_key(begin, buyer, id, reason, key)
    await stop_paying(begin, payments, buyer, id)
    async with begin() as uow:
        return await cancel(uow, buyer, id, reason)


async def stop_paying(begin: Transactions, payments: Payments, buyer: Buyer, id: str) -> None:
    """End a payment that waits for its customer; again, and none, is fine. Raises NotFound."""
    await _stop_another(begin, payments, buyer, id, None)


async def is_asking(
    begin: Transactions, payments: Payments, buyer: Buyer, id: str, key: str
) -> bool:
    """Tell whether a bank asks the buyer, by what the provider says now.

    False where this key began the payment: asking again for it is no other try. Raises NotFound.
    """
    async with begin() as uow:
        checkout = await locked(uow, buyer, id)
        if await recall(uow.session, buyer.viewer, named(buyer, OPERATION, id), key):
            return False
        row = await open_payment(uow, id) if checkout.status is CheckoutStatus.PAYING else None
    if row is None or row.status is not PaymentStatus.REQUIRES_ACTION:
        return False
    await payment.reconcile(begin, payments, row.id)
    async with begin() as uow:
        found = await uow.session.get_one(Payment, row.id)
        return found.status is PaymentStatus.REQUIRES_ACTION


async def _note_key(
    begin: Transactions, buyer: Buyer, id: str, reason: str | None, key: str
) -> None:
    """Tie a key to this cancellation; that itself may be done again, so nothing else is kept."""
    asked = {"checkout_id": id, "reason": reason}
    async with begin() as uow:

        async def known() -> str:
            return (await locked(uow, buyer, id)).id

        await keyed(uow, buyer, "cancelCheckout", key, asked, known)


async def _begin(
    uow: UnitOfWork,
    settings: Settings,
    buyer: Buyer,
    id: str,
    agreed: Agreement,
    first: Prepare | None,
) -> str:
    checkout = await locked(uow, buyer, id)
    if checkout.status is not CheckoutStatus.OPEN:
        raise CheckoutClosed(checkout.status, checkout.id)
    if first is not None:
        await first(uow, checkout)
    if checkout.customer_id is None:
        checkout.customer_id = buyer.customer_id
    seen = await view(uow.session, settings, checkout, uow.now())
    wanted = {line.variant_id: line.quantity for line in seen.lines}
    short = {
        problem.line.variant_id: problem.available
        for problem in seen.problems
        if isinstance(problem, InsufficientStock)
    }
    if short:
        raise stock.OutOfStock(short)
    if seen.problems:
        raise CheckoutIncomplete(checkout.id, seen.problems)
    if agreed.expected_total not in (None, seen.quote.total):
        raise TotalChanged(checkout.id)
    used = [applied.id for applied in seen.quote.promotions]
    row = await payment.begin(uow, checkout, seen.quote, agreed.choice)
    person = pricing.person_of(settings, checkout.customer_id, checkout.email)
    await pricing.use_promotions(uow, checkout.id, person, used)
    await stock.hold(uow, checkout.id, wanted, until=uow.now() + PAYING_FOR)
    uow.send(checkout_changed(checkout.id))
    return row.id


async def _stop_another(
    begin: Transactions, payments: Payments, buyer: Buyer, id: str, key: str | None
) -> None:
    """End an earlier try that waits for its customer, so that another one may begin."""
    async with begin() as uow:
        if key and await recall(uow.session, buyer.viewer, named(buyer, OPERATION, id), key):
            return
        checkout = await locked(uow, buyer, id)
        if checkout.status is not CheckoutStatus.PAYING:
            return
        row = await open_payment(uow, id)
    if row is not None:
        await payment.give_up(begin, payments, row.id)


async def open_payment(uow: UnitOfWork, checkout_id: str) -> Payment | None:
    """Return the latest payment of a checkout."""
    query = select(Payment).where(Payment.checkout_id == checkout_id)
    return await uow.session.scalar(query.order_by(Payment.id.desc()).limit(1))


async def _outcome(begin: Transactions, payment_id: str) -> Completion:
    async with begin() as uow:
        row = await uow.session.get_one(Payment, payment_id)
        checkout = await uow.session.get_one(Checkout, row.checkout_id)
    if row.status in (PaymentStatus.FAILED, PaymentStatus.CANCELED):
        raise PaymentDeclined(row.decline_code or "canceled")
    if row.status is PaymentStatus.INTENT:
        raise PaymentPending(checkout.id)
    return Completion(checkout, row.order_id)


__all__ = [
    "Agreement",
    "Completion",
    "complete",
    "give_up",
    "is_asking",
    "open_payment",
    "stop_paying",
]
