"""Partners: their tokens, what their agents asked, and the webhooks we owe them."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base
from core.ids import ids


class PartnerToken(Base):
    """A key for a partner's agents; only a hash of it is kept."""

    __tablename__ = "partner_tokens"

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("ptk")
    )
    name: Mapped[str]
    scopes: Mapped[list[str]]
    secret_hash: Mapped[str] = mapped_column(unique=True)
    last_four: Mapped[str]
    created_by: Mapped[str]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    webhook_url: Mapped[str | None]
    webhook_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Sealed: it signs what we send, so it has to be read again."""


class AgentRequest(Base):
    """A request over the protocol, by its idempotency key, with the answer that it got."""

    __tablename__ = "agent_requests"

    request_hash: Mapped[str]
    status: Mapped[int | None]
    """None while the first request is under way."""
    body: Mapped[dict[str, Any] | None]
    resource_id: Mapped[str | None]
    """What it made before its answer was known, so that a crash between does not make it twice."""


class WebhookDelivery(Base):
    """An order's news for a partner; those of one order go out in their order."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("order_id", "sequence"),
        Index("ix_webhook_deliveries_due_at", "due_at"),
    )

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("whd")
    )
    partner_id: Mapped[str] = mapped_column(ForeignKey("partner_tokens.id"), index=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"))
    sequence: Mapped[int]
    kind: Mapped[str]
    body: Mapped[dict[str, Any]]
    attempts: Mapped[int] = mapped_column(insert_default=0)
    due_at: Mapped[datetime | None]
    """None once it was taken, or given up."""
    delivered_at: Mapped[datetime | None]
    last_status: Mapped[int | None]
