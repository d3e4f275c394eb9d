"""What bottles were brewed in, and whose harvest is in them."""

from datetime import date

import strawberry

from dataloaders.catalogue import CatalogueLoaders
from dataloaders.order import OrderLoaders
from models import catalogue as models
from schema.base import Node, View, related
from schema.catalogue import Product
from schema.scalars import URL
from schema.world import Ingredient


@strawberry.type
class Farm(View[models.Farm], Node):
    """Who grows something that drinks are made of."""

    name: str
    """Its name, in the language of the request."""
    ingredient: Ingredient = related(
        CatalogueLoaders.ingredient,
        Ingredient.of,
        key=lambda root: root.row.ingredient_id,
        description="What it grows for us.",
    )


@strawberry.type
class Batch(View[models.Batch], Node):
    """What was brewed and bottled together."""

    code: str
    """The lot that is printed on the bottles."""
    brewed_on: date
    """The day on which it was put into the jars, in Korea."""
    bottled_on: date
    """The day on which it was bottled, in Korea."""
    jars: list[str]
    """The jars that it fermented in."""
    abv: float
    """The alcohol that was measured in it, in percent of the volume."""
    ph: float
    """How sour it was measured to be: the pH."""
    acidity_percent: float
    """Grams of acid in 100 ml, as measured."""
    gtin: str
    """What a barcode says the product is: a GS1 Global Trade Item Number of 14 digits."""
    digital_link: URL
    """The GS1 Digital Link of these bottles, as in their QR code."""
    product: Product = related(
        CatalogueLoaders.product,
        Product.of,
        key=lambda root: root.row.product_id,
        description="Which drink it is.",
    )
    farm: Farm = related(
        OrderLoaders.farm,
        Farm.of,
        key=lambda root: root.row.farm_id,
        description="Whose harvest is in it.",
    )
