"""The API is stopped while people ask: who asks again is answered, and once (RELIABILITY 10)."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import asyncpg
import httpx2
import pytest

from tests.cameo.desk import until
from tests.conftest import World
from tests.support.api import TLS, Api, key, person
from tests.support.serve import Program, answers

PEOPLE = 8
BAR_SECONDS = 30.0
# As people do, so that nobody asks more often than one may.
PAUSE_SECONDS = 0.1
CREATE = """mutation ($i: CreatePortraitUploadInput!) { createPortraitUpload(input: $i) {
  __typename ... on PortraitUpload { portrait { id } } ... on UserError { code retryable } } }"""
PHOTO = {"contentType": "image/jpeg", "byteSize": 1000}
WAITING = "select count(*) from pg_locks where not granted and relation = 'portraits'::regclass"


class Person:
    """Asks for one form after the other; what was not answered is asked again with its key."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self.asked = ""
        self.answered: dict[str, str] = {}
        self.statuses: set[int] = set()
        self.cut_off: set[str] = set()
        self.put_off: set[str] = set()

    async def ask_on(self) -> None:
        """Ask until cancelled."""
        while True:
            self.asked = key()
            while self.asked not in self.answered:
                await self._ask()
            await asyncio.sleep(PAUSE_SECONDS)

    async def _ask(self) -> None:
        body = {"query": CREATE, "variables": {"i": {**PHOTO, "idempotencyKey": self.asked}}}
        try:
            answer = await self._api.http.post("/graphql", json=body, headers=self._api.auth())
        except httpx2.TransportError:
            self.cut_off.add(self.asked)
            await asyncio.sleep(0.05)
            return
        self.statuses.add(answer.status_code)
        found = answer.json()
        assert "errors" not in found, found
        made = found["data"]["createPortraitUpload"]
        if made["__typename"] == "PortraitUpload":
            self.answered[self.asked] = made["portrait"]["id"]
        else:
            assert made["retryable"], made
            self.put_off.add(self.asked)


async def all_answered(people: list[Person], more: int = 1) -> None:
    """Wait until each was answered so many times more."""
    goals = [len(one.answered) + more for one in people]

    async def reached() -> bool:
        return all(len(p.answered) >= goal for p, goal in zip(people, goals, strict=True))

    await until(reached)


@asynccontextmanager
async def held_up(rows: asyncpg.Connection) -> AsyncIterator[None]:
    """Keep every request in the middle of its transaction."""
    async with rows.transaction():
        await rows.execute("lock table portraits in exclusive mode")

        async def all_wait() -> bool:
            return bool(await rows.fetchval(WAITING) == PEOPLE)

        await until(all_wait)
        yield


async def is_closed(url: str) -> bool:
    """Tell whether nobody takes new connections."""
    try:
        async with httpx2.AsyncClient(verify=TLS) as http:
            await http.get(f"{url}/healthz")
    except httpx2.ConnectError:
        return True
    except httpx2.TransportError:
        # It was taken, and closed before it was heard.
        return False
    return False


async def stopped(world: World, site: Program, people: list[Person]) -> None:
    """Ask the API to stop while each of them waits for an answer, which they still get."""
    rows = await asyncpg.connect(world.dsn)
    async with held_up(rows):
        under_way = [one.asked for one in people]
        begun = time.monotonic()
        site.signal(signal.SIGTERM)
        await until(lambda: is_closed(world.url))
        assert site.is_running
    await rows.close()
    code = await asyncio.to_thread(site.stop, BAR_SECONDS)
    assert time.monotonic() - begun < BAR_SECONDS
    # uvicorn ends in good order and then by the signal itself.
    assert code in (0, -signal.SIGTERM)
    for one, same in zip(people, under_way, strict=True):
        # Whoever waited for a lock for too long was told so.
        assert same in one.answered or same in one.put_off
        assert same not in one.cut_off - one.put_off


@pytest.mark.env(VIEWER_OPERATIONS_PER_MINUTE="1000000")
async def test_a_deploy_under_load_loses_nothing(world: World) -> None:
    site = world.program("api")
    await answers(world.url, 90)
    async with AsyncExitStack() as doors, asyncio.TaskGroup() as tasks:
        guests = [await doors.enter_async_context(person(world.url)) for _ in range(PEOPLE)]
        people = [Person(await guest.guest()) for guest in guests]
        asking = [tasks.create_task(one.ask_on()) for one in people]
        await all_answered(people)
        await stopped(world, site, people)
        site.start()
        await all_answered(people, 2)
        # Whoever is between two requests has all that they asked for.
        for task in asking:
            task.cancel()
    assert set[int]().union(*(one.statuses for one in people)) == {200}
    assert any(one.cut_off for one in people)
    ids = [id for one in people for id in one.answered.values()]
    assert len(set(ids)) == len(ids)
    assert await kept(world) - len(ids) in range(PEOPLE + 1)


async def kept(world: World) -> int:
    """Count what is in the database."""
    rows = await asyncpg.connect(world.dsn)
    count = await rows.fetchval("select count(*) from portraits")
    await rows.close()
    return int(count)
