"""What Postgres, the store and the renderer hold, seen from outside the product."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from gateways.renderer import mark
from gateways.storage import S3Storage
from sandbox.openai.server import SandboxControl
from tests.conftest import World
from tests.support.api import Api
from tests.support.cameo import watch

SHORT = "five-seconds"
DOUBLE = "nine-seconds"
# Copies of a real template with shots of 4 s and an outro of 1 s, square and so cheap to encode.
COPY = """insert into cameo_templates
select (jsonb_populate_record(t, $1::jsonb)).* from cameo_templates t where id = 'neon-seoul-bar'"""


async def until[T](ask: Callable[[], Awaitable[T]], seconds: float = 60) -> T:
    """Ask until the answer is truthy; fail after so many seconds."""
    async with asyncio.timeout(seconds):
        while True:
            if found := await ask():
                return found
            await asyncio.sleep(0.1)


class Desk:
    """Looks things up for assertions."""

    def __init__(self, world: World, rows: asyncpg.Pool, studio: SandboxControl) -> None:
        self.world, self.rows, self.studio = world, rows, studio
        self.storage = S3Storage(world.settings)

    async def one(self, sql: str, *values: object) -> Any:
        """Return one value of the database."""
        return await self.rows.fetchval(sql, *values)

    async def job(self, id: str) -> asyncpg.Record:
        """Return the row of a cameo."""
        return await self.rows.fetchrow("select * from cameo_jobs where id = $1", id)

    async def refs(self, job: str) -> list[str]:
        """Return the references of a cameo's orders."""
        rows = await self.rows.fetch("select id from cameo_submissions where job_id = $1", job)
        return [mark(row["id"]) for row in rows]

    def accepted(self, refs: list[str]) -> list[dict[str, object]]:
        """Return what the renderer was paid for under these references."""
        return [
            order
            for order in self.studio.accepted()
            if any(ref in str(order["prompt"]) for ref in refs)
        ]

    async def paid(self, job: str) -> list[dict[str, object]]:
        """Return what the renderer was paid for this cameo."""
        return self.accepted(await self.refs(job))

    async def objects(self, job: str) -> set[str]:
        """Return the keys of everything stored for a cameo."""
        return set(await self.storage.keys(f"cameos/{job}/"))

    async def is_whole(self, job: str) -> None:
        """Check that the film is what its row says, and that nothing else is kept of it."""
        row = await self.job(job)
        film = await self.storage.get(row["video_key"], 64 * 1024 * 1024)
        assert hashlib.sha256(film).hexdigest() == row["sha256"]
        named = {row["video_key"], row["poster_key"], row["strip_key"]}
        named |= {preview["key"] for preview in json.loads(row["previews"])}

        async def tidy() -> bool:
            return await self.objects(job) == named

        await until(tidy)


async def ended(api: Api, job: str) -> dict[str, Any]:
    """Follow a cameo to its end, and return its last state."""
    seen = [state async for state in watch(api, job)]
    percents = [state["percent"] for state in seen]
    assert percents == sorted(percents)
    return seen[-1]


def _film(id: str, shot: dict[str, Any], count: int) -> dict[str, Any]:
    def take(number: int) -> dict[str, Any]:
        outline = {"ko": f"{{user_name}} {number}", "en": f"{{user_name}} {number}"}
        return {**shot, "n": number, "seconds": 4, "outline": outline}

    return {
        "id": id,
        "duration_seconds": 4 * count + 1,
        "aspect_ratios": ["1:1"],
        "shots": [take(number + 1) for number in range(count)],
        "outro": {"seconds": 1, "kind": "brand-outro", "text": {"ko": "끝", "en": "End"}},
    }


@asynccontextmanager
async def desk_of(world: World, studio: SandboxControl) -> AsyncIterator[Desk]:
    """Open a desk, and offer the short film."""
    async with asyncpg.create_pool(world.dsn, min_size=1, max_size=4) as rows:
        shots = json.loads(
            await rows.fetchval("select shots from cameo_templates where id = 'neon-seoul-bar'")
        )
        for id, count in ((SHORT, 1), (DOUBLE, 2)):
            await rows.execute(COPY, json.dumps(_film(id, shots[0], count)))
        yield Desk(world, rows, studio)
