"""What a buyer brings to a cart, and what an agent's session gets of it: nothing but its buyer."""

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from app import App
from models.checkout import Checkout
from services import partner
from services.account import SANDBOX_PASSWORD
from services.partner import SANDBOX_TOKEN_ID
from tests.acp.agent import SEOUL, Agent
from tests.checkout.till import BOTTLE, SEE, SMALL, addressed, change, start
from tests.conftest import World
from tests.support.api import Api, person

MINE = "{ me { checkout { id } } }"


@pytest_asyncio.fixture(loop_scope="session")
async def agent(world: World, app: App) -> AsyncIterator[Agent]:
    """The sandbox's agent."""
    async with Agent(world.url, partner.secret_of(app.settings, SANDBOX_TOKEN_ID)) as one:
        yield one


async def filled(api: Api) -> dict[str, Any]:
    """A cart with an address and a code."""
    seen = await addressed(api, await start(api, (SMALL, 2)))
    return await change(api, "applyPromotion", "ApplyPromotionInput", seen, code="FIRSTCUP")


async def held(app: App, id: str) -> tuple[Any, ...]:
    async with app.db.read() as session:
        row = await session.get_one(Checkout, id)
    return row.customer_id, row.shipping_address, row.codes, row.gift_card_ids, row.status


async def test_an_agents_session_gets_its_customer_and_nothing_else(
    agent: Agent, minsu: Api, app: App
) -> None:
    mine = await filled(minsu)
    before = await held(app, mine["id"])
    session = await agent.create()
    after = await change(minsu, "claimCheckout", "ClaimCheckoutInput", session)
    assert [line["variant"]["id"] for line in after["lines"]] == [BOTTLE]
    customer, *rest = await held(app, session["id"])
    assert customer == minsu.customer_id
    assert rest[:3] == [None, [], []]
    assert await held(app, mine["id"]) == before
    assert before[2], "there was something to take"


async def test_an_own_cart_leaves_an_agents_session_alone(
    agent: Agent, minsu: Api, api: Api
) -> None:
    session = await agent.create(fulfillment_details=SEOUL)
    await change(minsu, "claimCheckout", "ClaimCheckoutInput", session)
    found = await start(api, (SMALL, 1))
    after = await change(minsu, "claimCheckout", "ClaimCheckoutInput", found)
    assert [line["variant"]["id"] for line in after["lines"]] == [SMALL]
    assert after["shippingAddress"] is None
    shown = (await agent.get(f"/checkout_sessions/{session['id']}")).json()
    assert shown["status"] not in ("canceled", "expired")


async def test_a_guest_who_signs_in_brings_sessions_too(
    agent: Agent, world: World, minsu: Api, app: App
) -> None:
    mine = await filled(minsu)
    before = await held(app, mine["id"])
    async with person(world.url) as phone:
        await phone.guest()
        session = await agent.create()
        await change(phone, "claimCheckout", "ClaimCheckoutInput", session)
        await phone.sign_in("demo-minsu@example.com", SANDBOX_PASSWORD)
        seen = await phone.one(SEE, id=session["id"])
    assert [line["variant"]["id"] for line in seen["lines"]] == [BOTTLE]
    assert await held(app, mine["id"]) == before
