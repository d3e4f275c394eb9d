"""A person and an agent each buy `nerd12-signature`: one kind of order, and codes that open it."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from graphql import GraphQLObjectType, build_schema
from sqlalchemy import select

from app import App
from models.payment import Payment
from resolvers.export import sdl
from sandbox.stripe.server import StripeControl
from services import ar, partner
from services.partner import SANDBOX_TOKEN_ID
from tests.acp.agent import SEOUL, Agent, codes
from tests.acp.test_sessions import granted, ready
from tests.ar.bar import EXPERIENCE, SEEN, UNLOCK, until
from tests.checkout.till import BOTTLE, addressed, pay, proven, start
from tests.checkout.till import SEOUL as ADDRESS
from tests.conftest import World
from tests.support.api import Api

# A bank that thinks first, so that there is an order which is not paid yet.
SLOW = "pm_usBankAccount_success"
ORDER = """query ($id: ID!) { order(id: $id) { __typename
  id number status origin email note placedAt paidAt nextStates
  lines { id name quantity fulfilled refunded returnRequested returned
    unitPrice { amount currency } discount { amount } total { amount }
    lots { lot expiresOn quantity } variant { sku: id product { sku: id name } } }
  payments { id status method at amount { amount currency } giftCards { amount } }
  refunds { id } shipments { id } history { from to by at reason }
  totals { subtotal { amount } discount { amount } delivery { amount } tax { amount }
    total { amount currency } giftCards { amount } due { amount } }
  shippingAddress { recipient phone line1 line2 city region postalCode country }
  estimatedDelivery { from to } checkout { id status origin claimed }
  unlockCodes { id code status devices maxDevices expiresAt
    qrSvgUrl qrPngUrl product { sku: id } } } }"""
NODE = "query ($id: ID!) { node(id: $id) { id } }"
# Ids, numbers and codes, where it began, by whom and with what it was paid, and when: no more.
OWN = {"id", "number", "origin", "by", "method", "code", "qrSvgUrl", "qrPngUrl"}
TIMES = {"at", "placedAt", "paidAt", "expiresAt"}


@pytest_asyncio.fixture(loop_scope="session")
async def bank(world: World, app: App) -> AsyncIterator[StripeControl]:
    """The provider: it tells the API what happens, and its banks think until they are asked."""
    control = StripeControl(world.env["STRIPE_BASE_URL"])
    hook = f"{world.url}/webhooks/stripe"
    await asyncio.to_thread(control.webhook, hook, world.env["STRIPE_WEBHOOK_SECRET"])
    await asyncio.to_thread(control.speed, processing_seconds=3_600)
    yield control
    await asyncio.to_thread(control.webhook, None)
    await asyncio.to_thread(control.speed)


async def bought_by_a_person(minsu: Api) -> str:
    """Buy as an app does; return the order."""
    cart = await start(minsu, (BOTTLE, 1), email=SEOUL["email"])
    cart = await addressed(minsu, cart, shipping=as_the_agent_writes_it())
    done = await pay(minsu, cart, SLOW)
    assert done["order"]["status"] == "PLACED", done
    return str(done["order"]["id"])


async def bought_by_an_agent(world: World, app: App, minsu: Api) -> str:
    """Buy over the protocol alone, for a buyer who claims the session; return the order."""
    token = partner.secret_of(app.settings, SANDBOX_TOKEN_ID)
    async with Agent(world.url, token) as agent:
        session = await ready(agent, minsu)
        assert codes(session) == []
        done = (await agent.pay(session, await granted(world, method=SLOW))).json()
    assert done["status"] == "complete_in_progress", done["messages"]
    return str(done["order"]["id"])


def as_the_agent_writes_it() -> dict[str, Any]:
    """Where the agent's buyer lives, as an app sends it."""
    told = SEOUL["address"]
    same = {"line1": told["line_one"], "city": told["city"], "phone": SEOUL["phone_number"]}
    return {**ADDRESS, **same, "line2": None}


def plain(value: Any) -> Any:
    """An answer without what two sales differ in; of times only whether there is one."""
    if isinstance(value, list):
        return [plain(one) for one in value]
    if not isinstance(value, dict):
        return value
    named = {name: plain(part) for name, part in value.items() if name not in OWN | TIMES}
    return named | {name: value[name] is not None for name in TIMES & set(value)}


def test_the_question_asks_for_all_of_an_order() -> None:
    kind = build_schema(sdl()).get_type("Order")
    assert isinstance(kind, GraphQLObjectType)
    assert {name for name in kind.fields if name not in ORDER} == set()


@pytest.mark.usefixtures("workers")
async def test_both_buy_the_bottle_and_open_its_world(
    world: World, app: App, api: Api, minsu: Api, bank: StripeControl
) -> None:
    assert minsu.customer_id
    await proven(app.begin, minsu.customer_id)
    orders = [await bought_by_a_person(minsu), await bought_by_an_agent(world, app, minsu)]

    async with app.begin() as uow:
        for id in orders:
            # What the worker would do: an order that is not paid gets none, however often asked.
            await ar.make(uow, world.settings, id)
    placed = [await minsu.one(ORDER, id=id) for id in orders]
    assert [one["status"] for one in placed] == ["PLACED", "PLACED"]
    assert [one["unlockCodes"] for one in placed] == [[], []]
    assert plain(placed[0]) == plain(placed[1])
    assert not (await minsu.one(SEEN, product="nerd12-signature"))["unlocked"]

    await has_decided(app, bank, placed)
    paid = [await until(partial(with_codes, minsu, id)) for id in orders]
    assert plain(paid[0]) == plain(paid[1])
    assert [one["origin"] for one in paid] == ["STOREFRONT", "AGENT"]
    assert [one["checkout"]["origin"] for one in paid] == ["STOREFRONT", "AGENT"]
    for order in paid:
        assert (order["status"], order["__typename"]) == ("PAID", "Order")
        assert order["totals"]["total"] == {"amount": 18_000 + 3_500, "currency": "KRW"}
        assert [line["variant"]["product"]["sku"] for line in order["lines"]] == [
            "nerd12-signature"
        ]
        assert sum(one["quantity"] for one in order["lines"][0]["lots"]) == 1
        (code,) = order["unlockCodes"]
        strange = [await api.one(NODE, id=one["id"]) for one in (order, code)]
        assert strange == [None, None], "who did not buy it sees none of it"
        opened = await minsu.one(UNLOCK, i={"code": code["code"], "deviceId": order["number"]})
        assert opened["__typename"] == "ArUnlock", opened
        assert opened["experience"] == {"id": EXPERIENCE, "unlocked": True}
    assert len({order["unlockCodes"][0]["code"] for order in paid}) == 2


async def has_decided(app: App, bank: StripeControl, placed: list[dict[str, Any]]) -> None:
    """Have the bank say yes to both, and the provider tell us."""
    for order in placed:
        async with app.db.read() as session:
            query = select(Payment.provider_id).where(Payment.order_id == order["id"])
            intent = await session.scalar(query)
        await asyncio.to_thread(bank.processed, str(intent))


async def with_codes(minsu: Api, id: str) -> dict[str, Any] | None:
    """An order once its codes are made."""
    found: dict[str, Any] = await minsu.one(ORDER, id=id)
    return found if found["unlockCodes"] else None
