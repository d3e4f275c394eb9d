"""Why a gift card is not taken."""

from dataclasses import dataclass, field

from core.errors import DomainError
from core.i18n import Text, pick

UNKNOWN: Text = {
    "ko": "쓸 수 없는 코드예요. 다시 확인해 주세요.",
    "en": "There is no gift card with this code. Please check it.",
}
EXPIRED: Text = {"ko": "기간이 끝난 선물카드예요.", "en": "This gift card has expired."}
EMPTY: Text = {"ko": "잔액이 없는 선물카드예요.", "en": "There is nothing left on this gift card."}
OTHER_CURRENCY: Text = {
    "ko": "이 통화로는 쓸 수 없는 선물카드예요.",
    "en": "This gift card is in another currency.",
}
TOO_LITTLE: Text = {
    "ko": "선물카드 잔액이 그사이 줄었어요. 금액을 다시 확인해 주세요.",
    "en": "The gift card holds less than it did. Please look at the total again.",
}


@dataclass
class GiftCardRefused(DomainError):
    """A gift card is not taken; only who knows its code is told more than that."""

    reason: Text = field(default_factory=lambda: UNKNOWN)
    field: str | None = "input.code"
    code = "GIFT_CARD_REFUSED"
    text = UNKNOWN

    def message(self, locale: str) -> str:
        """Say why."""
        return pick(self.reason, locale)
