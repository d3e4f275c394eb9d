"""Products, what they are made of, and how they are sold."""

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base
from models.catalogue.base import Curated, choice


class VariantKind(enum.StrEnum):
    """What one buys."""

    BOTTLE = "bottle"
    """A bottle or a can of the usual size."""
    UNIT = "mini"
    """A small unit, to taste."""
    BUNDLE = "bundle"
    """Several variants together; sold while each of its parts lasts."""


class Product(Curated, Base):
    """A drink. `channels` are the markets that it is sold in; `abv` is percent by volume."""

    __tablename__ = "products"
    __table_args__ = (Index("ix_products_released_on_id", "released_on", "id"),)

    sku: Mapped[str] = mapped_column(unique=True)
    name: Mapped[dict[str, str]]
    category: Mapped[str]
    abv: Mapped[float]
    description: Mapped[dict[str, str]]
    story_tags: Mapped[list[str]]
    released_on: Mapped[date | None]
    tasting_set_id: Mapped[str | None] = mapped_column(ForeignKey("tasting_sets.id"))
    tasting: Mapped[dict[str, float]]
    serve: Mapped[dict[str, Any] | None]
    allergen_codes: Mapped[list[str]]
    warning_codes: Mapped[list[str]]
    pairing_ids: Mapped[list[str]]
    related_ids: Mapped[list[str]]
    channels: Mapped[list[str]]
    shelf_life_days: Mapped[int | None]
    storage: Mapped[str | None]
    brew: Mapped[dict[str, Any]]
    images: Mapped[list[dict[str, Any]]]


class ProductIngredient(Base):
    """How much of an ingredient is in a product: 0 to 1, or None where that is a secret."""

    __tablename__ = "product_ingredients"

    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"), index=True)
    ingredient_id: Mapped[str] = mapped_column(ForeignKey("ingredients.id"), index=True)
    share: Mapped[float | None]
    position: Mapped[int]


class Variant(Curated, Base):
    """A volume or a bundle of a product."""

    __tablename__ = "variants"

    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"), index=True)
    name: Mapped[dict[str, str]]
    kind: Mapped[VariantKind] = mapped_column(choice(VariantKind))
    volume_ml: Mapped[int]


class VariantPrice(Base):
    """What a variant costs in a market, in minor units of the market's currency."""

    __tablename__ = "variant_prices"

    variant_id: Mapped[str] = mapped_column(ForeignKey("variants.id"), index=True)
    channel_id: Mapped[str] = mapped_column(ForeignKey("channels.id"), index=True)
    amount: Mapped[int]
    currency: Mapped[str]


class BundlePart(Base):
    """A variant in a bundle, so many times."""

    __tablename__ = "bundle_parts"

    bundle_id: Mapped[str] = mapped_column(ForeignKey("variants.id"), index=True)
    part_id: Mapped[str] = mapped_column(ForeignKey("variants.id"), index=True)
    quantity: Mapped[int]
    position: Mapped[int]


class Stock(Base):
    """What there is of a variant, whose id it has; a bundle has none of its own.

    A sum of its lots and reservations, renewed in every transaction that changes those, under the
    lock of this row. It is right until `fresh_until` and `held_until`; readers then add up anew.
    """

    __tablename__ = "stock"

    id: Mapped[str] = mapped_column(ForeignKey("variants.id"), primary_key=True)
    on_hand: Mapped[int] = mapped_column(server_default="0")
    """Units in lots that have not expired."""
    fresh_until: Mapped[date | None]
    """The day on which the next of these lots expires."""
    reserved: Mapped[int] = mapped_column(server_default="0")
    """Units that checkouts hold."""
    held_until: Mapped[datetime | None]
    """When the first of these reservations lapses."""
    low_stock_at: Mapped[int]
    low_since: Mapped[datetime | None]
    """When what is available fell to `low_stock_at`, or under it; None while there is more."""
