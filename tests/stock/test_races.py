"""Many at once, in real Postgres: nothing is sold twice, and nobody waits for ever."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from core.ids import new_id
from services import stock
from services.stock import OutOfStock
from tests.stock.shop import BOX, CLOUD, COUNT, MINI, SIGNATURE, Shop, sold

SEEDS = pytest.mark.parametrize("seed", [1, 2, 3])


async def all_at_once(shop: Shop, buyers: list[Callable[[], Awaitable[bool]]]) -> int:
    """Let everyone go at once, and return how many got what they wanted.

    As many as the process has connections are in Postgres together; the others stand in line here.
    """
    gate, room = asyncio.Event(), asyncio.Semaphore(shop.settings.database_pool)

    async def go(buyer: Callable[[], Awaitable[bool]]) -> bool:
        await gate.wait()
        async with room:
            return await buyer()

    tasks = [asyncio.create_task(go(buyer)) for buyer in buyers]
    gate.set()
    async with asyncio.timeout(120):
        return sum(await asyncio.gather(*tasks))


def buyer(shop: Shop, variant_id: str, chance: random.Random) -> Callable[[], Awaitable[bool]]:
    """One who reserves and then pays, or who pays at once."""
    id, reserves = new_id("chk"), chance.random() < 0.7

    async def buy() -> bool:
        try:
            if reserves:
                async with shop.begin() as uow:
                    await stock.reserve(uow, id, {variant_id: 1}, until=shop.soon())
            async with shop.begin() as uow:
                await sold(uow, {variant_id: 1}, id)
        except OutOfStock:
            return False
        return True

    return buy


@SEEDS
async def test_500_buyers_for_50_units(shop: Shop, seed: int) -> None:
    chance = random.Random(seed)
    await shop.has(MINI, 50)
    got = await all_at_once(shop, [buyer(shop, MINI, chance) for _ in range(500)])
    assert got == await shop.sold(MINI) == 50
    shown = await shop.read(MINI)
    assert (shown["onHand"], shown["reserved"], shown["available"]) == (0, 0, 0)
    assert await shop.availability(MINI) == await shop.availability(BOX) == "SOLD_OUT"
    await shop.check()


@SEEDS
async def test_500_buyers_of_a_bundle_and_of_its_part(shop: Shop, seed: int) -> None:
    chance = random.Random(seed)
    await shop.has(CLOUD, 50)
    wanted = chance.choices((BOX, CLOUD), k=500)
    got = await all_at_once(shop, [buyer(shop, id, chance) for id in wanted])
    assert got == await shop.sold(CLOUD) == 50
    assert await shop.sold(MINI) == await shop.sold(SIGNATURE) <= 50
    assert (await shop.read(CLOUD))["onHand"] == 0
    await shop.check()


async def test_50_for_the_last_one(shop: Shop) -> None:
    for variant_id in (MINI, BOX):
        await shop.has(MINI, 1)
        before = await shop.sold(MINI)
        chance = random.Random(variant_id)
        assert await all_at_once(shop, [buyer(shop, variant_id, chance) for _ in range(50)]) == 1
        assert await shop.sold(MINI) == before + 1
    await shop.check()


@SEEDS
async def test_baskets_in_any_order_do_not_lock_each_other_out(
    shop: Shop, seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    chance = random.Random(seed)
    variants = [MINI, CLOUD, SIGNATURE, BOX]
    for variant_id in variants[:3]:
        await shop.has(variant_id, 60)
    carts = [new_id("chk") for _ in range(40)]
    locks = {id: asyncio.Lock() for id in carts}

    def step() -> Callable[[], Awaitable[bool]]:
        cart, kind = chance.choice(carts), chance.random()
        chosen = chance.sample(variants, chance.randint(2, 4))
        wanted = {id: chance.randint(1, 3) for id in chosen}
        if kind < 0.2:
            return lambda: counted(shop, chosen[0])
        if kind < 0.3:
            return lambda: swept(shop)
        if kind < 0.45:
            return lambda: ordered(shop, wanted)
        return lambda: carted(shop, locks[cart], cart, {} if kind < 0.6 else wanted)

    # A deadlock would be an error of the database, and end the test.
    await all_at_once(shop, [step() for _ in range(300)])
    assert "begun anew" not in caplog.text
    await shop.later(seconds=601)
    await swept(shop)
    for variant_id in variants[:3]:
        assert (await shop.read(variant_id))["reserved"] == 0
    await shop.check()


async def carted(shop: Shop, lock: asyncio.Lock, cart: str, wanted: dict[str, int]) -> bool:
    # As the lock of the checkout's row does.
    async with lock:
        with suppress(OutOfStock):
            async with shop.begin() as uow:
                if wanted:
                    await stock.hold(uow, cart, wanted, until=shop.soon())
                else:
                    await stock.release(uow, cart)
    return True


async def ordered(shop: Shop, wanted: dict[str, int]) -> bool:
    with suppress(OutOfStock):
        await shop.buy(wanted)
    return True


async def counted(shop: Shop, variant_id: str) -> bool:
    lots = (await shop.read(variant_id))["lots"]
    for lot in lots:
        await shop.do(COUNT, lotId=lot["id"], counted=lot["onHand"])
    return True


async def swept(shop: Shop) -> bool:
    async with shop.begin() as uow:
        await stock.sweep(uow)
    return True
