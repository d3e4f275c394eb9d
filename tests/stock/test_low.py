"""Several watchers of what runs low: each is told of every variant."""

import asyncio
from typing import Any

from tests.stock.shop import CLOUD, MINI, Shop
from tests.stock.test_staff import LOW

TWO = 2


async def told(stream: Any) -> set[str]:
    """The first two variants that a watcher hears of."""
    async with asyncio.timeout(10):
        return {(await anext(stream))["stockLow"]["variant"]["id"] for _ in range(TWO)}


async def test_who_comes_later_is_told_of_all_as_well(shop: Shop) -> None:
    variants = {MINI, CLOUD}
    for variant in variants:
        await shop.has(variant, 5)
    early = aiter(shop.staff.follow(LOW))
    assert await told(early) == variants
    late = aiter(shop.staff.follow(LOW))
    assert await told(late) == variants
    await early.aclose()
    await late.aclose()
