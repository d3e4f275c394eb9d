"""What a variant costs in a market, and whether it is there."""

import enum
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.money import Money
from models.catalogue import Product, Stock, Variant, VariantPrice
from services.stock import sellable


class Availability(enum.StrEnum):
    """Whether a variant can be bought now, in the channel of the request."""

    IN_STOCK = "in_stock"
    """There is enough."""
    LOW_STOCK = "low_stock"
    """The last ones."""
    SOLD_OUT = "sold_out"
    """None left; a restock notice helps."""
    NOT_SOLD_HERE = "not_sold_here"
    """Not for sale in this channel."""


@dataclass(frozen=True)
class Offer:
    """A variant as one channel sells it."""

    variant: Variant
    price: Money
    sellable: int
    low_stock_at: int
    is_sold_here: bool

    @property
    def availability(self) -> Availability:
        """Tell whether it can be bought; a bundle lasts as long as its scarcest part."""
        if not self.is_sold_here:
            return Availability.NOT_SOLD_HERE
        if self.sellable <= 0:
            return Availability.SOLD_OUT
        low = self.sellable <= self.low_stock_at
        return Availability.LOW_STOCK if low else Availability.IN_STOCK


def sold_here(channel_id: str) -> ColumnElement[bool]:
    """Tell whether the channel sells `Variant` of the joined `Product`."""
    return and_(Variant.active, Product.active, Product.channels.has_key(channel_id))


def offered(channel_id: str, now: datetime) -> Select[Variant, int, str, int, int, bool]:
    """Select variants that have a price in the channel, in the order of the catalogue."""
    return (
        select(
            Variant,
            VariantPrice.amount,
            VariantPrice.currency,
            sellable(now),
            Stock.low_stock_at,
            sold_here(channel_id),
        )
        .join(Product, Product.id == Variant.product_id)
        .join(VariantPrice, VariantPrice.variant_id == Variant.id)
        .outerjoin(Stock, Stock.id == Variant.id)
        .where(VariantPrice.channel_id == channel_id)
        .order_by(Variant.product_id, Variant.position, Variant.id)
    )


async def offers_of(
    session: AsyncSession, channel_id: str, product_ids: list[str], now: datetime
) -> dict[str, list[Offer]]:
    """Return what the channel sells of each product."""
    query = offered(channel_id, now).where(
        Variant.product_id.in_(product_ids), sold_here(channel_id)
    )
    found: dict[str, list[Offer]] = {id: [] for id in product_ids}
    for offer in await _offers(session, query):
        found[offer.variant.product_id].append(offer)
    return found


async def offers(
    session: AsyncSession, channel_id: str, ids: list[str], now: datetime
) -> dict[str, Offer]:
    """Return the offers of these variants; one without a price in the channel is left out."""
    query = offered(channel_id, now).where(Variant.id.in_(ids))
    return {offer.variant.id: offer for offer in await _offers(session, query)}


async def _offers(
    session: AsyncSession, query: Select[Variant, int, str, int, int, bool]
) -> list[Offer]:
    return [
        Offer(variant, Money(amount, currency), left, low or 0, here)
        for variant, amount, currency, left, low, here in await session.execute(query)
    ]
