"""`useChat` of the AI SDK in React, as an app has it: what it shows is what the chat says (C1)."""

import pytest

from tests.chat.conftest import Talk, talk
from tests.chat.test_upkeep import sandbox
from tests.conftest import World
from tests.support.api import Api
from tests.support.node import client

WHY, TWO = "너드12는 왜 12도인가요?", "너드12 시그니처 두 병 살게요"
HISTORY = """query ($id: ID!) { chat(id: $id) { messages(first: 10) { edges { node {
  id author parts { __typename ... on TextPart { text } } } } } } }"""
# So slow that an answer can be seen being made.
PACE = 25


async def replies(chat: Talk) -> list[tuple[str, list[str]]]:
    """Each reply's id and texts, as the chat keeps them."""
    found = await chat.api.one(HISTORY, id=chat.id)
    nodes = [edge["node"] for edge in found["messages"]["edges"]]
    return [
        (one["id"], [part["text"] for part in one["parts"] if part["__typename"] == "TextPart"])
        for one in nodes
        if one["author"] == "CHARACTER"
    ]


@pytest.mark.usefixtures("workers")
async def test_react_shows_each_answer_grow_and_goes_on_after_a_reload(
    minsu: Api, world: World
) -> None:
    chat = await talk(minsu)
    task = {"api": f"{minsu.base_url}/chat", "token": minsu.token, "chat": chat.id}
    await sandbox(world, tokens_per_second=PACE)
    try:
        async with client("use-chat.mjs", texts=[WHY, TWO], again=WHY, **task) as page:
            await page.end()
    finally:
        await sandbox(world, tokens_per_second=0)
    said, (left,), (resumed,) = page.told("said"), page.told("left"), page.told("resumed")
    kept = await replies(chat)
    seen = [one["reply"] for one in (*said, resumed)]
    assert [(one["id"], texts_of(one)) for one in seen] == kept
    for one in said:
        assert one["error"] is None
        assert one["statuses"] == ["ready", "submitted", "streaming", "ready"]
        assert len(one["grew"]) > 3, "the answer came all at once"
        assert one["grew"] == sorted(one["grew"])
        assert one["page"] == "\n".join(texts_of(one["reply"]))
    assert said[-1]["roles"] == ["user", "assistant"] * 2
    kinds = [part["type"] for part in said[-1]["reply"]["parts"]]
    assert {"data-handoff", "data-order"} <= set(kinds)
    (whole,) = texts_of(resumed["reply"])[:1]
    assert whole.startswith(texts_of(left["reply"])[0])
    assert len(left["reply"]["parts"]) <= len(resumed["reply"]["parts"])
    assert resumed["count"] == 1
    assert resumed["page"] == "\n".join(texts_of(resumed["reply"]))


def texts_of(message: dict[str, object]) -> list[str]:
    """The texts of a message of the SDK."""
    parts = message["parts"]
    assert isinstance(parts, list)
    return [part["text"] for part in parts if part["type"] == "text"]
