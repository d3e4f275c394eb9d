"""What who watches a film is told first, and when it will be there (V3)."""

import asyncio
import json
from datetime import datetime, timedelta

import pytest

from app import App
from tests.cameo.crew import Crew
from tests.cameo.desk import SHORT, Desk
from tests.support.api import Api
from tests.support.cameo import request_cameo
from tests.support.socket import socket

TELL = """subscription ($id: ID!) { cameoChanged(id: $id) {
  id status stage percent queuePosition eta { likelyAt latestAt } } }"""
# Of these the median is 60 s, and nine in ten took 100 s at most.
TOOK = range(10, 111, 10)
MEDIAN, NINTH_TENTH = timedelta(seconds=60), timedelta(seconds=100)
DONE = """insert into cameo_jobs
select (jsonb_populate_record(j, $2::jsonb)).* from cameo_jobs j where id = $1"""
NOW = datetime.fromisoformat("2026-01-01T00:00:00+00:00")


async def has_history(desk: Desk, job: str) -> None:
    """Let so many films of the same template be finished."""
    for number, seconds in enumerate(TOOK):
        done = {
            "id": f"cam_done-{number}",
            "status": "completed",
            "percent": 100,
            "started_at": NOW.isoformat(),
            "finished_at": (NOW + timedelta(seconds=seconds)).isoformat(),
        }
        await desk.rows.execute(DONE, job, json.dumps(done))


@pytest.mark.usefixtures("app")
async def test_the_present_state_comes_before_anything_happens(
    minsu: Api, photo: str, crew: Crew, desk: Desk, app: App
) -> None:
    crew.replacing = False
    for program in (*crew.workers, crew.relay):
        await asyncio.to_thread(program.stop)
    job = await request_cameo(minsu, photo, SHORT)
    await has_history(desk, job)
    # Nobody is left who would publish anything.
    told = await anext(minsu.follow(TELL, id=job))
    async with socket(minsu) as opened, asyncio.timeout(120):
        await opened.subscribe("1", TELL, id=job)
        (first,) = [m for m in [await opened.receive()] if m["type"] == "next"]
    for state in (told["cameoChanged"], first["payload"]["data"]["cameoChanged"]):
        assert (state["id"], state["status"], state["percent"]) == (job, "QUEUED", 0)
        assert state["queuePosition"] == 0
        likely, latest = (datetime.fromisoformat(at) for at in state["eta"].values())
        # A turn of whoever is being filmed, and its own.
        assert latest - likely == 2 * (NINTH_TENTH - MEDIAN)
        assert likely - datetime.now(likely.tzinfo) < 2 * MEDIAN
