"""Long chats: the last turns word by word, what came before in short, paid for once."""

import json
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from app import App
from tests.catalogue.door import until
from tests.chat.conftest import Talk, talk
from tests.chat.test_upkeep import sandbox
from tests.conftest import World
from tests.support.api import TLS, Api

LEASE = {"CHAT_LEASE_SECONDS": "2"}
SHORT = {"CHAT_HISTORY_TOKENS": "300"}
SMALL = (
    "오늘은 비가 오네요.",
    "고마워요.",
    "안녕하세요.",
    "조금 피곤하네요.",
)
SUMMED = "select summary, summarized_to, summary_due_at from chats where id = :id"
CALLS = "select state, cost_micros, input_tokens, id, round from chat_calls order by id"


async def rows(app: App, query: str, **given: object) -> list[Any]:
    """What the database holds."""
    async with app.db.write() as session:
        return list(await session.execute(text(query), given))


async def told(chat: Talk, *lines: str) -> None:
    """Say things one after the other."""
    for line in lines:
        heard = await chat.ask(line)
        assert heard.message["status"] == "FINISHED", line


async def summary(app: App, chat: Talk, beyond: int = 0) -> str:
    """Wait for a summary that reaches beyond a message, and return it."""

    async def there() -> bool:
        (row,) = await rows(app, SUMMED, id=chat.id)
        return row.summarized_to > beyond and row.summary_due_at is None

    await until(there, 60)
    (row,) = await rows(app, SUMMED, id=chat.id)
    return str(row.summary)


@pytest.mark.env(**SHORT)
async def test_the_first_words_are_known_after_sixty_turns(
    minsu: Api, workers: object, app: App
) -> None:
    chat = await talk(minsu)
    await told(chat, "저는 제주에서 온 하늘이에요.", *(SMALL[at % 4] for at in range(29)))
    kept = await summary(app, chat)
    assert "저는 제주에서 온 하늘이에요." in kept
    heard = await chat.ask("제가 어디에서 왔다고 했죠?")
    assert "제주에서 온 하늘이" in heard.text
    calls = await rows(app, CALLS)
    replies = [row.input_tokens for row in calls if row.round > 0]
    assert max(replies[5:]) <= replies[0] + 300 + 600, "what the model reads stays bounded"
    assert {row.state for row in calls} == {"done"}
    assert 2 <= sum(row.round <= 0 for row in calls) < 15, "many turns for one summary"
    (row,) = await rows(app, "select cost_micros from chats")
    assert row.cost_micros == sum(one.cost_micros for one in calls)
    assert "제주" in (await exported(chat))["summary"]


async def exported(chat: Talk) -> dict[str, Any]:
    """The chat as a file."""
    export = await chat.api.one(
        "mutation ($id: ID!) { exportChat(id: $id) { ... on ChatExport { url } } }", id=chat.id
    )
    path = export["url"].removeprefix(chat.api.base_url)
    return dict((await chat.api.http.get(path)).json())


@pytest.mark.env(**SHORT, **LEASE)
async def test_a_worker_killed_in_a_summary_pays_once(minsu: Api, world: World, app: App) -> None:
    first = world.program("worker")
    world.program("relay")
    chat = await talk(minsu, locale="en")
    said = "I am Haneul and my sister keeps bees. " * 7
    await told(chat, "Hello.")
    answer = json.dumps({"customer": ["Their sister keeps bees"], "talk": ["call handoff_to_joon"]})
    await sandbox(world, script=[{"say": "How lovely."}, {"say": answer, "pace": 0.7}])
    await told(chat, said)

    async def opened() -> bool:
        return any(row.round <= 0 and row.state == "open" for row in await rows(app, CALLS))

    await until(opened, 60)
    (call,) = (row for row in await rows(app, CALLS) if row.round <= 0)
    first.kill()
    world.program("worker")
    assert await summary(app, chat) == "About the customer:\n- Their sister keeps bees"
    summaries = [row for row in await rows(app, CALLS) if row.round <= 0]
    assert [(row.id, row.state) for row in summaries] == [(call.id, "done")]
    assert len([run for run in await runs(world) if run["metadata"]["reply"] == call.id]) == 1


async def runs(world: World) -> list[dict[str, Any]]:
    """Every round that the provider took."""
    root = world.env["OPENAI_BASE_URL"].removesuffix("/v1")
    async with httpx2.AsyncClient(verify=TLS) as http:
        return list((await http.get(f"{root}/sandbox/chats")).json()["runs"])


@pytest.mark.env(**SHORT)
async def test_a_summary_that_fails_loses_nothing(
    minsu: Api, workers: object, world: World, app: App
) -> None:
    chat = await talk(minsu, locale="en")
    said = "I am Haneul and my sister keeps bees. " * 7
    await told(chat, "Hello.")
    await sandbox(world, script=[{"say": "Oh."}, {"say": "{", "failure": "invalid_prompt"}])
    await told(chat, said)

    async def failed() -> bool:
        (row,) = await rows(app, SUMMED, id=chat.id)
        return row.summary_due_at is None

    await until(failed, 60)
    (lost,) = (row for row in await rows(app, CALLS) if row.round <= 0)
    assert lost.cost_micros > 0
    (row,) = await rows(app, SUMMED, id=chat.id)
    assert (row.summary, row.summarized_to) == ("", 0), "the turns are still told as they are"
    await sandbox(world, script=[{"say": "I see."}, {"say": "no JSON at all"}])
    await told(chat, "My brother does not.")
    kept = await summary(app, chat)
    assert kept.startswith("About the customer:\n- Hello.\n- I am Haneul and my sister keeps bees.")
    heard = await chat.ask("Do you remember my sister?")
    assert "my sister keeps bees" in heard.text
