"""How a parcel may travel."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Option:
    """A way to travel, and when it would arrive if it were paid now. `price` is minor units."""

    id: str
    name: dict[str, str]
    carrier: str
    price: int
    earliest: date
    latest: date
    adult_signature: bool
    currency: str
