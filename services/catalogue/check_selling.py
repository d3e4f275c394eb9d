"""Checks of promotions, gift cards and delivery."""

from collections import Counter
from collections.abc import Iterator

from models.promotion import PromotionKind
from services.catalogue.document import Document
from services.catalogue.index import Index, Problem, missing
from services.catalogue.selling import PromotionEntry
from services.delivery import known_regions

RESERVED = "free-delivery"
PERCENT = (PromotionKind.ORDER_PERCENT, PromotionKind.LINE_PERCENT)
BY_AMOUNT = (PromotionKind.ORDER_AMOUNT, PromotionKind.BUNDLE)


def selling_problems(document: Document, index: Index) -> Iterator[Problem]:
    """Yield what is wrong with what makes an order cheaper, and how it travels."""
    for at, promotion in enumerate(document.promotions):
        path = f"$.promotions[{at}]"
        yield from _promotion(path, promotion, index)
        yield from _condition(f"{path}.when", promotion, index)
    for code, times in Counter(p.code for p in document.promotions if p.code).items():
        if times > 1:
            yield "$.promotions", f"code {code!r} stands here {times} times"
    for at, method in enumerate(document.shipping):
        path = f"$.shipping[{at}]"
        yield from missing(path, [method.channel], index.channels, "channel")
        if method.days[0] > method.days[1]:
            yield f"{path}.days", "are from early to late; put the lower number first"
        known = known_regions(method.channel)
        yield from missing(f"{path}.regions", method.regions, known, "region")


def _promotion(path: str, promotion: PromotionEntry, index: Index) -> Iterator[Problem]:
    yield from missing(f"{path}.channels", promotion.channels, index.channels, "channel")
    for name in ("amounts", "min_subtotal"):
        given = getattr(promotion, name)
        yield from missing(f"{path}.{name}", given, promotion.channels, "channel of its own")
    if promotion.id == RESERVED:
        yield f"{path}.id", "is what a channel's own free delivery is called"
    is_percent = promotion.kind in PERCENT
    if is_percent != (1 <= promotion.value <= 100):
        yield f"{path}.value", "is 1 to 100 for a percentage, and 0 for all else"
    by_amount = set(promotion.channels) if promotion.kind in BY_AMOUNT else set()
    for channel in sorted(set(promotion.amounts) ^ by_amount):
        yield f"{path}.amounts.{channel}", "each channel has one for order_amount and bundle only"
    if (promotion.gift_sku is None) == (promotion.kind is PromotionKind.GIFT):
        yield f"{path}.gift_sku", "is for a gift, and a gift has one"
    # A drink would pass by stock, the cap on bottles, allergens and the places it may not go to.
    if promotion.gift_sku and promotion.gift_sku.casefold() in _drinks(index):
        yield f"{path}.gift_sku", "is a drink: a gift is something that anybody may have"
    if promotion.starts_at and promotion.ends_at and promotion.starts_at >= promotion.ends_at:
        yield f"{path}.ends_at", "is before it starts"


def _drinks(index: Index) -> set[str]:
    """Return all that names a drink, in small letters."""
    skus = {product.sku.casefold() for product in index.products.values()}
    return {*skus, *index.products, *index.variants}


def _condition(path: str, promotion: PromotionEntry, index: Index) -> Iterator[Problem]:
    when = promotion.when
    products = [when.product] if when.product else []
    yield from missing(f"{path}.product", products, index.products, "product")
    yield from missing(f"{path}.variants", when.variants, index.variants, "variant")
    if when.quantity_at_least is not None and when.product is None:
        yield f"{path}.quantity_at_least", "of which product?"
    if promotion.kind is PromotionKind.BUNDLE and not when.variants:
        yield f"{path}.variants", "a bundle needs its variants"
