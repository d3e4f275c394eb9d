"""Keys over the protocol where it is hard: long ones, twins, crashes, and refusals."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import func, select, text, update

from app import App
from models.order import Order
from models.partner import AgentRequest
from models.payment import Payment
from sandbox.stripe.server import StripeControl
from services import acp, partner
from services.partner import SANDBOX_TOKEN_ID
from tests.acp.agent import CAPABILITIES, Agent
from tests.acp.test_sessions import granted, ready
from tests.conftest import World
from tests.support.api import Api, key

SESSION = {
    "line_items": [{"id": "nerd12-signature"}],
    "currency": "krw",
    "capabilities": CAPABILITIES,
}
CART = {"line_items": [{"id": "nerd12-signature"}]}
# Refuses to write down that a request was answered, as a crash at that moment does.
CRASH = (
    """create function crash() returns trigger language plpgsql as
      $$ begin raise exception 'crash'; end $$""",
    """create trigger crash before insert or update on agent_requests
      for each row when (new.status is not null) execute function crash()""",
)


@pytest_asyncio.fixture(loop_scope="session")
async def agent(world: World, app: App) -> AsyncIterator[Agent]:
    """The sandbox's agent."""
    async with Agent(world.url, partner.secret_of(app.settings, SANDBOX_TOKEN_ID)) as one:
        yield one


async def run(app: App, *statements: str) -> None:
    """Tell the database."""
    async with app.db.engine.begin() as connection:
        for statement in statements:
            await connection.execute(text(statement))


async def count(app: App, model: type[Order] | type[Payment], id: str) -> int:
    """How many a session has."""
    query = select(func.count()).select_from(model).where(model.checkout_id == id)
    async with app.db.read() as session:
        return await session.scalar(query) or 0


def paying(token: str) -> dict[str, Any]:
    """What completes a session."""
    instrument = {"type": "card", "credential": {"type": "spt", "token": token}}
    return {"payment_data": {"handler_id": "stripe_spt", "instrument": instrument}}


def again(answer: Any) -> bool:
    """Whether it was answered before."""
    return bool(answer.headers.get("idempotent-replayed") == "true")


async def test_a_key_has_up_to_255_characters(agent: Agent, minsu: Api, world: World) -> None:
    seen, other, long = await ready(agent, minsu), await agent.create(), "k" * 255
    cart = (await agent.post("/carts", CART, long)).json()
    done = await agent.pay(seen, await granted(world), long)
    assert (done.status_code, done.json()["status"]) == (200, "completed"), done.text
    assert (await agent.post("/checkout_sessions", SESSION, long)).status_code == 201
    for path in (f"/checkout_sessions/{other['id']}/cancel", f"/carts/{cart['id']}/cancel"):
        assert (await agent.post(path, {}, long)).status_code == 200


@pytest.mark.parametrize("path", ["complete", "cancel"])
async def test_a_longer_key_is_refused(agent: Agent, path: str) -> None:
    seen = await agent.create()
    body = paying("spt_x") if path == "complete" else {}
    refused = await agent.post(f"/checkout_sessions/{seen['id']}/{path}", body, "k" * 256)
    assert (refused.status_code, refused.json()["code"]) == (400, "idempotency_key_required")


async def test_twenty_at_once_pay_once(agent: Agent, minsu: Api, world: World, app: App) -> None:
    seen, same, token = await ready(agent, minsu), key(), await granted(world)
    answers = await asyncio.gather(*(agent.pay(seen, token, same) for _ in range(20)))
    first = [one for one in answers if one.status_code == 200 and not again(one)]
    assert len(first) == 1
    assert first[0].json()["status"] == "completed"
    for one in answers:
        if one.status_code == 409:
            assert int(one.headers["retry-after"]) >= 1
        else:
            assert (one.status_code, one.json()) == (200, first[0].json())
    assert (await count(app, Order, seen["id"]), await count(app, Payment, seen["id"])) == (1, 1)
    last = await agent.pay(seen, token, same)
    assert (last.json(), again(last)) == (first[0].json(), True)


async def test_twenty_at_once_cancel_once(agent: Agent) -> None:
    seen, same = await agent.create(), key()
    path = f"/checkout_sessions/{seen['id']}/cancel"
    answers = await asyncio.gather(*(agent.post(path, {}, same) for _ in range(20)))
    assert {one.status_code for one in answers} <= {200, 409}
    assert sum(one.status_code == 200 and not again(one) for one in answers) == 1


async def test_a_key_whose_request_has_died_is_free_after_its_lease(
    agent: Agent, minsu: Api, world: World, app: App
) -> None:
    seen, same, token = await ready(agent, minsu), key(), await granted(world)
    path = f"POST /acp/checkout_sessions/{seen['id']}/complete"
    async with app.begin() as uow:
        await acp.hold(uow, SANDBOX_TOKEN_ID, path, same, paying(token))
    waiting = await agent.pay(seen, token, same)
    assert (waiting.status_code, waiting.json()["code"]) == (409, "idempotency_in_flight")
    assert (await agent.pay(seen, "spt_other", same)).status_code == 422
    async with app.begin() as uow:
        earlier = AgentRequest.created_at - acp.LEASE - timedelta(seconds=1)
        await uow.session.execute(
            update(AgentRequest).where(AgentRequest.status.is_(None)).values(created_at=earlier)
        )
    done = await agent.pay(seen, token, same)
    assert (done.json()["status"], again(done)) == ("completed", False)
    assert again(await agent.pay(seen, token, same))


async def test_paying_outlives_a_crash(agent: Agent, minsu: Api, world: World, app: App) -> None:
    seen, same, token = await ready(agent, minsu), key(), await granted(world)
    await run(app, *CRASH)
    assert (await agent.pay(seen, token, same)).status_code == 500
    await run(app, "drop trigger crash on agent_requests")
    done = await agent.pay(seen, token, same)
    assert (done.status_code, done.json()["status"]) == (200, "completed")
    assert (await count(app, Order, seen["id"]), await count(app, Payment, seen["id"])) == (1, 1)


async def test_canceling_outlives_a_crash(agent: Agent, app: App) -> None:
    seen, same = await agent.create(), key()
    path = f"/checkout_sessions/{seen['id']}/cancel"
    await run(app, *CRASH)
    assert (await agent.post(path, {}, same)).status_code == 500
    await run(app, "drop trigger crash on agent_requests")
    ended = await agent.post(path, {}, same)
    assert (ended.status_code, ended.json()["status"]) == (200, "canceled")
    assert again(await agent.post(path, {}, same))


async def test_refusals_are_answers_that_are_kept(agent: Agent) -> None:
    seen, same = await agent.create(), key()
    path = f"/checkout_sessions/{seen['id']}"
    await agent.post(f"{path}/cancel", {})
    for ended, status in ((path, 405), ("/checkout_sessions/chk_nosuch", 404)):
        for deed, body in (("cancel", {}), ("complete", paying("spt_x"))):
            first = await agent.post(f"{ended}/{deed}", body, same)
            kept = await agent.post(f"{ended}/{deed}", body, same)
            assert (first.status_code, again(first)) == (status, False)
            assert (kept.status_code, kept.json(), again(kept)) == (status, first.json(), True)


async def test_while_the_bank_is_silent_nothing_is_kept(
    agent: Agent, minsu: Api, world: World, app: App
) -> None:
    bank = StripeControl(world.env["STRIPE_BASE_URL"])
    seen, same, token = await ready(agent, minsu), key(), await granted(world)
    creating = {"method": "POST", "path": "/v1/payment_intents"}
    bank.faults({"match": creating, "fault": "lost_reply_after_acceptance", "times": -1})
    try:
        for _ in range(2):
            waiting = await agent.pay(seen, token, same)
            assert (waiting.status_code, waiting.json()["code"]) == (409, "idempotency_in_flight")
            assert int(waiting.headers["retry-after"]) >= 1
    finally:
        bank.faults()
    assert (await agent.pay(seen, await granted(world), same)).status_code == 422
    done = await agent.pay(seen, token, same)
    assert (done.status_code, done.json()["status"], again(done)) == (200, "completed", False)
    assert await count(app, Payment, seen["id"]) == 1
