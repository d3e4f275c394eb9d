"""What a variant costs in a market, and whether it is there."""

import enum
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BindParameter, ColumnElement, Select, Text, and_, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.money import Money
from models.catalogue import Product, Stock, Variant, VariantPrice
from services.stock.sums import SELLABLE, at

# Statements are put together once, and each question only names its parameters.
CHANNEL: BindParameter[str] = bindparam("channel", type_=Text())
IDS: BindParameter[list[str]] = bindparam("ids", expanding=True)


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


def sold_here(channel_id: str | BindParameter[str]) -> ColumnElement[bool]:
    """Tell whether the channel sells `Variant` of the joined `Product`."""
    return and_(Variant.active, Product.active, Product.channels.has_key(channel_id))


def _offered() -> Select[Variant, int, str, int, int, bool]:
    return (
        select(
            Variant,
            VariantPrice.amount,
            VariantPrice.currency,
            SELLABLE,
            Stock.low_stock_at,
            sold_here(CHANNEL),
        )
        .join(Product, Product.id == Variant.product_id)
        .join(VariantPrice, VariantPrice.variant_id == Variant.id)
        .outerjoin(Stock, Stock.id == Variant.id)
        .where(VariantPrice.channel_id == CHANNEL)
        .order_by(Variant.product_id, Variant.position, Variant.id)
    )


OF_PRODUCTS = _offered().where(Variant.product_id.in_(IDS), sold_here(CHANNEL))
OF_VARIANTS = _offered().where(Variant.id.in_(IDS))
OF_VARIANTS_WHOLE = OF_VARIANTS.add_columns(Product)


async def offers_of(
    session: AsyncSession, channel_id: str, product_ids: list[str], now: datetime
) -> dict[str, list[Offer]]:
    """Return what the channel sells of each product."""
    found: dict[str, list[Offer]] = {id: [] for id in product_ids}
    asked = {"channel": channel_id, "ids": product_ids, **at(now)}
    for offer in await _offers(session, OF_PRODUCTS, asked):
        found[offer.variant.product_id].append(offer)
    return found


async def offers(
    session: AsyncSession, channel_id: str, ids: list[str], now: datetime
) -> dict[str, Offer]:
    """Return the offers of these variants; one without a price in the channel is left out."""
    asked = {"channel": channel_id, "ids": ids, **at(now)}
    return {offer.variant.id: offer for offer in await _offers(session, OF_VARIANTS, asked)}


async def offers_whole(
    session: AsyncSession, channel_id: str, ids: list[str], now: datetime
) -> tuple[dict[str, Offer], dict[str, Product]]:
    """Return the offers of these variants, and the products by their ids, in one statement."""
    asked = {"channel": channel_id, "ids": ids, **at(now)}
    rows = (await session.execute(OF_VARIANTS_WHOLE, asked)).all()
    offers = [_offer(*row[:-1]) for row in rows]
    products = {row[-1].id: row[-1] for row in rows}
    return {offer.variant.id: offer for offer in offers}, products


def _offer(
    variant: Variant, amount: int, currency: str, left: int, low: int | None, here: bool
) -> Offer:
    return Offer(variant, Money(amount, currency), left, low or 0, here)


async def _offers(
    session: AsyncSession,
    query: Select[Variant, int, str, int, int, bool],
    asked: dict[str, object],
) -> list[Offer]:
    return [_offer(*row) for row in await session.execute(query, asked)]
