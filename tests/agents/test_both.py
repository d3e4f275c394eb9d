"""What agents of both protocols find alike: one core sells, whatever they speak."""

import asyncio
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from app import App
from services.partner.tokens import put
from tests.acp.test_sessions import ORDER, granted
from tests.agents import shopper
from tests.agents.conftest import Speakers
from tests.agents.shopper import Seen, Shopper, new_key
from tests.checkout.till import SEE, change
from tests.conftest import World
from tests.support.api import Api

BOTTLE, PRICE, DELIVERY = "nerd12-signature", 18_000, 3_500
SMALL = "nerd6-daily-180"
BOTH = pytest.mark.parametrize("protocol", ["acp", "ucp"])
LOTS = "update stock_lots set on_hand = $1 where variant_id = $2"
STOCK = "update stock set on_hand = $1 where id = $2"


async def ready(agent: Shopper, minsu: Api, units: dict[str, int] | None = None) -> Seen:
    """A session that can be paid: addressed, with delivery, claimed by an adult."""
    seen = await agent.create(units or {BOTTLE: 1}, placed=True)
    seen = await agent.choose(seen, seen.options[0])
    assert seen.status == shopper.BUYER, seen.raw
    claimed = await change(minsu, "claimCheckout", "ClaimCheckoutInput", {"id": seen.id})
    assert claimed["status"] == "READY", claimed
    return await agent.get(seen.id)


@BOTH
async def test_a_bottle_becomes_a_paid_order(
    speakers: Speakers, minsu: Api, world: World, protocol: str
) -> None:
    agent = await speakers.of(protocol)
    seen = await ready(agent, minsu)
    assert (seen.status, seen.total) == (shopper.READY, PRICE + DELIVERY)
    assert list(seen.prices.values()) == [PRICE]

    low = await agent.pay(seen.id, await granted(world, most=100))
    assert (low.status, low.order_id) == (shopper.READY, None)
    assert "payment_declined" in low.codes

    same, token = new_key(), await granted(world)
    done = await agent.pay(seen.id, token, same)
    assert done.status == shopper.DONE, done.raw
    order = await minsu.one(ORDER, id=done.order_id)
    assert (order["status"], order["origin"]) == ("PAID", "AGENT")
    assert order["totals"]["total"]["amount"] == seen.total
    assert order["lines"] == [{"quantity": 1}]
    assert order["checkout"] == {"id": seen.id, "origin": "AGENT"}
    assert [step["by"] for step in order["history"]] == ["AGENT", "PROVIDER"]

    again = await agent.pay(seen.id, token, same)
    assert (again.raw, again.replayed) == (done.raw, True)
    assert (await agent.get(seen.id)).order_id == done.order_id
    assert (await agent.pay(seen.id, token)).status == shopper.CLOSED
    assert (await agent.cancel(seen.id)).status == shopper.CLOSED


@BOTH
async def test_the_buyer_proves_their_age_and_nobody_else_says_so(
    speakers: Speakers, world: World, api: Api, protocol: str
) -> None:
    agent = await speakers.of(protocol)
    seen = await agent.create({BOTTLE: 1}, placed=True)
    seen = await agent.choose(seen, seen.options[0])
    assert seen.status == shopper.BUYER
    assert "age_verification_required" in seen.codes
    assert seen.continue_url == f"{world.url}/checkout/{seen.id}"
    refused = await agent.pay(seen.id, await granted(world))
    assert (refused.status, refused.order_id) == (shopper.BUYER, None)
    assert "age_verification_required" in refused.codes
    shown = await api.one(SEE, id=seen.id)
    assert (shown["origin"], shown["totals"]["total"]["amount"]) == ("AGENT", seen.total)


@BOTH
async def test_what_is_not_there_is_said_to_be(speakers: Speakers, protocol: str) -> None:
    agent = await speakers.of(protocol)
    seen = await agent.create({"nerd15-clear-375": 61})
    assert (seen.status, "out_of_stock" in seen.codes) == (shopper.OPEN, True)
    seen = await agent.refill(seen, {"nerd15-clear-375": 1})
    assert "out_of_stock" not in seen.codes
    assert "quantity_exceeded" in (await agent.refill(seen, {SMALL: 25})).codes
    unknown = await agent.create({"no-such-thing": 1})
    assert (unknown.status, unknown.codes) == (shopper.REFUSED, {"not_found"})
    for gone in ("chk_nosuch", "x"):
        assert (await agent.get(gone)).status == shopper.ABSENT
        assert (await agent.cancel(gone)).status == shopper.ABSENT


@BOTH
async def test_the_first_answer_is_the_answer(speakers: Speakers, protocol: str) -> None:
    agent, same = await speakers.of(protocol), new_key()
    first = await agent.create({BOTTLE: 1}, key=same)
    again = await agent.create({BOTTLE: 1}, key=same)
    assert (again.raw, again.replayed, first.replayed) == (first.raw, True, False)
    assert (await agent.create({BOTTLE: 2}, key=same)).status == shopper.CONFLICT

    ended = await agent.cancel(first.id, same)
    assert (ended.status, ended.replayed) == (shopper.CANCELED, False)
    kept = await agent.cancel(first.id, same)
    assert (kept.raw, kept.replayed) == (ended.raw, True)
    assert (await agent.cancel(first.id)).status == shopper.CLOSED
    assert (await agent.refill(first, {BOTTLE: 2})).status == shopper.CLOSED
    assert (await agent.get(first.id)).status == shopper.CANCELED


@BOTH
async def test_partners_see_their_own_sessions(speakers: Speakers, app: App, protocol: str) -> None:
    seen = await (await speakers.of(protocol)).create({BOTTLE: 1})
    async with app.begin() as uow:
        await put(uow, app.settings, "ptk_other", "other", ["checkout"], "test")
        await put(uow, app.settings, "ptk_feed", "feed", ["feed"], "test")
    other = await speakers.of(protocol, "ptk_other")
    for answer in (
        await other.get(seen.id),
        await other.refill(seen, {BOTTLE: 2}),
        await other.pay(seen.id, "spt_x"),
        await other.cancel(seen.id),
    ):
        assert answer.status == shopper.ABSENT
    unable = await speakers.of(protocol, "ptk_feed")
    assert (await unable.get(seen.id)).codes == {"forbidden"}


async def test_a_session_is_the_same_in_both(speakers: Speakers) -> None:
    acp, ucp = await speakers.of("acp"), await speakers.of("ucp")
    begun = await ucp.create({BOTTLE: 1}, placed=True)
    chosen = await acp.choose(await acp.refill(begun, {BOTTLE: 2}), begun.options[0])
    shown = await ucp.get(begun.id)
    assert (shown.total, shown.status) == (chosen.total, chosen.status)
    assert (shown.prices, shown.options) == (chosen.prices, chosen.options)
    same = new_key()
    assert (await acp.cancel(begun.id, same)).status == shopper.CANCELED
    # A key counts for one path, and the protocols have paths of their own.
    assert (await ucp.cancel(begun.id, same)).status == shopper.CLOSED


@pytest_asyncio.fixture(loop_scope="session")
async def last(world: World) -> str:
    """A bottle of which one is left."""
    rows = await asyncpg.connect(world.dsn)
    for statement in (LOTS, STOCK):
        await rows.execute(statement, 1, SMALL)
    await rows.close()
    return SMALL


async def test_the_last_bottle_is_sold_once(
    speakers: Speakers, minsu: Api, world: World, last: str
) -> None:
    agents = [await speakers.of(protocol) for protocol in ("acp", "ucp", "acp", "ucp")]

    async def buys(agent: Shopper) -> Seen:
        seen = await agent.create({last: 1}, placed=True)
        seen = await agent.choose(seen, seen.options[0])
        given: dict[str, Any] = {"id": seen.id}
        await change(minsu, "claimCheckout", "ClaimCheckoutInput", given)
        return await agent.pay(seen.id, await granted(world))

    ends = await asyncio.gather(*(buys(agent) for agent in agents))
    assert sorted(one.status for one in ends) == [shopper.DONE] + [shopper.OPEN] * 3
    assert all("out_of_stock" in one.codes for one in ends if one.order_id is None)
