"""Orders in chats: Joon tells how far one's own are, and what becomes of one is noted there."""

import asyncio
from typing import Any

from app import App
from models.chat import OrderCard
from services import chat as chats
from services.account import SANDBOX_PASSWORD
from tests.chat.conftest import MESSAGE, Talk, talk
from tests.chat.test_done import RENEW, confirm, prepared
from tests.conftest import World
from tests.order.desk import CANCEL, SEND, TRACK
from tests.support.api import Api, key, person
from tests.support.shop import buy

CHANGED = (
    """subscription ($id: ID!) { chatChanged(id: $id) { id messages(first: 100) { totalCount
  edges { node { ...Message } } } } } """
    + MESSAGE
)
ORDER = """query ($id: ID!) { order(id: $id) { id number lines { id quantity }
  shipments { id } } }"""


def notes(shown: dict[str, Any]) -> list[tuple[str, str, str]]:
    """The notes of a chat: which order, which status, and what is said of it."""
    messages = [edge["node"] for edge in shown["messages"]["edges"]]
    mine = [one for one in messages if one["author"] == "SYSTEM"]
    assert all(one["status"] == "FINISHED" and one["character"] is None for one in mine)
    return [
        (card["order"]["id"], card["status"], words["text"])
        for words, card in (one["parts"] for one in mine)
    ]


async def seen(chat: Talk, *statuses: str) -> dict[str, Any]:
    """Follow a chat until it has notes of these statuses."""
    async with asyncio.timeout(60):
        async for event in chat.api.follow(CHANGED, id=chat.id):
            shown = dict(event["chatChanged"])
            if [status for _, status, _ in notes(shown)] == list(statuses):
                return shown
    raise AssertionError("the chat was deleted")


async def bought(chat: Talk) -> dict[str, Any]:
    """Say yes to the card of a chat; return the order."""
    card = await chat.api.one(RENEW, chat=chat.id)
    done = await confirm(chat, card["confirmation"])
    return dict(await chat.api.one(ORDER, id=done["order"]["id"]))


async def sent(staff: Api, order: dict[str, Any], parcel: str) -> None:
    """Have staff send all of an order, and see it arrive."""
    lines = [{"lineId": one["id"], "quantity": one["quantity"]} for one in order["lines"]]
    given = {"orderId": order["id"], "lines": lines, "carrier": "cj", "trackingNumber": parcel}
    gone = await staff.one(SEND, i={**given, "idempotencyKey": key()})
    at = {"shipmentId": gone["shipments"][0]["id"], "status": "DELIVERED", "place": "이천"}
    when = gone["history"][-1]["at"]
    await staff.one(TRACK, i={**at, "at": when, "idempotencyKey": key()})


async def test_a_chat_tells_what_becomes_of_its_orders(
    minsu: Api, workers: object, world: World, app: App
) -> None:
    chat, _ = await prepared(minsu, app)
    order = await bought(chat)
    await seen(chat, "PAID")
    async with person(world.url) as staff:
        await sent(
            await staff.sign_in("demo-staff@example.com", SANDBOX_PASSWORD), order, "CJ12345"
        )
    shown = await seen(chat, "PAID", "SHIPPED", "DELIVERED")
    assert {id for id, _, _ in notes(shown)} == {order["id"]}
    assert f"주문 {order['number']} 상품이 도착했습니다." in [text for _, _, text in notes(shown)]

    heard = await chat.ask("제 주문 어디까지 왔어요?")
    assert [one["tool"] for one in heard.of("ToolStarted")] == ["track_order"]
    (card,) = heard.of("CardAdded")
    assert card["card"]["status"] == "DELIVERED"
    assert card["card"]["order"]["number"] == order["number"]
    assert order["number"] in heard.text
    assert "CJ12345" in heard.text

    other = await buy(app, minsu.customer_id)
    async with app.begin() as uow:
        linked = OrderCard(chat_id=chat.id, checkout_id=other.checkout_id, digest="-")
        linked.expires_at = uow.now()
        uow.session.add(linked)
    canceled = {"orderId": other.id, "reason": "changed my mind", "idempotencyKey": key()}
    await minsu.one(CANCEL, i=canceled)
    shown = await seen(chat, "PAID", "SHIPPED", "DELIVERED", "PAID", "CANCELED")

    async def again() -> int:
        async with app.begin() as uow:
            return await chats.note(uow, order["id"]) + await chats.note(uow, other.id)

    assert await asyncio.gather(*(again() for _ in range(4))) == [0] * 4
    last = shown["messages"]["edges"][-1]["node"]["id"]
    told = await chat.hear(last)
    assert [one["__typename"] for one in told.events] == ["TextAdded", "CardAdded", "ReplyEnded"]


async def test_orders_of_others_are_told_to_nobody(minsu: Api, workers: object, app: App) -> None:
    theirs = await buy(app, "cus_demo-hana")
    joon = await talk(minsu, "joon-ai")
    heard = await joon.ask(f"주문 번호 {theirs.number} 어디까지 왔어요?")
    assert [one["succeeded"] for one in heard.of("ToolEnded")] == [False]
    assert not heard.of("CardAdded")
    assert theirs.number not in heard.text
