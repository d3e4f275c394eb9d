"""Money: one Protocol, and Stripe."""

from gateways.payments.port import (
    Authentication,
    ChargeOutcome,
    ChargeRequest,
    ChargeState,
    NewsInvalid,
    Payments,
    PaymentsRefused,
    PaymentsUnavailable,
    ProviderNews,
    RefundOutcome,
    RefundRequest,
    RefundState,
)
from gateways.payments.stripe import StripePayments

__all__ = [
    "Authentication",
    "ChargeOutcome",
    "ChargeRequest",
    "ChargeState",
    "NewsInvalid",
    "Payments",
    "PaymentsRefused",
    "PaymentsUnavailable",
    "ProviderNews",
    "RefundOutcome",
    "RefundRequest",
    "RefundState",
    "StripePayments",
]
