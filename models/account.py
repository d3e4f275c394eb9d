"""Customers, how they prove who they are, their sessions, and what they are interested in."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base
from core.ids import ids


class Customer(Base):
    """A person: a guest, a member, staff or a partner. An erased one keeps only its id."""

    __tablename__ = "customers"
    __table_args__ = (
        Index(
            "ix_customers_guests",
            "created_at",
            postgresql_where=text("is_guest and erased_at is null"),
        ),
    )

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("cus")
    )
    email: Mapped[str | None] = mapped_column(unique=True)
    password_hash: Mapped[str | None]
    name: Mapped[str | None]
    locale: Mapped[str]
    roles: Mapped[list[str]]
    permissions: Mapped[list[str]] = mapped_column(insert_default=list)
    home_channel: Mapped[str | None]
    birth_date: Mapped[date | None]
    age_verified_at: Mapped[datetime | None]
    preferences: Mapped[list[str]] = mapped_column(insert_default=list)
    engagement_score: Mapped[float] = mapped_column(server_default="0", insert_default=0.0)
    is_guest: Mapped[bool] = mapped_column(insert_default=False)
    is_sandbox: Mapped[bool] = mapped_column(insert_default=False)
    registered_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]


class Identity(Base):
    """Who a customer is to a sign-in provider: the provider's own, lasting name for them."""

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("provider", "subject"),)

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("idn")
    )
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    provider: Mapped[str]
    subject: Mapped[str]


class SignInState(Base):
    """A sign-in at a provider that was begun; its id is the SHA-256 of the state it went with."""

    __tablename__ = "sign_in_states"

    provider: Mapped[str]
    redirect_uri: Mapped[str]
    verifier: Mapped[str]
    nonce: Mapped[str]
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customers.id"), index=True)
    links: Mapped[bool]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


class AccountSession(Base):
    """One sign-in on one device, until it is ended; also the family of its refresh tokens."""

    __tablename__ = "account_sessions"
    __table_args__ = (Index("ix_account_sessions_customer_id_ended_at", "customer_id", "ended_at"),)

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("ses")
    )
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    ended_at: Mapped[datetime | None]


class RefreshToken(Base):
    """The SHA-256 of a refresh token, as its id; the token itself is never kept."""

    __tablename__ = "refresh_tokens"

    session_id: Mapped[str] = mapped_column(
        ForeignKey("account_sessions.id", ondelete="CASCADE"), index=True
    )
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]
    used_by: Mapped[str | None]


class CustomerInterest(Base):
    """How much a customer cared for a product at `changed_at`, 0 to 1; it halves with time."""

    __tablename__ = "customer_interests"
    __table_args__ = (UniqueConstraint("customer_id", "product_id"),)

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("int")
    )
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    product_id: Mapped[str]
    score: Mapped[float]
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())
