"""What rules of checkouts refuse, and why."""

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import DomainError
from models.checkout import CheckoutStatus

if TYPE_CHECKING:
    from services.checkout.problems import Problem


@dataclass
class CheckoutClosed(DomainError):
    """Its state does not allow it any more."""

    status: CheckoutStatus
    checkout_id: str
    field: str | None = "input.checkoutId"
    code = "CHECKOUT_CLOSED"
    text = {
        "ko": "이 주문서는 더 바꿀 수 없습니다. `status`와 `order`를 확인하세요.",
        "en": "This checkout can no longer be changed: see `status` and `order`.",
    }


@dataclass
class VariantNotSold(DomainError):
    """No such variant, or this channel does not sell it."""

    field: str | None = "input.lines"
    code = "VARIANT_NOT_SOLD"
    text = {
        "ko": "이 채널에서 팔지 않는 상품입니다. 다른 상품을 골라 주세요.",
        "en": "This channel does not sell that. Choose another variant.",
    }


@dataclass
class TotalChanged(DomainError):
    """The total is not what the customer agreed to."""

    checkout_id: str
    field: str | None = "input.expectedTotal"
    retryable = True
    code = "TOTAL_CHANGED"
    text = {
        "ko": "결제 금액이 바뀌었습니다. 새 금액을 보여 주고 다시 확인받으세요.",
        "en": "The total has changed. Show the new one and ask again.",
    }


@dataclass
class CheckoutIncomplete(DomainError):
    """Something is missing before it can be paid."""

    checkout_id: str
    problems: "list[Problem]" = dataclasses.field(default_factory=list)
    field: str | None = "input.checkoutId"
    code = "CHECKOUT_INCOMPLETE"
    text = {
        "ko": "아직 주문할 수 없습니다. `problems`를 하나씩 해결하세요.",
        "en": "It cannot be completed yet. Settle each of `problems`.",
    }


@dataclass
class PaymentDeclined(DomainError):
    """The provider said no; nothing was paid."""

    decline_code: str
    field: str | None = "input.paymentMethod"
    retryable = True
    code = "PAYMENT_DECLINED"
    text = {
        "ko": "결제가 거절되었습니다. 다른 결제 수단을 써 보세요.",
        "en": "The payment was declined. Try another way to pay.",
    }


@dataclass
class PaymentPending(DomainError):
    """Whether it was paid is being looked up."""

    checkout_id: str
    code = "PAYMENT_PENDING"
    text = {
        "ko": "결제 결과를 확인하고 있습니다. 다시 결제하지 말고 checkoutChanged를 기다리세요.",
        "en": "The outcome is being looked up. Do not pay again: `checkoutChanged` will tell.",
    }
