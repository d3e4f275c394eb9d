"""Why a code is not taken."""

import enum
from dataclasses import dataclass

from core.errors import DomainError
from core.i18n import Text, pick


class PromotionRefusal(enum.StrEnum):
    """Why a promotion's code is not taken."""

    UNKNOWN_CODE = "unknown_code"
    """There is no such code."""
    EXPIRED = "expired"
    """It is over."""
    LIMIT_REACHED = "limit_reached"
    """It was used as often as it may be, by this customer or by all."""
    BELOW_MINIMUM = "below_minimum"
    """There is too little in the cart."""
    CONDITION_UNMET = "condition_unmet"
    """What it asks for is not in the cart, or was not done."""
    NOT_COMBINABLE = "not_combinable"
    """It stands alone, and what applies without it takes off as much or more."""
    NOT_IN_CHANNEL = "not_in_channel"
    """It is for another market."""


REASONS: dict[PromotionRefusal, Text] = {
    PromotionRefusal.UNKNOWN_CODE: {
        "ko": "없는 코드예요. 철자를 확인해 주세요.",
        "en": "There is no such code. Check the spelling.",
    },
    PromotionRefusal.EXPIRED: {"ko": "기간이 끝난 코드예요.", "en": "This code is over."},
    PromotionRefusal.LIMIT_REACHED: {
        "ko": "쓸 수 있는 횟수를 모두 썼어요.",
        "en": "This code was used as often as it may be.",
    },
    PromotionRefusal.BELOW_MINIMUM: {
        "ko": "최소 주문 금액에 모자라요. 더 담은 뒤에 다시 적용해 주세요.",
        "en": "The cart is below this code's minimum. Add more, then try again.",
    },
    PromotionRefusal.CONDITION_UNMET: {
        "ko": "아직 조건이 맞지 않아요. 장바구니를 확인해 주세요.",
        "en": "The cart does not have what this code asks for yet.",
    },
    PromotionRefusal.NOT_COMBINABLE: {
        "ko": "다른 혜택과 함께 쓸 수 없고, 지금 적용된 혜택이 더 좋아요.",
        "en": "It cannot be combined, and what applies now is at least as good.",
    },
    PromotionRefusal.NOT_IN_CHANNEL: {
        "ko": "이 지역에서는 쓸 수 없는 코드예요.",
        "en": "This code is for another market.",
    },
}


@dataclass
class PromotionRefused(DomainError):
    """A code is not taken; `reason` says why."""

    reason: PromotionRefusal
    field: str | None = "input.code"
    code = "PROMOTION_REFUSED"
    text = {"ko": "코드를 적용할 수 없어요.", "en": "The code cannot be applied."}

    def message(self, locale: str) -> str:
        """Say why."""
        return pick(REASONS[self.reason], locale)
