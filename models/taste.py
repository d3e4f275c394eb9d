"""What customers say of drinks that they are shown: taps that recommendations begin with."""

import enum
from datetime import datetime

from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base
from core.ids import ids
from models.catalogue.base import choice


class Liking(enum.StrEnum):
    """What somebody thinks of a drink."""

    DISLIKES = "dislikes"
    """Not for them: it is not recommended, and neither is what tastes alike."""
    NEUTRAL = "neutral"
    """They know it, and it says nothing about them."""
    LIKES = "likes"
    """More like this."""


class TasteRating(Base):
    """What a customer said last of a product."""

    __tablename__ = "taste_ratings"
    __table_args__ = (UniqueConstraint("customer_id", "product_id"),)

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("tst")
    )
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    product_id: Mapped[str]
    liking: Mapped[Liking] = mapped_column(choice(Liking))
    rated_at: Mapped[datetime]
