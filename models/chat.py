"""Chats with the characters: what was said, what is being said, and what it cost."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Enum, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base
from core.ids import ids


class ChatAuthor(enum.StrEnum):
    """Who said something."""

    CUSTOMER = "customer"
    """The person."""
    CHARACTER = "character"
    """One of ours; always an AI."""
    SYSTEM = "system"
    """The service itself, such as a note that an order was paid."""


class MessageStatus(enum.StrEnum):
    """Where a message stands."""

    STREAMING = "streaming"
    """Being made; what is there so far stays."""
    FINISHED = "finished"
    """Whole."""
    STOPPED = "stopped"
    """The customer ended it; what was there stays."""
    BLOCKED = "blocked"
    """Refused before a word of it was sent."""
    FAILED = "failed"
    """It could not be made or ended; asking again may help."""


class CallState(enum.StrEnum):
    """What is known of one paid call of the model."""

    INTENT = "intent"
    OPEN = "open"
    DONE = "done"
    REFUSED = "refused"
    LOST = "lost"


class StepKind(enum.StrEnum):
    """What happened in a reply."""

    TEXT = "text"
    CITATION = "citation"
    CARD = "card"
    TOOL_STARTED = "tool_started"
    TOOL_ENDED = "tool_ended"
    HANDOFF = "handoff"
    BLOCKED = "blocked"
    ENDED = "ended"


def _enum(cls: type[enum.StrEnum]) -> Enum:
    return Enum(cls, native_enum=False, length=16, values_callable=lambda e: [m.value for m in e])


class Chat(Base):
    """A conversation of one customer; `character_id` is who speaks now.

    `cost_micros` is in millionths of a US dollar. `summary` stands for the messages up to
    `summarized_to`, which the model does not see any more; more of them are to be summed up
    since `summary_due_at`, by who has `summary_lease_until`.
    """

    __tablename__ = "chats"
    __table_args__ = (
        Index("ix_chats_customer_id_id", "customer_id", "id"),
        Index(
            "ix_chats_summary_due_at",
            "summary_due_at",
            postgresql_where=text("summary_due_at IS NOT NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("cht")
    )
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    character_id: Mapped[str] = mapped_column(ForeignKey("characters.id"))
    checkout_id: Mapped[str | None] = mapped_column(ForeignKey("checkouts.id"), index=True)
    channel_id: Mapped[str]
    locale: Mapped[str]
    title: Mapped[str]
    length: Mapped[int] = mapped_column(default=0)
    summary: Mapped[str] = mapped_column(default="")
    summarized_to: Mapped[int] = mapped_column(default=0)
    summary_due_at: Mapped[datetime | None]
    summary_lease_until: Mapped[datetime | None]
    input_tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    output_tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    cost_micros: Mapped[int] = mapped_column(BigInteger, default=0)


class ChatMessage(Base):
    """One message; a reply is written to while `status` is streaming, by who holds its `fence`.

    `parts` are as they are shown; `number` counts the messages of a chat from 1, and `steps` the
    steps of this reply.
    """

    __tablename__ = "chat_messages"
    __table_args__ = (
        UniqueConstraint("chat_id", "number"),
        Index("ix_chat_messages_open", "due_at", postgresql_where=text("status='streaming'")),
        Index(
            "uq_chat_messages_open",
            "chat_id",
            unique=True,
            postgresql_where=text("status='streaming'"),
        ),
    )

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("say")
    )
    chat_id: Mapped[str] = mapped_column(ForeignKey("chats.id", ondelete="CASCADE"))
    number: Mapped[int]
    author: Mapped[ChatAuthor] = mapped_column(_enum(ChatAuthor))
    character_id: Mapped[str | None] = mapped_column(ForeignKey("characters.id"))
    status: Mapped[MessageStatus] = mapped_column(_enum(MessageStatus))
    parts: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    citations: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    reason: Mapped[str | None]
    steps: Mapped[int] = mapped_column(default=0)
    fence: Mapped[int] = mapped_column(default=0)
    crashes: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    stop_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class ChatPreference(Base):
    """What the customer said in one message that they like or do not; its id is the message's.

    `preferences` is a `Heard` of the recommender; it was said at `created_at`. `customer_id` is no
    foreign key, so that writing this waits for nobody who changes the customer.
    """

    __tablename__ = "chat_preferences"
    __table_args__ = (Index("ix_chat_preferences_customer_id_id", "customer_id", "id"),)

    id: Mapped[str] = mapped_column(
        ForeignKey("chat_messages.id", ondelete="CASCADE"), primary_key=True
    )
    customer_id: Mapped[str] = mapped_column(Text(collation="C"))
    preferences: Mapped[dict[str, Any]]


class ChatStep(Base):
    """One step of a reply, as it is told to those who follow it; its number is the cursor."""

    __tablename__ = "chat_steps"
    __table_args__ = (UniqueConstraint("message_id", "number"),)

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("stp")
    )
    message_id: Mapped[str] = mapped_column(ForeignKey("chat_messages.id", ondelete="CASCADE"))
    number: Mapped[int]
    kind: Mapped[StepKind] = mapped_column(_enum(StepKind))
    payload: Mapped[dict[str, Any]]


class ChatCall(Base):
    """One paid call of the model: the intent before it, the provider's id after it.

    The rounds of a reply count from 1; one of 0 or less makes a summary up to its message.
    `done` is how many sentences and calls of tools of it have been dealt with, so that who goes
    on after a crash does none of them twice.
    """

    __tablename__ = "chat_calls"
    __table_args__ = (UniqueConstraint("message_id", "round"),)

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("cal")
    )
    chat_id: Mapped[str] = mapped_column(ForeignKey("chats.id", ondelete="CASCADE"), index=True)
    message_id: Mapped[str] = mapped_column(ForeignKey("chat_messages.id", ondelete="CASCADE"))
    round: Mapped[int]
    state: Mapped[CallState] = mapped_column(_enum(CallState), default=CallState.INTENT)
    provider_id: Mapped[str | None] = mapped_column(index=True)
    done: Mapped[int] = mapped_column(default=0)
    turns: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    input_tokens: Mapped[int] = mapped_column(default=0)
    output_tokens: Mapped[int] = mapped_column(default=0)
    held_micros: Mapped[int] = mapped_column(BigInteger, default=0)
    cost_micros: Mapped[int] = mapped_column(BigInteger, default=0)
    forgotten_at: Mapped[datetime | None]


class OrderCard(Base):
    """An order that was prepared: the yes to it counts for this total and these lines only."""

    __tablename__ = "order_cards"

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("ocd")
    )
    chat_id: Mapped[str] = mapped_column(ForeignKey("chats.id", ondelete="CASCADE"), index=True)
    checkout_id: Mapped[str] = mapped_column(ForeignKey("checkouts.id"), index=True)
    digest: Mapped[str]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
