"""What we ask of a payment provider, and what it may say."""

import enum
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class PaymentsUnavailable(Exception):
    """No answer, or none that tells: what was asked for may have happened. Look it up later."""


class PaymentsRefused(Exception):
    """The provider will not do it, and did nothing; asking again is useless."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NewsInvalid(Exception):
    """A webhook that the provider did not send, or not lately."""


class ChargeState(enum.StrEnum):
    """Where a charge stands; the words are those of `models.payment.PaymentStatus`."""

    REQUIRES_PAYMENT_METHOD = "requires_payment_method"
    REQUIRES_ACTION = "requires_action"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


class RefundState(enum.StrEnum):
    """Where a refund stands; the words are those of `models.payment.RefundStatus`."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True)
class Authentication:
    """3-D Secure that somebody else ran with the buyer; the card's bank judges the cryptogram.

    `status` is the network's letter for what came of it: Y, A or I.
    """

    cryptogram: str
    indicator: str
    transaction_id: str
    version: str
    status: str


@dataclass(frozen=True)
class ChargeRequest:
    """A charge to make, the same each time it is asked for. `amount` is in minor units.

    `method` is an id (`pm_…`), a granted token (`spt_…`) or a kind (`kakao_pay`); None lets the
    customer choose in the app, with the provider's own form. `asked_at` is when it was first
    asked for, by our clock.
    """

    payment_id: str
    checkout_id: str
    amount: int
    currency: str
    asked_at: datetime
    method: str | None = None
    return_url: str | None = None
    authentication: Authentication | None = None


@dataclass(frozen=True)
class ChargeOutcome:
    """What became of a charge. `amount` is what it is for, in minor units.

    `network` is a card's, as the provider calls it: `visa`, `mastercard`, `amex`, …
    """

    state: ChargeState
    provider_id: str | None
    amount: int
    currency: str
    method: str | None = None
    network: str | None = None
    client_secret: str | None = None
    redirect_url: str | None = None
    decline_code: str | None = None


@dataclass(frozen=True)
class RefundRequest:
    """Money to give back, the same each time it is asked for."""

    refund_id: str
    payment_id: str
    charge_id: str
    amount: int


@dataclass(frozen=True)
class RefundOutcome:
    """What became of a refund."""

    state: RefundState
    provider_id: str | None
    amount: int


@dataclass(frozen=True)
class ProviderNews:
    """A webhook whose signature is right. Its charge or refund is as it was when it was sent."""

    id: str
    kind: str
    object_id: str
    occurred_at: datetime
    payment_id: str | None = None
    charge: ChargeOutcome | None = None
    refund_id: str | None = None
    refund: RefundOutcome | None = None


class Payments(Protocol):
    """Takes money and gives it back. Ids of ours are its idempotency keys."""

    async def charge(self, request: ChargeRequest) -> ChargeOutcome:
        """Make the charge, or tell what became of it if it was made with this id before.

        A declined one is closed at the provider, so that nobody can pay it later. Raises
        PaymentsUnavailable, PaymentsRefused.
        """
        ...

    async def find(self, request: ChargeRequest, provider_id: str | None) -> ChargeOutcome | None:
        """Tell what became of a charge; None when there is none. Never makes one.

        Without a provider's id it is searched for among those made when it was asked for. Raises
        PaymentsUnavailable.
        """
        ...

    async def cancel(self, request: ChargeRequest, provider_id: str) -> ChargeOutcome:
        """Give up a charge; one that was paid meanwhile stays paid. Raises PaymentsUnavailable."""
        ...

    async def refund(self, request: RefundRequest) -> RefundOutcome:
        """Give money back, or tell what became of it if that was asked with this id before.

        Raises PaymentsUnavailable, PaymentsRefused.
        """
        ...

    async def find_refund(
        self, request: RefundRequest, provider_id: str | None
    ) -> RefundOutcome | None:
        """Tell what became of a refund; None when there is none. Raises PaymentsUnavailable."""
        ...

    def event(self, body: bytes, signature: str | None) -> ProviderNews:
        """Check and read a webhook. Raises NewsInvalid."""
        ...

    async def aclose(self) -> None:
        """Close the connections of the running event loop."""
        ...
