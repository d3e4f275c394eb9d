"""The tasks and events of orders."""

from dataclasses import dataclass

from core.outbox import Event, Task


@dataclass(frozen=True)
class OrderChanged(Event):
    """An order moved on."""

    order_id: str


@dataclass(frozen=True)
class MakeUnlockCodes(Task):
    """Bring the codes of an order in line with it: one for each unit that is paid and kept.

    Sent when an order is paid, and again when units are refunded or it is canceled.
    """

    order_id: str


@dataclass(frozen=True)
class TrackParcel(Task):
    """Ask the carrier where a parcel is."""

    shipment_id: str


@dataclass(frozen=True)
class MailOrder(Task):
    """Mail news of an order to a buyer without an account; `kind` is a NotificationKind."""

    order_id: str
    kind: str
    parameters: dict[str, str]
    key: str


def order_topic(order_id: str) -> str:
    """Where news of an order is told."""
    return f"order:{order_id}"


def order_changed(order_id: str) -> OrderChanged:
    """Tell whoever watches this order."""
    return OrderChanged(order_topic(order_id), order_id)
