"""What customers are told."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import Enum, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base
from core.ids import ids


class NotificationKind(enum.StrEnum):
    """What happened."""

    CAMEO_COMPLETED = "CAMEO_COMPLETED"
    """A cameo is ready to be watched."""
    CAMEO_FAILED = "CAMEO_FAILED"
    """A cameo could not be made."""
    PORTRAIT_REJECTED = "PORTRAIT_REJECTED"
    """A photo cannot be used."""
    PORTRAIT_EXPIRING = "PORTRAIT_EXPIRING"
    """A photo will soon be deleted."""
    RESTOCKED = "RESTOCKED"
    """What the customer waits for can be bought again."""
    ORDER_PAID = "ORDER_PAID"
    """An order is paid."""
    ORDER_SHIPPED = "ORDER_SHIPPED"
    """A parcel of an order is on its way."""
    ORDER_DELIVERED = "ORDER_DELIVERED"
    """All of an order arrived."""
    ORDER_CANCELED = "ORDER_CANCELED"
    """An order was canceled."""
    ORDER_REFUNDED = "ORDER_REFUNDED"
    """Money of an order goes back."""
    PARTNER_WEBHOOK_PAUSED = "PARTNER_WEBHOOK_PAUSED"
    """To staff: the address of a partner's webhooks does not answer any more."""


class Notification(Base):
    """One message to one customer: its words are made from kind and parameters when shown.

    `number` counts a customer's notifications in the order in which they were committed.
    """

    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint("customer_id", "number"),
        Index("ix_notifications_unread", "customer_id", postgresql_where=text("read_at IS NULL")),
    )

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("ntf")
    )
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    number: Mapped[int]
    kind: Mapped[NotificationKind] = mapped_column(
        Enum(NotificationKind, native_enum=False, length=40)
    )
    subject_id: Mapped[str | None]
    parameters: Mapped[dict[str, Any]]
    read_at: Mapped[datetime | None]
    mailed_at: Mapped[datetime | None]
