"""What stock tells others."""

from dataclasses import dataclass

from core.outbox import Event

LOW_TOPIC = "stock-low"


@dataclass(frozen=True)
class StockLow(Event):
    """What is available of a variant fell to its mark, or under it."""

    variant_id: str


@dataclass(frozen=True)
class ReservationLapsed(Event):
    """A checkout's units are free again; told on the checkout's own topic."""

    checkout_id: str


def checkout_topic(checkout_id: str) -> str:
    """Name the topic of a checkout."""
    return f"checkout:{checkout_id}"
