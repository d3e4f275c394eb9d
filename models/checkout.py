"""Carts on their way to be orders, and proofs of age."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base
from core.ids import ids
from models.catalogue.base import choice


class CheckoutStatus(enum.StrEnum):
    """Where a checkout stands."""

    OPEN = "open"
    """Being filled; `problems` says what is missing."""
    READY = "ready"
    """Nothing is missing: it can be completed. Shown, not kept: an open one without problems."""
    PAYING = "paying"
    """A payment is under way; nothing can be changed meanwhile."""
    COMPLETED = "completed"
    """An order came of it."""
    CANCELED = "canceled"
    """Given up by its owner."""
    EXPIRED = "expired"
    """Left alone for too long."""


class SalesOrigin(enum.StrEnum):
    """Where a sale began."""

    STOREFRONT = "storefront"
    """Our apps."""
    AGENT = "agent"
    """A shopping agent, over the Agentic Commerce Protocol."""
    CHAT = "chat"
    """A chat with one of our characters."""
    STAFF = "staff"
    """Somebody of ours, for a customer."""


class Checkout(Base):
    """A cart. One without a customer belongs to whoever knows its id (80 random bits)."""

    __tablename__ = "checkouts"
    __table_args__ = (
        Index("ix_checkouts_customer_id_status", "customer_id", "status"),
        Index("ix_checkouts_status_expires_at", "status", "expires_at"),
        Index(
            "ix_checkouts_remembered",
            "ended_at",
            postgresql_where=text("ended_at IS NOT NULL AND forgotten_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("chk")
    )
    status: Mapped[CheckoutStatus] = mapped_column(choice(CheckoutStatus))
    origin: Mapped[SalesOrigin] = mapped_column(choice(SalesOrigin))
    channel_id: Mapped[str] = mapped_column(ForeignKey("channels.id"))
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customers.id"))
    partner_id: Mapped[str | None] = mapped_column(index=True)
    locale: Mapped[str]
    email: Mapped[str | None]
    shipping_address: Mapped[dict[str, Any] | None]
    billing_address: Mapped[dict[str, Any] | None]
    note: Mapped[str | None]
    """What the buyer asks of us: how to deliver, what to write on a gift."""
    delivery_method_id: Mapped[str | None] = mapped_column(ForeignKey("delivery_methods.id"))
    codes: Mapped[list[str]] = mapped_column(insert_default=list)
    """Promotion codes that the customer gave, in upper case."""
    gift_card_ids: Mapped[list[str]] = mapped_column(insert_default=list)
    agent: Mapped[dict[str, Any]] = mapped_column(insert_default=dict)
    """What an agent said that only its protocol needs back: buyer, capabilities, metadata, …"""
    quote: Mapped[dict[str, Any] | None]
    """What was agreed to when paying began, as `services.pricing` froze it; the order is this."""
    cancel_reason: Mapped[str | None]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    forgotten_at: Mapped[datetime | None]
    """When all that is personal was taken out of it."""


class CheckoutLine(Base):
    """So many of a variant. `unit_price` is what the customer last saw, in minor units."""

    __tablename__ = "checkout_lines"
    __table_args__ = (
        UniqueConstraint("checkout_id", "variant_id"),
        CheckConstraint("quantity > 0", name="quantity"),
    )

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("cln")
    )
    checkout_id: Mapped[str] = mapped_column(ForeignKey("checkouts.id", ondelete="CASCADE"))
    variant_id: Mapped[str] = mapped_column(ForeignKey("variants.id"))
    quantity: Mapped[int]
    unit_price: Mapped[int]
    position: Mapped[int]


class AgeVerificationStatus(enum.StrEnum):
    """What came of a proof of age."""

    PENDING = "pending"
    """The customer is on the verification service's page."""
    VERIFIED = "verified"
    """The service knows the birth date, and the customer is of legal age."""
    REFUSED = "refused"
    """Too young, or not to be told."""
    EXPIRED = "expired"
    """Not answered in time."""


class AgeVerification(Base):
    """A proof of age that was begun with the verification service."""

    __tablename__ = "age_verifications"

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("agv")
    )
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    channel_id: Mapped[str] = mapped_column(ForeignKey("channels.id"))
    status: Mapped[AgeVerificationStatus] = mapped_column(choice(AgeVerificationStatus))
    provider_id: Mapped[str | None] = mapped_column(unique=True)
    url: Mapped[str | None]
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    """When the service is asked next; None once it ended."""
    return_url: Mapped[str | None]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    redact_at: Mapped[datetime | None] = mapped_column(index=True)
    """When the service is asked, or asked again, to forget the document; None once it has."""
