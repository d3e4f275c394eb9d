"""Promotions: how often each was used, and why a code is not taken."""

from services.promotion.errors import PromotionRefusal, PromotionRefused
from services.promotion.uses import (
    Used,
    free_promotions,
    is_used_up,
    person_of,
    use_promotions,
    used_of,
)

__all__ = [
    "PromotionRefusal",
    "PromotionRefused",
    "Used",
    "free_promotions",
    "is_used_up",
    "person_of",
    "use_promotions",
    "used_of",
]
