"""Money: integer minor units and a currency (ISO 4217)."""

from dataclasses import dataclass

EXPONENTS = {"KRW": 0, "USD": 2}
SIGNS = {"KRW": "₩", "USD": "$"}


@dataclass(frozen=True)
class Money:
    """An amount in minor units: 24000 KRW is ₩24,000, 2400 USD is $24.00."""

    amount: int
    currency: str

    def formatted(self) -> str:
        """Write it for people, as both ko and en do: ₩24,000 and $24.00."""
        exponent = EXPONENTS[self.currency]
        sign = "-" if self.amount < 0 else ""
        major, minor = divmod(abs(self.amount), 10**exponent)
        cents = f".{minor:0{exponent}d}" if exponent else ""
        return f"{sign}{SIGNS[self.currency]}{major:,}{cents}"
