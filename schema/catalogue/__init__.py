"""What is sold and shown."""

from schema.catalogue.ar import ANIMATIONS, ArExperience
from schema.catalogue.channel import Channel
from schema.catalogue.inputs import ProductFilter, ProductSort
from schema.catalogue.product import Product
from schema.catalogue.side import Pairing, Recipe
from schema.catalogue.template import CameoTemplate, Likeness
from schema.catalogue.variant import Variant

__all__ = [
    "ANIMATIONS",
    "ArExperience",
    "CameoTemplate",
    "Channel",
    "Likeness",
    "Pairing",
    "Product",
    "ProductFilter",
    "ProductSort",
    "Recipe",
    "Variant",
]
