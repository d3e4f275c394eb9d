"""The tasks and events of refunds."""

from dataclasses import dataclass

from core.outbox import Event, Task


@dataclass(frozen=True)
class PayBack(Task):
    """Have the provider give a refund's money back, or find out what became of it."""

    refund_id: str


@dataclass(frozen=True)
class RefundChanged(Event):
    """A refund moved on; told to whoever watches its order."""

    order_id: str
    refund_id: str


def refund_changed(order_id: str, refund_id: str) -> RefundChanged:
    """Tell whoever watches the order of a refund."""
    return RefundChanged(f"order:{order_id}", order_id, refund_id)
