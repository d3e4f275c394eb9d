"""The shape of the catalogue's file: products, world, markets. Unknown fields are refused."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from core.money import EXPONENTS
from models.catalogue import LegalAgeRule, VariantKind
from models.world import CharacterIntent, LoreTruth, LoreUnlock
from services.catalogue.vocabulary import ALLERGENS, SHAKES

# No underscore: an underscore parts the prefix of a made id from the rest.
SLUG = r"^[a-z0-9][a-z0-9-]{0,79}$"


def _known(name: str, values: dict[str, Any]) -> AfterValidator:
    def check(value: str) -> str:
        if value not in values:
            raise ValueError(f"unknown {name}; known are {', '.join(values)}")
        return value

    return AfterValidator(check)


def _no_nul(value: str) -> str:
    if "\0" in value:
        raise ValueError("holds a NUL character")
    return value


type Slug = Annotated[str, StringConstraints(pattern=SLUG)]
type Words = Annotated[str, StringConstraints(min_length=1, pattern=r"\S"), AfterValidator(_no_nul)]
type Locale = Literal["ko", "en"]
type Currency = Annotated[str, _known("currency", dict(EXPONENTS))]
type AllergenCode = Annotated[str, _known("allergen", dict(ALLERGENS))]
type Amount = Annotated[int, Field(gt=0, lt=2**31, strict=True)]
type Count = Annotated[int, Field(ge=0, lt=2**31, strict=True)]
type Share = Annotated[float, Field(gt=0, le=1)]
type Score = Annotated[float, Field(ge=0, le=5)]


class Entry(BaseModel):
    """Anything in the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Localized(Entry):
    """A text in both languages."""

    ko: Words
    en: Words


class LocalizedSteps(Entry):
    """Steps in both languages."""

    ko: list[Words]
    en: list[Words]


class Tax(Entry):
    """Whether prices hold the tax."""

    mode: Literal["included", "added"]
    vat_rate: Annotated[float, Field(ge=0, lt=1)] | None
    rates: dict[
        Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")],
        Annotated[float, Field(ge=0, lt=1)],
    ] = {}


class LegalAge(Entry):
    """From when one may buy."""

    rule: LegalAgeRule
    years: Annotated[int, Field(ge=16, le=25)]
    note: Words


class ChannelEntry(Entry):
    """A market."""

    id: Slug
    name: Localized
    currency: Currency
    currency_exponent: int
    default_locale: Locale
    locales: Annotated[list[Locale], Field(min_length=1)]
    tax: Tax
    legal_age: LegalAge
    sale_basis: Words
    sale_basis_note: Words
    free_shipping_from: Amount | None = None
    max_bottles_per_order: Amount | None = None
    blocked_regions: list[str] = []
    cutoff_hour: Annotated[int, Field(ge=0, le=24, strict=True)] = 14


class Origin(Entry):
    """A place."""

    name: Localized
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    lon: Annotated[float, Field(ge=-180, le=180)] | None = None


class IngredientEntry(Entry):
    """What drinks are made of."""

    id: Slug
    name: Localized
    origin: Origin
    kind: Slug
    harvest_months: list[Annotated[int, Field(ge=1, le=12)]]
    story: Localized
    allergens: list[AllergenCode]
    flavour_tags: list[Words]


class IngredientShare(Entry):
    """How much of an ingredient."""

    ingredient: Slug
    share: Share | None = None


class VariantEntry(Entry):
    """What is bought."""

    id: Slug
    volume_ml: Amount
    kind: VariantKind
    price: Annotated[dict[Slug, Amount], Field(min_length=1)]
    stock: Count | None
    low_stock_at: Count
    stock_from_bundle: bool = False


class Tasting(Entry):
    """Scores by dimension of a set."""

    set: Slug
    scores: dict[Slug, Score]


class Serve(Entry):
    """How to drink it: degrees Celsius from and to."""

    temp_c: Annotated[list[int], Field(min_length=2, max_length=2)]
    vessel: Localized
    shake: Annotated[str, _known("shake", dict(SHAKES))]


class Brew(Entry):
    """How it was made."""

    stages: Amount | None
    days: Amount | None


class Part(Entry):
    """A variant in a bundle."""

    variant: Slug
    quantity: Amount


class ImageEntry(Entry):
    """A picture."""

    url: Annotated[str, StringConstraints(pattern=r"^https://")]
    alt: Localized
    width: Amount
    height: Amount


class ProductEntry(Entry):
    """A drink."""

    id: Slug
    sku: Words
    name: Localized
    category: Words
    abv: Annotated[float, Field(ge=0, le=100)]
    description: Localized
    ingredients: Annotated[list[IngredientShare], Field(min_length=1)]
    story_tags: list[Words]
    variants: Annotated[list[VariantEntry], Field(min_length=1)]
    tasting: Tasting | None = None
    serve: Serve | None = None
    pairings: list[Slug]
    lore: list[Slug]
    allergens: list[AllergenCode]
    shelf_life_days: Amount | None = None
    storage: Words | None = None
    brew: Brew | None = None
    available: dict[Slug, bool]
    released: date | None = None
    ar_marker: Words | None = None
    ar_experience: Slug | None = None
    related: list[Slug]
    warnings: list[Slug]
    bundle: list[Part] = []
    cocktails: list[Slug] = []
    images: list[ImageEntry] = []


class Features(Entry):
    """What a story is about."""

    products: list[Slug] = []
    ingredients: list[Slug] = []
    characters: list[Slug] = []


class LoreEntry(Entry):
    """A story."""

    id: Slug
    title: Localized
    kind: Slug
    truth: LoreTruth
    tags: list[Words]
    mood: Words
    era: Words | None = None
    unlock: LoreUnlock
    features: Features
    known_by: list[Slug]
    body: Localized
    claims: list[Words]


class Voice(Entry):
    """How a character speaks."""

    tone: Localized


class Handoff(Entry):
    """When a character gives over to another."""

    to: Slug
    triggers: dict[Locale, list[Words]]
    line: Localized


class CharacterEntry(Entry):
    """Someone to talk with."""

    id: Slug
    name: Localized
    role: Words
    is_ai: bool
    personality: list[Words]
    knowledge_domains: list[Words]
    voice: Voice
    rules: dict[str, Any]
    tools: list[Words]
    handoff: Handoff
    greeting: Localized
    knows: list[Slug]
    intents: list[CharacterIntent] = []
    asset: dict[str, Any] | None = None
