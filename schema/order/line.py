"""What was bought."""

from datetime import date

import strawberry

from core import money
from dataloaders import Loaders
from models import order as models
from schema.base import Node, View, related
from schema.brewing import Batch
from schema.catalogue import Variant
from schema.context import Info
from schema.money import Money
from services.order import LotUnits


@strawberry.type
class OrderLot(View[LotUnits]):
    """Units of one lot."""

    lot: str
    """What is printed on them."""
    expires_on: date
    """Until when they are at their best, in Korea."""
    quantity: int
    """How many of the line's units are of this lot."""

    @strawberry.field
    def batch(self) -> Batch | None:
        """What they were brewed in; null where the catalogue does not tell of it."""
        return Batch.maybe(self.row.batch)


@strawberry.type
class OrderLine(View[models.OrderLine], Node):
    """So many of a variant, as it was called and priced when the order was placed."""

    name: str
    """What it was called."""
    quantity: int
    """How many were bought."""
    fulfilled: int
    """How many of them were sent."""
    refunded: int
    """How many of them were refunded; those not sent yet first, and they stay here."""
    return_requested: int
    """How many the customer wants to send back, and that did not come yet."""
    returned: int
    """How many came back."""
    lots: list[OrderLot] = related(
        Loaders.lots_of_line,
        OrderLot.each,
        description="From which lots they are; none before they are paid.",
    )

    @strawberry.field
    async def variant(self, info: Info) -> Variant | None:
        """What it is now; null once its channel has no price for it."""
        loaders = info.context.loaders
        order = await loaders.order.load(self.row.order_id)
        if order is None:
            return None
        key = f"{order.channel_id}/{self.row.variant_id}"
        return Variant.maybe(await loaders.offer_in.load(key))

    @strawberry.field
    async def unit_price(self, info: Info) -> Money:
        """What one cost, before any discount."""
        return await self._amount(info, self.row.unit_price)

    @strawberry.field
    async def discount(self, info: Info) -> Money:
        """What promotions took off all of them."""
        return await self._amount(info, self.row.discount)

    @strawberry.field
    async def total(self, info: Info) -> Money:
        """What was paid for all of them."""
        return await self._amount(info, self.row.total)

    async def _amount(self, info: Info, amount: int) -> Money:
        order = await info.context.loaders.order.load(self.row.order_id)
        if order is None:
            raise LookupError(self.row.order_id)
        return Money.of(money.Money(amount, order.currency))
