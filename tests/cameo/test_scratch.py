"""The files of a worker at work: no room for them, and what a killed one leaves (row 19)."""

import asyncio
from pathlib import Path

import pytest

from tests.cameo.crew import Crew
from tests.cameo.desk import SHORT, Desk, ended, until
from tests.support.api import Api
from tests.support.cameo import request_cameo

# A clip has more than 256 KiB, and the log of a worker less than half of that.
SMALL = 256 * 512


@pytest.fixture
async def folder(crew: Crew, photo: str) -> Path:
    """Where the one worker keeps its files; a photo is there already."""
    found = crew.world.folder / "scratch"
    found.mkdir()
    (worker,) = crew.workers
    crew.replacing = False
    await asyncio.to_thread(worker.stop)
    worker.env["TMPDIR"] = str(found)
    return found


def kept(folder: Path) -> list[Path]:
    """Return the directories of workers there."""
    return list(folder.iterdir())


def films(folder: Path) -> list[str]:
    """Return what is kept there of films."""
    return [path.name for path in folder.rglob("*") if path.is_file() and path.name != "lock"]


async def test_disk_is_full(minsu: Api, photo: str, crew: Crew, desk: Desk, folder: Path) -> None:
    """Files that grow too large fail as files on a full disk do, wherever this runs."""
    (worker,) = crew.workers
    worker.largest_file = SMALL
    worker.start()
    job = await request_cameo(minsu, photo, SHORT)
    watching = asyncio.create_task(ended(minsu, job))

    async def failed_thrice() -> bool:
        return bool((await desk.job(job))["tries"] >= 3)

    await until(failed_thrice)
    row = await desk.job(job)
    assert (row["status"], row["stage"], row["crashes"]) == ("running", "fetch", 0)

    async def is_clear() -> bool:
        return films(folder) == []

    await until(is_clear)
    await asyncio.to_thread(worker.stop)
    assert kept(folder) == []
    worker.largest_file = None
    worker.start()
    final = await watching
    assert final["status"] == "COMPLETED", final
    assert len(await desk.paid(job)) == 1
    await desk.is_whole(job)


async def test_what_a_killed_worker_left_goes(
    minsu: Api, photo: str, crew: Crew, desk: Desk, folder: Path
) -> None:
    (worker,) = crew.workers
    worker.start()
    storing = crew.trap("PUT", r"/video\.mp4", before=crew.kill)
    job = await request_cameo(minsu, photo, SHORT)
    watching = asyncio.create_task(ended(minsu, job))
    await storing.met.wait()
    left = films(folder)
    assert "film.mp4" in left
    (old,) = kept(folder)
    worker.start()

    async def is_gone() -> bool:
        return not old.exists()

    await until(is_gone)
    assert (await watching)["status"] == "COMPLETED"
    assert len(await desk.paid(job)) == 1
