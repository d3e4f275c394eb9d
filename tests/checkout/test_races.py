"""Many at once: the last bottles, the last unit of a bundle's part, and who may not buy at all."""

import asyncio
from collections import Counter
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from app import App
from services.account import SANDBOX_PASSWORD
from tests.checkout.till import SMALL, TRIO, addressed, pay, start
from tests.conftest import World
from tests.support.api import Api, Refused

VARIANT = "query ($id: ID!) { node(id: $id) { ... on Variant { available } } }"
PARTS = "select part_id, quantity from bundle_parts where bundle_id = $1"
LOTS = "update stock_lots set on_hand = $1 where variant_id = $2"
STOCK = "update stock set on_hand = $1 where id = $2"


async def _buys(api: Api, variant: str) -> str:
    seen = await start(api, (variant, 1))
    if seen["__typename"] != "Checkout":
        return str(seen["__typename"])
    seen = await addressed(api, seen)
    answer = await pay(api, seen)
    return str(answer["order"]["status"] if answer.get("order") else answer["__typename"])


@pytest.mark.env(CHECKOUTS_PER_CLIENT="10000")
@pytest.mark.parametrize("variant", [SMALL, TRIO])
async def test_many_buyers_for_few_bottles(
    world: World, app: App, minsu: Api, variant: str
) -> None:
    """RELIABILITY 2, at a tenth of its size; `python -m bench.rush` has the whole of it."""
    units = await _units(world, variant, 5)
    answers = Counter(await asyncio.gather(*(_buys(minsu, variant) for _ in range(50))))
    assert answers == {"PAID": units, "InsufficientStock": 50 - units}
    left = await minsu.one(VARIANT, id=variant)
    assert left == {"available": False}


async def _units(world: World, variant: str, units: int) -> int:
    """Leave so many of a variant, by its parts where it is a bundle."""
    rows = await asyncpg.connect(world.dsn)
    parts = await rows.fetch(PARTS, variant)
    for id, each in [(part["part_id"], part["quantity"]) for part in parts] or [(variant, 1)]:
        await rows.execute(LOTS, units * each, id)
        await rows.execute(STOCK, units * each, id)
    await rows.close()
    return units


@pytest_asyncio.fixture(loop_scope="session")
async def teen(world: World, app: App) -> Any:
    """A customer who is too young."""
    async with Api(world.url) as client:
        yield await client.sign_in("demo-teen@example.com", SANDBOX_PASSWORD)


async def test_a_minor_buys_nothing(teen: Api) -> None:
    seen = await addressed(teen, await start(teen))
    assert [problem["__typename"] for problem in seen["problems"]] == ["AgeProofRequired"]
    with pytest.raises(Refused) as refused:
        await pay(teen, seen)
    assert refused.value.code == "AGE_RESTRICTED"
