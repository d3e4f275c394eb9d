"""Money as clients see it."""

from typing import NewType, Self

import strawberry

from core import money

Currency = NewType("Currency", str)
CURRENCY = strawberry.scalar(
    name="Currency",
    description="A currency by its ISO 4217 code, such as KRW.",
    serialize=str,
    parse_value=str,
)


@strawberry.type
class Money:
    """An amount of money."""

    amount: int
    """In minor units: 24000 is ₩24,000 and $240.00."""
    currency: Currency
    """The currency's ISO 4217 code."""
    formatted: str
    """For people: ₩24,000."""

    @classmethod
    def of(cls, value: money.Money) -> Self:
        """Show this amount."""
        return cls(
            amount=value.amount, currency=Currency(value.currency), formatted=value.formatted()
        )
