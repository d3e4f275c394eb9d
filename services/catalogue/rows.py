"""The rows that the file asks for, parents before children."""

from collections.abc import Iterator
from typing import Any

from core.db import Base
from core.i18n import LOCALES
from models import catalogue as models
from models import promotion, world
from services.catalogue.brewing import brewing_rows
from services.catalogue.document import Document
from services.catalogue.entries import ChannelEntry, LoreEntry, ProductEntry, VariantEntry
from services.catalogue.places import places
from services.catalogue.rows_around import people_rows, reference_rows, side_rows
from services.catalogue.selling import selling_rows
from services.stock.opening import Opening

# Spirits and the like keep for ever; a lot has a day all the same.
UNDATED_DAYS = 3_650

type Row = tuple[type[Base], dict[str, Any]]

# Parents first.
MODELS: tuple[type[Base], ...] = (
    models.Channel,
    models.TastingSet,
    models.Pairing,
    models.HealthWarning,
    models.LegalText,
    world.Ingredient,
    world.Place,
    models.Product,
    models.ProductIngredient,
    models.Variant,
    models.Stock,
    models.VariantPrice,
    models.BundlePart,
    models.Farm,
    models.Batch,
    world.Lore,
    world.LoreFeature,
    world.Character,
    models.Likeness,
    world.LoreKnower,
    models.CameoTemplate,
    models.ArExperience,
    models.Recipe,
    models.Persona,
    promotion.Promotion,
    promotion.GiftCardKind,
    promotion.DeliveryMethod,
    models.ReferenceEntry,
)


def rows(document: Document) -> Iterator[Row]:
    """Yield every row, in an order in which each finds what it points to."""
    for at, channel in enumerate(document.channels):
        yield models.Channel, {"position": at, **_channel(channel)}
    yield from side_rows(document)
    yield from _ingredients(document)
    for at, product in enumerate(document.products):
        yield models.Product, {"position": at, **_product(product)}
    for product in document.products:
        yield from _parts(product)
        yield from _variants(product, document)
    for product in document.products:
        yield from _bundle(product)
    yield from brewing_rows(document.farms, document.lots)
    for at, lore in enumerate(document.lore):
        yield world.Lore, {"position": at, **_lore(lore, document)}
        yield from _features(lore)
    yield from people_rows(document)
    yield from selling_rows(document.promotions, document.gift_cards, document.shipping)
    yield from reference_rows(document)


def _ingredients(document: Document) -> Iterator[Row]:
    found: list[dict[str, Any]] = []
    for at, ingredient in enumerate(document.ingredients):
        origin = ingredient.origin
        found.append(
            {
                "position": at,
                **ingredient.model_dump(mode="json", exclude={"origin", "allergens"}),
                "origin_name": origin.name.model_dump(),
                "latitude": origin.lat,
                "longitude": origin.lon,
                "allergen_codes": ingredient.allergens,
            }
        )
        yield world.Ingredient, found[-1]
    for at, place in enumerate(places(world.Ingredient(**row) for row in found).values()):
        own = ("id", "name", "latitude", "longitude")
        yield world.Place, {"position": at, **{key: getattr(place, key) for key in own}}


def _channel(channel: ChannelEntry) -> dict[str, Any]:
    taken = {"tax", "legal_age", "currency_exponent"}
    return {
        **channel.model_dump(mode="json", exclude=taken),
        "tax_included": channel.tax.mode == "included",
        "vat_rate": channel.tax.vat_rate,
        "tax_rates": channel.tax.rates,
        "legal_age_rule": channel.legal_age.rule,
        "legal_age_years": channel.legal_age.years,
        "legal_age_note": channel.legal_age.note,
    }


def _product(product: ProductEntry) -> dict[str, Any]:
    same = {"id", "sku", "name", "category", "abv", "description", "story_tags", "storage"}
    serve, brew, tasting = product.serve, product.brew, product.tasting
    return {
        **product.model_dump(mode="json", include={*same, "shelf_life_days", "images"}),
        "released_on": product.released,
        "tasting_set_id": tasting.set if tasting else None,
        "tasting": tasting.scores if tasting else {},
        "serve": serve.model_dump() if serve else None,
        "brew": brew.model_dump() if brew else {},
        "allergen_codes": product.allergens,
        "warning_codes": product.warnings,
        "pairing_ids": product.pairings,
        "related_ids": product.related,
        "channels": [channel for channel, sold in product.available.items() if sold],
    }


def _parts(product: ProductEntry) -> Iterator[Row]:
    for at, part in enumerate(product.ingredients):
        yield (
            models.ProductIngredient,
            {
                "id": f"{product.id}:{part.ingredient}",
                "product_id": product.id,
                "ingredient_id": part.ingredient,
                "share": part.share,
                "position": at,
            },
        )


def _variants(product: ProductEntry, document: Document) -> Iterator[Row]:
    currencies = {channel.id: channel.currency for channel in document.channels}
    for at, variant in enumerate(product.variants):
        yield (
            models.Variant,
            {
                "id": variant.id,
                "product_id": product.id,
                "position": at,
                "name": _variant_name(product, variant),
                "kind": variant.kind,
                "volume_ml": variant.volume_ml,
            },
        )
        yield models.Stock, {"id": variant.id, "low_stock_at": variant.low_stock_at}
        for channel, amount in variant.price.items():
            yield (
                models.VariantPrice,
                {
                    "id": f"{variant.id}:{channel}",
                    "variant_id": variant.id,
                    "channel_id": channel,
                    "amount": amount,
                    "currency": currencies[channel],
                },
            )


def openings(document: Document) -> Iterator[Opening]:
    """Yield what each variant begins with: the product's lot, or one without a code of its own."""
    known = {lot.product: lot for lot in document.lots}
    for product in document.products:
        lot = known.get(product.id)
        code = lot.code if lot else "OPENING"
        days = lot.expires_in_days if lot else product.shelf_life_days
        for variant in product.variants:
            if variant.stock:
                yield Opening(variant.id, code, variant.stock, days or UNDATED_DAYS)


def _variant_name(product: ProductEntry, variant: VariantEntry) -> dict[str, str]:
    names = product.name.model_dump()
    if variant.kind is models.VariantKind.BUNDLE:
        return names
    volume = {"ko": f"{variant.volume_ml}ml", "en": f"{variant.volume_ml} ml"}
    return {locale: f"{names[locale]} {volume[locale]}" for locale in LOCALES}


def _bundle(product: ProductEntry) -> Iterator[Row]:
    bundles = (v for v in product.variants if v.kind is models.VariantKind.BUNDLE)
    for bundle in bundles:
        for at, part in enumerate(product.bundle):
            yield (
                models.BundlePart,
                {
                    "id": f"{bundle.id}:{part.variant}",
                    "bundle_id": bundle.id,
                    "part_id": part.variant,
                    "quantity": part.quantity,
                    "position": at,
                },
            )


def _lore(lore: LoreEntry, document: Document) -> dict[str, Any]:
    taken = {"features", "known_by", "truth", "unlock"}
    return {
        **lore.model_dump(mode="json", exclude=taken),
        "truth": lore.truth,
        "unlock": lore.unlock,
        "unlock_product_id": _opener(lore, document),
    }


def _opener(lore: LoreEntry, document: Document) -> str | None:
    if lore.unlock is world.LoreUnlock.PUBLIC:
        return None
    for experience in document.ar_experiences:
        if any(animation.unlocks_lore == lore.id for animation in experience.animations):
            return experience.product
    return next(iter(lore.features.products), None)


def _features(lore: LoreEntry) -> Iterator[Row]:
    subjects = [
        *((world.SubjectKind.PRODUCT, id) for id in lore.features.products),
        *((world.SubjectKind.INGREDIENT, id) for id in lore.features.ingredients),
        *((world.SubjectKind.CHARACTER, id) for id in lore.features.characters),
    ]
    for at, (kind, subject) in enumerate(subjects):
        yield (
            world.LoreFeature,
            {
                "id": f"{lore.id}:{kind}:{subject}",
                "lore_id": lore.id,
                "subject_kind": kind,
                "subject_id": subject,
                "position": at,
            },
        )
