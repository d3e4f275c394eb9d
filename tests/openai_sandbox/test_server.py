"""The server itself: webhooks, faults that are ordered, a restart, the command."""

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import openai
import orjson
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.settings import ROOT
from sandbox.openai.server import OpenAISandbox, SandboxControl
from tests.openai_sandbox.conftest import DEADLINE, ended, sdk
from tests.support.api import TLS


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
        async with httpx2.AsyncClient(verify=TLS, transport=transport, timeout=DEADLINE) as http:
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
