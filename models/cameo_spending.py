"""What films cost us: the paid orders of the last day, by customer."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base


class PaidShot(Base):
    """An order of a shot, under the id of its `CameoSubmission`, which it outlives.

    Neither removing the cameo nor erasing the customer takes it back; after a day it goes by
    itself.
    """

    __tablename__ = "paid_shots"
    __table_args__ = (Index("ix_paid_shots_customer_id_ordered_at", "customer_id", "ordered_at"),)

    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    ordered_at: Mapped[datetime] = mapped_column(index=True)
