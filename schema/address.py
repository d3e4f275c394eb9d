"""Where somebody lives, as clients see it."""

from typing import Any, Self

import strawberry


@strawberry.type
class Address:
    """A postal address."""

    recipient: str
    """Who takes the parcel."""
    phone: str | None
    """For the carrier."""
    line1: str
    """Street and number, or 도로명주소."""
    line2: str | None
    """Flat, floor, 상세주소."""
    city: str | None
    """City."""
    region: str | None
    """State, or 시도."""
    postal_code: str
    """Postal code."""
    country: str
    """ISO 3166-1 alpha-2."""

    @classmethod
    def of_json(cls, kept: dict[str, Any] | None) -> Self | None:
        """Show an address as it is kept; one that was erased is none."""
        if not kept:
            return None
        needed = ("recipient", "line1", "postal_code", "country")
        told: dict[str, Any] = {name: kept.get(name) for name in cls.__annotations__}
        return cls(**told | {name: told[name] or "" for name in needed})
