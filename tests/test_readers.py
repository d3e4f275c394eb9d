"""One process reads Redis' streams once, however many watch (decision 17)."""

import asyncio

import psutil
from redis.asyncio import Redis

from services.account import SANDBOX_PASSWORD
from tests.conftest import World
from tests.support.api import Api, key, person
from tests.support.cameo import CREATE, PORTRAIT
from tests.support.serve import Program, answers
from tests.support.socket import Socket, socket

TOPICS = 20
LOOKS = 20
ERASE = "mutation ($id: ID!) { erasePortrait(id: $id) { __typename } }"


async def portrait(api: Api) -> str:
    """Make room for a photo: a topic of its own."""
    asked = {"contentType": "image/jpeg", "byteSize": 1000, "idempotencyKey": key()}
    return str((await api.one(CREATE, i=asked))["portrait"]["id"])


async def heard(opened: Socket, kind: str) -> None:
    """Wait until every subscription had one more message of this kind."""
    names = set[str]()
    async with asyncio.timeout(60):
        while len(names) < TOPICS:
            message = await opened.receive()
            if message["type"] == kind:
                names.add(message["id"])


async def readers(world: World, site: Program) -> int:
    """Count the process's connections on which Redis waits with an answer."""
    assert site.process
    ours = psutil.Process(site.process.pid).net_connections("tcp")
    ports = {str(one.laddr.port) for one in ours}
    async with Redis.from_url(world.env["REDIS_URL"], decode_responses=True) as redis:
        clients = await redis.client_list()
    mine = [one for one in clients if one["addr"].rpartition(":")[2] in ports]
    assert mine
    return sum("b" in one["flags"] for one in mine)


async def test_many_topics_are_read_over_one_connection(world: World) -> None:
    site = world.program("api")
    await answers(world.url, 90)
    async with person(world.url) as minsu:
        await minsu.sign_in("demo-minsu@example.com", SANDBOX_PASSWORD)
        ids = [await portrait(minsu) for _ in range(TOPICS)]
        async with socket(minsu) as opened:
            for id in ids:
                await opened.subscribe(id, PORTRAIT, id=id)
            await heard(opened, "next")
            # The reader is between two reads now and then.
            assert max([await readers(world, site) for _ in range(LOOKS)]) == 1
            for id in ids:
                await minsu.one(ERASE, id=id)
            await heard(opened, "complete")
