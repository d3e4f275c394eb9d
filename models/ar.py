"""What a bottle unlocks: codes, devices, and what people did there."""

import enum
from datetime import datetime

from sqlalchemy import Enum, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base
from core.ids import ids


class ArTrigger(enum.StrEnum):
    """What a person does with the label in view."""

    SCAN = "scan"
    """Points the camera at it."""
    TAP = "tap"
    """Taps what appeared."""
    HOLD = "hold"
    """Keeps a finger on it."""
    LISTEN = "listen"
    """Holds the phone to it."""
    REVEAL = "reveal"
    """Waits for what is hidden."""


class UnlockCode(Base):
    """One paid bottle's key to its experience.

    The code is an HMAC of the id with a server key, so it is never kept: `code_hash` finds it,
    and its buyer sees it because it can be made again.
    """

    __tablename__ = "unlock_codes"
    __table_args__ = (UniqueConstraint("order_line_id", "product_id", "unit"),)

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("unl")
    )
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), index=True)
    order_line_id: Mapped[str] = mapped_column(ForeignKey("order_lines.id"))
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"))
    unit: Mapped[int]
    code_hash: Mapped[str] = mapped_column(unique=True)
    max_devices: Mapped[int]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class ArDevice(Base):
    """A device that a code let in, with whose account it was used."""

    __tablename__ = "ar_devices"
    __table_args__ = (UniqueConstraint("unlock_code_id", "device_hash"),)

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("dev")
    )
    unlock_code_id: Mapped[str] = mapped_column(ForeignKey("unlock_codes.id"), index=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    device_hash: Mapped[str]


class ArEngagement(Base):
    """What somebody did in an experience; the id is a hash of the app's own and the customer's."""

    __tablename__ = "ar_engagements"

    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    experience_id: Mapped[str] = mapped_column(ForeignKey("ar_experiences.id"), index=True)
    trigger: Mapped[ArTrigger] = mapped_column(
        Enum(
            ArTrigger,
            native_enum=False,
            length=16,
            values_callable=lambda members: [member.value for member in members],
        )
    )
    at: Mapped[datetime]
    seconds: Mapped[float | None]


class LoreUnlock(Base):
    """A story that somebody found."""

    __tablename__ = "lore_unlocks"
    __table_args__ = (UniqueConstraint("customer_id", "lore_id"),)

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("lun")
    )
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    lore_id: Mapped[str] = mapped_column(ForeignKey("lore.id"))
