"""Row 30: what belongs to one partner or customer, asked for by the agent of another partner."""

from typing import Any

import httpx2

from tests.access.crowd import Crowd, absent
from tests.acp.agent import Agent
from tests.checkout.till import SEE, start
from tests.support.api import Api, key

PAY = {
    "payment_data": {
        "handler_id": "stripe_spt",
        "instrument": {"type": "card", "credential": {"type": "spt", "token": "spt_mine"}},
    }
}


async def tries(agent: Agent, id: str) -> list[tuple[int, Any]]:
    """What an agent is told that reads, changes, pays and cancels a session."""
    path = f"/checkout_sessions/{id}"
    answers: list[httpx2.Response] = [
        await agent.get(path),
        await agent.post(path, {"line_items": [{"id": "nerd6-daily"}]}),
        await agent.post(f"{path}/complete", PAY),
        await agent.post(f"{path}/cancel"),
    ]
    return [(answer.status_code, answer.json()) for answer in answers]


async def test_agents_see_the_sessions_of_their_own_partner_alone(crowd: Crowd) -> None:
    own = await crowd.own()
    (first, _), (second, _) = await crowd.token("First Bar"), await crowd.token("Second Bar")
    async with Agent(crowd.world.url, first) as one, Agent(crowd.world.url, second) as other:
        session = await one.create()
        unknown = absent(own)["Checkout"]
        nothing = await tries(other, unknown)
        assert [status for status, _ in nothing] == [404] * 4
        assert await tries(other, session["id"]) == nothing
        assert await tries(other, own["Checkout"]) == nothing
        seen = await one.get(f"/checkout_sessions/{session['id']}")
        assert (seen.status_code, seen.json()) == (200, session)
    mine = await crowd.owner.one(SEE, id=own["Checkout"])
    assert mine["status"] == "OPEN"


async def on_carts(agent: Agent, id: str) -> list[tuple[int, Any]]:
    """What an agent is told that reads, changes, buys and cancels a cart."""
    lines = [{"id": "nerd6-daily", "quantity": 1}]
    buys = {"cart_id": id, "line_items": [], "currency": "krw", "capabilities": {}}
    answers = []
    for method, path, body in (
        ("GET", f"/carts/{id}", None),
        ("PUT", f"/carts/{id}", {"line_items": lines}),
        ("POST", "/checkout_sessions", buys),
        ("POST", f"/carts/{id}/cancel", None),
    ):
        headers = {**agent.headers, "idempotency-key": key()}
        answer = await agent.http.request(method, path, json=body, headers=headers)
        answers.append((answer.status_code, answer.json()))
    return answers


async def test_carts_are_their_own_partners_too(crowd: Crowd) -> None:
    own = await crowd.own()
    (first, _), (second, _) = await crowd.token("First Bar"), await crowd.token("Second Bar")
    async with Agent(crowd.world.url, first) as one, Agent(crowd.world.url, second) as other:
        headers = {**one.headers, "idempotency-key": key()}
        body = {"line_items": [{"id": "nerd12-signature-500", "quantity": 2}]}
        made = await one.http.post("/carts", json=body, headers=headers)
        assert made.status_code == 201, made.text
        cart = made.json()["id"]
        nothing = await on_carts(other, absent(own)["Checkout"])
        assert {status for status, _ in nothing} <= {400, 404}, nothing
        assert await on_carts(other, cart) == nothing
        assert await on_carts(other, own["Checkout"]) == nothing
        seen = await one.http.get(f"/carts/{cart}", headers=one.headers)
        assert (seen.status_code, seen.json()["id"]) == (200, cart)


async def test_customers_are_no_agents(crowd: Crowd) -> None:
    cart = await start(crowd.owner)
    for who, api in {"the owner": crowd.owner, **crowd.others}.items():
        async with Agent(crowd.world.url, str(api.token)) as agent:
            assert {status for status, _ in await tries(agent, cart["id"])} == {401}, who


async def test_a_claimed_session_is_the_customers(crowd: Crowd) -> None:
    """Who knows a session's id may claim it once; from then on others see nothing of it."""
    claim = "mutation ($i: ClaimCheckoutInput!) { claimCheckout(input: $i) { __typename } }"
    secret, _ = await crowd.token("Bar")
    async with Agent(crowd.world.url, secret) as agent:
        session = await agent.create()
        asked = {"checkoutId": session["id"], "idempotencyKey": key()}
        assert await crowd.owner.one(claim, i=asked) == {"__typename": "Checkout"}
        assert (await agent.get(f"/checkout_sessions/{session['id']}")).status_code == 200
    for who, api in crowd.others.items():
        assert await api.one(SEE, id=session["id"]) is None, who
        again: Api = api
        if again.token:
            answer = await again.one(claim, i={**asked, "idempotencyKey": key()})
            assert answer == {"__typename": "NotFound"}, who
