"""The shape of the rest of the catalogue's file, and of the file itself."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from core.viewer import Role
from models.catalogue import AspectRatio, LikenessKind, LikenessStatus, TemplateStatus
from services.catalogue.brewing import BatchEntry, FarmEntry
from services.catalogue.entries import (
    Amount,
    ChannelEntry,
    CharacterEntry,
    Entry,
    IngredientEntry,
    Locale,
    Localized,
    LocalizedSteps,
    LoreEntry,
    ProductEntry,
    Share,
    Slug,
    Words,
)
from services.catalogue.selling import GiftCardEntry, PromotionEntry, ShippingEntry


class LikenessEntry(Entry):
    """A face."""

    id: Slug
    name: Localized
    kind: LikenessKind
    status: LikenessStatus
    license: Words | None
    licensed_until: date | None = None
    note: Words


class Shot(Entry):
    """A piece of a film, as long as a renderer makes it."""

    n: Amount
    seconds: Literal[4, 8, 12]
    outline: Localized
    camera: Words
    needs_user_face: bool
    effects: list[Words]


class Outro(Entry):
    """The end of a film."""

    seconds: Amount
    kind: Words
    text: Localized


class TemplateEntry(Entry):
    """A film to be in."""

    id: Slug
    name: Localized
    duration: Amount
    estimated_seconds: Amount
    credits: Annotated[int, Field(ge=0)]
    aspect_ratios: Annotated[list[AspectRatio], Field(min_length=1)]
    fps: Amount
    quality: Words
    blend_strength: Share
    guest_likeness: Slug
    allowed_products: Annotated[list[Slug], Field(min_length=1)]
    mood: Words
    shots: Annotated[list[Shot], Field(min_length=1)]
    outro: Outro
    music: dict[str, Any]
    lore: Slug | None = None
    customization: list[Words]
    safety: list[Words]
    watermark: Localized
    captions: list[Locale]
    version: Amount
    status: TemplateStatus
    thumbnail: Annotated[str, StringConstraints(pattern=r"^https://")] | None = None


class Animation(Entry):
    """What happens on a trigger."""

    trigger: Literal["scan", "tap", "hold", "listen", "reveal"]
    type: Literal["3d_model", "video", "interactive_recipe", "audio", "blind_reveal"]
    asset_url: str | None = None
    usdz_url: str | None = None
    data_url: str | None = None
    animation: Words | None = None
    duration: Amount | None = None
    caption: Localized | None = None
    captions: list[Locale] = []
    overlay: Words | None = None
    lore: Slug | None = None
    unlocks_lore: Slug | None = None
    recipes: list[Slug] = []
    fallback: Words | None = None
    countdown_s: Amount | None = None
    step_s: Amount | None = None


class ArEntry(Entry):
    """What a label shows."""

    id: Slug
    product: Slug
    label_marker: Words
    unlock_code_required: bool
    max_devices: Amount
    unlock_ttl_days: Amount
    engines: list[Words]
    animations: list[Animation]


class Dimension(Entry):
    """Something to taste."""

    id: Slug
    name: Localized
    low: Localized | None = None
    high: Localized | None = None
    leaves: list[Words] = []


class TastingSetEntry(Entry):
    """Dimensions to taste by."""

    id: Slug
    name: Localized
    mode: Words
    scale: Annotated[list[int], Field(min_length=2, max_length=2)]
    step: Annotated[float, Field(gt=0)]
    dna: bool
    dimensions: Annotated[list[Dimension], Field(min_length=1)]
    maps_to: Slug | None = None
    fill_missing: Words | None = None
    scale_factor: float | None = None
    note: Words | None = None
    off_notes: list[Words] = []
    context_fields: list[dict[str, Any]] = []


class PairingEntry(Entry):
    """A dish."""

    id: Slug
    name: Localized


class RecipeItem(Entry):
    """Something in a mixed drink."""

    name: Localized
    amount: Annotated[float, Field(gt=0)]
    unit: Words
    variant_of: Slug | None
    abv: Annotated[float, Field(ge=0, le=100)]


class RecipeEntry(Entry):
    """A mixed drink."""

    id: Slug
    name: Localized
    product: Slug
    glass: Words
    minutes: Amount
    mood: Words | None = None
    items: Annotated[list[RecipeItem], Field(min_length=1)]
    steps: LocalizedSteps
    servings: Amount
    alcohol_g: Annotated[float, Field(ge=0)] | None = None


class FaceConsent(Entry):
    """What is agreed to before a photo is kept."""

    version: Words
    retention_days: Amount
    purposes: Annotated[list[Words], Field(min_length=1)]
    separate_from_terms: Literal[True]
    text: Localized


class Legal(Entry):
    """Words of the law."""

    health_warnings: dict[Slug, Localized]
    note: Words
    ai_notice: Localized
    face_consent: FaceConsent


class PersonaEntry(Entry):
    """A made-up person."""

    id: Slug
    name: Words
    locale: Locale
    channel: Slug
    adult: bool
    role: Role = Role.CUSTOMER
    preferences: list[Words]
    interested: list[tuple[Slug, Share]]
    dna: dict[Slug, float] | None = None


class Reference(Entry):
    """An entry that waits for its domain: its id, its texts in both languages, its numbers."""

    model_config = {"extra": "allow"}

    id: Slug
    name: Localized | None = None


class Curation(Reference):
    """A month's box."""

    picks: list[Slug]


class Term(Entry):
    """A word of the trade."""

    term: Words
    roman: Words
    en: Words


class Document(Entry):
    """The whole file."""

    schema_: Annotated[Literal["nerdx.catalogue/1"], Field(alias="schema")]
    version: Words
    locales: list[Locale]
    notes: list[Words]
    channels: Annotated[list[ChannelEntry], Field(min_length=1)]
    ingredients: list[IngredientEntry]
    products: list[ProductEntry]
    lore: list[LoreEntry]
    characters: list[CharacterEntry]
    likenesses: list[LikenessEntry]
    templates: list[TemplateEntry]
    ar_experiences: list[ArEntry]
    tasting_sets: list[TastingSetEntry]
    pairings: list[PairingEntry]
    recipes: list[RecipeEntry]
    club_plans: list[Reference]
    curations: list[Curation]
    promotions: list[PromotionEntry]
    gift_cards: list[GiftCardEntry]
    shipping: list[ShippingEntry]
    legal: Legal
    farms: list[FarmEntry]
    lots: list[BatchEntry]
    glossary: list[Term]
    synonyms: list[Annotated[list[Words], Field(min_length=2)]]
    personas: list[PersonaEntry]
    chat_eval: list[Reference]
