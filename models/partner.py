"""Partners: their tokens, what their agents asked, and the webhooks we owe them."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base
from core.ids import ids
from models.catalogue.base import choice


class PartnerToken(Base):
    """A key for a partner's agents; only a hash of it is kept."""

    __tablename__ = "partner_tokens"

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("ptk")
    )
    name: Mapped[str]
    scopes: Mapped[list[str]]
    secret_hash: Mapped[str] = mapped_column(unique=True)
    secret_version: Mapped[int] = mapped_column(server_default="1", insert_default=1)
    """Which of the secrets that are made from the id that is."""
    old_secret_hash: Mapped[str | None] = mapped_column(unique=True)
    """Of the secret before it, which is good for a while yet."""
    old_secret_until: Mapped[datetime | None]
    last_four: Mapped[str]
    created_by: Mapped[str]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    agent_profile_url: Mapped[str | None]
    """The platform whose agents it is for, over UCP; None: any."""
    webhook_url: Mapped[str | None]
    """Where the partner hears of its orders."""
    webhook_parts: Mapped[list[str] | None]
    """Which parts of an order it is told, by their names in the protocol; None: all of it."""
    webhook_version: Mapped[int] = mapped_column(server_default="1", insert_default=1)
    """Which of the secrets that are made from the id signs."""
    webhook_failures: Mapped[int] = mapped_column(server_default="0", insert_default=0)
    """How many tries failed since the last that did not."""
    webhook_failing_since: Mapped[datetime | None]
    webhook_paused_at: Mapped[datetime | None]
    webhook_rung_at: Mapped[datetime | None]
    """When the relay last had somebody look after what is due."""


class AgentRequest(Base):
    """A request over the protocol, by its idempotency key, with the answer that it got."""

    __tablename__ = "agent_requests"
    __table_args__ = (Index("ix_agent_requests_created_at", "created_at"),)

    request_hash: Mapped[str]
    status: Mapped[int | None]
    """None while the first request is under way."""
    body: Mapped[dict[str, Any] | None]
    checkout_id: Mapped[str | None] = mapped_column(index=True)
    """Which session or cart the answer shows."""


class WebhookFault(enum.StrEnum):
    """Why a webhook did not arrive."""

    STATUS = "status"
    """The answer was no 2xx."""
    TIMEOUT = "timeout"
    """There was no answer in time."""
    UNREACHABLE = "unreachable"
    """There was no connection, or no certificate to trust."""
    ADDRESS_REFUSED = "address_refused"
    """The address leads into a network that is not public, or is no https."""
    ADDRESS_REMOVED = "address_removed"
    """Nobody is to be told any more: the address was taken away, or the token has ended."""


class WebhookDelivery(Base):
    """An order's news for a partner; those of one order go out in their order.

    Waiting while `due_at` is set, under way until `held_until`; then delivered or given up.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("order_id", "sequence"),
        Index(
            "ix_webhook_deliveries_waiting",
            "partner_id",
            "due_at",
            postgresql_where=text("due_at IS NOT NULL"),
        ),
        Index("ix_webhook_deliveries_partner_id_id", "partner_id", "id"),
    )

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("whd")
    )
    partner_id: Mapped[str] = mapped_column(ForeignKey("partner_tokens.id"))
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"))
    sequence: Mapped[int]
    kind: Mapped[str]
    body: Mapped[dict[str, Any]]
    """The order as it was then; what opens bottles is put in only when it is sent."""
    attempts: Mapped[int] = mapped_column(insert_default=0)
    due_at: Mapped[datetime | None]
    """When it may be tried next; None once it was taken, or given up."""
    held_until: Mapped[datetime | None]
    """How long the worker that sends it is believed to be alive."""
    tried_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    gave_up_at: Mapped[datetime | None]
    last_status: Mapped[int | None]
    last_fault: Mapped[WebhookFault | None] = mapped_column(choice(WebhookFault))
    replay_of: Mapped[str | None]
    """The delivery that staff had sent again with this one."""
