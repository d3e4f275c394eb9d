"""What staff may do to an account."""

from datetime import date
from typing import Annotated

import strawberry

from models.account import Customer as CustomerRow
from schema.base import View
from schema.errors import InvalidInput, NotFound


@strawberry.input
class CorrectBirthDateInput:
    """Whose birth date, and which day the evidence shows."""

    customer_id: strawberry.ID
    """The customer."""
    birth_date: date
    """The day; an earlier proof of another day ends."""


@strawberry.type
class CorrectedBirthDate(View[CustomerRow]):
    """What is on record now."""

    birth_date: date
    """The day."""

    @strawberry.field
    def customer_id(self) -> strawberry.ID:
        """The customer."""
        return strawberry.ID(self.row.id)


CorrectBirthDateResult = Annotated[
    CorrectedBirthDate | NotFound | InvalidInput,
    strawberry.union("CorrectBirthDateResult"),
]
