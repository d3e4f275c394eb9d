"""What order rules refuse, and why."""

from dataclasses import dataclass

from core.errors import DomainError
from core.i18n import pick
from core.money import Money
from models.order import OrderStatus
from models.payment import RefundStatus


@dataclass
class OrderStateConflict(DomainError):
    """Its state does not allow it."""

    status: OrderStatus
    next_states: list[OrderStatus]
    field: str | None = "input.orderId"
    code = "ORDER_STATE_CONFLICT"
    text = {
        "ko": "지금 주문 상태({status})에서는 할 수 없습니다.",
        "en": "The order is {status}: that cannot be done now.",
    }


@dataclass
class RefundExceedsCharge(DomainError):
    """More than what is left of the money that was paid."""

    refundable: Money
    field: str | None = "input"
    code = "REFUND_EXCEEDS_CHARGE"
    text = {
        "ko": "결제된 금액 중 환불할 수 있는 금액은 {most}입니다.",
        "en": "At most {most} of what was paid can still be refunded.",
    }

    def message(self, locale: str) -> str:
        """Name the amount."""
        return pick(self.text, locale).format(most=self.refundable.formatted())


@dataclass
class RefundNotRetryable(DomainError):
    """It did not fail, or was tried again already."""

    status: RefundStatus
    field: str | None = "input.refundId"
    code = "REFUND_NOT_RETRYABLE"
    text = {
        "ko": "실패했고 다시 시도하지 않은 환불만 다시 시도할 수 있습니다. 지금은 {status}입니다.",
        "en": "Only a refund that failed and was not tried again can be; this one is {status}.",
    }
