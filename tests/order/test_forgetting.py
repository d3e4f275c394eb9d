"""What is left of carts and sessions when their people are gone, and when time has passed."""

import asyncio
from datetime import timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import func, select, text

from app import App
from models.checkout import Checkout, CheckoutStatus
from models.order import Order, OrderStatus
from models.partner import AgentRequest
from services import acp, checkout, order, partner
from services.partner import SANDBOX_TOKEN_ID
from tests.acp.agent import SEOUL, Agent
from tests.checkout.till import addressed, change, pay, proven, start
from tests.conftest import World
from tests.support.api import Api

DELETE = """mutation { deleteAccount { __typename
  ... on ErasureReceipt { stores { name objects } } ... on UserError { code } } }"""
# Of nobody else in the seeded world.
WORDS = ("세종대로", "김민수", "minsu@example.com", "821012345678")
TABLES = ("checkouts", "agent_requests", "orders", "payments", "webhook_deliveries")


async def traces(app: App) -> set[str]:
    """Which tables still know where somebody lives."""
    found = set[str]()
    async with app.db.read() as session:
        for table in TABLES:
            rows = await session.scalars(text(f"select to_jsonb(t)::text from {table} t"))
            if any(word in row for row in rows for word in WORDS):
                found.add(table)
    return found


async def of(app: App, seen: Any) -> Checkout:
    async with app.db.read() as session:
        return await session.get_one(Checkout, seen["id"])


def agent_of(world: World, app: App) -> Agent:
    return Agent(world.url, partner.secret_of(app.settings, SANDBOX_TOKEN_ID))


async def test_who_leaves_leaves_no_address_in_carts_and_sessions(
    world: World, app: App, api: Api
) -> None:
    await api.guest()
    mine = await addressed(api, await start(api), email="minsu@example.com")
    async with agent_of(world, app) as agent:
        seen = await agent.create(buyer={"email": "minsu@example.com"}, fulfillment_details=SEOUL)
        await change(api, "claimCheckout", "ClaimCheckoutInput", seen)
        assert await traces(app) == {"checkouts", "agent_requests"}
        receipt = await api.one(DELETE)
        assert receipt["__typename"] == "ErasureReceipt"
        assert await traces(app) == set()
        rows = [await of(app, one) for one in (mine, seen)]
        assert {row.status for row in rows} == {CheckoutStatus.CANCELED}
        assert all(row.forgotten_at for row in rows)
        shown = (await agent.get(f"/checkout_sessions/{seen['id']}")).json()
        assert shown["status"] == "canceled"
        assert not any(word in orjson.dumps(shown).decode() for word in WORDS)
        path = f"/checkout_sessions/{seen['id']}"
        refused = await agent.post(path, {"buyer": {"email": "minsu@example.com"}})
        assert refused.status_code == 405


async def test_what_was_bought_goes_with_its_buyer_too(app: App, api: Api) -> None:
    await api.guest()
    await api.one('mutation { updateAccount(input: { birthDate: "1990-01-01" }) { __typename } }')
    await proven(app.begin, str(api.customer_id))
    seen = await addressed(api, await start(api), email="minsu@example.com")
    done = await pay(api, seen)
    assert done["order"]["status"] == "PAID", done
    await api.one(DELETE)
    # A parcel still has to find its way.
    assert await traces(app) == {"orders"}
    async with app.begin() as uow:
        row = await uow.session.get_one(Order, done["order"]["id"])
        row.status = OrderStatus.DELIVERED
        await uow.session.flush()
        await order.forget(uow)
    assert await traces(app) == set()


async def test_a_cart_that_ended_long_ago_has_no_address(app: App, minsu: Api) -> None:
    kept = await addressed(minsu, await start(minsu))
    for days, left in ((29, True), (31, False)):
        async with app.begin() as uow:
            row = await uow.session.get_one(Checkout, kept["id"])
            await uow.session.execute(
                text("update checkouts set status = 'expired', ended_at = :at where id = :id"),
                {"at": uow.now() - timedelta(days=days), "id": row.id},
            )
        async with app.begin() as uow:
            done = await checkout.forget_ended(uow, app.settings.checkout_retention_days)
        assert done == (0 if left else 1)
        assert ((await of(app, kept)).shipping_address is not None) is left
    async with app.begin() as uow:
        assert await checkout.forget_ended(uow, 30) == 0


@pytest.mark.env(RETENTION_SECONDS="1")
async def test_answers_to_agents_are_kept_for_two_days(world: World, app: App) -> None:
    async with agent_of(world, app) as agent:
        await agent.create(fulfillment_details=SEOUL)
    async with app.begin() as uow:
        await acp.forget_old(uow)
        kept = await uow.session.scalar(select(func.count()).select_from(AgentRequest))
    assert kept == 1
    late = world.program("relay", CLOCK_OFFSET_SECONDS=str(48 * 3_600 + 60))
    await gone(app, late)
    # The session, that nobody had claimed, has ended; its address stays for a while.
    assert await traces(app) == {"checkouts"}


async def gone(app: App, relay: Any) -> None:
    """Wait until the relay has removed every answer."""
    async with asyncio.timeout(60):
        while True:
            async with app.db.read() as session:
                if await session.scalar(select(func.count()).select_from(AgentRequest)) == 0:
                    return
            assert relay.is_running
            await asyncio.sleep(0.1)
