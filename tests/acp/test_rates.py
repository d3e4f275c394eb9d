"""How often a partner's token may ask, and guess."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from app import App
from services import partner
from services.partner import SANDBOX_TOKEN_ID
from services.partner.tokens import put
from tests.acp.agent import Agent
from tests.acp.test_hard import SESSION
from tests.conftest import World
from tests.support.api import key


@pytest_asyncio.fixture(loop_scope="session")
async def agent(world: World, app: App) -> AsyncIterator[Agent]:
    """The sandbox's agent."""
    async with Agent(world.url, partner.secret_of(app.settings, SANDBOX_TOKEN_ID)) as one:
        yield one


@pytest_asyncio.fixture(loop_scope="session")
async def other(world: World, app: App) -> AsyncIterator[Agent]:
    """An agent of another partner."""
    async with app.begin() as uow:
        await put(uow, app.settings, "ptk_other", "other", ["checkout"], "test")
    async with Agent(world.url, partner.secret_of(app.settings, "ptk_other")) as one:
        yield one


def told_to_wait(answer: httpx2.Response, seconds: int) -> bool:
    """Whether it was too much; the agent has judged the body by the schema."""
    wait = int(answer.headers.get("retry-after", "0"))
    found = answer.status_code, answer.json().get("code")
    return found == (429, "rate_limit_exceeded") and 1 <= wait <= seconds


def guesses(*codes: str) -> dict[str, Any]:
    """A request that tries codes."""
    return {"discounts": {"codes": list(codes)}}


@pytest.mark.env(PARTNER_REQUESTS_PER_MINUTE="6")
async def test_a_token_has_so_many_requests_a_minute(agent: Agent, other: Agent) -> None:
    path = f"/checkout_sessions/{(await agent.create())['id']}"
    seen = [await agent.get(path) for _ in range(6)]
    assert [one.status_code for one in seen[:5]] == [200] * 5
    assert told_to_wait(seen[5], 10)
    assert told_to_wait(await agent.post(f"{path}/cancel", {}), 10)
    assert told_to_wait(await agent.post("/carts", {"line_items": []}), 10)
    assert (await other.create())["status"]


async def test_a_session_has_twenty_guesses(agent: Agent) -> None:
    path = f"/checkout_sessions/{(await agent.create())['id']}"
    for _ in range(25):
        assert (await agent.post(path, guesses("FIRSTCUP"))).status_code == 200
    same = key()
    for guess in range(18):
        known = same if guess == 0 else key()
        tried = await agent.post(path, guesses("FIRSTCUP", f"GUESS{guess}"), known)
        assert tried.json()["discounts"]["rejected"][0]["reason"] == "discount_code_invalid"
    # What was answered before is no new guess, and two may be made yet.
    again = await agent.post(path, guesses("FIRSTCUP", "GUESS0"), same)
    assert again.headers["idempotent-replayed"] == "true"
    for code in ("GUESS18", "GUESS19"):
        assert (await agent.post(path, {"coupons": [code]})).status_code == 200
    assert told_to_wait(await agent.post(path, guesses("GUESS20")), 900)
    assert told_to_wait(await agent.post(path, {"coupons": ["FIRSTCUP"]}), 900)
    assert (await agent.post(path, {"buyer": {"email": "a@example.com"}})).status_code == 200


@pytest.mark.env(PARTNER_CODE_TRIES="12")
async def test_a_token_has_its_guesses_over_all_sessions(agent: Agent, other: Agent) -> None:
    ten = [f"GUESS{guess}" for guess in range(10)]
    await agent.create(**guesses(*ten))
    refused = await agent.post("/checkout_sessions", {**SESSION, **guesses("A", "B", "C")})
    assert told_to_wait(refused, 900)
    assert len((await other.create(**guesses(*ten)))["discounts"]["rejected"]) == 10
