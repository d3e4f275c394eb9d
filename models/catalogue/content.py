"""What stands beside the products: food, recipes, AR, words of the law, sandbox people."""

from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base
from models.catalogue.base import Curated


class Pairing(Curated, Base):
    """A dish that goes with a drink."""

    __tablename__ = "pairings"

    name: Mapped[dict[str, str]]


class Recipe(Curated, Base):
    """A mixed drink. `items` are `{name{ko,en}, amount, unit, variant_of, abv}`."""

    __tablename__ = "recipes"

    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"), index=True)
    name: Mapped[dict[str, str]]
    glass: Mapped[str]
    minutes: Mapped[int]
    mood: Mapped[str | None]
    servings: Mapped[int]
    items: Mapped[list[dict[str, Any]]]
    steps: Mapped[dict[str, list[str]]] = mapped_column(JSONB)
    alcohol_grams: Mapped[float | None]


class ArExperience(Curated, Base):
    """What a product's label shows through a camera."""

    __tablename__ = "ar_experiences"

    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"), unique=True)
    label_marker: Mapped[str] = mapped_column(unique=True)
    requires_unlock: Mapped[bool]
    max_devices: Mapped[int]
    unlock_ttl_days: Mapped[int]
    engines: Mapped[list[str]]
    animations: Mapped[list[dict[str, Any]]]


class TastingSet(Curated, Base):
    """Dimensions to taste by, with their names. `more` holds what only later parts read."""

    __tablename__ = "tasting_sets"

    name: Mapped[dict[str, str]]
    mode: Mapped[str]
    scale: Mapped[list[int]]
    step: Mapped[float]
    dimensions: Mapped[list[dict[str, Any]]]
    more: Mapped[dict[str, Any]]


class HealthWarning(Curated, Base):
    """Words that the law wants beside a drink; the id is the code that products name."""

    __tablename__ = "health_warnings"

    text: Mapped[dict[str, str]]


class LegalText(Curated, Base):
    """Words to agree to or to show, by what they are for; `terms` are their numbers."""

    __tablename__ = "legal_texts"

    version: Mapped[str]
    text: Mapped[dict[str, str]]
    terms: Mapped[dict[str, Any]]


class Persona(Curated, Base):
    """A made-up person to sign in as in a sandbox. `interested` are `[product, 0 to 1]`."""

    __tablename__ = "personas"

    name: Mapped[str]
    locale: Mapped[str]
    channel_id: Mapped[str] = mapped_column(ForeignKey("channels.id"))
    adult: Mapped[bool]
    role: Mapped[str]
    preferences: Mapped[list[str]]
    interested: Mapped[list[list[Any]]] = mapped_column(JSONB)
    dna: Mapped[dict[str, float] | None]


class ReferenceEntry(Curated, Base):
    """An entry of a section whose own tables come with its domain: plans, promotions, lots, …"""

    __tablename__ = "reference_entries"

    section: Mapped[str] = mapped_column(index=True)
    key: Mapped[str]
    data: Mapped[dict[str, Any]]
