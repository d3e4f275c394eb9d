"""A card stands for one cart, one total and a time: whatever changes voids it (C6)."""

import asyncio
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import text

from app import App
from tests.chat.conftest import Talk, talk
from tests.chat.test_done import PAID, RENEW, confirm, prepared
from tests.checkout.till import change, lines
from tests.support.api import Api, key

pytestmark = pytest.mark.usefixtures("workers")
ORDERS = "{ me { orders(first: 1) { totalCount } } }"


async def ready(api: Api, app: App) -> tuple[Talk, dict[str, Any], dict[str, Any]]:
    """Return a chat, its cart, and a card of it that can be confirmed."""
    chat, card = await prepared(api, app)
    return chat, card["checkout"], await api.one(RENEW, chat=chat.id)


async def is_void(chat: Talk, card: dict[str, Any]) -> bool:
    """Say yes to a card, and tell whether it bought nothing."""
    answer = await confirm(chat, card["confirmation"])
    bought = (await chat.api.one(ORDERS))["orders"]["totalCount"]
    return answer["__typename"] == "OrderCardVoid" and bought == 0


async def buys(chat: Talk, card: dict[str, Any]) -> list[int]:
    """Say yes to a card, and return how many bottles it bought."""
    done = await confirm(chat, card["confirmation"])
    order = await chat.api.one(PAID, id=done["order"]["id"])
    assert order["totals"]["total"]["amount"] == card["checkout"]["totals"]["total"]["amount"]
    return [line["quantity"] for line in done["order"]["lines"]]


async def test_another_bottle_in_the_cart_voids_a_card(minsu: Api, app: App) -> None:
    chat, cart, card = await ready(minsu, app)
    wanted = lines(nerd12_signature_500=3)
    changed = await change(
        minsu, "updateCheckoutLines", "UpdateCheckoutLinesInput", cart, lines=wanted
    )
    assert changed["__typename"] == "Checkout", changed
    assert await is_void(chat, card)
    renewed = await minsu.one(RENEW, chat=chat.id)
    assert renewed["checkout"]["totals"] != card["checkout"]["totals"]
    assert await buys(chat, renewed) == [3]


async def test_a_card_whose_time_is_over_buys_nothing(minsu: Api, app: App) -> None:
    chat, _, card = await ready(minsu, app)
    async with app.db.write.begin() as session:
        await session.execute(text("update order_cards set expires_at = now()"))
    assert await is_void(chat, card)
    assert await buys(chat, await minsu.one(RENEW, chat=chat.id)) == [2]


async def test_a_newer_card_voids_the_one_before(minsu: Api, app: App) -> None:
    chat, _, card = await ready(minsu, app)
    newer = await minsu.one(RENEW, chat=chat.id)
    assert newer["confirmation"] != card["confirmation"]
    assert await is_void(chat, card)
    assert await buys(chat, newer) == [2]


@pytest.mark.usefixtures("still")
async def test_who_says_too_much_too_fast_is_told_to_wait(minsu: Api) -> None:
    chat = await talk(minsu)
    answers = await asyncio.gather(*(chat.send("안녕하세요") for _ in range(100)))
    codes = Counter(one.get("code", one["__typename"]) for one in answers)
    assert codes["RATE_LIMITED"] == 40
    assert codes["SentMessage"] + codes["REPLY_IN_PROGRESS"] == 60
    said = {"id": key(), "role": "user", "parts": [{"type": "text", "text": "안녕"}]}
    body = {"id": chat.id, "messages": [said]}
    answer = await minsu.http.post("/chat", json=body, headers=minsu.auth())
    assert (answer.status_code, answer.json()["code"]) == (429, "RATE_LIMITED")


@pytest.mark.usefixtures("still")
async def test_who_begins_too_many_chats_is_told_to_wait(minsu: Api) -> None:
    start = """mutation ($i: StartChatInput!) { startChat(input: $i) {
      __typename ... on UserError { code } } }"""

    async def begun() -> str:
        given = {"characterId": "maeju-ai", "locale": "ko", "idempotencyKey": key()}
        answer = await minsu.one(start, i=given)
        return str(answer.get("code", answer["__typename"]))

    codes = Counter(await asyncio.gather(*(begun() for _ in range(100))))
    assert codes == {"Chat": 60, "RATE_LIMITED": 40}
