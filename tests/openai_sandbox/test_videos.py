"""Videos: ordered, queued, rendered, listed, refused."""

import asyncio
import io

import openai
import pytest
from PIL import Image

from gateways import film
from tests.openai_sandbox.conftest import DEADLINE, PROMPT, ended, reference, sdk


async def test_a_video_is_really_rendered(sandbox, client, tmp_path) -> None:
    sandbox.speed(instant=False)
    video = await client.videos.create(
        prompt=PROMPT, model="sora-2", seconds="8", size="1280x720", input_reference=reference()
    )
    assert (video.status, video.progress, video.prompt) == ("queued", 0, PROMPT)
    video, seen = await ended(client, video.id)
    assert video.status == "completed"
    assert video.completed_at
    assert video.expires_at
    assert seen == sorted(seen)
    assert seen[-1] == 100
    assert len({percent for percent in seen if 0 < percent < 100}) > 1
    path = tmp_path / "video.mp4"
    path.write_bytes((await client.videos.download_content(video.id)).content)
    await film.check_shot(path, 8, "1280x720")
    found = await film.probe(path)
    assert (found.video_codec, found.audio_codec, found.fps) == ("h264", "aac", 24.0)
    for variant, format in (("thumbnail", "WEBP"), ("spritesheet", "JPEG")):
        content = await client.videos.download_content(video.id, variant=variant)
        with Image.open(io.BytesIO(content.content)) as picture:
            assert picture.format == format
    assert (await client.videos.delete(video.id)).deleted
    with pytest.raises(openai.NotFoundError):
        await client.videos.retrieve(video.id)
    assert len(sandbox.accepted()) == 1


@pytest.mark.parametrize("size", ["720x1280", "1280x720", "1024x1792", "1792x1024"])
async def test_every_size_and_length(client, tmp_path, size) -> None:
    video = await client.videos.create(prompt="두루미", seconds="4", size=size)
    video, _ = await ended(client, video.id)
    path = tmp_path / "video.mp4"
    path.write_bytes((await client.videos.download_content(video.id)).content)
    await film.check_shot(path, 4, size)


async def test_bad_orders_are_refused_in_openai_s_words(sandbox, client) -> None:
    for bad, param in (({"seconds": "5"}, "seconds"), ({"size": "100x100"}, "size"),
                       ({"model": "sora-9"}, "model"), ({"prompt": " "}, "prompt"),
                       ({"input_reference": ("r.jpg", b"nonsense")}, "input_reference"),
                       ({"input_reference": reference(720, 1280)}, "input_reference")):  # fmt: skip
        order = {"prompt": "a", "seconds": "4", "size": "1280x720"} | bad
        with pytest.raises(openai.BadRequestError) as refused:
            await client.videos.create(**order)
        assert refused.value.param == param
        assert refused.value.type == "invalid_request_error"
    with pytest.raises(openai.NotFoundError):
        await client.videos.download_content("video_unknown")
    async with sdk(sandbox, key="sk-wrong") as stranger:
        with pytest.raises(openai.AuthenticationError):
            await stranger.videos.create(prompt="a")
    assert sandbox.accepted() == []


async def test_videos_are_listed_in_pages(client) -> None:
    ids = [(await client.videos.create(prompt=f"{n}")).id for n in range(5)]
    newest = [video.id async for video in client.videos.list(limit=2)]
    oldest = [video.id async for video in client.videos.list(limit=2, order="asc")]
    assert newest == ids[::-1]
    assert oldest == ids


async def test_a_full_studio_queues(sandbox, client) -> None:
    sandbox.speed(instant=True, min_seconds=0.4)
    for n in range(4):
        await client.videos.create(prompt=f"{n}")
    seen = set()
    async with asyncio.timeout(DEADLINE):
        while True:
            states = [video.status async for video in client.videos.list()]
            assert states.count("in_progress") <= sandbox.config.slots
            seen |= set(states)
            if set(states) == {"completed"}:
                break
    assert seen == {"queued", "in_progress", "completed"}


async def test_forty_instant_orders(sandbox, client) -> None:
    videos = await asyncio.gather(
        *(client.videos.create(prompt=f"{n}", seconds="8", size="1280x720") for n in range(40))
    )
    ends = await asyncio.gather(*(ended(client, video.id) for video in videos))
    assert {video.status for video, _ in ends} == {"completed"}
    assert len(sandbox.accepted()) == 40
