"""What is sold, shown and told: curated entries, each with a slug for an id."""

from models.catalogue.base import Curated, choice
from models.catalogue.brewing import Batch, Farm
from models.catalogue.content import (
    ArExperience,
    HealthWarning,
    LegalText,
    Pairing,
    Persona,
    Recipe,
    ReferenceEntry,
    TastingSet,
)
from models.catalogue.market import Channel, LegalAgeRule
from models.catalogue.product import (
    BundlePart,
    Product,
    ProductIngredient,
    Stock,
    Variant,
    VariantKind,
    VariantPrice,
)
from models.catalogue.template import (
    AspectRatio,
    CameoTemplate,
    Likeness,
    LikenessKind,
    LikenessStatus,
    TemplateStatus,
)

__all__ = [
    "ArExperience",
    "AspectRatio",
    "Batch",
    "BundlePart",
    "CameoTemplate",
    "Channel",
    "Curated",
    "Farm",
    "HealthWarning",
    "LegalAgeRule",
    "LegalText",
    "Likeness",
    "LikenessKind",
    "LikenessStatus",
    "Pairing",
    "Persona",
    "Product",
    "ProductIngredient",
    "Recipe",
    "ReferenceEntry",
    "Stock",
    "TastingSet",
    "TemplateStatus",
    "Variant",
    "VariantKind",
    "VariantPrice",
    "choice",
]
