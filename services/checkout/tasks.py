"""The events of checkouts."""

from dataclasses import dataclass

from core.outbox import Event


@dataclass(frozen=True)
class CheckoutChanged(Event):
    """A checkout is not what it was."""

    checkout_id: str


def checkout_topic(checkout_id: str) -> str:
    """Where news of a checkout is told."""
    return f"checkout:{checkout_id}"


def checkout_changed(checkout_id: str) -> CheckoutChanged:
    """Tell whoever watches this checkout."""
    return CheckoutChanged(checkout_topic(checkout_id), checkout_id)
