"""What a cart costs: prices, promotions, tax, delivery and gift cards, from the server alone."""

from services.delivery import Option, options, region_of, regions_of
from services.giftcard import (
    GiftCardRefused,
    find_card,
    return_cards,
    spend_cards,
)
from services.pricing.facts import Card, Condition, Facts, Good, Rule
from services.pricing.price import FREE_DELIVERY, price
from services.pricing.quote import check_code, clean_code, quote
from services.pricing.shapes import (
    Applied,
    AppliedCard,
    Cart,
    Near,
    Quote,
    QuoteLine,
    freeze,
    thaw,
)
from services.promotion import (
    PromotionRefusal,
    PromotionRefused,
    free_promotions,
    person_of,
    use_promotions,
)

__all__ = [
    "FREE_DELIVERY",
    "Applied",
    "AppliedCard",
    "Card",
    "Cart",
    "Condition",
    "Facts",
    "GiftCardRefused",
    "Good",
    "Near",
    "Option",
    "PromotionRefusal",
    "PromotionRefused",
    "Quote",
    "QuoteLine",
    "Rule",
    "check_code",
    "clean_code",
    "find_card",
    "free_promotions",
    "freeze",
    "options",
    "person_of",
    "price",
    "quote",
    "region_of",
    "regions_of",
    "return_cards",
    "spend_cards",
    "thaw",
    "use_promotions",
]
