"""Buying over the protocol; each answer is judged by the schema."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from app import App
from services import partner
from services.acp.document import validator
from services.partner import SANDBOX_TOKEN_ID
from services.partner.tokens import put
from tests.acp.agent import CAPABILITIES, SEOUL, Agent, amount, codes, judge
from tests.checkout.till import SEE, change
from tests.conftest import World
from tests.support.api import TLS, Api, key

ORDER = """query ($id: ID!) { order(id: $id) { number status origin
  totals { total { amount } } lines { quantity } history { to by } checkout { id origin } } }"""


@pytest_asyncio.fixture(loop_scope="session")
async def agent(world: World, app: App) -> AsyncIterator[Agent]:
    """The sandbox's agent."""
    async with Agent(world.url, partner.secret_of(app.settings, SANDBOX_TOKEN_ID)) as one:
        yield one


async def granted(
    world: World, currency: str = "krw", most: int = 500_000, method: str = "pm_card_visa"
) -> str:
    """A token with which the agent may take money."""
    form = {
        "payment_method": method,
        "usage_limits[currency]": currency,
        "usage_limits[max_amount]": str(most),
    }
    headers = {
        "authorization": f"Bearer {world.env['STRIPE_API_KEY']}",
        "stripe-version": world.settings.stripe_preview_version,
    }
    url = f"{world.env['STRIPE_BASE_URL']}/v1/test_helpers/shared_payment/granted_tokens"
    async with httpx2.AsyncClient(verify=TLS) as stripe:
        made = await stripe.post(url, data=form, headers=headers)
    assert made.status_code == 200, made.text
    return str(made.json()["id"])


async def ready(agent: Agent, minsu: Api, *items: dict[str, Any]) -> dict[str, Any]:
    """A session that can be paid: addressed, with delivery, claimed by an adult."""
    seen = await agent.create(*items, fulfillment_details=SEOUL)
    option = seen["fulfillment_options"][0]
    ids = [line["id"] for line in seen["line_items"]]
    chosen = {"type": option["type"], "option_id": option["id"], "item_ids": ids}
    seen = await agent.update(seen, selected_fulfillment_options=[chosen])
    assert seen["status"] == "requires_escalation"
    assert codes(seen) == ["age_verification_required"]
    assert seen["continue_url"].endswith(seen["id"])
    claimed = await change(minsu, "claimCheckout", "ClaimCheckoutInput", seen)
    assert claimed["status"] == "READY", claimed
    seen = (await agent.get(f"/checkout_sessions/{seen['id']}")).json()
    assert seen["status"] == "ready_for_payment"
    return dict(seen)


async def test_an_agent_buys_a_bottle(agent: Agent, minsu: Api, world: World) -> None:
    seen = await ready(agent, minsu)
    assert amount(seen) == 18_000 + 3_500
    done = (await agent.pay(seen, await granted(world))).json()
    assert done["status"] == "completed", done["messages"]
    order = await minsu.one(ORDER, id=done["order"]["id"])
    assert (order["status"], order["origin"]) == ("PAID", "AGENT")
    assert order["totals"]["total"]["amount"] == amount(seen)
    assert order["checkout"] == {"id": seen["id"], "origin": "AGENT"}
    assert [step["by"] for step in order["history"]] == ["AGENT", "PROVIDER"]
    again = await agent.get(f"/checkout_sessions/{seen['id']}")
    assert again.json()["order"] == done["order"]


async def test_a_session_is_the_same_checkout(agent: Agent, api: Api) -> None:
    seen = await agent.create({"id": "nerd12-signature-500", "quantity": 2})
    shown = await api.one(SEE, id=seen["id"])
    assert (shown["origin"], shown["lines"][0]["quantity"]) == ("AGENT", 2)
    wanted = [{"variantId": "nerd12-signature-500", "quantity": 3}]
    await change(api, "updateCheckoutLines", "UpdateCheckoutLinesInput", seen, lines=wanted)
    after = (await agent.get(f"/checkout_sessions/{seen['id']}")).json()
    assert after["line_items"][0]["quantity"] == 3


async def test_totals_agree(agent: Agent) -> None:
    seen = await agent.create(
        {"id": "nerd12-signature-500", "quantity": 3},
        {"id": "nerd6-daily-180"},
        {"id": "nerd6-daily-180", "quantity": 2},
        fulfillment_details=SEOUL,
    )
    assert [line["quantity"] for line in seen["line_items"]] == [3, 3]
    for line in [*seen["line_items"], seen]:
        base = amount(line, "items_base_amount")
        off = sum(one["amount"] for one in line["totals"] if one["type"] == "items_discount")
        assert amount(line, "subtotal") == base - off
    lines = sum(amount(line) for line in seen["line_items"])
    fees = sum(one["amount"] for one in seen["totals"] if one["type"] == "fulfillment")
    assert amount(seen) == lines + fees
    assert seen["discounts"]["applied"][0]["automatic"] is True


async def test_codes_are_applied_or_rejected(agent: Agent) -> None:
    seen = await agent.create(discounts={"codes": ["FIRSTCUP", "NOSUCH"]})
    assert seen["discounts"]["rejected"][0]["reason"] == "discount_code_invalid"
    assert "discount_code_invalid" in [one.get("code") for one in seen["messages"]]


async def test_what_is_out_of_stock_is_said_to_be(agent: Agent) -> None:
    seen = await agent.create({"id": "nerd15-clear-375", "quantity": 61})
    assert "out_of_stock" in codes(seen)
    assert seen["line_items"][0]["availability_status"] == "out_of_stock"
    assert seen["status"] == "not_ready_for_payment"


async def test_more_than_the_cap(agent: Agent) -> None:
    assert "quantity_exceeded" in codes(await agent.create({"id": "nerd6-daily", "quantity": 25}))


async def test_no_other_country(agent: Agent) -> None:
    address = {**SEOUL["address"], "country": "JP", "postal_code": "100-0001"}  # type: ignore[dict-item]
    seen = await agent.create(fulfillment_details={**SEOUL, "address": address})
    assert "region_restricted" in codes(seen)


async def test_a_declined_token_says_so(agent: Agent, minsu: Api, world: World) -> None:
    seen = await ready(agent, minsu)
    low = await granted(world, most=100)
    refused = (await agent.pay(seen, low)).json()
    assert codes(refused) == ["payment_declined"]
    assert refused["status"] == "ready_for_payment"
    done = (await agent.pay(seen, await granted(world))).json()
    assert done["status"] == "completed"


async def test_without_proof_of_age_nothing_is_paid(agent: Agent, world: World) -> None:
    seen = await agent.create(fulfillment_details=SEOUL)
    refused = (await agent.pay(seen, await granted(world))).json()
    assert "age_verification_required" in codes(refused)
    assert "order" not in refused


async def test_the_first_answer_is_the_answer(agent: Agent) -> None:
    same = uuid.uuid4().hex
    body: dict[str, Any] = {
        "line_items": [{"id": "nerd12-signature"}],
        "currency": "krw",
        "capabilities": CAPABILITIES,
    }
    first = await agent.post("/checkout_sessions", body, same)
    again = await agent.post("/checkout_sessions", dict(reversed(body.items())), same)
    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["idempotency-key"] == same
    other = await agent.post("/checkout_sessions", {**body, "timezone": "Asia/Seoul"}, same)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_conflict")


async def test_twenty_at_once_with_one_key_make_one_session(agent: Agent) -> None:
    same = uuid.uuid4().hex
    body = {
        "line_items": [{"id": "nerd6-daily"}],
        "currency": "krw",
        "capabilities": CAPABILITIES,
    }
    answers = await asyncio.gather(
        *(agent.post("/checkout_sessions", body, same) for _ in range(20))
    )
    made = {answer.json()["id"] for answer in answers if answer.status_code == 201}
    others = {answer.status_code for answer in answers} - {201}
    assert len(made) == 1
    assert others <= {409}


async def test_paying_twice_with_one_key_is_paying_once(
    agent: Agent, minsu: Api, world: World
) -> None:
    seen, same, token = await ready(agent, minsu), key(), await granted(world)
    first = await agent.pay(seen, token, same)
    again = await agent.pay(seen, token, same)
    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    other = await agent.pay(seen, token)
    assert other.status_code == 405


async def test_cancel_once(agent: Agent) -> None:
    seen = await agent.create()
    path = f"/checkout_sessions/{seen['id']}/cancel"
    body = {"intent_trace": {"reason_code": "price_sensitivity"}}
    ended = await agent.post(path, body)
    assert ended.json()["status"] == "canceled"
    assert (await agent.post(path, body)).status_code == 405
    assert (await agent.post(path.removesuffix("/cancel"), {})).status_code == 405


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"api-version": ""}, 400, "missing_api_version"),
        ({"api-version": "2020-01-01"}, 400, "unsupported_api_version"),
        ({"authorization": "Bearer nxp_0000-0000-0000-0000-0000"}, 401, "unauthorized"),
        ({"authorization": "Basic abc"}, 401, "unauthorized"),
        ({"idempotency-key": ""}, 400, "idempotency_key_required"),
        ({"idempotency-key": "x" * 256}, 400, "idempotency_key_required"),
    ],
)
async def test_odd_headers(agent: Agent, headers: dict[str, str], status: int, code: str) -> None:
    body = {
        "line_items": [{"id": "nerd6-daily"}],
        "currency": "krw",
        "capabilities": CAPABILITIES,
    }
    answer = await agent.post("/checkout_sessions", body, **headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"line_items": []}, "$.line_items"),
        ({"line_items": [{"id": "no-such-thing"}]}, "$.line_items"),
        ({"line_items": [{"id": "nerd6-daily", "quantity": 0}]}, "$.line_items[0].quantity"),
        (
            {"line_items": [{"id": "nerd6-daily", "unit_amount": "1"}]},
            "$.line_items[0].unit_amount",
        ),
        ({"currency": "eur"}, "$.currency"),
        ({"price": 1}, "$"),
    ],
)
async def test_odd_bodies(agent: Agent, change: dict[str, Any], param: str) -> None:
    body = {
        "line_items": [{"id": "nerd6-daily"}],
        "currency": "krw",
        "capabilities": CAPABILITIES,
        **change,
    }
    answer = await agent.post("/checkout_sessions", body)
    assert (answer.status_code, answer.json()["param"]) == (400, param)


@pytest.mark.parametrize("text", [b"", b"null", b"[]", b"{", b"\xff", b"1"])
async def test_what_is_no_json_object(agent: Agent, text: bytes) -> None:
    headers = {**agent.headers, "idempotency-key": uuid.uuid4().hex}
    answer = await agent.http.post("/checkout_sessions", content=text, headers=headers)
    judge(answer)
    assert answer.status_code == 400


async def test_partners_see_their_own_sessions(agent: Agent, app: App, world: World) -> None:
    seen = await agent.create()
    async with app.begin() as uow:
        await put(uow, app.settings, "ptk_other", "other", ["checkout"], "test")
        await put(uow, app.settings, "ptk_feed", "feed", ["feed"], "test")
    async with Agent(world.url, partner.secret_of(app.settings, "ptk_other")) as other:
        path = f"/checkout_sessions/{seen['id']}"
        assert (await other.get(path)).status_code == 404
        assert (await other.post(path, {})).status_code == 404
        assert (await other.post(f"{path}/cancel", {})).status_code == 404
        assert (await other.pay(seen, "spt_x")).status_code == 404
    async with Agent(world.url, partner.secret_of(app.settings, "ptk_feed")) as feed:
        assert (await feed.get(path)).status_code == 403


async def test_discovery(api: Api) -> None:
    found = await api.http.get("/.well-known/acp.json")
    assert found.headers["cache-control"] == "public, max-age=3600"
    assert list(validator("DiscoveryResponse").iter_errors(found.json())) == []
