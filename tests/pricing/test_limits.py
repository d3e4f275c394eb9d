"""Limits of promotions under races in real Postgres (row E7)."""

import asyncio

import pytest

from core.ids import new_id
from models.promotion import PromotionKind
from services import pricing
from tests.pricing.market import MINSU, Market, promotion

POOL = pytest.mark.env(DATABASE_POOL="24")
FIRST = "promo-first-cup"


@POOL
async def test_one_of_twenty_gets_the_only_one(market: Market) -> None:
    only = promotion("only", PromotionKind.ORDER_PERCENT, value=50, code="ONLY", limit_total=1)
    await market.add(only)
    got = await asyncio.gather(*(market.use(f"cus_{at}", "only") for at in range(20)))
    assert sum(got) == await market.uses("only") == 1


@POOL
async def test_one_customer_uses_it_once_in_twenty_checkouts(market: Market) -> None:
    got = await asyncio.gather(*(market.use(MINSU, FIRST) for _ in range(20)))
    assert sum(got) == await market.uses(FIRST) == 1
    assert await market.use("cus_other", FIRST)


@POOL
async def test_two_limited_promotions_in_any_order_do_not_lock_up(market: Market) -> None:
    for id in ("one", "two"):
        await market.add(promotion(id, PromotionKind.ORDER_PERCENT, value=5, limit_total=7))
    orders = [("one", "two"), ("two", "one")] * 10
    async with asyncio.timeout(30):
        got = await asyncio.gather(*(market.use(new_id("cus"), *ids) for ids in orders))
    assert sum(got) == await market.uses("one") == await market.uses("two") == 7


async def test_paying_again_uses_it_once_and_giving_up_frees_it(market: Market) -> None:
    assert await market.use(MINSU, FIRST, "promo-three-for", checkout_id="chk_one")
    assert await market.use(MINSU, FIRST, "promo-three-for", checkout_id="chk_one")
    assert (await market.uses(FIRST), await market.uses("promo-three-for")) == (1, 1)
    # What is no longer part of the order is no longer used.
    assert await market.use(MINSU, "promo-three-for", checkout_id="chk_one")
    assert (await market.uses(FIRST), await market.uses("promo-three-for")) == (0, 1)
    assert await market.use(MINSU, FIRST, checkout_id="chk_two")
    for _ in range(2):
        async with market.begin() as uow:
            await pricing.free_promotions(uow, "chk_two")
    assert await market.use(MINSU, FIRST, checkout_id="chk_three")


async def test_a_limit_for_each_customer_needs_a_customer(market: Market) -> None:
    assert not await market.use(None, FIRST)
    assert await market.use(None, "promo-three-for", pricing.FREE_DELIVERY)
    assert await market.uses(pricing.FREE_DELIVERY) == 0
