"""Carts over the protocol: filled, looked at, bought; each answer is judged by the schema."""

import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from app import App
from services import partner
from services.partner import SANDBOX_TOKEN_ID
from services.partner.tokens import put
from tests.acp.agent import CAPABILITIES, SEOUL, Agent, amount, codes
from tests.acp.test_sessions import granted
from tests.checkout.till import SEE, change
from tests.conftest import World
from tests.support.api import Api

BUYER = {"email": "minsu@example.com", "first_name": "민수"}


@pytest_asyncio.fixture(loop_scope="session")
async def agent(world: World, app: App) -> AsyncIterator[Agent]:
    """The sandbox's agent."""
    async with Agent(world.url, partner.secret_of(app.settings, SANDBOX_TOKEN_ID)) as one:
        yield one


async def filled(agent: Agent, *items: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A cart, of one bottle unless told."""
    body = {"line_items": list(items) or [{"id": "nerd12-signature"}], **more}
    answer = await agent.post("/carts", body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def bought(agent: Agent, cart: dict[str, Any], **more: Any) -> Any:
    """Go on with a cart as a session."""
    body = {"cart_id": cart["id"], "line_items": [], "currency": "krw", **more}
    return await agent.post("/checkout_sessions", {"capabilities": CAPABILITIES, **body})


async def test_a_cart_is_filled_and_looked_at(agent: Agent) -> None:
    cart = await filled(
        agent,
        {"id": "nerd12-signature-500", "quantity": 2},
        {"id": "nerd6-daily-180"},
        {"id": "nerd6-daily-180", "quantity": 2},
        buyer=BUYER,
    )
    assert [line["quantity"] for line in cart["line_items"]] == [2, 3]
    assert (cart["currency"], cart["buyer"], cart["messages"]) == ("krw", BUYER, [])
    assert amount(cart) == sum(amount(line) for line in cart["line_items"])
    assert (await agent.get(f"/carts/{cart['id']}")).json() == cart


@pytest.mark.parametrize("method", ["put", "post"])
async def test_an_update_is_all_there_is(agent: Agent, method: str) -> None:
    cart = await filled(agent, {"id": "nerd6-daily-180", "quantity": 2}, buyer=BUYER)
    update = getattr(agent, method)
    body = {"line_items": [{"id": "nerd12-signature-500", "quantity": 3}]}
    after = (await update(f"/carts/{cart['id']}", body)).json()
    assert [line["item"]["id"] for line in after["line_items"]] == ["nerd12-signature-500"]
    assert "buyer" not in after
    assert after["id"] == cart["id"]


@pytest.mark.parametrize(
    ("locale", "languages", "currency"),
    [
        ("en-US", "ko", "usd"),
        ("ko-KR", "en-US", "krw"),
        (None, "en-US,en;q=0.8", "usd"),
        (None, "ko", "krw"),
        ("xx", "*", "krw"),
    ],
)
async def test_the_market_follows_from_the_language(
    agent: Agent, locale: str | None, languages: str, currency: str
) -> None:
    body: dict[str, Any] = {"line_items": [{"id": "nerd12-signature-500"}]}
    body |= {"locale": locale} if locale else {}
    cart = (await agent.post("/carts", body, **{"accept-language": languages})).json()
    assert cart["currency"] == currency
    kinds = {total["type"] for total in cart["totals"]}
    assert ("tax" in kinds) == (currency == "krw")


async def test_a_cart_keeps_no_units_and_says_what_is_short(agent: Agent, api: Api) -> None:
    cart = await filled(agent, {"id": "nerd15-clear-375", "quantity": 61})
    assert codes(cart) == ["out_of_stock", "quantity_exceeded"]
    assert cart["line_items"][0]["availability_status"] == "out_of_stock"
    left = cart["line_items"][0]["available_quantity"]
    await filled(agent, {"id": "nerd15-clear-375", "quantity": left})
    again = (await agent.get(f"/carts/{cart['id']}")).json()
    assert again["line_items"][0]["available_quantity"] == left
    assert (await api.one(SEE, id=cart["id"]))["origin"] == "AGENT"


async def test_a_cart_of_what_is_gone_is_refused(agent: Agent) -> None:
    cart = await filled(agent, {"id": "nerd15-clear-375"})
    left = cart["line_items"][0]["available_quantity"]
    await agent.create({"id": "nerd15-clear-375", "quantity": left})
    refused = await agent.post("/carts", {"line_items": [{"id": "nerd15-clear-375"}]})
    assert (refused.status_code, refused.json()["code"]) == (422, "out_of_stock")


async def test_a_cart_becomes_the_session_that_is_bought(agent: Agent, minsu: Api) -> None:
    cart = await filled(agent, {"id": "nerd12-signature-500", "quantity": 2}, buyer=BUYER)
    answer = await bought(agent, cart, buyer={"email": "x@example.com"}, fulfillment_details=SEOUL)
    assert answer.status_code == 201, answer.text
    seen = answer.json()
    assert (seen["id"], seen["buyer"], seen["line_items"][0]["quantity"]) == (cart["id"], BUYER, 2)
    again = (await bought(agent, cart)).json()
    assert (again["id"], again["fulfillment_details"]) == (seen["id"], seen["fulfillment_details"])
    shown = await minsu.one(SEE, id=cart["id"])
    assert shown["reservation"] is not None
    after = await change(
        minsu,
        "updateCheckoutLines",
        "UpdateCheckoutLinesInput",
        seen,
        lines=[{"variantId": "nerd12-signature-500", "quantity": 3}],
    )
    assert after["id"] == cart["id"]
    kept = (await agent.get(f"/carts/{cart['id']}")).json()
    assert kept["line_items"][0]["quantity"] == 3


async def test_a_cart_is_gone_once_it_is_paid(agent: Agent, minsu: Api, world: World) -> None:
    cart = await filled(agent)
    seen = (await bought(agent, cart, fulfillment_details=SEOUL)).json()
    option, ids = seen["fulfillment_options"][0], [line["id"] for line in seen["line_items"]]
    chosen = {"type": option["type"], "option_id": option["id"], "item_ids": ids}
    await agent.update(seen, selected_fulfillment_options=[chosen])
    await change(minsu, "claimCheckout", "ClaimCheckoutInput", seen)
    done = (await agent.pay(seen, await granted(world))).json()
    assert (done["id"], done["status"]) == (cart["id"], "completed")
    assert (await agent.get(f"/carts/{cart['id']}")).status_code == 404
    assert (await agent.post(f"/carts/{cart['id']}/cancel")).status_code == 404
    assert (await bought(agent, cart)).status_code == 404


async def test_a_cart_may_be_bought_by_its_own_id(agent: Agent) -> None:
    cart = await filled(agent)
    seen = await agent.update(cart, fulfillment_details=SEOUL)
    assert seen["fulfillment_options"]
    assert (await agent.get(f"/carts/{cart['id']}")).status_code == 200


async def test_a_cart_is_sold_in_its_own_currency(agent: Agent) -> None:
    refused = await bought(agent, await filled(agent), currency="usd")
    assert (refused.status_code, refused.json()["param"]) == (400, "$.currency")


@pytest.mark.parametrize("id", ["chk_nosuch", "no such", "\u0000"])
async def test_no_such_cart(agent: Agent, id: str) -> None:
    refused = await bought(agent, {"id": id})
    assert refused.status_code == (400 if id == "\u0000" else 404)


async def test_a_canceled_cart_is_gone(agent: Agent) -> None:
    cart, same = await filled(agent), uuid.uuid4().hex
    path = f"/carts/{cart['id']}"
    ended = await agent.post(f"{path}/cancel", {}, same)
    assert (ended.status_code, ended.json()) == (200, cart)
    again = await agent.post(f"{path}/cancel", {}, same)
    assert again.headers["idempotent-replayed"] == "true"
    body = {"line_items": [{"id": "nerd12-signature"}]}
    assert (await agent.get(path)).status_code == 404
    assert (await agent.put(path, body)).status_code == 404
    assert (await agent.post(f"{path}/cancel")).status_code == 404
    assert (await bought(agent, cart)).status_code == 404


async def test_a_session_is_no_cart(agent: Agent) -> None:
    seen = await agent.create()
    assert (await agent.get(f"/carts/{seen['id']}")).status_code == 404


async def test_the_first_answer_is_the_answer(agent: Agent) -> None:
    same, body = uuid.uuid4().hex, {"line_items": [{"id": "nerd12-signature"}]}
    first = await agent.post("/carts", body, same)
    again = await agent.post("/carts", body, same)
    assert (again.json(), again.headers["idempotent-replayed"]) == (first.json(), "true")
    other = await agent.post("/carts", {**body, "locale": "ko-KR"}, same)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_conflict")
    unkeyed = await agent.put(f"/carts/{first.json()['id']}", body, "x" * 256)
    assert unkeyed.json()["code"] == "idempotency_key_required"


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "$"),
        ({"line_items": []}, "$.line_items"),
        ({"line_items": [{"id": "no-such-thing"}]}, "$.line_items"),
        ({"line_items": [{"id": "너드"}]}, "$.line_items"),
        ({"line_items": [{"id": "nerd6-daily", "quantity": 0}]}, "$.line_items[0].quantity"),
        ({"line_items": [{"id": "nerd6-daily", "quantity": 1000}]}, "$.line_items"),
        ({"line_items": [{"id": "nerd6-daily"}], "buyer": {"email": "no"}}, "$.buyer.email"),
        ({"line_items": [{"id": "nerd6-daily"}], "currency": "krw"}, "$"),
        ({"line_items": [{"id": "nerd6-daily"}], "buyer": {"email": "a@b.c\0"}}, "$"),
    ],
)
async def test_odd_bodies(agent: Agent, body: dict[str, Any], param: str) -> None:
    answer = await agent.post("/carts", body)
    assert (answer.status_code, answer.json()["param"]) == (400, param)


async def test_partners_see_their_own_carts(agent: Agent, app: App, world: World) -> None:
    cart = await filled(agent)
    path, body = f"/carts/{cart['id']}", {"line_items": [{"id": "nerd6-daily"}]}
    async with app.begin() as uow:
        await put(uow, app.settings, "ptk_other", "other", ["carts", "checkout"], "test")
        await put(uow, app.settings, "ptk_feed", "feed", ["checkout"], "test")
    async with Agent(world.url, partner.secret_of(app.settings, "ptk_other")) as other:
        assert (await other.get(path)).status_code == 404
        assert (await other.put(path, body)).status_code == 404
        assert (await other.post(f"{path}/cancel")).status_code == 404
        assert (await bought(other, cart)).status_code == 404
    async with Agent(world.url, partner.secret_of(app.settings, "ptk_feed")) as feed:
        assert (await feed.get(path)).status_code == 403
