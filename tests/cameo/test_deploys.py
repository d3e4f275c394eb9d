"""Deploys and crashes of the processes around a film (RELIABILITY 10, 14)."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import httpx2

from services.account import SANDBOX_PASSWORD
from tests.cameo.crew import Crew
from tests.cameo.desk import SHORT, Desk, ended, until
from tests.conftest import World
from tests.support.api import Api, Refused, person
from tests.support.cameo import WATCH, make_portrait, request_cameo
from tests.support.serve import answers

LOST = (httpx2.HTTPError, Refused)


async def test_worker_is_asked_to_stop_under_load(
    minsu: Api, photo: str, crew: Crew, desk: Desk
) -> None:
    release = asyncio.Event()
    storing = crew.trap("PUT", r"/video\.mp4", hold=release)
    jobs = [await request_cameo(minsu, photo, SHORT) for _ in range(3)]
    watching = asyncio.gather(*(ended(minsu, job) for job in jobs))
    await storing.met.wait()
    crew.replacing = False
    begun = time.monotonic()
    code = await asyncio.to_thread(crew.workers[0].stop, 30)
    assert (code, time.monotonic() - begun < 30) == (0, True)
    release.set()
    crew.replacing = True
    for job, final in zip(jobs, await watching, strict=True):
        assert final["status"] == "COMPLETED", final
        assert len(await desk.paid(job)) == 1
        assert (await desk.job(job))["crashes"] <= 1
    await crew.move_clock(7200)
    for job in jobs:
        await desk.is_whole(job)


async def persistent(api: Api, job: str) -> AsyncIterator[dict[str, Any]]:
    """Watch as an app does: a lost connection is opened again."""
    while True:
        try:
            async for event in api.follow(WATCH, id=job):
                yield event["cameoChanged"]
            return
        except LOST:
            await asyncio.sleep(0.2)


async def last(states: AsyncIterator[dict[str, Any]]) -> list[dict[str, Any]]:
    """Collect until the end."""
    async with asyncio.timeout(120):
        return [state async for state in states]


async def test_api_is_stopped_and_killed(world: World, crew: Crew, desk: Desk) -> None:
    site = world.program("api")
    await answers(world.url, 90)
    async with person(world.url) as api:
        await api.sign_in("demo-minsu@example.com", SANDBOX_PASSWORD)
        photo = await make_portrait(api)
        desk.studio.speed(instant=True, min_seconds=3)
        job = await request_cameo(api, photo, SHORT)
        watching = asyncio.create_task(last(persistent(api, job)))

        async def is_running() -> bool:
            return bool((await desk.job(job))["status"] == "running")

        await until(is_running)
        # uvicorn ends in good order and then by the signal itself.
        assert await asyncio.to_thread(site.stop, 30) in (0, -signal.SIGTERM)
        site.start()
        seen = await watching
        assert seen[-1]["status"] == "COMPLETED", seen[-1]
        percents = [state["percent"] for state in seen]
        assert percents == sorted(percents)

        lost = await _killed_before_delivery(world, api, desk, photo, lambda: site.kill())
        site.start()
        seen = await last(persistent(api, lost))
        assert seen[-1]["status"] == "COMPLETED", seen[-1]
        assert len(await desk.paid(lost)) == 1
        await desk.is_whole(lost)


async def _killed_before_delivery(world: World, api: Api, desk: Desk, photo: str, kill: Any) -> str:
    """Have the API die after its commit, while the broker does not answer; return the job."""
    valkey = world.stack.valkey.process
    valkey.signal(signal.SIGSTOP)
    try:
        asking = asyncio.create_task(request_cameo(api, photo, SHORT))
        newest = "select id from cameo_jobs where status = 'queued' limit 1"
        job = str(await until(lambda: desk.one(newest)))
        await asyncio.to_thread(kill)
        # Nobody waits long for a broker that hangs, so it may have been answered by now.
        with suppress(httpx2.HTTPError):
            await asking
        assert await desk.one("select count(*) from outbox where name = 'DispatchCameos'")
    finally:
        valkey.signal(signal.SIGCONT)
    return job
