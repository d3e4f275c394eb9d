"""What stands between a checkout and being completed (decision 9)."""

from dataclasses import dataclass
from typing import ClassVar

from core.i18n import Text, pick, with_particles
from models.checkout import CheckoutLine
from services.account import LegalAge


@dataclass(frozen=True)
class Problem:
    """Something that the customer, or time, has to settle."""

    code: ClassVar[str]
    text: ClassVar[Text]

    def message(self, locale: str) -> str:
        """Say it to people, in their language."""
        return with_particles(pick(self.text, locale).format(**vars(self)))


@dataclass(frozen=True)
class EmptyCheckout(Problem):
    """Nothing is in it."""

    code = "EMPTY"
    text = {"ko": "장바구니가 비어 있습니다.", "en": "There is nothing in it."}


@dataclass(frozen=True)
class InsufficientStock(Problem):
    """Fewer are left than are wanted."""

    line: CheckoutLine
    available: int
    code = "INSUFFICIENT_STOCK"
    text = {
        "ko": "재고가 부족합니다. 지금 {available}개까지 살 수 있습니다.",
        "en": "Not enough in stock: {available} can be bought now.",
    }


@dataclass(frozen=True)
class VariantWithdrawn(Problem):
    """The channel no longer sells it."""

    line: CheckoutLine
    code = "VARIANT_NOT_SOLD"
    text = {
        "ko": "더 이상 팔지 않는 상품이 있습니다. 빼 주세요.",
        "en": "Something in it is no longer sold. Remove it.",
    }


@dataclass(frozen=True)
class AgeProofRequired(Problem):
    """Nobody of proven legal age is behind it."""

    legal_age: LegalAge
    code = "AGE_PROOF_REQUIRED"
    text = {
        "ko": "성인 인증이 필요합니다. 로그인한 뒤 startAgeVerification으로 인증하세요.",
        "en": "Proof of legal age is needed. Sign in and use startAgeVerification.",
    }


@dataclass(frozen=True)
class RegionRestricted(Problem):
    """It may not be sent there."""

    lines: tuple[CheckoutLine, ...]
    region: str
    code = "REGION_RESTRICTED"
    text = {
        "ko": "이 지역({region})으로는 보낼 수 없습니다.",
        "en": "This cannot be sent to {region}.",
    }


@dataclass(frozen=True)
class QuantityOverCap(Problem):
    """More bottles than one order may have."""

    maximum: int
    code = "QUANTITY_OVER_CAP"
    text = {
        "ko": "한 번에 {maximum}병까지 주문할 수 있습니다.",
        "en": "One order may have {maximum} bottles.",
    }


@dataclass(frozen=True)
class AddressIncomplete(Problem):
    """A parcel could not be sent."""

    missing: tuple[str, ...]
    code = "ADDRESS_INCOMPLETE"
    text = {
        "ko": "배송 정보를 채워 주세요: {missing_names}",
        "en": "Still needed for delivery: {missing_names}",
    }

    def message(self, locale: str) -> str:
        """Name what is missing."""
        return pick(self.text, locale).format(missing_names=", ".join(self.missing))


@dataclass(frozen=True)
class DeliveryMissing(Problem):
    """No way to deliver was chosen."""

    code = "DELIVERY_MISSING"
    text = {"ko": "배송 방법을 골라 주세요.", "en": "Choose how to deliver it."}


@dataclass(frozen=True)
class PriceChanged(Problem):
    """A price is not what the customer saw; any change of the lines takes note of it."""

    line: CheckoutLine
    before: int
    now: int
    currency: str
    code = "PRICE_CHANGED"
    text = {
        "ko": "가격이 바뀐 상품이 있습니다. 확인하고 계속하세요.",
        "en": "A price has changed. Look at it and go on.",
    }


@dataclass(frozen=True)
class ReservationExpired(Problem):
    """The units were kept for a time that is over, and others have taken them."""

    code = "RESERVATION_EXPIRED"
    text = {
        "ko": "잡아 둔 시간이 지나 재고가 풀렸습니다. 남은 수량에 맞춰 다시 담아 주세요.",
        "en": "The time for which units were kept is over. Take as many as are left.",
    }


@dataclass(frozen=True)
class PromotionLapsed(Problem):
    """A code that was applied no longer counts."""

    name: str
    code = "PROMOTION_LAPSED"
    text = {
        "ko": "더 이상 쓸 수 없는 할인 코드입니다: {name}",
        "en": "This code no longer counts: {name}",
    }
