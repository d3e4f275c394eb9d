"""What is said about orders."""

from collections.abc import Sequence
from datetime import datetime

import strawberry

from models.checkout import SalesOrigin
from models.order import OrderStatus, TrackingStatus
from services import order


@strawberry.input
class OrderFilter:
    """Which orders to list; all conditions must hold."""

    status: list[OrderStatus] | None = None
    """Only those that stand here."""
    origin: list[SalesOrigin] | None = None
    """Only sales that began here."""
    text: str | None = None
    """An order number, or a part of an e-mail address or of a recipient's name."""
    placed_after: datetime | None = None
    """Only those placed later."""
    placed_before: datetime | None = None
    """Only those placed earlier."""

    def asked(self) -> order.OrderFilter:
        """Return the filter that the services know."""
        return order.OrderFilter(
            self.status, self.origin, self.text, self.placed_after, self.placed_before
        )


@strawberry.input
class OrderLineInput:
    """Units of a line."""

    line_id: strawberry.ID
    """One of the order's lines."""
    quantity: int
    """How many: at least 1."""


def units(lines: Sequence[OrderLineInput]) -> list[tuple[str, int]]:
    """Return lines as the services know them."""
    return [(line.line_id, line.quantity) for line in lines]


@strawberry.input
class CancelOrderInput:
    """An order to give up."""

    order_id: strawberry.ID
    """Which order."""
    reason: str
    """Why: 1 to 500 characters."""
    idempotency_key: str
    """A key of your making: the same request sent again with it changes nothing more."""


@strawberry.input
class RequestReturnInput:
    """Units that the customer wants to send back."""

    order_id: strawberry.ID
    """Which order."""
    lines: list[OrderLineInput]
    """Units that were sent."""
    reason: str
    """Why: 1 to 500 characters."""
    idempotency_key: str
    """A key of your making: the same request sent again with it changes nothing more."""


@strawberry.input
class ReceiveReturnInput:
    """Units that came back."""

    order_id: strawberry.ID
    """Which order."""
    lines: list[OrderLineInput]
    """What came; empty closes a request of which nothing more is to come."""
    restock: bool
    """Whether they can be sold again."""
    reason: str
    """In what state they came, or why the request is closed: 1 to 500 characters."""
    idempotency_key: str
    """A key of your making: the same request sent again with it changes nothing more."""


@strawberry.input
class FulfilOrderInput:
    """A parcel that was packed."""

    order_id: strawberry.ID
    """Which order."""
    lines: list[OrderLineInput]
    """What is in it; never more than is left to send."""
    carrier: str
    """Who carries it, in small letters: cj, ups."""
    tracking_number: str
    """What the carrier calls it: 4 to 40 digits and letters."""
    idempotency_key: str
    """A key of your making: the same request sent again with it changes nothing more."""


@strawberry.input
class AddTrackingEventInput:
    """Where a parcel was seen."""

    shipment_id: strawberry.ID
    """Which parcel."""
    status: TrackingStatus
    """What became of it there."""
    place: str | None = None
    """Where: at most 120 characters."""
    at: datetime
    """When; the same status at the same time is the same event."""
    idempotency_key: str
    """A key of your making: the same request sent again with it changes nothing more."""


@strawberry.input
class RefundOrderInput:
    """Money to give back: for units, or as goodwill."""

    order_id: strawberry.ID
    """Which order."""
    lines: list[OrderLineInput] | None = None
    """Units to refund at what was paid for them; those that were not sent are refunded first."""
    goodwill_amount: int | None = None
    """Or an amount, in minor units of the order's currency."""
    reason: str
    """Why: 1 to 500 characters."""
    idempotency_key: str
    """A key of your making: the same request sent again with it changes nothing more."""


@strawberry.input
class RetryRefundInput:
    """A refund that failed."""

    refund_id: strawberry.ID
    """Of an order's `refunds`, or from the log where there is no order."""
    idempotency_key: str
    """The same key asks for nothing twice."""
