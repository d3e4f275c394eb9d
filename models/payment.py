"""Money that moved: charges, refunds, what the provider told us, and the ledger."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base
from core.ids import ids
from models.catalogue.base import choice


class PaymentStatus(enum.StrEnum):
    """Where a payment stands; Stripe's words where it has one."""

    INTENT = "intent"
    """Written down before the provider is asked; its answer is not known yet."""
    REQUIRES_PAYMENT_METHOD = "requires_payment_method"
    """The customer has to choose how to pay."""
    REQUIRES_ACTION = "requires_action"
    """The customer has to do something, such as 3-D Secure."""
    PROCESSING = "processing"
    """The provider is at it."""
    SUCCEEDED = "succeeded"
    """Paid."""
    FAILED = "failed"
    """Declined; nothing was paid."""
    CANCELED = "canceled"
    """Given up before anything was paid."""


class Payment(Base):
    """One charge at the provider for one checkout, with gift cards beside it.

    The id is the idempotency key at the provider, so a lost answer is asked for again, not paid
    again. `amount` is what the provider is asked for; `gift_card_amount` what cards pay.
    """

    __tablename__ = "payments"
    __table_args__ = (
        CheckConstraint("amount >= 0 and gift_card_amount >= 0", name="amounts"),
        Index("ix_payments_status_due_at", "status", "due_at"),
    )

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("pay")
    )
    checkout_id: Mapped[str] = mapped_column(ForeignKey("checkouts.id"), index=True)
    order_id: Mapped[str | None] = mapped_column(index=True)
    status: Mapped[PaymentStatus] = mapped_column(choice(PaymentStatus))
    amount: Mapped[int]
    gift_card_amount: Mapped[int]
    currency: Mapped[str]
    method: Mapped[str]
    """`card`, `kakao_pay`, `shared_payment_token`, `gift_card`, … as the provider calls it."""
    network: Mapped[str | None]
    """Of a card, as the provider calls it: `visa`, `amex`, …"""
    request: Mapped[dict[str, Any]]
    """What the provider was asked, without secrets, to ask it again in the same words."""
    provider_id: Mapped[str | None] = mapped_column(unique=True)
    client_secret: Mapped[str | None]
    redirect_url: Mapped[str | None]
    decline_code: Mapped[str | None]
    due_at: Mapped[datetime | None]
    """When the reconciliation looks at it next; None once nothing is open."""
    settled_at: Mapped[datetime | None]


class RefundStatus(enum.StrEnum):
    """Where a refund stands."""

    INTENT = "intent"
    """Written down before the provider is asked."""
    PENDING = "pending"
    """The provider is at it."""
    SUCCEEDED = "succeeded"
    """The money is on its way back."""
    FAILED = "failed"
    """The provider could not; staff are told."""


class Refund(Base):
    """Money given back for an order, or for a charge that no order came of."""

    __tablename__ = "refunds"
    __table_args__ = (
        CheckConstraint("amount >= 0 and gift_card_amount >= 0", name="amounts"),
        Index("ix_refunds_status_due_at", "status", "due_at"),
    )

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("rfd")
    )
    payment_id: Mapped[str] = mapped_column(ForeignKey("payments.id"), index=True)
    order_id: Mapped[str | None] = mapped_column(index=True)
    status: Mapped[RefundStatus] = mapped_column(choice(RefundStatus))
    amount: Mapped[int]
    """At the provider."""
    gift_card_amount: Mapped[int]
    """Back onto gift cards."""
    currency: Mapped[str]
    reason: Mapped[str]
    by: Mapped[str | None]
    provider_id: Mapped[str | None] = mapped_column(unique=True)
    retry_of: Mapped[str | None] = mapped_column(unique=True)
    """The failed refund that this one pays back after all."""
    due_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]


class RefundLine(Base):
    """How many units of an order's line a refund pays back."""

    __tablename__ = "refund_lines"
    __table_args__ = (UniqueConstraint("refund_id", "order_line_id"),)

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("rfl")
    )
    refund_id: Mapped[str] = mapped_column(ForeignKey("refunds.id", ondelete="CASCADE"))
    order_line_id: Mapped[str] = mapped_column(ForeignKey("order_lines.id"), index=True)
    quantity: Mapped[int]


class ProviderEvent(Base):
    """A webhook of the payment provider, by its own id: a repeat finds itself here."""

    __tablename__ = "provider_events"

    kind: Mapped[str]
    object_id: Mapped[str] = mapped_column(index=True)
    occurred_at: Mapped[datetime]


class LedgerEntry(Base):
    """Money in (positive) or out (negative), written with the fact; never changed.

    `reference` is the payment or refund; the sum over an order is what we hold for it.
    """

    __tablename__ = "ledger_entries"
    __table_args__ = (UniqueConstraint("reference", "account"),)

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("led")
    )
    account: Mapped[str]
    """`provider` or `gift_card`."""
    reference: Mapped[str]
    order_id: Mapped[str | None] = mapped_column(index=True)
    amount: Mapped[int]
    currency: Mapped[str]
