"""Lists that are kept, the last delivery and the settings' weights: what binds them at each ask."""

import pytest
from sqlalchemy import update

from models.catalogue import Stock
from models.checkout import Checkout
from models.order import Order
from services.account import SANDBOX_PASSWORD
from tests.catalogue.door import Door
from tests.catalogue.rows import change
from tests.recommendation.asked import asked
from tests.recommendation.test_rules import LISTS
from tests.support.api import person
from tests.support.shop import buy

NAMES = ("trendingProducts", "popularProducts", "similar")


async def test_what_is_sold_out_leaves_lists_that_are_kept(door: Door) -> None:
    lists = LISTS.replace("test-00", "nerd7-yuja").replace('"Test"', '"Makgeolli"')

    async def shown() -> dict[str, set[str]]:
        async with person(door.url) as stranger:
            found = await stranger.ask(lists)
        rows = {**found, "similar": found["product"]["similar"]}
        return {name: {one["id"] for one in rows[name]} for name in NAMES}

    before = await shown()
    gone = min(before["popularProducts"] & before["similar"] & before["trendingProducts"])
    kept = door.host.bus.redis
    assert await kept.exists(f"{door.host.settings.redis_prefix}:rec:similar:nerd7-yuja")
    empty = update(Stock).where(Stock.id.startswith(gone)).values(on_hand=0)
    await change(door, empty.execution_options(synchronize_session=False))
    after = await shown()
    assert {name: ids - {gone} for name, ids in before.items()} == after


async def test_where_something_was_sent_last_counts_when_nothing_is_said(door: Door) -> None:
    async with person(door.url, channel="us") as alice:
        await alice.sign_in("demo-alice@example.com", SANDBOX_PASSWORD)
        bought = await buy(door.host, alice.customer_id, channel="us")
        places = (("UT", "84101"), "BLOCKED_REGION"), (("CA", "94105"), None)
        for (region, code), withheld in places:
            address = {"region": region, "postal_code": code, "country": "US"}
            for table, id in ((Order, bought.id), (Checkout, bought.checkout_id)):
                sent = update(table).where(table.id == id).values(shipping_address=address)
                await change(door, sent)
            found = await asked(alice)
            assert found["withheld"] == withheld
            assert bool(found["items"]) is (withheld is None)
            listed = await alice.ask("{ trendingProducts { id } }")
            assert bool(listed["trendingProducts"]) is (withheld is None)


@pytest.mark.env(RECOMMENDATION_WEIGHTS='{"content": 0.1, "collaborative": 0.8, "ai": 0.1}')
async def test_the_weights_of_the_settings_are_those_of_the_parts(door: Door) -> None:
    """What everybody likes most is half of its weight to a stranger: 0.15 by the usual ones."""
    async with person(door.url) as stranger:
        found = await asked(stranger)
        assert max(one["parts"]["collaborative"] for one in found["items"]) == 0.4
    async with person(door.url) as api:
        await api.sign_in("demo-minsu@example.com", SANDBOX_PASSWORD)
        parts = [one["parts"] for one in (await asked(api))["items"]]
        assert all(one["content"] <= 0.1 and one["ai"] <= 0.1 for one in parts)
        assert max(one["content"] for one in parts) > 0.03
