"""What customers do that the world remembers of them: whom they talked with, what they watched."""

from datetime import datetime

from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base
from core.ids import ids


class CustomerChat(Base):
    """A customer talked with a character: how often, and when last."""

    __tablename__ = "customer_chats"
    __table_args__ = (UniqueConstraint("customer_id", "character_id"),)

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("tlk")
    )
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    character_id: Mapped[str]
    times: Mapped[int]
    last_at: Mapped[datetime]


class CustomerView(Base):
    """A customer watched a film: how often, and when last."""

    __tablename__ = "customer_views"
    __table_args__ = (UniqueConstraint("customer_id", "cameo_id"),)

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("vew")
    )
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    cameo_id: Mapped[str]
    times: Mapped[int]
    last_at: Mapped[datetime]


class InterestMove(Base):
    """Something that moved a customer's interest, as `order:ord_…`: the same never does twice."""

    __tablename__ = "interest_moves"

    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
