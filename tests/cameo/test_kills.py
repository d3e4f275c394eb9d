"""Workers that die: nothing is lost, nothing is paid twice (RELIABILITY 7, 9, 11)."""

import asyncio
import signal

import httpx2
import pytest

from tests.cameo.crew import Crew
from tests.cameo.desk import SHORT, Desk, ended, until
from tests.conftest import World
from tests.support.api import TLS, Api
from tests.support.cameo import request_cameo

EFFECTS = {
    "PREPARE": ("PUT", r"/previews/prepare-"),
    "SUBMIT": ("POST", r"/videos$"),
    "RENDER": ("GET", r"/videos/[^/?]+$"),
    "FETCH": ("PUT", r"/shots/1-"),
    "FINISH": ("PUT", r"/video\.mp4"),
    "PUBLISH": ("PUT", r"/previews/publish-"),
}


@pytest.mark.env(STAGE_LEASE_SECONDS="2")
async def test_worker_is_killed_before_and_after_every_effect(
    minsu: Api, photo: str, crew: Crew, desk: Desk
) -> None:
    await crew.hire()
    kills = [
        (stage, crew.trap(*effect, **{when: crew.kill}))
        for stage, effect in EFFECTS.items()
        for when in ("before", "after")
    ]
    job = await request_cameo(minsu, photo, SHORT)
    watching = asyncio.create_task(ended(minsu, job))
    for stage, kill in kills:
        async with asyncio.timeout(120):
            await kill.met.wait()
        row = await desk.job(job)
        assert row["stage"].upper() == stage

        async def taken_up(fence: int = row["fence"]) -> bool:
            return bool((await desk.job(job))["fence"] > fence)

        await until(taken_up)
    final = await watching
    assert final["status"] == "COMPLETED", final
    assert len(await desk.paid(job)) == 1
    await desk.is_whole(job)
    told = "select count(*) from notifications where subject_id = $1"
    assert await desk.one(told, job) == 1


async def test_worker_is_killed_between_its_commit_and_its_doorbell(
    minsu: Api, photo: str, crew: Crew, desk: Desk
) -> None:
    """Nobody can ring while Valkey stands still: the relay rings, from the outbox."""
    valkey = desk.world.stack.valkey.process
    crew.replacing = False
    crew.trap("PUT", r"/previews/prepare-", after=lambda door: valkey.signal(signal.SIGSTOP))
    job = await request_cameo(minsu, photo, SHORT)
    owed = """select o.id from outbox o join cameo_jobs j on j.id = o.payload->>'job_id'
      where o.name = 'AdvanceCameo' and j.id = $1 and j.stage = 'submit' and j.lease_until is null
      and o.due_at <= now()"""
    try:
        doorbell = await until(lambda: desk.one(owed, job))
        crew.workers[0].kill()
    finally:
        valkey.signal(signal.SIGCONT)
    left = await desk.job(job)
    assert left["crashes"] == 0, "the step was done"

    async def rung() -> bool:
        return not await desk.one("select count(*) from outbox where id = $1", doorbell)

    await until(rung)
    assert (await desk.job(job))["fence"] == left["fence"], "no worker lives that could have rung"
    crew.replacing = True
    final = await ended(minsu, job)
    assert final["status"] == "COMPLETED", final
    assert len(await desk.paid(job)) == 1
    await desk.is_whole(job)


@pytest.mark.env(STAGE_LEASE_SECONDS="2")
async def test_job_that_crashes_its_worker_ends_alone(
    minsu: Api, photo: str, crew: Crew, desk: Desk, world: World
) -> None:
    poison = await request_cameo(minsu, photo, SHORT)
    crash = crew.trap("PUT", f"/cameos/{poison}/", before=crew.kill, times=-1)
    other = await request_cameo(minsu, photo, SHORT)
    bad, good = await asyncio.gather(ended(minsu, poison), ended(minsu, other))
    assert (bad["status"], bad["failure"]["code"]) == ("FAILED", "WORKER_CRASHED")
    assert bad["failure"]["retryable"]
    assert crash.met.is_set()
    assert (await desk.job(poison))["crashes"] == 3
    assert good["status"] == "COMPLETED", good
    assert len(await desk.paid(other)) == 1
    async with httpx2.AsyncClient(verify=TLS) as http:
        metrics = (await http.get(f"{world.url}/metrics")).text
    assert 'cameo_videos_failed_total{code="WORKER_CRASHED"} 1' in metrics


@pytest.mark.env(STAGE_LEASE_SECONDS="2")
async def test_paused_worker_changes_nothing_when_it_wakes(
    minsu: Api, photo: str, crew: Crew, desk: Desk
) -> None:
    await crew.hire()
    ordered = crew.trap("POST", r"/videos$", after=crew.pause)
    release = asyncio.Event()
    stored = crew.trap("PUT", r"/video\.mp4", hold=release)
    job = await request_cameo(minsu, photo, SHORT)
    watching = asyncio.create_task(ended(minsu, job))
    await ordered.met.wait()
    fence = (await desk.job(job))["fence"]

    async def taken_up() -> bool:
        return bool((await desk.job(job))["fence"] > fence)

    await until(taken_up)
    for worker in crew.workers:
        worker.signal(signal.SIGCONT)
    async with asyncio.timeout(60):
        await stored.met.wait()
    holder = crew.owner_of(stored)
    holder.signal(signal.SIGSTOP)
    final = await watching
    assert final["status"] == "COMPLETED", final
    await desk.is_whole(job)
    before = await desk.job(job)
    release.set()
    holder.signal(signal.SIGCONT)

    async def late_film() -> bool:
        return len(await desk.objects(job)) > len(final["previews"]) + 2

    await until(late_film)
    assert await desk.job(job) == before
    assert len(await desk.paid(job)) == 1
    await crew.move_clock(7200)
    await desk.is_whole(job)
