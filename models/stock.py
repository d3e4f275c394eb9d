"""What is there to sell: lots, reservations, and the ledger of every unit that came or went."""

import enum
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base
from core.ids import ids
from models.catalogue.base import choice


class StockReason(enum.StrEnum):
    """Why units came or went."""

    RECEIVED = "received"
    """From the brewery."""
    ADJUSTED = "adjusted"
    """Broken, lost, found: staff say why."""
    COUNTED = "counted"
    """Set to what a count found."""
    SOLD = "sold"
    """Went with an order."""
    RETURNED = "returned"
    """Came back from an order, good to sell."""


class StockLot(Base):
    """Units of a variant that expire together; `lot` is what is printed on them."""

    __tablename__ = "stock_lots"
    __table_args__ = (
        UniqueConstraint("variant_id", "lot"),
        CheckConstraint("on_hand >= 0", name="on_hand"),
        # Only these are looked through for a sale; emptied lots stay for the ledger.
        Index(
            "ix_stock_lots_filled",
            "variant_id",
            "expires_on",
            postgresql_where=text("on_hand > 0"),
        ),
    )

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("lot")
    )
    variant_id: Mapped[str] = mapped_column(ForeignKey("variants.id"))
    lot: Mapped[str]
    on_hand: Mapped[int]
    expires_on: Mapped[date]


class StockMove(Base):
    """One line of the ledger: the sum of a lot's deltas is what the lot has on hand."""

    __tablename__ = "stock_moves"
    __table_args__ = (Index("ix_stock_moves_variant_id_id", "variant_id", "id"),)

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("mov")
    )
    lot_id: Mapped[str] = mapped_column(ForeignKey("stock_lots.id"), index=True)
    variant_id: Mapped[str] = mapped_column(ForeignKey("variants.id"))
    delta: Mapped[int]
    reason: Mapped[StockReason] = mapped_column(choice(StockReason))
    note: Mapped[str | None]
    order_id: Mapped[str | None] = mapped_column(index=True)
    by: Mapped[str | None]
    """The member of staff; None for what a sale moved."""


class Reservation(Base):
    """Units kept for a checkout, whose id it has, until a time; paying keeps them longer."""

    __tablename__ = "reservations"

    expires_at: Mapped[datetime] = mapped_column(index=True)
    is_extended: Mapped[bool] = mapped_column(insert_default=False)


class ReservationLine(Base):
    """So many units of a variant that has stock of its own; bundles are kept as their parts."""

    __tablename__ = "reservation_lines"
    __table_args__ = (
        UniqueConstraint("reservation_id", "variant_id"),
        CheckConstraint("quantity > 0", name="quantity"),
    )

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("rsl")
    )
    reservation_id: Mapped[str] = mapped_column(ForeignKey("reservations.id", ondelete="CASCADE"))
    variant_id: Mapped[str] = mapped_column(ForeignKey("variants.id"), index=True)
    quantity: Mapped[int]


class RestockNotice(Base):
    """A customer who wants to hear when a variant is back."""

    __tablename__ = "restock_notices"
    __table_args__ = (
        UniqueConstraint("customer_id", "variant_id"),
        Index("ix_restock_notices_variant_id", "variant_id"),
    )

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("rst")
    )
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    variant_id: Mapped[str] = mapped_column(ForeignKey("variants.id"))
