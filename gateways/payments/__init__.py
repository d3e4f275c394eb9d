"""Money: one Protocol, and Stripe."""

from gateways.payments.port import (
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
