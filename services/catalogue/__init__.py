"""The catalogue: loading it from its file, and reading what is sold."""

from services.catalogue.channels import Channels
from services.catalogue.check import CatalogueInvalid, read
from services.catalogue.find import channels, entry, kinds
from services.catalogue.load import Report, load, store
from services.catalogue.offers import Availability, Offer, offers, offers_of, offers_whole
from services.catalogue.products import (
    Direction,
    Filter,
    Listed,
    Listing,
    Range,
    SortField,
    count,
    counts_with,
    page,
    pages_with,
)
from services.catalogue.templates import MAY_HOST, Cast, cast, cast_of, host_of, is_live, neutral
from services.catalogue.texts import ConsentText, ai_notice, face_consent
from services.catalogue.translations import TranslationStatus, translation_status

__all__ = [
    "MAY_HOST",
    "Availability",
    "Cast",
    "CatalogueInvalid",
    "Channels",
    "ConsentText",
    "Direction",
    "Filter",
    "Listed",
    "Listing",
    "Offer",
    "Range",
    "Report",
    "SortField",
    "TranslationStatus",
    "ai_notice",
    "cast",
    "cast_of",
    "channels",
    "count",
    "counts_with",
    "entry",
    "face_consent",
    "host_of",
    "is_live",
    "kinds",
    "load",
    "neutral",
    "offers",
    "offers_of",
    "offers_whole",
    "page",
    "pages_with",
    "read",
    "store",
    "translation_status",
]
