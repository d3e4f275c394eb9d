"""Reads what `price` has to know, in a few statements, however large the cart."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.ar import LoreUnlock
from models.catalogue import Channel, Product, Variant, VariantPrice
from models.promotion import Promotion
from services import delivery, giftcard
from services.catalogue.offers import sold_here
from services.pricing.facts import Card, Condition, Facts, Good, Rule
from services.pricing.shapes import Cart, Words
from services.promotion import Used, is_used_up, used_of

READ = re.compile(r"\(u\)-\[:READ\]->\(:Lore\) count>=([1-9][0-9]{0,3})")
"""The only pattern of the graph that a promotion may ask for."""


async def facts_of(session: AsyncSession, cart: Cart, now: datetime) -> Facts:
    """Read what is so for this cart now."""
    channel = await session.get_one(Channel, cart.channel_id)
    goods = await _goods(session, channel.id, [id for id, _ in cart.lines])
    rows = await _promotions(session, channel.id, now)
    used = await _used(session, rows, cart)
    rules = [
        rule_of(row, channel.id, is_used_up=is_used_up(row, used.get(row.id, Used())))
        for row in rows
    ]
    units = {id: sum(n for one, n in cart.lines if one == id) for id in goods}
    return Facts(
        currency=channel.currency,
        tax_included=channel.tax_included,
        tax_rate=_tax_rate(channel, cart),
        goods=goods,
        rules=rules,
        options=await delivery.options(
            session,
            channel.id,
            cart.region,
            cart.postal_code,
            now,
            weight_g=sum(goods[id].volume_ml * number for id, number in units.items()),
        ),
        cards=await _cards(session, cart, channel.currency, now),
        free_shipping_from=channel.free_shipping_from,
        stories_read=await _stories_read(session, cart, rules),
        names=await _names(session, rules),
    )


def rule_of(row: Promotion, channel_id: str, *, is_used_up: bool = False) -> Rule:
    """Return a promotion as this channel runs it."""
    return Rule(
        id=row.id,
        name=row.name,
        kind=row.kind,
        value=row.value,
        amount=row.amounts.get(channel_id, 0),
        code=row.code,
        stackable=row.stackable,
        min_subtotal=row.min_subtotal.get(channel_id, 0),
        condition=condition_of(row.condition),
        gift_sku=row.gift_sku,
        is_used_up=is_used_up,
    )


def condition_of(when: dict[str, Any]) -> Condition:
    """Return the catalogue's `when` as it is judged."""
    stories = READ.fullmatch(when.get("graph") or "")
    return Condition(
        same_variant=when.get("same_variant_quantity_at_least"),
        product_id=when.get("product"),
        quantity=when.get("quantity_at_least") or 1,
        stories=int(stories[1]) if stories else None,
        variants=when.get("variants") or {},
    )


async def _goods(
    session: AsyncSession, channel_id: str, variant_ids: Sequence[str]
) -> dict[str, Good]:
    query = (
        select(Variant.id, Variant.product_id, VariantPrice.amount, Variant.volume_ml)
        .join(Product, Product.id == Variant.product_id)
        .join(VariantPrice, VariantPrice.variant_id == Variant.id)
        .where(VariantPrice.channel_id == channel_id, Variant.id.in_(variant_ids))
        .where(sold_here(channel_id))
    )
    return {row[0]: Good(*row) for row in await session.execute(query)}


async def _promotions(session: AsyncSession, channel_id: str, now: datetime) -> list[Promotion]:
    query = select(Promotion).where(
        Promotion.active,
        Promotion.channels.has_key(channel_id),
        or_(Promotion.starts_at.is_(None), Promotion.starts_at <= now),
        or_(Promotion.ends_at.is_(None), Promotion.ends_at > now),
    )
    return list(await session.scalars(query.order_by(Promotion.position, Promotion.id)))


async def _used(session: AsyncSession, rows: Iterable[Promotion], cart: Cart) -> dict[str, Used]:
    limited = [
        row.id for row in rows if row.limit_total is not None or row.limit_per_customer is not None
    ]
    if not limited:
        return {}
    return await used_of(session, limited, cart.person, cart.checkout_id)


async def _stories_read(session: AsyncSession, cart: Cart, rules: Iterable[Rule]) -> int | None:
    if cart.customer_id is None:
        return None
    if all(rule.condition.stories is None for rule in rules):
        return 0
    mine = select(func.count()).where(LoreUnlock.customer_id == cart.customer_id)
    return await session.scalar(mine) or 0


async def _cards(session: AsyncSession, cart: Cart, currency: str, now: datetime) -> list[Card]:
    if not cart.gift_card_ids:
        return []
    rows = await giftcard.cards(session, cart.gift_card_ids, currency, now)
    return [Card(row.id, row.last_four, row.balance) for row in rows]


async def _names(session: AsyncSession, rules: Iterable[Rule]) -> dict[str, Words]:
    conditions = [rule.condition for rule in rules]
    products = {one.product_id for one in conditions if one.product_id}
    variants = {id for one in conditions for id in one.variants}
    names: dict[str, Words] = {}
    for model, ids in ((Product, products), (Variant, variants)):
        if ids:
            rows = await session.execute(select(model.id, model.name).where(model.id.in_(ids)))
            names.update((id, name) for id, name in rows)
    return names


def _tax_rate(channel: Channel, cart: Cart) -> Fraction:
    """Return the rate of the channel, else that of the state; an unnamed state has none.

    The postal code says where a parcel goes, so it goes before what the state is called.
    """
    if channel.vat_rate is not None or channel.tax_included:
        return Fraction(str(channel.vat_rate or 0))
    states = [
        delivery.region_of(channel.id, None, cart.postal_code),
        delivery.region_of(channel.id, cart.region, None),
    ]
    state = next((one for one in states if one), "")
    return Fraction(str(channel.tax_rates.get(state, 0)))
