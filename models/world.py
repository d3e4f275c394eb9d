"""The world around the products: ingredients, stories, and who tells them."""

import enum
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base
from models.catalogue.base import Curated, choice


class LoreTruth(enum.StrEnum):
    """How much of a story happened."""

    FACT = "historical"
    """Documented: years and names can be looked up."""
    GENERAL = "general"
    """Common knowledge told simply, such as a custom or a craft; not one event on record."""
    BRAND_STORY = "brand-story"
    """How the brand tells of itself."""
    LEGEND = "legend"
    """Handed down; nobody can say whether it happened."""
    FICTION = "fiction"
    """Made up, and says so."""


class LoreUnlock(enum.StrEnum):
    """What opens a story."""

    PUBLIC = "public"
    AR = "ar"
    ORDER = "order"


class SubjectKind(enum.StrEnum):
    """What a story is about."""

    PRODUCT = "product"
    INGREDIENT = "ingredient"
    CHARACTER = "character"


class KnowerKind(enum.StrEnum):
    """Who can tell a story: a character of the chat, or a host of the cameos."""

    CHARACTER = "character"
    LIKENESS = "likeness"


class WorldKind(enum.StrEnum):
    """What the world is made of: what can be walked to, and what facts are about."""

    PRODUCT = "product"
    INGREDIENT = "ingredient"
    LORE = "lore"
    CHARACTER = "character"
    PAIRING = "pairing"
    RECIPE = "recipe"
    PLACE = "place"


class WorldRelation(enum.StrEnum):
    """How two things of the world hang together; each may be walked both ways."""

    HAS_INGREDIENT = "HAS_INGREDIENT"
    """A product is made with an ingredient."""
    FEATURES_IN_LORE = "FEATURES_IN_LORE"
    """A product, an ingredient or a character is in a story."""
    KNOWS_ABOUT = "KNOWS_ABOUT"
    """A character can tell a story."""
    PAIRS_WITH = "PAIRS_WITH"
    """A product goes with a dish."""
    RELATED_TO = "RELATED_TO"
    """Two products, ingredients or stories are alike."""
    GROWN_AT = "GROWN_AT"
    """An ingredient comes from a place."""
    BREWED_IN = "BREWED_IN"
    """A product is brewed in a place."""
    MADE_WITH = "MADE_WITH"
    """A mixed drink is made with a product."""


class Place(Curated, Base):
    """Where ingredients come from: read off their origins, as the file has no list of places."""

    __tablename__ = "places"

    name: Mapped[dict[str, str]]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]


class Ingredient(Curated, Base):
    """Something that a drink is made of, and where it comes from."""

    __tablename__ = "ingredients"

    name: Mapped[dict[str, str]]
    kind: Mapped[str]
    origin_name: Mapped[dict[str, str]]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    story: Mapped[dict[str, str]]
    allergen_codes: Mapped[list[str]]
    harvest_months: Mapped[list[int]]
    flavour_tags: Mapped[list[str]]


class Lore(Curated, Base):
    """A story of the world. `unlock_product_id` is the product that opens a locked one."""

    __tablename__ = "lore"

    title: Mapped[dict[str, str]]
    body: Mapped[dict[str, str]]
    kind: Mapped[str]
    truth: Mapped[LoreTruth] = mapped_column(choice(LoreTruth))
    tags: Mapped[list[str]]
    mood: Mapped[str]
    era: Mapped[str | None]
    unlock: Mapped[LoreUnlock] = mapped_column(choice(LoreUnlock))
    unlock_product_id: Mapped[str | None] = mapped_column(ForeignKey("products.id"))
    claims: Mapped[list[str]]


class LoreFeature(Base):
    """A story is about something; the loader checks that the subject is there."""

    __tablename__ = "lore_features"

    lore_id: Mapped[str] = mapped_column(ForeignKey("lore.id"), index=True)
    subject_kind: Mapped[SubjectKind] = mapped_column(choice(SubjectKind))
    subject_id: Mapped[str] = mapped_column(index=True)
    position: Mapped[int]


class LoreKnower(Base):
    """Somebody can tell a story."""

    __tablename__ = "lore_knowers"

    lore_id: Mapped[str] = mapped_column(ForeignKey("lore.id"), index=True)
    knower_kind: Mapped[KnowerKind] = mapped_column(choice(KnowerKind))
    knower_id: Mapped[str] = mapped_column(index=True)
    position: Mapped[int]


class CharacterIntent(enum.StrEnum):
    """What a customer can turn to a character for."""

    PURCHASE = "purchase"
    """To buy."""
    RECOMMENDATION = "recommendation"
    """To find what fits."""
    SUPPORT = "support"
    """To ask how an order is."""
    GENERAL = "general"
    """To ask anything else about us."""


class Character(Curated, Base):
    """Someone to talk with. `voice`, `rules`, `tools` and `handoff` are for the chat."""

    __tablename__ = "characters"

    name: Mapped[dict[str, str]]
    role: Mapped[str]
    is_ai: Mapped[bool]
    personality: Mapped[list[str]]
    knowledge_domains: Mapped[list[str]]
    greeting: Mapped[dict[str, str]]
    voice: Mapped[dict[str, Any]]
    rules: Mapped[dict[str, Any]]
    tools: Mapped[list[str]]
    handoff: Mapped[dict[str, Any]]
    intents: Mapped[list[str]]
    asset: Mapped[dict[str, Any] | None]
