"""Products as the protocol's feed tells of them: `Product` of schema.feed.json."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.i18n import Text, pick
from core.settings import Settings
from models.catalogue import Channel, HealthWarning, Product, VariantKind
from services import catalogue
from services.catalogue import Availability, Offer

BATCH = 200
STATUS = {
    Availability.IN_STOCK: (True, "in_stock"),
    Availability.LOW_STOCK: (True, "limited_stock"),
    Availability.SOLD_OUT: (False, "out_of_stock"),
    Availability.NOT_SOLD_HERE: (False, "discontinued"),
}
ALCOHOL = "Food, Beverages & Tobacco > Beverages > Alcoholic Beverages"
VOLUME: Text = {"ko": "용량", "en": "Volume"}
REFERENCE_ML = 100
LINKS: dict[str, tuple[str, Text]] = {
    "terms_of_service": ("terms", {"ko": "이용약관", "en": "Terms of use"}),
    "privacy_policy": ("privacy", {"ko": "개인정보 처리방침", "en": "Privacy"}),
    "refund_policy": ("returns", {"ko": "교환·반품", "en": "Returns"}),
    "shipping_policy": ("delivery", {"ko": "배송 안내", "en": "Delivery"}),
}


async def records(
    session: AsyncSession, settings: Settings, channel: Channel, now: datetime
) -> dict[str, dict[str, Any]]:
    """Return what is told of each product that the channel sells, by its id."""
    if not channel.active:
        return {}
    sold = select(Product).where(Product.active, Product.channels.has_key(channel.id))
    products = list(await session.scalars(sold.order_by(Product.position, Product.id)))
    warnings = {row.id: row.text for row in await session.scalars(select(HealthWarning))}
    made: dict[str, dict[str, Any]] = {}
    for start in range(0, len(products), BATCH):
        some = products[start : start + BATCH]
        offers = await catalogue.offers_of(session, channel.id, [one.id for one in some], now)
        for product in some:
            words = [warnings[code] for code in product.warning_codes if code in warnings]
            made[product.id] = _record(settings, channel, product, offers[product.id], words)
    return {id: record for id, record in made.items() if record["variants"]}


def gone(record: dict[str, Any]) -> dict[str, Any]:
    """Return what is told of a product that the channel no longer sells."""
    return {**record, "variants": [_gone(variant) for variant in record["variants"]]}


def with_gone(record: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """Add the variants that were told of before and are no longer sold."""
    left = {variant["id"] for variant in record["variants"]}
    lost = [_gone(variant) for variant in before["variants"] if variant["id"] not in left]
    return {**record, "variants": [*record["variants"], *lost]}


def _gone(variant: dict[str, Any]) -> dict[str, Any]:
    available, status = STATUS[Availability.NOT_SOLD_HERE]
    told = {"available": available, "status": status}
    return {"id": variant["id"], "title": variant["title"], "availability": told}


def _record(
    settings: Settings,
    channel: Channel,
    product: Product,
    offers: Iterable[Offer],
    warnings: Sequence[dict[str, str]],
) -> dict[str, Any]:
    locale = channel.default_locale
    url = f"{settings.shop_url}/products/{product.id}"
    media = [
        {
            "type": "image",
            "url": image["url"],
            "alt_text": pick(image["alt"], locale),
            "width": image["width"],
            "height": image["height"],
        }
        for image in product.images
    ]
    shown: dict[str, Any] = {
        "id": product.id,
        "title": pick(product.name, locale),
        "description": {"plain": _described(product, warnings, locale)},
        "url": url,
        "variants": [_variant(settings, product, offer, url, locale) for offer in offers],
    }
    return shown | ({"media": media} if media else {})


def _described(product: Product, warnings: Sequence[dict[str, str]], locale: str) -> str:
    """Put the words that the law wants beside a drink after the description."""
    parts = [pick(product.description, locale), f"ABV {product.abv:g} %."]
    return "\n\n".join([*parts, *(pick(text, locale) for text in warnings)])


def _variant(
    settings: Settings, product: Product, offer: Offer, url: str, locale: str
) -> dict[str, Any]:
    variant, price = offer.variant, offer.price
    available, status = STATUS[offer.availability]
    shown: dict[str, Any] = {
        "id": variant.id,
        "title": pick(variant.name, locale),
        "url": f"{url}?variant={variant.id}",
        "price": {"amount": price.amount, "currency": price.currency},
        "availability": {"available": available, "status": status},
        "categories": [
            {"value": product.category, "taxonomy": "merchant"},
            {"value": ALCOHOL, "taxonomy": "google_product_category"},
        ],
        "condition": ["new"],
        "seller": _seller(settings, locale),
    }
    if variant.kind is VariantKind.BUNDLE:
        return shown
    measure = {"value": variant.volume_ml, "unit": "ml"}
    # Half a minor unit up, in integers.
    each = (2 * price.amount * REFERENCE_ML + variant.volume_ml) // (2 * variant.volume_ml)
    return shown | {
        "variant_options": [{"name": pick(VOLUME, locale), "value": f"{variant.volume_ml} ml"}],
        "unit_price": {
            "amount": each,
            "currency": price.currency,
            "measure": measure,
            "reference": {"value": REFERENCE_ML, "unit": "ml"},
        },
    }


def _seller(settings: Settings, locale: str) -> dict[str, Any]:
    links = [
        {"type": kind, "title": pick(title, locale), "url": f"{settings.shop_url}/{path}"}
        for kind, (path, title) in LINKS.items()
    ]
    return {"name": "NERDX", "links": links}
