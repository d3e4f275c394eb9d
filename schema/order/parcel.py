"""How an order travels."""

from datetime import datetime

import strawberry

from dataloaders import Loaders
from models import order as models
from models.order import TrackingStatus
from schema.base import Node, View, related
from schema.order.line import OrderLine
from schema.scalars import URL
from services import order

strawberry.enum(TrackingStatus)


@strawberry.type
class ShipmentLine(View[models.ShipmentLine]):
    """How many units of a line are in a parcel."""

    quantity: int
    """How many."""
    line: OrderLine = related(
        Loaders.order_line,
        OrderLine.of,
        key=lambda root: root.row.order_line_id,
        description="Of what.",
    )


@strawberry.type
class TrackingEvent(View[models.TrackingEvent]):
    """Where a parcel was seen."""

    status: TrackingStatus
    """What became of it there."""
    place: str | None
    """Where, as the carrier calls it."""
    at: datetime
    """When."""


@strawberry.type
class Shipment(View[models.Shipment], Node):
    """A parcel."""

    carrier: str
    """Who carries it, such as cj or ups."""
    tracking_number: str
    """What the carrier calls it."""
    delivered_at: datetime | None
    """When it arrived."""
    lines: list[ShipmentLine] = related(
        Loaders.lines_of_shipment, ShipmentLine.each, description="What is in it."
    )
    events: list[TrackingEvent] = related(
        Loaders.events_of_shipment,
        lambda rows: TrackingEvent.each(sorted(rows, key=lambda row: row.at)),
        description="Where it was seen, oldest first.",
    )

    @strawberry.field
    def tracking_url(self) -> URL | None:
        """The carrier's own page about it."""
        url = order.parcels.page_of(self.row.carrier, self.row.tracking_number)
        return URL(url) if url else None
