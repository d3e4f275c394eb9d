"""What is asked of the provider in tests, and what it has then."""

import time
from datetime import UTC, datetime
from typing import Any

import stripe

from core.ids import new_id
from gateways.payments import ChargeOutcome, ChargeRequest, ChargeState, RefundRequest
from sandbox.stack import Stack
from sandbox.stripe.server import StripeControl

S = ChargeState
BACK = "http://127.0.0.1:1/back"
CREATE = {"method": "POST", "path": "/v1/payment_intents"}
PREVIEW = "2026-09-30.preview"
LOST = "lost_reply_after_acceptance"


def asked(method: str | None = "pm_card_visa", **more: Any) -> ChargeRequest:
    """Thirty thousand won, for a payment of its own."""
    given = {"amount": 30_000, "currency": "KRW", "return_url": BACK, **more}
    return ChargeRequest(
        payment_id=new_id("pay"),
        checkout_id="chk_1",
        asked_at=datetime.now(UTC),
        method=method,
        **given,
    )


def taken(bank: StripeControl, *requests: ChargeRequest) -> list[Any]:
    """The charges that were made for these."""
    ids = {request.payment_id for request in requests}
    return [c for c in bank.calls()["charges"] if c["metadata"].get("payment_id") in ids]  # type: ignore[attr-defined]


def client(stack: Stack, version: str | None = None) -> stripe.StripeClient:
    """The SDK by itself, as an agent's side has it."""
    return stripe.StripeClient(
        stack.env["STRIPE_API_KEY"],
        base_addresses={"api": stack.env["STRIPE_BASE_URL"]},
        stripe_version=version,
    )


def back(charge: ChargeOutcome, amount: int) -> RefundRequest:
    """A refund of so much."""
    return RefundRequest(new_id("rfd"), "pay_1", str(charge.provider_id), amount)


def granted(stack: Stack, **limits: Any) -> str:
    """A token that an agent passes on: fifty thousand won unless it is said."""
    given = {"currency": "krw", "max_amount": 50_000, "expires_at": int(time.time()) + 600}
    answer = client(stack, PREVIEW).raw_request(
        "post",
        "/v1/test_helpers/shared_payment/granted_tokens",
        payment_method="pm_card_visa",
        usage_limits={**given, **limits},
    )
    return str(answer.data["id"])
