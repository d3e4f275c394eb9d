"""The tasks and events of payments."""

from dataclasses import dataclass

from core.outbox import Event, Task


@dataclass(frozen=True)
class ReconcilePayment(Task):
    """Look up a payment whose outcome is not known, and act on what it is."""

    payment_id: str


@dataclass(frozen=True)
class PaymentChanged(Event):
    """A payment moved on; told to whoever watches its checkout."""

    checkout_id: str


def payment_changed(checkout_id: str) -> PaymentChanged:
    """Tell whoever watches the checkout of a payment."""
    return PaymentChanged(f"checkout:{checkout_id}", checkout_id)
