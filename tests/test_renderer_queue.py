"""The queue's gateway against a server that speaks its wire, whole and broken."""

import os
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from pydantic import SecretStr

from core.settings import Settings
from gateways import film
from gateways.renderer import (
    QueueRenderer,
    RenderBusy,
    RendererUnavailable,
    RenderGone,
    RenderRefused,
    RenderState,
    RenderStatus,
    RenderUnknown,
    WebhookInvalid,
)
from gateways.renderer.queue import FILE_SECONDS, fill
from sandbox.queue.server import QueueSandbox
from tests.conftest import World
from tests.support.api import Api
from tests.support.cameo import make_portrait, request_cameo, watch
from tests.support.picture import reference
from tests.support.renderer import PROMPT, ended, just_now, nobody

MODEL, TEXT_MODEL = "studio/reel/image-to-video", "studio/reel/text-to-video"
ORDER = {"method": "POST", "path": "/studio/reel/*"}
STATUS = {"method": "GET", "path": "/studio/reel/requests/*/status"}
RESULT = {"method": "GET", "path": "/studio/reel/requests/*"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QueueSandbox]:
    with QueueSandbox.at(tmp_path_factory.mktemp("queue")) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: QueueSandbox) -> Iterator[QueueSandbox]:
    running.reset()
    running.speed(instant=True)
    yield running
    running.reset()


def settings(sandbox: QueueSandbox, **changes: object) -> Settings:
    given: dict[str, object] = {
        "environment": "test",
        "queue_base_url": sandbox.base_url,
        "queue_api_key": SecretStr(sandbox.config.api_key),
        "queue_model": MODEL,
        "queue_text_model": TEXT_MODEL,
        "provider_timeout_seconds": 5.0,
    }
    return Settings(**(given | changes))  # type: ignore[arg-type]


def with_history(sandbox: QueueSandbox, **changes: object) -> Settings:
    key = SecretStr(sandbox.config.api_key)
    told = {"queue_history_url": sandbox.history_url, "queue_history_key": key}
    return settings(sandbox, **(told | changes))


@pytest.fixture
async def renderer(sandbox: QueueSandbox) -> AsyncIterator[QueueRenderer]:
    renderer = QueueRenderer(settings(sandbox))
    yield renderer
    await renderer.aclose()


@pytest.fixture
def hasty(sandbox: QueueSandbox) -> QueueRenderer:
    return QueueRenderer(with_history(sandbox, provider_timeout_seconds=1.0))


async def test_a_shot_from_order_to_file(
    sandbox: QueueSandbox, renderer: QueueRenderer, tmp_path: Path
) -> None:
    id = await renderer.submit("sub_1", PROMPT, reference(), 8, "1280x720")
    assert id.startswith("studio/reel/requests/")
    assert await ended(renderer, id) == RenderStatus(RenderState.DONE, 100)
    path = tmp_path / "shot.mp4"
    await renderer.fetch(id, "video", path)
    await film.check_shot(path, 8, "1280x720")
    await renderer.fetch(id, "thumbnail", tmp_path / "thumbnail")
    with Image.open(tmp_path / "thumbnail") as thumbnail:
        assert thumbnail.size == (1280, 720)
    words = await renderer.submit("sub_2", PROMPT, None, 4, "720x1280")
    await ended(renderer, words)
    await renderer.fetch(words, "video", path)
    await film.check_shot(path, 4, "720x1280")
    first, second = sandbox.accepted()
    assert (first["model"], second["model"]) == (MODEL, TEXT_MODEL)
    assert first["prompt"] == f"{PROMPT}\n[ref sub_1]"


async def test_an_order_that_waits_is_queued_and_can_be_taken_back(
    sandbox: QueueSandbox, renderer: QueueRenderer, tmp_path: Path
) -> None:
    sandbox.speed(min_seconds=60)
    ids = [await renderer.submit(f"sub_{n}", PROMPT, None, 4, "1280x720") for n in range(4)]
    assert (await renderer.status(ids[-1])).state is RenderState.QUEUED
    for id in ids:
        await renderer.delete(id)
        await renderer.delete(id)
    assert (await renderer.status(ids[-1])).state is RenderState.GONE
    with pytest.raises(RenderGone):
        await renderer.fetch(ids[0], "video", tmp_path / "shot.mp4")


async def test_what_was_filmed_is_erased_where_there_is_a_history(sandbox: QueueSandbox) -> None:
    renderer = QueueRenderer(with_history(sandbox))
    id = await renderer.submit("sub_1", PROMPT, None, 4, "1280x720")
    await ended(renderer, id)
    await renderer.delete(id)
    await renderer.delete(id)
    assert (await renderer.status(id)).state is RenderState.GONE


async def test_refusals_are_final(sandbox: QueueSandbox, renderer: QueueRenderer) -> None:
    with pytest.raises(RenderRefused) as refused:
        await renderer.submit("sub_1", PROMPT, None, 99, "1280x720")
    assert refused.value.code == "literal_error"
    stranger = QueueRenderer(settings(sandbox, queue_api_key=SecretStr("wrong")))
    with pytest.raises(RenderBusy, match="401"):
        await stranger.submit("sub_1", PROMPT, None, 4, "1280x720")
    with pytest.raises(RendererUnavailable, match="401"):
        await stranger.status("studio/reel/requests/video_1")
    assert sandbox.accepted() == []


@pytest.mark.parametrize("fault", ["429", "503"])
async def test_busy_is_surely_not_accepted(
    sandbox: QueueSandbox, renderer: QueueRenderer, fault: str
) -> None:
    sandbox.faults({"match": ORDER, "fault": fault, "seconds": 7})
    with pytest.raises(RenderBusy) as busy:
        await renderer.submit("sub_1", PROMPT, None, 4, "1280x720")
    assert busy.value.retry_after == 7
    assert sandbox.accepted() == []


async def test_nobody_home_is_busy(sandbox: QueueSandbox) -> None:
    away = QueueRenderer(settings(sandbox, queue_base_url=nobody()))
    with pytest.raises(RenderBusy):
        await away.submit("sub_1", PROMPT, None, 4, "1280x720")
    with pytest.raises(RendererUnavailable):
        await away.status("studio/reel/requests/video_1")


@pytest.mark.parametrize(
    "fault",
    ["timeout", "500", "502", "lost_reply_after_acceptance", "cut_stream", "malformed", "drip"],
)
async def test_without_an_answer_nobody_says_that_it_is_absent(
    sandbox: QueueSandbox, renderer: QueueRenderer, fault: str
) -> None:
    short = QueueRenderer(settings(sandbox, provider_timeout_seconds=1.0))
    sandbox.faults({"match": ORDER, "fault": fault, "seconds": 30})
    since = just_now()
    with pytest.raises(RenderUnknown):
        await short.submit("sub_1", PROMPT, None, 4, "1280x720")
    with pytest.raises(RendererUnavailable):
        await short.find("sub_1", since)


@pytest.mark.parametrize("fault", ["lost_reply_after_acceptance", "cut_stream", "malformed"])
async def test_a_history_finds_what_was_accepted(
    sandbox: QueueSandbox, hasty: QueueRenderer, fault: str
) -> None:
    since = just_now()
    others = [await hasty.submit(f"sub_1{n}", PROMPT, None, 4, "1280x720") for n in range(3)]
    sandbox.faults({"match": ORDER, "fault": fault})
    with pytest.raises(RenderUnknown):
        await hasty.submit("sub_1", PROMPT, None, 4, "1280x720")
    lost = f"studio/reel/requests/{sandbox.accepted()[-1]['id']}"
    for id in (lost, *others):
        assert (await ended(hasty, id)).state is RenderState.DONE
    assert await hasty.find("sub_1", since) == lost
    with pytest.raises(RendererUnavailable):
        await hasty.find("sub", since)


async def test_what_has_long_expired_is_absent(sandbox: QueueSandbox) -> None:
    later = QueueRenderer(
        settings(sandbox), lambda: just_now() + timedelta(seconds=FILE_SECONDS + 3600)
    )
    assert await later.find("sub_1", just_now()) is None


@pytest.mark.parametrize("fault", ["429", "500", "timeout", "cut_stream", "malformed"])
async def test_a_question_without_an_answer(
    sandbox: QueueSandbox, hasty: QueueRenderer, tmp_path: Path, fault: str
) -> None:
    id = await hasty.submit("sub_1", PROMPT, None, 4, "1280x720")
    await ended(hasty, id)
    sandbox.faults({"match": STATUS, "fault": fault}, {"match": RESULT, "fault": fault})
    with pytest.raises(RendererUnavailable):
        await hasty.status(id)
    with pytest.raises(RendererUnavailable):
        await hasty.fetch(id, "video", tmp_path / "shot.mp4")
    assert os.listdir(tmp_path) == []
    assert (await hasty.status(id)).state is RenderState.DONE


async def test_failures_say_whether_to_try_again(
    sandbox: QueueSandbox, renderer: QueueRenderer
) -> None:
    sandbox.faults({"match": ORDER, "fault": "fail_render"})
    failed = await renderer.submit("sub_1", PROMPT, None, 4, "1280x720")
    status = await ended(renderer, failed)
    assert (status.state, status.error_code) == (RenderState.FAILED, "runner_disconnected")
    assert status.retryable
    blocked = await renderer.submit("sub_2", "음주운전", None, 4, "1280x720")
    status = await ended(renderer, blocked)
    assert (status.error_code, status.retryable) == ("content_policy_violation", False)


async def test_a_film_is_fetched_from_no_address_of_our_own(
    sandbox: QueueSandbox, renderer: QueueRenderer, tmp_path: Path
) -> None:
    """The same order, asked for by a process in production: loopback is inside its network."""
    id = await renderer.submit("sub_1", PROMPT, None, 4, "1280x720")
    await ended(renderer, id)
    live = QueueRenderer(settings(sandbox, environment="production"))
    with pytest.raises(RendererUnavailable, match="may not be fetched"):
        await live.fetch(id, "video", tmp_path / "shot.mp4")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("id", ["video_1", "../sandbox/calls", "a/../b/requests/1", ""])
async def test_an_id_leads_nowhere_else(
    sandbox: QueueSandbox, renderer: QueueRenderer, id: str
) -> None:
    assert (await renderer.status(id)).state is RenderState.GONE
    await renderer.delete(id)
    assert sandbox.calls()["requests"] == {}


def test_nobody_can_send_news(renderer: QueueRenderer) -> None:
    with pytest.raises(WebhookInvalid):
        renderer.webhook(b"{}", {})


def test_a_model_is_told_what_it_asks_for() -> None:
    fields = {"prompt": "{prompt}", "start_image_url": "{image}", "duration": "{seconds}s",
              "seconds": "{seconds}", "resolution": "{resolution}", "generate_audio": True,
              "other": "{unknown}"}  # fmt: skip
    values = {"prompt": "say {seconds}", "image": None, "seconds": 8, "resolution": "720p"}
    assert fill(fields, values) == {
        "prompt": "say {seconds}",
        "duration": "8s",
        "seconds": 8,
        "resolution": "720p",
        "generate_audio": True,
        "other": "{unknown}",
    }


@pytest.fixture
def films(world: World, sandbox: QueueSandbox) -> None:
    world.env |= {
        "RENDERERS": "queue",
        "QUEUE_BASE_URL": sandbox.base_url,
        "QUEUE_API_KEY": sandbox.config.api_key,
        "QUEUE_MODEL": MODEL,
        "QUEUE_HISTORY_URL": sandbox.history_url,
        "QUEUE_HISTORY_KEY": sandbox.config.api_key,
    }


@pytest.mark.usefixtures("films", "app", "workers")
async def test_photo_becomes_film_though_an_answer_was_lost(
    sandbox: QueueSandbox, minsu: Api
) -> None:
    sandbox.faults({"match": ORDER, "fault": "lost_reply_after_acceptance"})
    portrait = await make_portrait(minsu)
    job = await request_cameo(minsu, portrait, "neon-seoul-bar")
    seen = [state async for state in watch(minsu, job)]
    assert seen[-1]["status"] == "COMPLETED", seen[-1]
    prompts = [order["prompt"] for order in sandbox.accepted()]
    assert len(prompts) == len(set(prompts)) == len(seen[-1]["shots"])
