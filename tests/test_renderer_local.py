"""The renderer without a provider: real films, and state that outlives and crosses processes."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
from PIL import Image

from core.settings import ROOT, Settings
from gateways import film
from gateways.renderer import RenderGone, RenderRefused, RenderState, RenderStatus, WebhookInvalid
from gateways.renderer.local import LocalRenderer
from tests.conftest import World
from tests.support.api import TLS, Api
from tests.support.cameo import make_portrait, request_cameo, watch
from tests.support.picture import reference

DEADLINE = 60.0
WORDS = "해 질 녘 주막, 등불이 켜진다\nSecond line."
CRASHES = """
import asyncio, sys
from pathlib import Path
from core.settings import Settings
from gateways.renderer.local import LocalRenderer

async def main():
    renderer = LocalRenderer(Settings(local_renderer_dir=Path(sys.argv[1])))
    await renderer.submit("sub_crash", "a long film", None, 60, "1280x720")
    while (await renderer.status("sub_crash")).percent < 1:
        await asyncio.sleep(0.02)
    print("films", flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(local_renderer_dir=tmp_path / "renders")


@pytest.fixture
async def renderer(settings: Settings) -> AsyncIterator[LocalRenderer]:
    renderer = LocalRenderer(settings)
    yield renderer
    await renderer.aclose()


async def ended(renderer: LocalRenderer, id: str) -> list[RenderStatus]:
    """Every state on the way to the last."""
    seen: list[RenderStatus] = []
    async with asyncio.timeout(DEADLINE):
        while True:
            status = await renderer.status(id)
            if not seen or status != seen[-1]:
                seen.append(status)
            if status.state not in (RenderState.QUEUED, RenderState.RUNNING):
                return seen
            await asyncio.sleep(0.02)


async def test_a_shot_from_order_to_file(
    renderer: LocalRenderer, settings: Settings, tmp_path: Path
) -> None:
    id = await renderer.submit("sub_1", WORDS, reference("720x1280"), 4, "720x1280")
    assert await renderer.submit("sub_1", WORDS, None, 4, "720x1280") == id
    elsewhere = LocalRenderer(settings)
    seen = await ended(elsewhere, id)
    assert seen[-1] == RenderStatus(RenderState.DONE, 100)
    assert RenderState.RUNNING in {status.state for status in seen}
    percents = [status.percent for status in seen]
    assert percents == sorted(percents)
    assert await elsewhere.find("sub_1", datetime.now(UTC)) == id
    assert await elsewhere.find("sub", datetime.now(UTC)) is None
    path = tmp_path / "shot.mp4"
    await elsewhere.fetch(id, "video", path)
    await film.check_shot(path, 4, "720x1280")
    assert (await film.probe(path)).audio_codec == "aac"
    await renderer.fetch(id, "thumbnail", tmp_path / "thumbnail")
    with Image.open(tmp_path / "thumbnail") as thumbnail:
        assert thumbnail.size == (720, 1280)
    kept = {one.name for one in (tmp_path / "renders" / id).iterdir()}
    assert not {name for name in kept if name.endswith(".png")}, "a face was left behind"
    await elsewhere.delete(id)
    await elsewhere.delete(id)
    assert (await renderer.status(id)).state is RenderState.GONE
    with pytest.raises(RenderGone):
        await renderer.fetch(id, "video", tmp_path / "again.mp4")


async def test_words_alone_make_a_film_that_moves(renderer: LocalRenderer, tmp_path: Path) -> None:
    await renderer.submit("sub_1", "A tavern at dusk", None, 4, "1280x720")
    assert (await ended(renderer, "sub_1"))[-1].state is RenderState.DONE
    await renderer.fetch("sub_1", "video", tmp_path / "shot.mp4")
    await film.check_shot(tmp_path / "shot.mp4", 4, "1280x720")


@pytest.mark.parametrize(
    ("ref", "seconds", "size", "picture", "code"),
    [
        ("../sub", 4, "1280x720", None, "invalid_ref"),
        ("sub", 0, "1280x720", None, "invalid_value"),
        ("sub", 4, "9999x9999", None, "invalid_value"),
        ("sub", 4, "wide", None, "invalid_value"),
        ("sub", 4, "1280x720", b"GIF89a", "invalid_image"),
    ],
)
async def test_what_cannot_be_filmed_is_refused(
    renderer: LocalRenderer, tmp_path: Path, ref: str, seconds: int, size: str,
    picture: bytes | None, code: str,
) -> None:  # fmt: skip
    with pytest.raises(RenderRefused) as refused:
        await renderer.submit(ref, WORDS, picture, seconds, size)
    assert refused.value.code == code
    folder = tmp_path / "renders"
    assert not folder.exists() or not list(folder.iterdir())
    assert (await renderer.status(ref)).state is RenderState.GONE


async def test_a_film_that_is_being_made_can_be_stopped(renderer: LocalRenderer) -> None:
    await renderer.submit("sub_1", WORDS, None, 60, "1280x720")
    await renderer.submit("sub_2", WORDS, None, 4, "1280x720")
    await renderer.delete("sub_1")
    assert (await renderer.status("sub_1")).state is RenderState.GONE
    assert (await ended(renderer, "sub_2"))[-1].state is RenderState.DONE


async def test_a_crash_is_a_failure_that_may_be_tried_again(
    renderer: LocalRenderer, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", CRASHES, str(tmp_path / "renders")]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=pipe)
    assert process.stdout
    assert await process.stdout.readline() == b"films\n"
    assert (await renderer.status("sub_crash")).state is RenderState.RUNNING
    process.kill()
    await process.wait()
    status = await renderer.status("sub_crash")
    assert (status.state, status.error_code) == (RenderState.FAILED, "interrupted")
    assert status.retryable


async def test_what_nobody_deleted_goes_within_a_day(
    renderer: LocalRenderer, tmp_path: Path
) -> None:
    old = tmp_path / "renders" / "sub_old"
    old.mkdir(parents=True)
    (old / "background.png").write_bytes(b"a face")
    os.utime(old, (time.time() - 90_000,) * 2)
    await renderer.submit("sub_1", WORDS, None, 4, "1280x720")
    assert not old.exists()


def test_nobody_can_send_news(renderer: LocalRenderer) -> None:
    with pytest.raises(WebhookInvalid):
        renderer.webhook(b"{}", {})


async def videos_asked(world: World) -> dict[str, int]:
    """What was asked of OpenAI's videos, by every test so far."""
    base = world.env["OPENAI_BASE_URL"].removesuffix("/v1")
    async with httpx2.AsyncClient(verify=TLS) as http:
        asked = (await http.get(f"{base}/sandbox/calls")).json()["requests"]
    return {route: count for route, count in asked.items() if "/v1/videos" in route}


@pytest.fixture
def own_folder(world: World) -> None:
    world.env["LOCAL_RENDERER_DIR"] = str(world.folder / "renders")


@pytest.mark.env(RENDERERS='["local"]')
@pytest.mark.usefixtures("own_folder", "app", "workers")
async def test_photo_becomes_film_without_any_provider(world: World, minsu: Api) -> None:
    before = await videos_asked(world)
    portrait = await make_portrait(minsu)
    job = await request_cameo(minsu, portrait, "neon-seoul-bar")
    seen = [state async for state in watch(minsu, job)]
    assert seen[-1]["status"] == "COMPLETED", seen[-1]
    assert len({preview["stage"] for preview in seen[-1]["previews"]}) == 6
    async with httpx2.AsyncClient(verify=TLS) as http:
        answer = await http.get(seen[-1]["video"]["url"])
    path = world.folder / "film.mp4"
    path.write_bytes(answer.content)
    assert (await film.probe(path)).duration == pytest.approx(
        seen[-1]["video"]["durationSeconds"], abs=0.2
    )
    assert await videos_asked(world) == before
