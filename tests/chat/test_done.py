"""A new customer is told a story, asks to buy, confirms the card, and the order is paid."""

import asyncio
from typing import Any

import pytest

from app import App
from tests.chat.conftest import Talk, talk
from tests.checkout.till import addressed, proven
from tests.conftest import World
from tests.support.api import Api, key

pytestmark = [
    pytest.mark.usefixtures("told"),
    pytest.mark.parametrize("engine", ["arcadedb"], indirect=True),
]

RENEW = """mutation ($chat: ID!) { renewOrderCard(input: {chatId: $chat}) {
  __typename ... on OrderCard { confirmation checkout { status totals { total { amount } } } }
  ... on UserError { code } } }"""
CONFIRM = """mutation ($input: ConfirmOrderCardInput!) { confirmOrderCard(input: $input) {
  __typename ... on CheckoutCompletion { order { id status origin lines { quantity } } }
  ... on OrderCardVoid { checkout { id } } ... on UserError { code message } } }"""
PAID = "query ($id: ID!) { order(id: $id) { status origin totals { total { amount } } } }"


async def confirm(chat: Talk, confirmation: str, same: str | None = None) -> Any:
    """Say yes to a card."""
    given = {
        "chatId": chat.id,
        "confirmation": confirmation,
        "paymentMethod": "pm_card_visa",
        "idempotencyKey": same or key(),
    }
    return await chat.api.one(CONFIRM, input=given)


async def prepared(api: Api, app: App) -> tuple[Talk, dict[str, Any]]:
    """Ask for two bottles until a card is there, with the address in it."""
    await proven(app.begin, api.customer_id or "")
    chat = await talk(api)
    told = await chat.ask("너드12는 왜 12도인가요?")
    assert "why-twelve" in told.cited
    asked = await chat.ask("너드12 시그니처 두 병 살게요")
    assert [one["handoff"]["to"]["id"] for one in asked.of("HandedOff")] == ["joon-ai"]
    card = next(part for part in asked.message["parts"] if part["__typename"] == "OrderCard")
    assert [line["quantity"] for line in card["checkout"]["lines"]] == [2]
    assert card["checkout"]["lines"][0]["variant"]["id"].startswith("nerd12-signature")
    await addressed(api, card["checkout"])
    return chat, card


async def test_a_story_becomes_a_paid_order(
    minsu: Api, workers: object, world: World, app: App
) -> None:
    chat, old = await prepared(minsu, app)
    void = await confirm(chat, old["confirmation"])
    assert void["__typename"] == "OrderCardVoid", "the delivery changed the total"
    card = await minsu.one(RENEW, chat=chat.id)
    assert card["checkout"]["status"] == "READY"
    same = key()
    answers = await asyncio.gather(*(confirm(chat, card["confirmation"], same) for _ in range(3)))
    ids = {answer["order"]["id"] for answer in answers if answer.get("order")}
    assert len(ids) == 1, answers
    order = await minsu.one(PAID, id=ids.pop())
    assert order["status"] == "PAID"
    assert order["origin"] == "CHAT"
    assert order["totals"]["total"]["amount"] == card["checkout"]["totals"]["total"]["amount"]
    again = await confirm(chat, card["confirmation"])
    assert again["__typename"] in ("OrderCardVoid", "CheckoutClosed", "UserError"), again


async def test_a_forged_or_foreign_card_buys_nothing(
    minsu: Api, workers: object, world: World, app: App
) -> None:
    chat, card = await prepared(minsu, app)
    id, _, mark = card["confirmation"].partition(".")
    forged = await confirm(chat, f"{id}.{mark[::-1]}")
    assert forged["code"] == "NOT_FOUND"
    other = await talk(minsu)
    foreign = await confirm(other, card["confirmation"])
    assert foreign["code"] == "NOT_FOUND"
