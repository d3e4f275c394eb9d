"""Readers over three wires while the API they read from is killed: nothing lost, nothing twice."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx2
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from services.account import SANDBOX_PASSWORD
from tests.chat.conftest import FOLLOW, Talk, talk
from tests.chat.test_upkeep import sandbox
from tests.conftest import World
from tests.support.api import Api
from tests.support.serve import answers, free_port
from tests.support.socket import socket
from tests.support.sse import lines

SAID = (
    "안녕하세요, 반가워요. 오늘은 조용한 저녁이네요. 창밖에 바람이 지나가요. 먼저 숨을 골라요. "
    "그다음 잔을 닦아요. 손끝이 따뜻해져요. 마음도 느려져요. 이제 귀를 기울여요. "
    "멀리서 종이 울려요. 누가 문을 두드려요. 들어오세요, 하고 말해요. 자리는 넉넉해요."
)
LOST = (httpx2.HTTPError, ConnectionClosed, InvalidHandshake, OSError)

type Wire = Callable[[Api, str, str, str | None], AsyncIterator[tuple[str, str, bool]]]


async def over_sse(
    api: Api, chat_id: str, reply_id: str, after: str | None
) -> AsyncIterator[tuple[str, str, bool]]:
    """Cursors and words of a reply over server-sent events."""
    events = api.follow(FOLLOW, last_event_id=after, id=reply_id)
    async for event in events:
        yield _step(event["chatReply"])


async def over_socket(
    api: Api, chat_id: str, reply_id: str, after: str | None
) -> AsyncIterator[tuple[str, str, bool]]:
    """The same over graphql-transport-ws."""
    async with socket(api) as wire:
        await wire.subscribe("reply", FOLLOW, id=reply_id, after=after)
        while (message := await wire.receive())["type"] != "complete":
            if message["type"] == "next":
                yield _step(message["payload"]["data"]["chatReply"])


def _step(event: dict[str, Any]) -> tuple[str, str, bool]:
    assert event["__typename"] != "Resync"
    return event["cursor"], event.get("text", ""), event["__typename"] == "ReplyEnded"


async def over_use_chat(
    api: Api, chat_id: str, reply_id: str, after: str | None
) -> AsyncIterator[tuple[str, str, bool]]:
    """The same as the AI SDK's `resume` reads it."""
    seen = {"last-event-id": f"{reply_id}:{after}"} if after else {}
    async with (
        api.http.stream(
            "GET", f"/chat/{chat_id}/stream", headers={**api.auth(), **seen}, timeout=60
        ) as response,
        lines(response) as told,
    ):
        assert response.status_code == 200, response.status_code
        cursor, words = "", ""
        async for line in told:
            if line.startswith("id: "):
                assert line.startswith(f"id: {reply_id}:")
                cursor, words = line.rpartition(":")[2], ""
            elif line.startswith("data: {"):
                part = json.loads(line[6:])
                words = part.get("delta", "")
                if words or part["type"] == "finish":
                    yield cursor, words, part["type"] == "finish"


@dataclass
class Reader:
    """Reads a reply from whichever replica answers, and goes on behind what it saw."""

    wire: Wire
    sites: list[Api]
    has: asyncio.Event = field(default_factory=asyncio.Event)
    seen: list[tuple[str, str]] = field(default_factory=list)
    losses: int = 0
    wanted: int = 2

    async def read(self, chat_id: str, reply_id: str) -> None:
        """Read to the end."""
        for turn in range(1_000):
            site = self.sites[turn % len(self.sites)]
            after = self.seen[-1][0] if self.seen else None
            try:
                async for cursor, words, is_over in self.wire(site, chat_id, reply_id, after):
                    self.seen.append((cursor, words))
                    if sum(bool(one) for _, one in self.seen) >= self.wanted:
                        self.has.set()
                    if is_over:
                        return
            except LOST:
                pass
            self.losses += 1
            await asyncio.sleep(0.05)
        raise AssertionError("no replica told the end")

    async def until(self, words: int) -> None:
        """Wait until so many pieces of text have come."""
        self.wanted = words
        if sum(bool(one) for _, one in self.seen) < words:
            self.has.clear()
            await self.has.wait()


async def test_readers_change_replicas_and_miss_nothing(world: World) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    first = world.program("api")
    await answers(world.url)
    second = world.program("api", PORT=str(port))
    world.program("worker")
    world.program("relay")
    await answers(url)
    async with Api(world.url) as here, Api(url) as there:
        await here.sign_in("demo-minsu@example.com", SANDBOX_PASSWORD)
        there.token = here.token
        chat = await talk(here)
        await sandbox(world, script=[{"say": SAID, "pace": 0.4}])
        sent = await chat.send("저녁 인사를 들려주세요")
        await _killed_under(chat, sent["reply"]["id"], here, there, first, second)
        await sandbox(world, script=[])
        whole = await chat.hear(sent["reply"]["id"])
        assert whole.text.startswith(SAID)


async def _killed_under(
    chat: Talk, reply_id: str, here: Api, there: Api, first: Any, second: Any
) -> None:
    readers = [Reader(wire, [here, there]) for wire in (over_sse, over_socket, over_use_chat)]
    async with asyncio.timeout(120), asyncio.TaskGroup() as tasks:
        for reader in readers:
            tasks.create_task(reader.read(chat.id, reply_id))
        for reader in readers:
            await reader.until(2)
        first.kill()
        for reader in readers:
            await reader.until(5)
        first.start()
        second.kill()
    whole = await chat.hear(reply_id)
    told = [(event["cursor"], event.get("text", "")) for event in whole.events]
    for reader in readers:
        assert reader.losses >= 2, reader.wire.__name__
        assert [one for one in reader.seen if one[1]] == [one for one in told if one[1]]
        assert reader.seen[-1][0] == told[-1][0]
    for reader in readers[:2]:
        assert reader.seen == told
