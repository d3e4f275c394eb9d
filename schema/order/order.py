"""An order and its history."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from core import money
from dataloaders import Loaders
from models import order as models
from models.checkout import SalesOrigin
from models.order import Actor, OrderStatus
from schema.address import Address
from schema.ar import UnlockCode
from schema.base import Node, View, related
from schema.checkout_parts import Totals
from schema.context import Info
from schema.money import Money
from schema.order.line import OrderLine
from schema.order.money import Payment, Refund
from schema.order.parcel import Shipment
from services import ar, order

if TYPE_CHECKING:
    from schema.checkout import Checkout

for kind in (OrderStatus, Actor, SalesOrigin):
    strawberry.enum(kind)


@strawberry.type
class DateRange:
    """Two days and those between them."""

    from_: date = strawberry.field(name="from", description="The first day.")
    to: date = strawberry.field(description="The last day.")


@strawberry.type
class OrderEvent(View[models.OrderEvent]):
    """One step of an order; where the status stayed, something else happened, as `reason` says."""

    before: OrderStatus | None = strawberry.field(
        name="from", description="Where it stood; null for the first step."
    )
    after: OrderStatus = strawberry.field(name="to", description="Where it stands since then.")
    actor: Actor = strawberry.field(name="by", description="Who made it so.")
    at: datetime
    """When."""
    reason: str | None
    """Why, or what happened."""


@strawberry.type
class Order(View[models.Order], Node):
    """What somebody bought, and what became of it."""

    number: str
    """Can be read out on the telephone: no letters that sound alike, and the last is a check."""
    status: OrderStatus
    """Where it stands."""
    origin: SalesOrigin
    """Where the sale began."""
    email: str | None
    """The address it was bought with."""
    note: str | None
    """What the buyer asked of us, in their own words: how to deliver, what to write on a gift."""
    placed_at: datetime
    """When it was placed."""
    paid_at: datetime | None
    """When it was paid."""
    lines: list[OrderLine] = related(
        Loaders.lines_of_order,
        lambda rows: OrderLine.each(sorted(rows, key=lambda row: row.position)),
        description="What was bought.",
    )
    payments: list[Payment] = related(
        Loaders.payments_of_order, Payment.each, description="What was paid, oldest first."
    )
    refunds: list[Refund] = related(
        Loaders.refunds_of_order, Refund.each, description="What went back, oldest first."
    )
    shipments: list[Shipment] = related(
        Loaders.shipments_of_order, Shipment.each, description="Its parcels, oldest first."
    )
    history: list[OrderEvent] = related(
        Loaders.events_of_order,
        lambda rows: OrderEvent.each(sorted(rows, key=lambda row: (row.at, row.id))),
        description="All that happened, with who and why, oldest first.",
    )

    @strawberry.field
    async def unlock_codes(self, info: Info) -> list[UnlockCode]:
        """A code for each unit that is paid for, a moment after it is; to its buyer alone."""
        if not ar.sees_codes(info.context.viewer, self.row):
            return []
        return UnlockCode.each(await info.context.loaders.codes_of_order.load(self.row.id))

    @strawberry.field
    def next_states(self) -> list[OrderStatus]:
        """What may come next, by the hand of whoever may make it so."""
        return order.next_states(self.row)

    @strawberry.field
    def totals(self) -> Totals:
        """What it cost, as it was when placed."""
        row = self.row
        due = row.total - row.gift_card_amount
        told = (row.subtotal, row.discount, row.delivery_price, row.tax, row.total)
        subtotal, discount, delivery, tax, total, cards, left = (
            Money.of(money.Money(amount, row.currency))
            for amount in (*told, row.gift_card_amount, due)
        )
        return Totals(
            subtotal=subtotal,
            discount=discount,
            delivery=delivery,
            tax=tax,
            total=total,
            gift_cards=cards,
            due=left,
        )

    @strawberry.field
    def shipping_address(self) -> Address | None:
        """Where it goes; null once its buyer was erased."""
        return Address.of_json(self.row.shipping_address)

    @strawberry.field
    def estimated_delivery(self) -> DateRange | None:
        """When all of it should be there, as was said when it was placed."""
        first, last = self.row.delivery_from, self.row.delivery_to
        return DateRange(from_=first, to=last) if first and last else None

    @strawberry.field
    async def checkout(
        self, info: Info
    ) -> Annotated["Checkout", strawberry.lazy("schema.checkout")] | None:
        """What it came of."""
        from schema.checkout import Checkout

        return Checkout.maybe(await info.context.loaders.checkout.load(self.row.checkout_id))
