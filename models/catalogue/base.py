"""What curated entries have in common."""

import enum

from sqlalchemy import Enum, true
from sqlalchemy.orm import Mapped, mapped_column


class Curated:
    """An entry of the catalogue's file: one that leaves the file is switched off, not deleted."""

    active: Mapped[bool] = mapped_column(default=True, server_default=true())
    position: Mapped[int] = mapped_column(default=0, server_default="0")


def choice(values: type[enum.StrEnum]) -> Enum:
    """Keep an enum as its value, in a text column that a later value does not have to alter."""
    return Enum(
        values,
        native_enum=False,
        length=24,
        create_constraint=False,
        values_callable=lambda members: [member.value for member in members],
    )
