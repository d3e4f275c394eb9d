"""What hangs on orders: lines, history, parcels, money. Who may see one is decided before."""

from collections.abc import Mapping

from sqlalchemy import select

from dataloaders.base import LoaderSet, by_id, many, rows_by
from models.catalogue import Batch, Farm
from models.order import Order, OrderEvent, OrderLine, Shipment, ShipmentLine, TrackingEvent
from models.payment import Payment, Refund, RefundLine
from services import order
from services.order import LotUnits, Whole


class OrderLoaders(LoaderSet):
    """Loaders of orders."""

    farm = by_id(Farm)
    batch = by_id(Batch)

    order = by_id(Order)
    order_line = by_id(OrderLine)
    lines_of_order = rows_by(OrderLine.order_id)
    events_of_order = rows_by(OrderEvent.order_id)
    shipments_of_order = rows_by(Shipment.order_id)
    lines_of_shipment = rows_by(ShipmentLine.shipment_id)
    events_of_shipment = rows_by(TrackingEvent.shipment_id)
    lines_of_refund = rows_by(RefundLine.refund_id)

    @many
    async def lots_of_line(self, ids: list[str]) -> dict[str, list[LotUnits]]:
        """Load from which lots each line is."""
        async with self.db.read() as session:
            found = await order.lots_of(session, ids)
        self._know_farms(found)
        return found

    def know(self, whole: Whole) -> None:
        """Take what was read with an order as loaded."""
        self.order.prime(whole.order.id, whole.order)
        self.lines_of_order.prime(whole.order.id, whole.lines)
        self.lots_of_line.prime_many(whole.lots)
        self._know_farms(whole.lots)

    def _know_farms(self, lots: Mapping[str, list[LotUnits]]) -> None:
        farms = (lot.farm for own in lots.values() for lot in own)
        self.farm.prime_many({farm.id: farm for farm in farms if farm})

    @many
    async def payments_of_order(self, ids: list[str]) -> dict[str, list[Payment]]:
        """Load the payments of each order, oldest first."""
        found: dict[str, list[Payment]] = {id: [] for id in ids}
        rows = select(Payment).where(Payment.order_id.in_(ids)).order_by(Payment.id)
        async with self.db.read() as session:
            for row in await session.scalars(rows):
                found[row.order_id or ""].append(row)
        return found

    @many
    async def refunds_of_order(self, ids: list[str]) -> dict[str, list[Refund]]:
        """Load the refunds of each order, oldest first."""
        found: dict[str, list[Refund]] = {id: [] for id in ids}
        rows = select(Refund).where(Refund.order_id.in_(ids)).order_by(Refund.id)
        async with self.db.read() as session:
            for row in await session.scalars(rows):
                found[row.order_id or ""].append(row)
        return found
