"""Farms and batches: their shape in the catalogue's file, what is checked, and their rows."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints

from core.db import Base
from models import catalogue as models
from services.catalogue.entries import Amount, Entry, Localized, Slug, Words


def _checked(gtin: str) -> str:
    """GS1 General Specifications, section 7.9: digits weigh three and one in turn."""
    weighed = sum(int(digit) * (3, 1)[at % 2] for at, digit in enumerate(gtin))
    if weighed % 10:
        raise ValueError("the last digit does not check the others")
    return gtin


type Gtin = Annotated[str, StringConstraints(pattern=r"^[0-9]{14}$"), AfterValidator(_checked)]
type Link = Annotated[str, StringConstraints(pattern=r"^https://[^\s]+$")]


class FarmEntry(Entry):
    """Who grows an ingredient."""

    id: Slug
    name: Localized
    ingredient: Slug


class Measured(Entry):
    """What the laboratory found: percent by volume, pH, and grams of acid in 100 ml."""

    abv: Annotated[float, Field(ge=0, le=100)]
    ph: Annotated[float, Field(ge=0, le=14)]
    acidity_pct: Annotated[float, Field(ge=0, le=100)]


class BatchEntry(Entry):
    """What was brewed and bottled together."""

    id: Slug
    product: Slug
    brewed: date
    bottled: date
    expires_in_days: Amount
    jars: Annotated[list[Words], Field(min_length=1)]
    farm: Slug
    measured: Measured
    gtin: Gtin
    digital_link: Link

    @property
    def code(self) -> str:
        """The lot that is printed on the bottles."""
        return self.id.upper()


type Row = tuple[type[Base], dict[str, Any]]


def brewing_rows(farms: list[FarmEntry], batches: list[BatchEntry]) -> Iterator[Row]:
    """Yield farms and batches."""
    for at, farm in enumerate(farms):
        data = farm.model_dump(exclude={"ingredient"})
        yield models.Farm, {"position": at, **data, "ingredient_id": farm.ingredient}
    for at, batch in enumerate(batches):
        same = batch.model_dump(include={"id", "jars", "gtin", "digital_link"})
        own = {"product_id": batch.product, "farm_id": batch.farm, "code": batch.code}
        days = {"brewed_on": batch.brewed, "bottled_on": batch.bottled}
        found = batch.measured
        measured = {"abv": found.abv, "ph": found.ph, "acidity_percent": found.acidity_pct}
        yield models.Batch, {"position": at, **same, **own, **days, **measured}
