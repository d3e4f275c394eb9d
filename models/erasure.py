"""Proofs that something personal is gone."""

from datetime import datetime

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base
from core.ids import ids


class ErasureReceipt(Base):
    """What was erased, when, and how much of it in which store; it holds nothing personal."""

    __tablename__ = "erasure_receipts"

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("era")
    )
    customer_id: Mapped[str] = mapped_column(index=True)
    subject: Mapped[str] = mapped_column(unique=True)
    erased_at: Mapped[datetime]
    stores: Mapped[dict[str, int]] = mapped_column(JSONB)
