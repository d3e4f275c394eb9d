"""Keeping chats: two tabs, lost connections, stopping, budgets, names, deleting."""

import asyncio

import httpx2
import pytest
from sqlalchemy import text

from app import App
from tests.chat.conftest import Talk, talk
from tests.conftest import World
from tests.support.api import TLS, Api, key, person

RENAME = """mutation ($id: ID!, $title: String!) { renameChat(id: $id, title: $title) {
  __typename ... on Chat { title } ... on UserError { code } } }"""
DELETE = """mutation ($id: ID!) { deleteChat(id: $id) {
  __typename ... on ErasureReceipt { id stores { name objects } } ... on UserError { code } } }"""
EXPORT = """mutation ($id: ID!) { exportChat(id: $id) {
  __typename ... on ChatExport { url expiresAt } ... on UserError { code } } }"""
STOP = """mutation ($id: ID!) { stopReply(replyId: $id) {
  __typename ... on ChatMessage { status } ... on UserError { code } } }"""
MINE = """{ me { chats(first: 5) { totalCount edges { node { id title
  messages { totalCount edges { node { author status } } }
  usage { inputTokens outputTokens cost { amount currency } limit { amount } } } } } } }"""


async def sandbox(world: World, **knobs: object) -> None:
    """Turn the knobs of the sandbox's model."""
    root = world.env["OPENAI_BASE_URL"].removesuffix("/v1")
    async with httpx2.AsyncClient(verify=TLS) as http:
        answer = await http.post(f"{root}/sandbox/chat", json=knobs)
        assert answer.status_code == 200, answer.text


async def test_a_reply_goes_on_without_a_reader_and_is_read_again(maeju: Talk) -> None:
    sent = await maeju.send("누룩이 뭐예요?")
    whole = await maeju.hear(sent["reply"]["id"])
    for cut in (1, len(whole.events) // 2, len(whole.events) - 1):
        rest = await maeju.hear(sent["reply"]["id"], after=whole.events[cut - 1]["cursor"])
        assert whole.events[:cut] + rest.events == whole.events


async def test_the_same_key_says_it_once(maeju: Talk) -> None:
    same = key()
    both = await asyncio.gather(*(maeju.send("안녕하세요", same) for _ in range(4)))
    assert len({one["reply"]["id"] for one in both}) == 1
    other = await maeju.send("다른 말", same)
    assert other["code"] == "IDEMPOTENCY_CONFLICT"
    await maeju.hear(both[0]["reply"]["id"])


async def test_one_reply_at_a_time_in_a_chat(minsu: Api) -> None:
    chat = await talk(minsu)
    answers = await asyncio.gather(chat.send("하나"), chat.send("둘"))
    kinds = sorted(one["__typename"] for one in answers)
    assert kinds == ["ReplyInProgress", "SentMessage"]
    kept = next(one for one in answers if one["__typename"] == "SentMessage")["reply"]["id"]
    waits = next(one for one in answers if one["__typename"] == "ReplyInProgress")
    assert waits["reply"]["id"] == kept
    assert waits["retryable"] is True
    stopped = await minsu.one(STOP, id=kept)
    assert stopped["__typename"] == "ChatMessage"


@pytest.mark.parametrize("said", ["", "   ", "\a", "가" * 4_001])
async def test_words_that_are_none_or_too_many(minsu: Api, said: str) -> None:
    answer = await (await talk(minsu)).send(said)
    assert answer["code"] == "INVALID_INPUT"
    assert answer["field"] == "input.text"


async def test_a_chat_is_listed_named_counted_and_deleted(maeju: Talk, app: App) -> None:
    heard = await maeju.ask("열두 도는 카나리아처럼 노래하나요?")
    (edge,) = (await maeju.api.one(MINE))["chats"]["edges"]
    assert edge["node"]["title"].startswith("열두 도는")
    assert edge["node"]["messages"]["totalCount"] == 2
    usage = edge["node"]["usage"]
    assert usage["inputTokens"] > 0
    assert 0 < usage["cost"]["amount"] <= usage["limit"]["amount"]
    renamed = await maeju.api.one(RENAME, id=maeju.id, title="  노래  ")
    assert renamed["title"] == "노래"
    assert (await maeju.api.one(RENAME, id=maeju.id, title=""))["code"] == "INVALID_INPUT"

    export = await maeju.api.one(EXPORT, id=maeju.id)
    path = export["url"].removeprefix(maeju.api.base_url)
    kept = (await maeju.api.http.get(path)).json()
    assert [one["author"] for one in kept["messages"]] == ["CUSTOMER", "CHARACTER"]
    assert kept["messages"][0]["parts"][0]["text"] == "열두 도는 카나리아처럼 노래하나요?"
    assert (await maeju.api.http.get(path[:-2] + "zz")).status_code == 403

    receipt = await maeju.api.one(DELETE, id=maeju.id)
    assert (await maeju.api.http.get(path)).status_code == 404
    assert receipt["__typename"] == "ErasureReceipt"
    again = await maeju.api.one(DELETE, id=maeju.id)
    assert again["id"] == receipt["id"]
    assert (await maeju.api.one(MINE))["chats"]["totalCount"] == 0
    async with app.db.write() as session:
        for table in ("chats", "chat_messages", "chat_steps", "chat_calls", "outbox"):
            rows = await session.execute(text(f"select to_jsonb(t)::text from {table} t"))
            assert not [row for (row,) in rows if "카나리아" in row], table
    assert heard.message["status"] == "FINISHED"


async def test_chats_of_others_are_not_there(maeju: Talk, world: World, app: App) -> None:
    heard = await maeju.ask("안녕하세요")
    async with person(world.url) as other:
        await other.guest()
        assert await other.one("query ($id: ID!) { chat(id: $id) { id } }", id=maeju.id) is None
        node = await other.one("query ($id: ID!) { node(id: $id) { id } }", id=heard.message["id"])
        assert node is None
        assert (await other.one(STOP, id=heard.message["id"]))["code"] == "NOT_FOUND"
        assert (await other.one(DELETE, id=maeju.id))["code"] == "NOT_FOUND"
