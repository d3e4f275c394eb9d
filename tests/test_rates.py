"""Rates over all processes: shared through Redis, and kept by each alone when Redis is away."""

import asyncio
import time

import httpx2
import pytest

from tests.conftest import World
from tests.support.api import TLS, Api
from tests.support.serve import answers, free_port, serving

LIMITS = {"ADDRESS_OPERATIONS_PER_HOUR": "8", "VIEWER_OPERATIONS_PER_MINUTE": "5"}
SOMEBODY = {"x-forwarded-for": "203.0.113.7"}
QUERY = {"query": "{ __typename }"}


async def statuses(http: httpx2.AsyncClient, times: int, **headers: str) -> list[int]:
    """Ask as often, one after the other."""
    return [(await ask(http, **headers)).status_code for _ in range(times)]


async def ask(http: httpx2.AsyncClient, **headers: str) -> httpx2.Response:
    """Ask for next to nothing."""
    return await http.post("/graphql", json=QUERY, headers=headers)


@pytest.mark.env(**LIMITS)
async def test_processes_count_together(world: World, minsu: Api) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    world.program("api", PORT=url.rpartition(":")[2])
    await answers(url, 60)
    known = {"authorization": f"Bearer {minsu.token}"}
    async with httpx2.AsyncClient(verify=TLS, base_url=url) as other:
        assert await statuses(minsu.http, 5, **SOMEBODY) == [200] * 5
        # What one has counted is told within 0.1 s; who was not seen lately is asked about first.
        await asyncio.sleep(0.3)
        seen = await statuses(other, 6, **SOMEBODY)
        assert seen.count(200) == 3
        assert seen == sorted(seen)
        assert await statuses(other, 5, **known) == [200] * 5
        await asyncio.sleep(0.3)
        refused = await ask(minsu.http, **known)
    assert refused.json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
    assert refused.headers["ratelimit-policy"] == "5;w=60"
    assert 1 <= int(refused.headers["retry-after"]) <= 12


@pytest.mark.env(**LIMITS, REDIS_URL="redis://127.0.0.1:9/0")
async def test_without_redis_nobody_is_refused_for_it_and_each_process_counts(
    world: World,
) -> None:
    async with serving(world.settings), httpx2.AsyncClient(verify=TLS, base_url=world.url) as http:
        assert await statuses(http, 10) == [200] * 8 + [429] * 2
        assert await statuses(http, 1, **SOMEBODY) == [200]


@pytest.mark.env(**LIMITS)
async def test_a_redis_that_hangs_is_not_waited_for(world: World) -> None:
    silent = await asyncio.start_server(hang, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    world.env["REDIS_URL"] = f"redis://127.0.0.1:{port}/0"
    async with (
        silent,
        serving(world.settings),
        httpx2.AsyncClient(verify=TLS, base_url=world.url) as http,
    ):
        started = time.monotonic()
        assert await statuses(http, 9) == [200] * 8 + [429]
        assert time.monotonic() - started < 2


async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Take everything and say nothing."""
    while await reader.read(1024):
        pass
    writer.close()
