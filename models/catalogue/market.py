"""Markets: their language, money, tax and age."""

import enum

from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base
from models.catalogue.base import Curated, choice


class LegalAgeRule(enum.StrEnum):
    """From which day someone is old enough."""

    CALENDAR_YEAR = "calendar_year"
    """From 1 January of the year in which one turns this old."""
    BIRTHDAY = "birthday"
    """From the birthday."""


class Channel(Curated, Base):
    """A market. Amounts are minor units of its currency."""

    __tablename__ = "channels"

    name: Mapped[dict[str, str]]
    currency: Mapped[str]
    default_locale: Mapped[str]
    locales: Mapped[list[str]]
    tax_included: Mapped[bool]
    vat_rate: Mapped[float | None]
    tax_rates: Mapped[dict[str, float]] = mapped_column(
        insert_default=dict, server_default=text("'{}'")
    )
    """What is added to prices without tax, by state."""
    legal_age_rule: Mapped[LegalAgeRule] = mapped_column(choice(LegalAgeRule))
    legal_age_years: Mapped[int]
    legal_age_note: Mapped[str]
    sale_basis: Mapped[str]
    sale_basis_note: Mapped[str]
    free_shipping_from: Mapped[int | None]
    max_bottles_per_order: Mapped[int | None]
    blocked_regions: Mapped[list[str]]
    cutoff_hour: Mapped[int] = mapped_column(insert_default=14, server_default="14")
    """What is paid before this hour of its day leaves on the same day."""
