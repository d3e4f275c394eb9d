"""What a completion says besides how to pay, and what is told of things that are sold."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select, text

from app import App
from models.checkout import Checkout
from models.order import Order, OrderStatus
from models.partner import AgentRequest, WebhookDelivery
from services import partner
from services.account import SANDBOX_PASSWORD
from services.partner import SANDBOX_TOKEN_ID
from tests.acp.agent import SEOUL, Agent
from tests.acp.partner import Office
from tests.acp.test_hard import paying
from tests.acp.test_sessions import ready
from tests.conftest import World
from tests.support.api import Api, key

NOTES = "문 앞에 놓아 주세요. 선물입니다."
BILL: dict[str, Any] = {**SEOUL["address"], "name": "김하나", "line_one": "을지로 1"}  # type: ignore[dict-item]
BUYER = {"email": "hana@example.com", "full_name": "김하나", "phone_number": "+821098765432"}
LEAVE = "mutation ($password: String) { deleteAccount(password: $password) { __typename } }"
ORDER = "query ($id: ID!) { order(id: $id) { email note shippingAddress { phone } } }"


@pytest_asyncio.fixture(loop_scope="session")
async def agent(world: World, app: App) -> AsyncIterator[Agent]:
    """The sandbox's agent."""
    async with Agent(world.url, partner.secret_of(app.settings, SANDBOX_TOKEN_ID)) as one:
        yield one


async def complete(agent: Agent, seen: dict[str, Any], **more: Any) -> Any:
    """Complete a session with a card that pays."""
    body = paying("spt_card_visa")
    if "billing_address" in more:
        body["payment_data"]["billing_address"] = more.pop("billing_address")
    return await agent.post(f"/checkout_sessions/{seen['id']}/complete", {**body, **more})


async def test_what_a_completion_says_is_the_orders(
    agent: Agent, minsu: Api, staff: Api, app: App
) -> None:
    seen = await ready(agent, minsu)
    answer = await complete(agent, seen, buyer=BUYER, order_notes=NOTES, billing_address=BILL)
    done = answer.json()
    assert done["status"] == "completed", done["messages"]
    assert done["buyer"] == BUYER
    assert done["order"]["confirmation"]["order_notes"] == NOTES
    async with app.db.read() as session:
        row = await session.get_one(Order, done["order"]["id"])
    bill = row.billing_address or {}
    assert (bill["recipient"], bill["line1"], bill["country"]) == ("김하나", "을지로 1", "KR")
    for client in (minsu, staff):
        shown = await client.one(ORDER, id=row.id)
        assert (shown["email"], shown["note"]) == ("hana@example.com", NOTES)
        assert shown["shippingAddress"]["phone"] == "+821012345678"


async def test_the_buyers_phone_is_the_parcels_where_it_has_none(
    agent: Agent, minsu: Api, app: App
) -> None:
    seen = await ready(agent, minsu)
    async with app.begin() as uow:
        row = await uow.session.get_one(Checkout, seen["id"])
        row.shipping_address = {**(row.shipping_address or {}), "phone": None}
    done = (await complete(agent, seen, buyer=BUYER)).json()
    shown = await minsu.one(ORDER, id=done["order"]["id"])
    assert shown["shippingAddress"]["phone"] == "+821098765432"


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"buyer": {"email": "nobody@@example"}}, "$.buyer.email"),
        ({"billing_address": {**BILL, "postal_code": "1"}}, "postal_code"),
        ({"billing_address": {**BILL, "state": "x" * 61}}, "state"),
        ({"billing_address": {**BILL, "country": "Korea"}}, "country"),
    ],
)
async def test_what_is_odd_is_refused_and_changes_nothing(
    agent: Agent, minsu: Api, app: App, more: dict[str, Any], param: str
) -> None:
    seen = await ready(agent, minsu)
    refused = await complete(agent, seen, order_notes=NOTES, **more)
    assert refused.status_code == 400, refused.text
    assert refused.json()["param"].endswith(param)
    async with app.db.read() as session:
        row = await session.get_one(Checkout, seen["id"])
    assert (row.email, row.note, row.billing_address) == ("minsu@example.com", None, None)


async def test_notes_of_a_session_go_with_its_order(agent: Agent, minsu: Api) -> None:
    seen = await ready(agent, minsu)
    await agent.update(seen, order_notes=f" {NOTES} ")
    done = (await complete(agent, seen)).json()
    assert done["order"]["confirmation"]["order_notes"] == NOTES
    assert (await minsu.one(ORDER, id=done["order"]["id"]))["note"] == NOTES


async def test_they_are_gone_with_the_person(
    world: World, app: App, office: Office, minsu: Api
) -> None:
    async with Agent(world.url, partner.secret_of(app.settings, office.token)) as agent:
        seen = await ready(agent, minsu)
        done = (await complete(agent, seen, order_notes=NOTES, billing_address=BILL)).json()
    assert await traces(app) == {"orders", "checkouts", "agent_requests", "webhook_deliveries"}
    async with app.begin() as uow:
        (await uow.session.get_one(Order, done["order"]["id"])).status = OrderStatus.DELIVERED
    receipt = await minsu.one(LEAVE, password=SANDBOX_PASSWORD)
    assert receipt["__typename"] == "ErasureReceipt", receipt
    assert await traces(app) == set()
    async with app.db.read() as session:
        waiting = list(await session.scalars(select(WebhookDelivery)))
    assert waiting
    assert all("order_notes" not in one.body["confirmation"] for one in waiting)


async def traces(app: App) -> set[str]:
    """The tables in which the notes or the billing address stand."""
    found = set()
    async with app.db.read() as session:
        for model in (Order, Checkout, AgentRequest, WebhookDelivery):
            rows = await session.scalars(
                text(f"select to_jsonb(t)::text from {model.__tablename__} t")
            )
            if any(word in row for row in rows for word in ("선물", "을지로")):
                found.add(model.__tablename__)
    return found


async def test_the_last_bottle_was_not_sold_out_to_its_buyer(
    agent: Agent, minsu: Api, app: App
) -> None:
    seen = await ready(agent, minsu)
    assert seen["line_items"][0]["availability_status"] == "in_stock"
    done = (await complete(agent, seen)).json()
    later = (await agent.get(f"/checkout_sessions/{seen['id']}")).json()
    other = await agent.create()
    ended = await agent.post(f"/checkout_sessions/{other['id']}/cancel", {}, key())
    for shown in (done, later, ended.json()):
        assert not {"availability_status", "available_quantity"} & set(shown["line_items"][0])
