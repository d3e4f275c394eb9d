"""What becomes of a payment: replies, webhooks and look-ups all end here, in any order.

A payment only moves on, never back. Locks: the checkout, then the payment, then what follows.
"""

import logging
from datetime import datetime, timedelta

from sqlalchemy import select

from core.outbox import UnitOfWork
from gateways.payments import ChargeOutcome
from models.checkout import Checkout, CheckoutStatus
from models.order import Actor, Order, OrderStatus
from models.payment import LedgerEntry, Payment, PaymentStatus
from services import order, pricing, refund, stock
from services.payment.intent import AUTHENTICATION, TOKEN, returned, spent
from services.payment.tasks import payment_changed

log = logging.getLogger(__name__)

# How long a customer has to act; ten minutes after paying began nothing is open but what an
# order stands for.
WINDOW = timedelta(minutes=9)
LOOK = timedelta(seconds=30)
LOOK_AT_PROCESSING = timedelta(minutes=10)
HOLD = timedelta(days=1)

RANK = {
    PaymentStatus.INTENT: 0,
    PaymentStatus.REQUIRES_PAYMENT_METHOD: 1,
    PaymentStatus.REQUIRES_ACTION: 2,
    PaymentStatus.PROCESSING: 3,
    PaymentStatus.FAILED: 4,
    PaymentStatus.CANCELED: 4,
    PaymentStatus.SUCCEEDED: 5,
}
ENDED = frozenset({PaymentStatus.FAILED, PaymentStatus.CANCELED, PaymentStatus.SUCCEEDED})
NO_ORDER = "no order could be made of it"
NOT_PAID = "not paid"


async def settle(uow: UnitOfWork, payment_id: str, outcome: ChargeOutcome) -> Payment:
    """Take note of what the provider said; the same or older news changes nothing.

    SUCCEEDED makes the order, or a refund where none can be made; PROCESSING places it unpaid;
    FAILED and CANCELED give gift cards and promotions back and open the checkout again.
    """
    checkout, payment = await locked(uow, payment_id)
    status = PaymentStatus(outcome.state)
    if not _is_of(payment, outcome):
        return payment
    # News of the same state may have come first, and told less.
    payment.network = outcome.network or payment.network
    if RANK[status] <= RANK[payment.status]:
        return payment
    before = payment.status
    _write(uow, payment, status, outcome)
    if status is PaymentStatus.SUCCEEDED:
        await _succeeded(uow, checkout, payment, before)
    elif status is PaymentStatus.PROCESSING:
        await _processing(uow, checkout, payment)
    elif status in ENDED:
        await _failed(uow, checkout, payment)
    await uow.count("payments_total", status=status)
    uow.send(payment_changed(checkout.id))
    return payment


async def locked(uow: UnitOfWork, payment_id: str) -> tuple[Checkout, Payment]:
    """Return a payment and its checkout, locked in their order."""
    owner = select(Payment.checkout_id).where(Payment.id == payment_id)
    checkout_id = (await uow.session.scalars(owner)).one()
    session = uow.session
    checkout = await session.get_one(
        Checkout, checkout_id, with_for_update=True, populate_existing=True
    )
    payment = await session.get_one(
        Payment, payment_id, with_for_update=True, populate_existing=True
    )
    return checkout, payment


def next_look(payment: Payment, now: datetime) -> datetime | None:
    """Return when a payment is looked up next, should nothing be heard of it."""
    if payment.status in ENDED:
        return None
    if payment.status is PaymentStatus.PROCESSING:
        return now + LOOK_AT_PROCESSING
    return now + LOOK


def _is_of(payment: Payment, outcome: ChargeOutcome) -> bool:
    same = (outcome.amount, outcome.currency) == (payment.amount, payment.currency)
    if same and payment.provider_id in (None, outcome.provider_id):
        return True
    log.error("a charge is not what was asked for", extra={"payment": payment.id})
    return False


def _write(
    uow: UnitOfWork, payment: Payment, status: PaymentStatus, outcome: ChargeOutcome
) -> None:
    payment.status = status
    payment.provider_id = outcome.provider_id or payment.provider_id
    payment.client_secret, payment.redirect_url = outcome.client_secret, outcome.redirect_url
    payment.decline_code = outcome.decline_code
    if outcome.method and payment.method != TOKEN:
        payment.method = outcome.method
    payment.due_at = next_look(payment, uow.now())
    if status in ENDED:
        payment.settled_at = uow.now()
        payment.client_secret = payment.redirect_url = None
        # Neither a granted token nor a proof is of any use any more, and none need be kept.
        kept = {name: told for name, told in payment.request.items() if name != AUTHENTICATION}
        payment.request = {**kept, "method": None}


async def _succeeded(
    uow: UnitOfWork, checkout: Checkout, payment: Payment, before: PaymentStatus
) -> None:
    too_late = before in ENDED
    placed = not too_late and await _placed(uow, checkout, payment, paid=True)
    cards = 0 if too_late else payment.gift_card_amount
    for account, amount in (("provider", payment.amount), ("gift_card", cards)):
        if amount:
            entry = LedgerEntry(account=account, reference=payment.id, amount=amount)
            entry.order_id, entry.currency = payment.order_id, payment.currency
            uow.session.add(entry)
    await uow.session.flush()
    if placed:
        return
    if not too_late:
        await _reopen(uow, checkout, payment)
    if payment.amount + cards:
        await refund.intend(uow, payment, payment.amount + cards, reason=NO_ORDER)


async def _processing(uow: UnitOfWork, checkout: Checkout, payment: Payment) -> None:
    if await _placed(uow, checkout, payment, paid=False) and checkout.quote:
        lines = pricing.thaw(checkout.quote).lines
        wanted = {line.variant_id: line.quantity for line in lines}
        try:
            async with uow.session.begin_nested():
                await stock.hold(uow, checkout.id, wanted, until=uow.now() + HOLD)
        except stock.OutOfStock:
            await _again(uow, checkout, payment)
            log.warning("sold while a payment is processed", extra={"payment": payment.id})


async def _failed(uow: UnitOfWork, checkout: Checkout, payment: Payment) -> None:
    if payment.gift_card_amount:
        await pricing.return_cards(uow, spent(payment), returned(payment))
    await _reopen(uow, checkout, payment)


async def _reopen(uow: UnitOfWork, checkout: Checkout, payment: Payment) -> None:
    if payment.order_id:
        await _end_order(uow, payment.order_id)
    elif checkout.status is CheckoutStatus.PAYING:
        checkout.status, checkout.quote = CheckoutStatus.OPEN, None
    await pricing.free_promotions(uow, checkout.id)


async def _end_order(uow: UnitOfWork, order_id: str) -> None:
    row = await uow.session.get_one(Order, order_id, with_for_update=True, populate_existing=True)
    if row.status is OrderStatus.PLACED:
        await order.give_up(uow, row, Actor.PROVIDER, None, NOT_PAID)


async def _placed(uow: UnitOfWork, checkout: Checkout, payment: Payment, *, paid: bool) -> bool:
    """Tell whether an order stands for the payment now."""
    waits = checkout.status is CheckoutStatus.PAYING or payment.order_id is not None
    if not waits or checkout.quote is None:
        return False
    try:
        async with uow.session.begin_nested():
            quote = pricing.thaw(checkout.quote)
            await order.place(uow, checkout, quote, payment, paid=paid)
    except (stock.OutOfStock, order.OrderStateConflict) as error:
        await _again(uow, checkout, payment)
        log.warning("no order: %s", type(error).__name__, extra={"payment": payment.id})
        return False
    checkout.status, checkout.ended_at = CheckoutStatus.COMPLETED, uow.now()
    return True


async def _again(uow: UnitOfWork, checkout: Checkout, payment: Payment) -> None:
    """Read the rows anew: what was undone is unknown to the session."""
    await uow.session.refresh(checkout)
    await uow.session.refresh(payment)
