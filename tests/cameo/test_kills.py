"""Workers that die: nothing is lost, nothing is paid twice (RELIABILITY 7, 9, 11)."""

import asyncio

import pytest

from tests.cameo.crew import Crew
from tests.cameo.desk import SHORT, Desk, ended, until
from tests.support.api import Api
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
        async with asyncio.timeout(30):
            await kill.met.wait()
        row = await desk.job(job)
        assert row["stage"].upper() == stage

        async def taken_up(fence: int = row["fence"]) -> bool:
            return bool((await desk.job(job))["fence"] > fence)

        await until(taken_up, 30)
    final = await watching
    assert final["status"] == "COMPLETED", final
    assert len(await desk.paid(job)) == 1
    await desk.is_whole(job)
    told = "select count(*) from notifications where subject_id = $1"
    assert await desk.one(told, job) == 1
