"""Stripe's objects in our words."""

from datetime import UTC, datetime

import stripe
from stripe import Event, PaymentIntent, Refund

from gateways.payments.port import (
    ChargeOutcome,
    ChargeRequest,
    ChargeState,
    ProviderNews,
    RefundOutcome,
    RefundState,
)

CHARGES = {
    "requires_payment_method": ChargeState.REQUIRES_PAYMENT_METHOD,
    "requires_confirmation": ChargeState.REQUIRES_PAYMENT_METHOD,
    "requires_action": ChargeState.REQUIRES_ACTION,
    "processing": ChargeState.PROCESSING,
    "requires_capture": ChargeState.PROCESSING,
    "canceled": ChargeState.CANCELED,
    "succeeded": ChargeState.SUCCEEDED,
}
REFUNDS = {
    "pending": RefundState.PENDING,
    "requires_action": RefundState.PENDING,
    "succeeded": RefundState.SUCCEEDED,
    "failed": RefundState.FAILED,
    "canceled": RefundState.FAILED,
}


def charge(intent: PaymentIntent) -> ChargeOutcome:
    """Tell how a charge stands. One that was given up after a decline has failed."""
    state, error = CHARGES[intent.status], getattr(intent, "last_payment_error", None)
    if state is ChargeState.CANCELED and error:
        state = ChargeState.FAILED
    return ChargeOutcome(
        state=state,
        provider_id=intent.id,
        amount=intent.amount,
        currency=intent.currency.upper(),
        method=getattr(intent.payment_method, "type", None),
        network=getattr(getattr(intent.payment_method, "card", None), "brand", None),
        client_secret=getattr(intent, "client_secret", None),
        redirect_url=_redirect(intent),
        decline_code=None if error is None or state is ChargeState.SUCCEEDED else _code(error),
    )


def decline_code(error: stripe.CardError) -> str:
    """Tell why the bank said no."""
    return _code(error.error) if error.error else "card_declined"


def refused(request: ChargeRequest, code: str) -> ChargeOutcome:
    """Tell that a charge was declined before there was one."""
    failed = ChargeState.FAILED
    return ChargeOutcome(failed, None, request.amount, request.currency, decline_code=code)


def refund(made: Refund) -> RefundOutcome:
    """Tell how a refund stands."""
    return RefundOutcome(REFUNDS[made.status or "pending"], made.id, made.amount)


def metadata(object: object, name: str) -> str | None:
    """Read what we wrote beside an object."""
    known = getattr(object, "metadata", None)
    return str(known[name]) if known and name in known else None


def news(event: Event) -> ProviderNews:
    """Read a webhook; of an object that is no charge and no refund only what it is called."""
    object = event.data.object
    return ProviderNews(
        id=event.id,
        kind=event.type,
        object_id=str(getattr(object, "id", "")),
        occurred_at=datetime.fromtimestamp(event.created, UTC),
        payment_id=metadata(object, "payment_id"),
        charge=charge(object) if isinstance(object, PaymentIntent) else None,
        refund_id=metadata(object, "refund_id"),
        refund=refund(object) if isinstance(object, Refund) else None,
    )


def _redirect(intent: PaymentIntent) -> str | None:
    action = getattr(intent, "next_action", None)
    found = getattr(action, "redirect_to_url", None) if action else None
    return getattr(found, "url", None)


def _code(error: object) -> str:
    decline = getattr(error, "decline_code", None)
    return str(decline or getattr(error, "code", None) or "card_declined")
