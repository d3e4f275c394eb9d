"""The sandbox speaks OpenAI's wire to OpenAI's own SDK."""

import asyncio
import io
import signal
import socket
import sys
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import httpx2
import numpy as np
import openai
import orjson
import pytest
import uvicorn
from openai import AsyncOpenAI
from PIL import Image, ImageOps
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.settings import ROOT
from gateways import film
from sandbox.openai.server import OpenAISandbox, SandboxControl

DEADLINE = 30.0
PROMPT = "해 질 녘 주막, 등불이 켜진다\n[ref shot_1]"


@pytest.fixture(scope="module")
def running(tmp_path_factory) -> Iterator[OpenAISandbox]:
    with OpenAISandbox.at(tmp_path_factory.mktemp("openai")) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running) -> Iterator[OpenAISandbox]:
    running.reset()
    running.speed(instant=True)
    yield running
    running.reset()


@asynccontextmanager
async def sdk(sandbox: OpenAISandbox, key: str | None = None) -> AsyncIterator[AsyncOpenAI]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        async with AsyncOpenAI(
            api_key=key or sandbox.config.api_key, base_url=sandbox.base_url, max_retries=0
        ) as client:
            yield client


@pytest.fixture
async def client(sandbox) -> AsyncIterator[AsyncOpenAI]:
    async with sdk(sandbox) as client:
        yield client


def reference(width: int = 1280, height: int = 720) -> tuple[str, bytes, str]:
    out = io.BytesIO()
    with Image.open(ROOT / "data" / "photos" / "portrait.jpg") as photo:
        ImageOps.fit(photo, (width, height)).save(out, "JPEG")
    return "reference.jpg", out.getvalue(), "image/jpeg"


async def ended(client: AsyncOpenAI, id: str) -> tuple[openai.types.Video, list[int]]:
    seen = []
    async with asyncio.timeout(DEADLINE):
        while True:
            video = await client.videos.retrieve(id)
            seen.append(video.progress)
            if video.status in ("completed", "failed"):
                return video, seen
            await asyncio.sleep(0.02)


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


async def test_a_restart_forgets_nothing(tmp_path) -> None:
    with OpenAISandbox.at(tmp_path, slots=1) as first:
        first.speed(instant=True)
        async with sdk(first) as client:
            done, _ = await ended(client, (await client.videos.create(prompt="done")).id)
            first.speed(instant=True, min_seconds=60)
            cut = await client.videos.create(prompt="cut")
    with OpenAISandbox.at(tmp_path) as second:
        async with sdk(second) as client:
            assert (await client.videos.retrieve(done.id)).status == "completed"
            assert (await ended(client, cut.id))[0].status == "completed"
            assert [video["prompt"] for video in second.accepted()] == ["done", "cut"]


@asynccontextmanager
async def listener() -> AsyncIterator[
    tuple[str, asyncio.Queue[tuple[bytes, dict[str, str]]], list[int]]
]:
    heard: asyncio.Queue[tuple[bytes, dict[str, str]]] = asyncio.Queue()
    answers: list[int] = []

    async def hear(request: Request) -> Response:
        await heard.put((await request.body(), dict(request.headers)))
        return Response(status_code=answers.pop(0) if answers else 200)

    app = Starlette(routes=[Route("/hook", hear, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none", lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as door:
        task = asyncio.create_task(server.serve(sockets=[door]))
        yield f"http://127.0.0.1:{door.getsockname()[1]}/hook", heard, answers
        server.should_exit = True
        await task


async def test_webhooks_are_signed_and_tried_again(sandbox, client) -> None:
    secret = sandbox.config.webhook_secret
    async with listener() as (url, heard, answers), asyncio.timeout(DEADLINE):
        sandbox.webhook(url)
        answers.append(500)
        video = await client.videos.create(prompt="a")
        first, again = await heard.get(), await heard.get()
        assert first[1]["webhook-id"] == again[1]["webhook-id"]
        for body, headers in (first, again):
            event = client.webhooks.unwrap(body, headers, secret=secret)
            assert (event.type, event.data.id) == ("video.completed", video.id)
            with pytest.raises(openai.InvalidWebhookSignatureError):
                client.webhooks.unwrap(body + b" ", headers, secret=secret)
        sandbox.faults({"fault": "fail_render"})
        failed = await client.videos.create(prompt="b")
        assert orjson.loads((await heard.get())[0])["type"] == "video.failed"
        assert (await client.videos.retrieve(failed.id)).error.code == "internal_error"
        sandbox.faults({"match": {"path": "/webhook"}, "fault": "twice"})
        await client.videos.create(prompt="c")
        once, twice = await heard.get(), await heard.get()
        assert once[1]["webhook-id"] == twice[1]["webhook-id"]
        sandbox.webhook(None)


async def test_words_decide(client) -> None:
    cases = {
        "민수": set(),
        "One cup for Mina": set(),
        "음주운전 하는 장면": {"illicit"},
        "a drunk driving scene": {"illicit"},
        "미성년자가 술을 마시는 장면": {"illicit"},
        "teenagers drinking soju": {"illicit"},
        "다 죽여 버리겠다": {"violence", "harassment/threatening"},
        "씨발": {"harassment"},
        "자살하고 싶다": {"self-harm", "self-harm/intent"},
        "nude dancers": {"sexual"},
    }
    answer = await client.moderations.create(model="omni-moderation-latest", input=list(cases))
    for (text, expected), result in zip(cases.items(), answer.results, strict=True):
        hits = {name for name, hit in result.categories.model_dump(by_alias=True).items() if hit}
        assert hits == expected, text
        assert result.flagged is bool(expected)
    parts = [
        {"type": "text", "text": "민수"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
    ]
    (mixed,) = (await client.moderations.create(input=parts)).results
    assert not mixed.flagged


def leaves(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from leaves(part)


async def test_the_catalogue_s_own_words_pass(client) -> None:
    catalogue = orjson.loads((ROOT / "data" / "catalogue.json").read_bytes())
    catalogue.pop("legal")
    texts = list(leaves(catalogue)) + [
        orjson.dumps(template).decode() for template in catalogue["templates"]
    ]
    for result in (await client.moderations.create(input=texts)).results:
        assert not result.flagged, result.categories


async def test_a_prompt_that_does_not_pass_fails_after_acceptance(client) -> None:
    video, _ = await ended(client, (await client.videos.create(prompt="음주운전")).id)
    assert (video.status, video.error.code) == ("failed", "moderation_blocked")


async def test_embeddings(client) -> None:
    texts = ["단양쑥 막걸리", "단양쑥 막걸리", "쑥 향이 나는 막걸리", "space shuttle"]
    answer = await client.embeddings.create(
        model="text-embedding-3-small", input=texts, dimensions=384
    )
    same, copy, near, far = (np.array(found.embedding) for found in answer.data)
    assert same.shape == (384,)
    assert np.linalg.norm(same) == pytest.approx(1.0, abs=1e-5)
    assert (same == copy).all()
    assert same @ near > same @ far + 0.2
    floats = await client.embeddings.create(
        model="text-embedding-3-small", input=texts[0], encoding_format="float"
    )
    assert len(floats.data[0].embedding) == 1536


async def test_responses_at_once_and_streamed(client) -> None:
    whole = await client.responses.create(model="gpt-6-luna", input="막걸리 추천해 줘")
    assert "막걸리" in whole.output_text
    async with client.responses.stream(model="gpt-6-luna", input="막걸리 추천해 줘") as stream:
        kinds = [event.type async for event in stream]
        final = await stream.get_final_response()
    assert final.output_text == whole.output_text
    assert kinds[0] == "response.created"
    assert kinds[-1] == "response.completed"
    assert kinds.count("response.output_text.delta") > 2
    assert {model.id async for model in client.models.list()} >= {"sora-2", "gpt-6-luna"}


async def test_faults_are_met_by_the_request_they_name(sandbox, client) -> None:
    sandbox.faults(
        {"match": {"method": "POST", "path": "/v1/videos", "nth": 2}, "fault": "500"},
        {"match": {"prompt_contains": "[ref b]"}, "fault": "429", "seconds": 3, "times": 2},
        {"match": {"path": "/v1/moderations"}, "fault": "malformed"},
    )
    first = await client.videos.create(prompt="[ref a]")
    with pytest.raises(openai.InternalServerError):
        await client.videos.create(prompt="[ref a]")
    for _ in range(2):
        with pytest.raises(openai.RateLimitError) as busy:
            await client.videos.create(prompt="[ref b]")
        assert busy.value.response.headers["retry-after"] == "3"
    await client.videos.create(prompt="[ref b]")
    with pytest.raises(ValueError, match="Unterminated"):
        await client.moderations.create(input="a")
    assert [video["prompt"] for video in sandbox.accepted()] == ["[ref a]", "[ref b]"]
    assert sandbox.calls()["requests"]["POST /v1/videos"] == 5
    assert (await ended(client, first.id))[0].status == "completed"
    bad = httpx2.post(f"{sandbox.origin}/sandbox/faults", json={"rules": [{"fault": "rain"}]})
    assert bad.status_code == 400


async def test_the_command_serves_and_ends(tmp_path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sandbox.openai", "--port", str(port)),
        *("--data-dir", str(tmp_path / "state"), "--api-key", "sk-mine"),
        cwd=ROOT,
    )
    try:
        transport = httpx2.AsyncHTTPTransport(retries=12)
        async with httpx2.AsyncClient(transport=transport, timeout=DEADLINE) as http:
            assert (await http.get(f"http://127.0.0.1:{port}/healthz")).is_success
            control = SandboxControl(f"http://127.0.0.1:{port}")
            models = await http.get(
                f"{control.base_url}/models", headers={"Authorization": "Bearer sk-mine"}
            )
            assert models.is_success
    finally:
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(DEADLINE):
            assert await process.wait() in (0, -signal.SIGTERM)
