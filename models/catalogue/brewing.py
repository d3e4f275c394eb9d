"""What drinks were brewed in: batches, and the farms whose rice is in them."""

from datetime import date

from sqlalchemy import ARRAY, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base
from models.catalogue.base import Curated


class Farm(Curated, Base):
    """Who grows an ingredient."""

    __tablename__ = "farms"

    name: Mapped[dict[str, str]]
    ingredient_id: Mapped[str] = mapped_column(ForeignKey("ingredients.id"))


class Batch(Curated, Base):
    """What was brewed and bottled together; `code` is the lot that is printed on its bottles."""

    __tablename__ = "batches"

    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"))
    farm_id: Mapped[str] = mapped_column(ForeignKey("farms.id"))
    code: Mapped[str] = mapped_column(unique=True)
    brewed_on: Mapped[date]
    bottled_on: Mapped[date]
    jars: Mapped[list[str]] = mapped_column(ARRAY(Text))
    abv: Mapped[float]
    ph: Mapped[float]
    acidity_percent: Mapped[float]
    gtin: Mapped[str]
    digital_link: Mapped[str]
