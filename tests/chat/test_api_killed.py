"""The API is killed between 200 commits and what each of them sends (RELIABILITY 14)."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from typing import Any

import asyncpg
import httpx2
import pytest
import pytest_asyncio

from sandbox.openai.server import SandboxControl
from tests.cameo.desk import until
from tests.chat.conftest import Talk, talk
from tests.conftest import World
from tests.support.api import Api, Refused, key, person
from tests.support.serve import answers

GUESTS, CHATS_EACH, LIVES = 20, 10, 5
OF_AGE = "update customers set birth_date = '1990-01-01', age_verified_at = now() where id = $1"
OWED = "select count(*) from outbox where name = 'AnswerChat'"
REPLIES = """select count(*) from chat_messages
  where author = 'character' and status = 'finished'"""
CALLS = "select provider_id, state from chat_calls"


@pytest_asyncio.fixture(loop_scope="session")
async def rows(world: World) -> AsyncIterator[Any]:
    """A way to look at the database."""
    connection = await asyncpg.connect(world.dsn)
    yield connection
    await connection.close()


async def grown_up(api: Api, rows: Any) -> Api:
    """A guest of age."""
    await api.guest()
    await rows.execute(OF_AGE, api.customer_id)
    return api


async def said(chat: Talk, idempotency_key: str) -> str | None:
    """Say hello; return the reply's id, or None when the API was gone before it answered."""
    with suppress(httpx2.HTTPError, Refused):
        sent = await chat.send("안녕하세요", idempotency_key)
        assert sent["__typename"] == "SentMessage", sent
        return str(sent["reply"]["id"])
    return None


@pytest.mark.usefixtures("unheard")
async def test_nothing_is_lost_or_said_twice(world: World, rows: Any) -> None:
    studio = SandboxControl(world.env["OPENAI_BASE_URL"].removesuffix("/v1"))
    valkey = world.stack.valkey.process
    async with AsyncExitStack() as opened:
        site = world.program("api")
        await answers(world.url, 90)
        guests = [
            await grown_up(await opened.enter_async_context(person(world.url)), rows)
            for _ in range(GUESTS)
        ]
        chats = [await talk(guest) for guest in guests for _ in range(CHATS_EACH)]
        keys = [key() for _ in chats]
        told: list[str | None] = []
        for life in range(LIVES):
            mine = list(zip(chats, keys, strict=True))[life::LIVES]
            valkey.signal(signal.SIGSTOP)
            try:
                asking = asyncio.gather(*(said(chat, once) for chat, once in mine))
                committed = (life + 1) * len(mine)

                async def are_committed(many: int = committed) -> bool:
                    return bool(await rows.fetchval(OWED) == many)

                await until(are_committed)
                await asyncio.to_thread(site.kill)
                told += await asking
            finally:
                valkey.signal(signal.SIGCONT)
            site.start()
            await answers(world.url, 90)
        assert await rows.fetchval(OWED) == len(chats)
        world.program("relay")
        world.program("worker")

        async def are_answered() -> bool:
            return bool(await rows.fetchval(REPLIES) == len(chats))

        await until(are_answered, 180)
        again = [await said(chat, once) for chat, once in zip(chats, keys, strict=True)]
    assert len(set(again)) == len(chats)
    assert {id for id in told if id} <= set(again), "a repeated request finds its reply"
    assert await rows.fetchval("select count(*) from chat_messages") == 2 * len(chats)
    assert await rows.fetchval(OWED) == 0
    calls = await rows.fetch(CALLS)
    assert {call["state"] for call in calls} == {"done"}
    paid = [str(run["id"]) for run in studio.chats()]
    assert sorted(paid) == sorted(call["provider_id"] for call in calls)
    assert len(paid) == len(chats)
