"""One reply over three wires, read by the clients that others wrote: each shows the same (C1)."""

from dataclasses import dataclass
from typing import Any

import pytest

from app import App
from tests.chat.conftest import Heard, Talk, talk
from tests.chat.test_done import PAID, RENEW, confirm
from tests.checkout.till import addressed, proven
from tests.support.api import Api, key
from tests.support.node import client

pytestmark = [
    pytest.mark.usefixtures("told"),
    pytest.mark.parametrize("engine", ["arcadedb"], indirect=True),
]


@dataclass
class Golden:
    """What a reply shows, whichever wire it came over."""

    texts: list[str]
    cited: list[str]
    cards: list[tuple[str, Any]]
    tools: list[str]
    handoffs: list[str]


def of_graphql(heard: Heard) -> Golden:
    parts = heard.message["parts"]
    cards = [(one["__typename"], _card(one)) for one in parts if "Card" in one["__typename"]]
    return Golden(
        [one["text"] for one in parts if one["__typename"] == "TextPart"],
        [one["source"]["id"] for one in heard.message["citations"]],
        cards,
        [one["tool"] for one in heard.of("ToolStarted")],
        [one["handoff"]["line"] for one in heard.of("HandedOff")],
    )


def _card(part: dict[str, Any]) -> Any:
    if part["__typename"] == "OrderCard":
        return part["confirmation"], part["checkout"]["totals"]["total"]["amount"]
    return part["product"]["id"] if part["__typename"] == "ProductCard" else part["order"]["id"]


NAMES = {"acp_prompt": "OrderCard", "product": "ProductCard", "order_status": "OrderStatusCard"}


def _rich(data: dict[str, Any]) -> tuple[str, Any]:
    if data["type"] == "acp_prompt":
        return NAMES[data["type"]], (data["confirmation"], data["totals"]["total"])
    return NAMES[data["type"]], data["product"] if data["type"] == "product" else data["order"]


async def over_ai_sdk(chat: Talk, text: str, id: str, **more: Any) -> tuple[Golden, list[Any]]:
    """Say something as `useChat` does."""
    task = {"api": f"{chat.api.base_url}/chat", "token": chat.api.token, "chat": chat.id}
    async with client("ai-sdk.mjs", text=text, id=id, **task, **more) as sdk:
        await sdk.end()
    (message,), (errors,) = sdk.told("message"), sdk.told("errors")
    assert errors == []
    parts = message["parts"]
    data = [one["data"] for one in parts if one["type"].startswith("data-")]
    golden = Golden(
        [one["text"] for one in parts if one["type"] == "text"],
        [one["sourceId"] for one in parts if one["type"] == "source-document"],
        [_rich(one) for one in data if one["type"] in NAMES],
        [one["toolName"] for one in parts if one["type"] == "dynamic-tool"],
        [one["line"] for one in data if one["type"] == "handoff"],
    )
    return golden, parts


async def over_ag_ui(chat: Talk, text: str, id: str) -> tuple[Golden, list[Any]]:
    """Say something as an AG-UI client does."""
    task = {"url": f"{chat.api.base_url}/agui", "token": chat.api.token, "chat": chat.id}
    async with client("ag-ui.mjs", text=text, id=id, **task) as agent:
        await agent.end()
    (messages,), (customs,) = agent.told("messages"), agent.told("customs")
    (tools,) = agent.told("tools")
    values = [one["value"] for one in customs]
    said = [one for one in messages if one["role"] == "assistant" and one.get("content")]
    golden = Golden(
        [one["content"] for one in said],
        [one["value"]["id"] for one in customs if one["name"] == "citation"],
        [_rich(one) for one in values if one.get("type") in NAMES],
        tools,
        [one["value"]["line"] for one in customs if one["name"] == "handoff"],
    )
    return golden, customs


async def over_all(chat: Talk, text: str) -> tuple[Golden, list[Any], list[Any]]:
    """Say something once, and read the reply over each wire; they must agree."""
    same = key()
    golden, parts = await over_ai_sdk(chat, text, same)
    sent = await chat.send(text, same)
    assert of_graphql(await chat.hear(sent["reply"]["id"])) == golden
    again, customs = await over_ag_ui(chat, text, same)
    assert again == golden
    return golden, parts, customs


@pytest.mark.usefixtures("workers")
async def test_three_wires_show_a_story_and_a_sale_alike(minsu: Api, app: App) -> None:
    await proven(app.begin, minsu.customer_id or "")
    chat = await talk(minsu)
    story, parts, _ = await over_all(chat, "너드12는 왜 12도인가요?")
    assert "why-twelve" in story.cited
    titles = {one["title"] for one in parts if one["type"] == "source-document"}
    assert titles.isdisjoint(story.cited), "sources have names, not ids"

    liked, parts, _ = await over_all(chat, "달콤하고 가벼운 술을 추천해 주세요")
    assert [kind for kind, _ in liked.cards][:1] == ["ProductCard"]
    shown = next(one["data"] for one in parts if one["type"] == "data-product")
    assert shown["title"]
    assert shown["reason"]
    assert {offer["currency"] for offer in shown["offers"]} == {"KRW"}

    sale, parts, customs = await over_all(chat, "너드12 시그니처 두 병 살게요")
    assert sale.handoffs
    assert "create_checkout" in sale.tools
    card = next(one["data"] for one in parts if one["type"] == "data-order")
    assert (card["type"], card["ui_component"]) == ("acp_prompt", "order_summary_card")
    action = card["acp_action"]
    assert (action["type"], action["product_id"]) == ("purchase", "nerd12-signature")
    assert (action["quantity"], action["currency"], action["shipping_required"]) == (2, "KRW", True)
    assert action["price"] * 2 == card["totals"]["subtotal"]
    assert "ADDRESS_INCOMPLETE" in {one["code"] for one in card["missing"]}
    assert card in [one["value"] for one in customs]
    labels = [one["value"]["label"] for one in customs if one["name"] == "tool"]
    assert labels == ["주문 카드를 준비하는 중"]


@pytest.mark.usefixtures("workers")
async def test_a_card_of_use_chat_is_enough_to_buy(minsu: Api, app: App) -> None:
    await proven(app.begin, minsu.customer_id or "")
    chat = await talk(minsu, "joon-ai")
    same = key()
    _, parts = await over_ai_sdk(chat, "너드12 시그니처 두 병 주세요", same)
    card = next(one["data"] for one in parts if one["type"] == "data-order")
    await addressed(minsu, {"id": card["checkout"]})
    assert "code" not in await minsu.one(RENEW, chat=chat.id)
    _, parts = await over_ai_sdk(chat, "너드12 시그니처 두 병 주세요", same)
    card = next(one["data"] for one in parts if one["type"] == "data-order")
    assert (card["status"], card["missing"]) == ("READY", [])
    done = await confirm(chat, card["confirmation"])
    paid = await minsu.one(PAID, id=done["order"]["id"])
    assert paid["totals"]["total"]["amount"] == card["totals"]["total"]


@pytest.mark.usefixtures("workers")
async def test_use_chat_resumes_and_ends_as_it_would_have(minsu: Api) -> None:
    chat = await talk(minsu)
    same = key()
    whole, _ = await over_ai_sdk(chat, "누룩이 뭐예요?", same)
    sent = await chat.send("누룩이 뭐예요?", same)
    reply = sent["reply"]["id"]
    again, _ = await over_ai_sdk(chat, "", same, resume=True, lastEventId=f"{reply}:0")
    assert again == whole
