"""What was shown of an experiment: to whom, by which arm, and how likely that was."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base
from core.ids import ids


class Exposure(Base):
    """A customer saw what an arm chose. One for each view, however often it is told."""

    __tablename__ = "exposures"
    __table_args__ = (
        UniqueConstraint("customer_id", "experiment", "view"),
        Index("ix_exposures_experiment_arm", "experiment", "arm"),
    )

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("exu")
    )
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    experiment: Mapped[str]
    arm: Mapped[str]
    propensity: Mapped[float]
    """How likely this arm was for this customer when it was drawn, above 0 to 1."""
    view: Mapped[str]
    products: Mapped[list[str]]
    shown_at: Mapped[datetime] = mapped_column(index=True)
