"""A checkout and what it is made of."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Self

import strawberry

from core import money
from dataloaders import Loaders
from models import checkout as models
from models.checkout import CheckoutStatus, SalesOrigin
from models.payment import Payment, PaymentStatus
from schema.address import Address
from schema.base import Node, View, related
from schema.catalogue import Channel, Variant
from schema.checkout.problems import CheckoutProblemUnion, shown
from schema.checkout_parts import (
    AppliedGiftCard,
    AppliedPromotion,
    DeliveryOption,
    NearPromotion,
    Totals,
)
from schema.context import Info
from schema.money import Money
from schema.node import nodes_of
from schema.scalars import URL
from services import checkout
from services.checkout import CheckoutView

if TYPE_CHECKING:
    from schema.order import Order

for kind in (CheckoutStatus, SalesOrigin, PaymentStatus):
    strawberry.enum(kind)


@strawberry.type
class CheckoutLine(View[models.CheckoutLine], Node):
    """So many of a variant."""

    variant_id: strawberry.ID
    """What `updateCheckoutLines` calls it, also when it is no longer sold."""
    quantity: int
    """How many."""
    unit_price: Money
    """What one costs now, before any discount."""
    discount: Money
    """What promotions take off all of them."""
    total: Money
    """What all of them cost, discount taken off."""
    available: int
    """How many the buyer could have now."""
    channel_id: strawberry.Private[str]
    variant: Variant | None = related(
        Loaders.offer_in,
        Variant.maybe,
        key=lambda root: f"{root.channel_id}/{root.row.variant_id}",
        description="What is bought; null once its channel has no price for it.",
    )

    @classmethod
    def of_view(cls, row: models.CheckoutLine, seen: CheckoutView) -> Self:
        """Show a line of this checkout."""
        priced = {line.variant_id: line for line in seen.quote.lines}.get(row.variant_id)
        amounts = (
            (priced.unit_price, priced.discount, priced.total)
            if priced
            else (row.unit_price, 0, row.unit_price * row.quantity)
        )
        unit, discount, total = (
            Money.of(money.Money(amount, seen.quote.currency)) for amount in amounts
        )
        return cls(
            row=row,
            id=strawberry.ID(row.id),
            variant_id=strawberry.ID(row.variant_id),
            quantity=row.quantity,
            unit_price=unit,
            discount=discount,
            total=total,
            available=max(seen.available.get(row.variant_id, 0), 0),
            channel_id=seen.channel.id,
        )


@strawberry.type
class Reservation:
    """Units that are kept for a while."""

    expires_at: datetime
    """Until when."""
    extendable: bool
    """Whether `extendReservation` may be used: once."""


@strawberry.type
class PaymentState(View[Payment]):
    """How a payment goes."""

    status: PaymentStatus
    """Where it stands."""
    client_secret: str | None
    """For Stripe's own element in the app, while the customer has something to do."""
    decline_reason: str | None
    """Why it was declined, as the provider's code."""

    @classmethod
    def of(cls, row: Payment) -> Self:
        """Show this payment."""
        return cls(
            row=row,
            status=row.status,
            client_secret=row.client_secret if row.settled_at is None else None,
            decline_reason=row.decline_code,
        )

    @strawberry.field
    def redirect_url(self) -> URL | None:
        """Where the customer must go, such as 3-D Secure."""
        url = self.row.redirect_url
        return URL(url) if url and self.row.settled_at is None else None


@strawberry.type
class Checkout(View[CheckoutView], Node):
    """A cart on its way to be an order. An agent's session over ACP is this same thing."""

    status: CheckoutStatus
    """Where it stands."""
    channel: Channel
    """The market that it is in; it stays there."""
    origin: SalesOrigin
    """Where it began."""
    claimed: bool
    """Whether a customer owns it; until then it is anybody's who knows its id."""
    lines: list[CheckoutLine]
    """What is in it."""
    email: str | None
    """Where to write to a buyer without an account."""
    shipping_address: Address | None
    """Where the parcel goes."""
    billing_address: Address | None
    """Where the bill goes, if elsewhere."""
    delivery_options: list[DeliveryOption]
    """How it can travel to that address."""
    delivery: DeliveryOption | None
    """How it will travel."""
    promotions: list[AppliedPromotion]
    """What makes it cheaper, and why."""
    near_promotions: list[NearPromotion]
    """What would, and what is missing for it."""
    gift_cards: list[AppliedGiftCard]
    """What cards pay."""
    totals: Totals
    """What it costs; counted by us, never by a client."""
    reservation: Reservation | None
    """Until when its units are kept."""
    problems: list[CheckoutProblemUnion]
    """All that stands between it and being completed; empty when it can be."""
    expires_at: datetime
    """When it ends if it is left alone."""
    payment: PaymentState | None = related(
        Loaders.payment_of_checkout, PaymentState.maybe, description="The latest try to pay."
    )

    @strawberry.field
    async def order(self, info: Info) -> Annotated["Order", strawberry.lazy("schema.order")] | None:
        """What came of it."""
        from schema.order import Order

        return Order.maybe(await info.context.loaders.order_of_checkout.load(self.id))

    @classmethod
    def of(cls, row: CheckoutView) -> Self:
        """Show how a checkout stands."""
        own, quote = row.checkout, row.quote
        return cls(
            row=row,
            id=strawberry.ID(own.id),
            status=row.status,
            channel=Channel.of(row.channel),
            origin=own.origin,
            claimed=own.customer_id is not None,
            lines=[CheckoutLine.of_view(line, row) for line in row.lines],
            email=own.email,
            shipping_address=Address.of_json(own.shipping_address),
            billing_address=Address.of_json(own.billing_address),
            delivery_options=[DeliveryOption.of(option) for option in quote.options],
            delivery=DeliveryOption.maybe(quote.option),
            promotions=[AppliedPromotion.of(it) for it in quote.promotions],
            near_promotions=[NearPromotion.of(it) for it in quote.near],
            gift_cards=[AppliedGiftCard.of(it) for it in quote.cards],
            totals=Totals.of(quote),
            reservation=_reservation(row),
            problems=shown(row.problems, row),
            expires_at=own.expires_at,
        )


def _reservation(seen: CheckoutView) -> Reservation | None:
    kept = seen.reservation
    if kept is None:
        return None
    return Reservation(expires_at=kept.expires_at, extendable=not kept.is_extended)


async def show(info: Info, checkout_id: str) -> Checkout:
    """Show how a checkout stands now, whatever a loader saw of it before."""
    context = info.context
    async with context.db.read() as session:
        row = await session.get_one(models.Checkout, checkout_id)
        return Checkout.of(await checkout.view(session, context.settings, row, context.now()))


@nodes_of("chk")
async def checkouts(info: Info, ids: list[str]) -> dict[str, Any]:
    """Find the viewer's checkouts, and those that nobody owns."""
    return await _visible(info, ids)


@nodes_of("cln")
async def checkout_lines(info: Info, ids: list[str]) -> dict[str, Any]:
    """Find lines of the viewer's checkouts, and of those that nobody owns."""
    async with info.context.db.read() as session:
        owners = await checkout.of_lines(session, ids)
    found = await _visible(info, owners)
    lines = (line for one in found.values() for line in one.lines)
    return {str(line.id): line for line in lines if line.id in ids}


async def _visible(info: Info, ids: list[str]) -> dict[str, Checkout]:
    buyer = checkout.Buyer(info.context.viewer)
    async with info.context.db.read() as session:
        rows = await checkout.mine(session, buyer, ids)
    return {id: await show(info, id) for id in rows}
