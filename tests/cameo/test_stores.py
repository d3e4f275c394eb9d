"""Stores that die, forget or refuse: every film is finished all the same (rows 12, 19)."""

import asyncio
import time

from redis.asyncio import Redis

from tests.cameo.crew import Crew
from tests.cameo.desk import SHORT, Desk, ended, until
from tests.support.api import Api
from tests.support.cameo import request_cameo


async def filming(desk: Desk, job: str) -> None:
    """Wait until the renderer films this cameo."""

    async def films() -> bool:
        return bool((await desk.job(job))["stage"] == "render")

    await until(films, 60)


async def test_valkey_is_killed_and_emptied_while_films_are_made(
    minsu: Api, photo: str, crew: Crew, desk: Desk
) -> None:
    valkey = desk.world.stack.valkey
    desk.studio.speed(instant=True, min_seconds=3)
    job = await request_cameo(minsu, photo, SHORT)
    watching = asyncio.create_task(ended(minsu, job))
    await filming(desk, job)
    await asyncio.to_thread(valkey.kill)
    await asyncio.to_thread(valkey.start)
    final = await watching
    assert final["status"] == "COMPLETED", final
    assert len(await desk.paid(job)) == 1

    job = await request_cameo(minsu, photo, SHORT)
    watching = asyncio.create_task(ended(minsu, job))
    await filming(desk, job)
    emptied = time.monotonic()
    async with Redis.from_url(desk.world.env["REDIS_URL"]) as redis:
        await redis.flushall()
    final = await watching
    assert final["status"] == "COMPLETED", final
    assert time.monotonic() - emptied < 60
    assert len(await desk.paid(job)) == 1
    await desk.is_whole(job)


async def test_a_lost_order_is_looked_for_although_its_doorbell_is_lost(
    minsu: Api, photo: str, crew: Crew, desk: Desk
) -> None:
    crew.trap("POST", r"/videos$", cut=True)
    job = await request_cameo(minsu, photo, SHORT)
    final = await ended(minsu, job)
    assert final["status"] == "COMPLETED", final
    # As Valkey leaves it when it forgets the task that clears up.
    lost = """update cameo_submissions set erased_at = null
      where job_id = $1 and state = 'absent' and provider_id is null returning id"""
    looked_for = "select erased_at from cameo_submissions where job_id = $1 and state = 'absent'"
    await until(lambda: desk.one(looked_for, job))
    order = await desk.one(lost, job)
    assert order
    await crew.move_clock(7200)
    await until(lambda: desk.one("select erased_at from cameo_submissions where id = $1", order))


async def test_store_refuses_and_hangs_up(minsu: Api, photo: str, crew: Crew, desk: Desk) -> None:
    # The client itself tries three times, so that many refusals reach the job once.
    refusals = [
        crew.trap("PUT", r"/previews/prepare-", status=503, times=3),
        crew.trap("PUT", r"/shots/1-", cut=True, times=3),
        crew.trap("GET", r"/shots/1-", status=500, times=3),
        crew.trap("HEAD", r"/video\.mp4", status=503, times=3),
        crew.trap("POST", r"\?delete", status=503, times=3),
    ]
    job = await request_cameo(minsu, photo, SHORT)
    final = await ended(minsu, job)
    assert final["status"] == "COMPLETED", final
    assert len(await desk.paid(job)) == 1
    await desk.is_whole(job)
    assert [trap.path for trap in refusals if trap.times] == []
