"""What stock refuses."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.errors import DomainError
from core.i18n import pick


@dataclass
class OutOfStock(DomainError):
    """There is not enough; `shortages` says how many of each wanted variant can be had."""

    shortages: Mapping[str, int]
    field: str | None = None
    code = "INSUFFICIENT_STOCK"
    text = {
        "ko": "재고가 부족합니다. 지금 살 수 있는 수량은 {available}개입니다.",
        "en": "Not enough in stock: {available} can be bought now.",
    }
    retryable = True

    @property
    def available(self) -> int:
        """How many of the scarcest can be had."""
        return min(self.shortages.values(), default=0)

    def message(self, locale: str) -> str:
        """Say how many there are."""
        return pick(self.text, locale).format(available=self.available)


@dataclass
class ReservationNotExtendable(DomainError):
    """There is nothing to extend: never reserved, lapsed, or extended before."""

    field: str | None = "input.checkoutId"
    code = "RESERVATION_NOT_EXTENDABLE"
    text = {
        "ko": "재고 예약은 끝나기 전에 한 번만 연장할 수 있습니다.",
        "en": "A reservation can be extended once, before it lapses.",
    }
