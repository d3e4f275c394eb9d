"""Asking the provider, outside of every transaction, and acting on what it says."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from core.outbox import Transactions, UnitOfWork
from core.sweep import any_due, ring_due
from gateways.payments import (
    ChargeOutcome,
    ChargeRequest,
    ChargeState,
    Payments,
    PaymentsRefused,
    PaymentsUnavailable,
)
from models.payment import Payment, PaymentStatus
from services.payment.intent import charge_request
from services.payment.settle import ENDED, WINDOW, next_look, settle
from services.payment.tasks import ReconcilePayment

log = logging.getLogger(__name__)

# Younger ones are asked for again: the key makes that the same charge, and it is the quickest.
SEARCHABLE = timedelta(minutes=2)
RING_AGAIN = timedelta(minutes=1)
OPEN = frozenset({ChargeState.REQUIRES_ACTION, ChargeState.REQUIRES_PAYMENT_METHOD})


async def attempt(begin: Transactions, payments: Payments, payment_id: str) -> Payment:
    """Ask the provider for what `begin` wrote down, and settle it.

    Without an answer the payment stays INTENT: the reconciliation finds out what became of it.
    """
    payment = await _read(begin, payment_id)
    # An old one is no longer known by its key: asking again could pay again.
    if payment.status is not PaymentStatus.INTENT or begin.now() - payment.created_at >= WINDOW:
        return payment
    try:
        outcome = await _charge(payments, charge_request(payment))
    except PaymentsUnavailable as error:
        log.warning("outcome unknown: %s", error, extra={"payment": payment_id})
        return payment
    async with begin() as uow:
        return await settle(uow, payment_id, outcome)


async def give_up(begin: Transactions, payments: Payments, payment_id: str) -> Payment:
    """Cancel a payment that waits for the customer; what was paid meanwhile stays paid.

    One whose outcome is not known, or that is being processed, stays as it is.
    """
    payment = await _read(begin, payment_id)
    waits = payment.status in (
        PaymentStatus.REQUIRES_ACTION,
        PaymentStatus.REQUIRES_PAYMENT_METHOD,
    )
    if not waits or payment.provider_id is None:
        return payment
    try:
        outcome = await payments.cancel(charge_request(payment), payment.provider_id)
    except PaymentsUnavailable as error:
        log.warning("not canceled: %s", error, extra={"payment": payment_id})
        return payment
    async with begin() as uow:
        return await settle(uow, payment_id, outcome)


async def reconcile(begin: Transactions, payments: Payments, payment_id: str) -> None:
    """Look up a payment that is not ended, and act on what became of it."""
    payment = await _read(begin, payment_id)
    if payment.status in ENDED:
        return
    try:
        outcome = await _looked_up(payments, payment, begin.now())
    except PaymentsUnavailable as error:
        log.warning("outcome still unknown: %s", error, extra={"payment": payment_id})
        outcome = None
    async with begin() as uow:
        row = await settle(uow, payment_id, outcome) if outcome else None
        if row is None:
            row = await uow.session.get_one(Payment, payment_id, with_for_update=True)
        row.due_at = next_look(row, uow.now())


due = any_due(Payment.due_at)


async def sweep(uow: UnitOfWork) -> None:
    """Have every payment looked up that nothing was heard of in time."""
    await ring_due(uow, Payment.due_at, ReconcilePayment, RING_AGAIN)


async def _read(begin: Transactions, payment_id: str) -> Payment:
    async with begin() as uow:
        return await uow.session.get_one(Payment, payment_id)


async def _charge(payments: Payments, request: ChargeRequest) -> ChargeOutcome:
    if request.amount == 0:
        return _ended(request, ChargeState.SUCCEEDED)
    try:
        return await payments.charge(request)
    except PaymentsRefused as error:
        return _ended(request, ChargeState.FAILED, error.code)


async def _looked_up(payments: Payments, payment: Payment, now: datetime) -> ChargeOutcome:
    request, age = charge_request(payment), now - payment.created_at
    found = await _found(payments, payment, request, age)
    failed = (
        payment.status is PaymentStatus.PROCESSING
        and found.state is ChargeState.REQUIRES_PAYMENT_METHOD
    )
    if found.provider_id and found.state in OPEN and (failed or age >= WINDOW):
        canceled = await payments.cancel(request, found.provider_id)
        if failed and canceled.state is ChargeState.CANCELED:
            return replace(canceled, state=ChargeState.FAILED, decline_code=found.decline_code)
        return canceled
    return found


async def _found(
    payments: Payments, payment: Payment, request: ChargeRequest, age: timedelta
) -> ChargeOutcome:
    if payment.amount == 0 or (payment.provider_id is None and age < SEARCHABLE):
        return await _charge(payments, request)
    found = await payments.find(request, payment.provider_id)
    if found is not None:
        return found
    if payment.provider_id is None and age < WINDOW:
        return await _charge(payments, request)
    return _ended(request, ChargeState.CANCELED)


def _ended(request: ChargeRequest, state: ChargeState, code: str | None = None) -> ChargeOutcome:
    return ChargeOutcome(state, None, request.amount, request.currency, decline_code=code)
