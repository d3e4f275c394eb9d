"""The product feed: what agents are told of each channel, and which of it which host has."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base


class Feed(Base):
    """What is told of a channel, whose id it has."""

    __tablename__ = "feeds"

    version: Mapped[str]
    """A hash over all records."""
    changed_at: Mapped[datetime]
    checked_at: Mapped[datetime]
    """When the records were last held against prices and stock."""


class FeedRecord(Base):
    """A product as it is told, and when that changed; what has left the channel stays, as gone."""

    __tablename__ = "feed_records"
    __table_args__ = (UniqueConstraint("feed_id", "product_id"),)

    feed_id: Mapped[str] = mapped_column(ForeignKey("feeds.id"))
    product_id: Mapped[str]
    line: Mapped[str]
    """One JSON object, as it stands in the file."""
    hash: Mapped[str]
    is_gone: Mapped[bool]
    changed_at: Mapped[datetime]


class FeedHost(Base):
    """A host that we tell of changes, by the name that the settings give it."""

    __tablename__ = "feed_hosts"

    address: Mapped[str]
    feed_id: Mapped[str]
    remote_id: Mapped[str | None]
    """The host's own name for the feed; None until it has made one."""
    failures: Mapped[int] = mapped_column(insert_default=0)
    """How many tries in a row came to nothing."""
    due_at: Mapped[datetime | None]
    """Not before then; None when nothing is under way."""


class FeedPush(Base):
    """What a host was last told of a product."""

    __tablename__ = "feed_pushes"
    __table_args__ = (UniqueConstraint("host_id", "product_id"),)

    host_id: Mapped[str] = mapped_column(ForeignKey("feed_hosts.id", ondelete="CASCADE"))
    product_id: Mapped[str]
    hash: Mapped[str]
    again_at: Mapped[datetime | None]
    """When what the host refused is offered to it again; None if it was taken."""
