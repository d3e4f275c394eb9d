"""The renderer's gateway against the sandbox's HTTP server, whole and broken."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import orjson
import pytest
from PIL import Image
from pydantic import SecretStr

from core.settings import Settings
from gateways import film
from gateways.moderation import ModerationUnavailable, OpenAIModeration
from gateways.renderer import (
    OpenAIVideos,
    RenderBusy,
    RendererUnavailable,
    RenderGone,
    RenderRefused,
    RenderState,
    RenderStatus,
    RenderUnknown,
    WebhookInvalid,
)
from sandbox.openai.server import OpenAISandbox
from sandbox.openai.webhooks import sign
from tests.support.picture import reference
from tests.support.renderer import DEADLINE, PROMPT, ended, just_now, nobody

CREATE = {"method": "POST", "path": "/v1/videos"}
CONTENT = {"method": "GET", "path": "/v1/videos/*/content"}
STATUS = {"method": "GET", "path": "/v1/videos/*"}


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


def settings(sandbox: OpenAISandbox, **changes: object) -> Settings:
    given = {
        "openai_base_url": sandbox.base_url,
        "openai_api_key": SecretStr(sandbox.config.api_key),
        "openai_webhook_secret": SecretStr(sandbox.config.webhook_secret),
        "provider_timeout_seconds": 1.0,
    }
    return Settings(**(given | changes))


@pytest.fixture
async def renderer(sandbox) -> AsyncIterator[OpenAIVideos]:
    renderer = OpenAIVideos(settings(sandbox, provider_timeout_seconds=10.0))
    yield renderer
    await renderer.aclose()


@pytest.fixture
async def hasty(sandbox) -> AsyncIterator[OpenAIVideos]:
    renderer = OpenAIVideos(settings(sandbox))
    yield renderer
    await renderer.aclose()


async def test_a_shot_from_order_to_file(sandbox, renderer, tmp_path) -> None:
    id = await renderer.submit("shot_1", PROMPT, reference(), 8, "1280x720")
    assert await ended(renderer, id) == RenderStatus(RenderState.DONE, 100)
    path = tmp_path / "shot.mp4"
    await renderer.fetch(id, "video", path)
    await film.check_shot(path, 8, "1280x720")
    await renderer.fetch(id, "thumbnail", tmp_path / "thumbnail")
    with Image.open(tmp_path / "thumbnail") as thumbnail:
        thumbnail.load()
    (order,) = sandbox.accepted()
    assert order["prompt"] == f"{PROMPT}\n[ref shot_1]"
    await renderer.delete(id)
    await renderer.delete(id)
    assert (await renderer.status(id)).state is RenderState.GONE
    with pytest.raises(RenderGone):
        await renderer.fetch(id, "video", tmp_path / "again.mp4")
    assert not list(tmp_path.glob("again*"))


async def test_refusals_are_final(sandbox, renderer) -> None:
    with pytest.raises(RenderRefused) as refused:
        await renderer.submit("shot_1", PROMPT, None, 5, "1280x720")
    assert refused.value.code == "invalid_value"
    assert "'4', '8'" in refused.value.message
    with pytest.raises(RenderRefused):
        await renderer.submit("shot_1", PROMPT, reference(), 8, "720x1280")
    stranger = OpenAIVideos(settings(sandbox, openai_api_key=SecretStr("sk-wrong")))
    with pytest.raises(RenderBusy, match="401"):
        await stranger.submit("shot_1", PROMPT, None, 8, "1280x720")
    await stranger.aclose()
    assert sandbox.accepted() == []


@pytest.mark.parametrize("fault", ["429", "503"])
async def test_busy_is_surely_not_accepted(sandbox, renderer, fault) -> None:
    sandbox.faults({"match": CREATE, "fault": fault, "seconds": 7})
    with pytest.raises(RenderBusy) as busy:
        await renderer.submit("shot_1", PROMPT, None, 4, "1280x720")
    assert busy.value.retry_after == 7
    assert sandbox.accepted() == []
    await renderer.submit("shot_1", PROMPT, None, 4, "1280x720")


async def test_nobody_home_is_busy(sandbox) -> None:
    away = OpenAIVideos(settings(sandbox, openai_base_url=f"{nobody()}/v1"))
    with pytest.raises(RenderBusy):
        await away.submit("shot_1", PROMPT, None, 4, "1280x720")
    with pytest.raises(RendererUnavailable):
        await away.status("video_1")
    await away.aclose()


@pytest.mark.parametrize("fault", ["timeout", "500", "502"])
async def test_not_accepted_but_nobody_can_know(sandbox, hasty, renderer, fault) -> None:
    sandbox.faults({"match": CREATE, "fault": fault})
    since = just_now()
    with pytest.raises(RenderUnknown):
        await hasty.submit("shot_1", PROMPT, None, 4, "1280x720")
    assert await renderer.find("shot_1", since) is None
    assert sandbox.accepted() == []


@pytest.mark.parametrize(
    ("fault", "seconds"),
    [
        ("lost_reply_after_acceptance", None),
        ("lost_reply_after_acceptance", 30),
        ("cut_stream", None),
        ("malformed", None),
        ("drip", 30),
    ],
)
async def test_accepted_but_unknown_is_found_and_paid_once(
    sandbox, hasty, renderer, fault, seconds
) -> None:
    await renderer.submit("other_0", PROMPT, None, 4, "1280x720")
    sandbox.faults({"match": CREATE, "fault": fault, "seconds": seconds})
    since = just_now()
    started = time.monotonic()
    with pytest.raises(RenderUnknown):
        await hasty.submit("shot_1", PROMPT, None, 4, "1280x720")
    assert time.monotonic() - started < 5
    found = await renderer.find("shot_1", since)
    assert [order["id"] for order in sandbox.accepted()][1:] == [found]
    assert (await ended(renderer, found)).state is RenderState.DONE


async def test_a_lost_order_is_found_among_many(renderer) -> None:
    since = just_now()
    wanted = await renderer.submit("shot_00", PROMPT, None, 4, "1280x720")
    for start in range(0, 120, 20):
        refs = [f"shot_00{n}" for n in range(start, start + 20)]
        await asyncio.gather(*(renderer.submit(ref, PROMPT, None, 4, "1280x720") for ref in refs))
    assert await renderer.find("shot_00", since) == wanted
    assert await renderer.find("shot_00", since + timedelta(hours=1)) is None
    assert await renderer.find("shot", since) is None


@pytest.mark.parametrize("fault", ["429", "500", "timeout", "cut_stream", "malformed"])
async def test_a_question_without_an_answer(sandbox, hasty, renderer, tmp_path, fault) -> None:
    id = await renderer.submit("shot_1", PROMPT, None, 4, "1280x720")
    await ended(renderer, id)
    sandbox.faults({"match": STATUS, "fault": fault}, {"match": CONTENT, "fault": "cut_stream"})
    with pytest.raises(RendererUnavailable):
        await hasty.status(id)
    with pytest.raises(RendererUnavailable):
        await hasty.fetch(id, "video", tmp_path / "shot.mp4")
    assert list(tmp_path.iterdir()) == []
    assert (await renderer.status(id)).state is RenderState.DONE
    await renderer.fetch(id, "video", tmp_path / "shot.mp4")
    await film.check_shot(tmp_path / "shot.mp4", 4, "1280x720")


async def test_failures_say_whether_to_try_again(sandbox, renderer) -> None:
    sandbox.faults({"match": CREATE, "fault": "fail_render"})
    failed = await renderer.submit("shot_1", PROMPT, None, 4, "1280x720")
    status = await ended(renderer, failed)
    assert (status.state, status.error_code) == (RenderState.FAILED, "internal_error")
    assert status.retryable
    blocked = await renderer.submit("shot_2", "음주운전", None, 4, "1280x720")
    status = await ended(renderer, blocked)
    assert (status.error_code, status.retryable) == ("moderation_blocked", False)


async def test_a_render_that_never_ends_is_still_running(sandbox, renderer) -> None:
    sandbox.faults({"match": CREATE, "fault": "never_finishing"})
    stuck = await renderer.submit("shot_1", PROMPT, None, 4, "1280x720")
    async with asyncio.timeout(DEADLINE):
        while (await renderer.status(stuck)).percent != 42:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    other = await renderer.submit("shot_2", PROMPT, None, 4, "1280x720")
    await ended(renderer, other)
    assert (await renderer.status(stuck)).state is RenderState.RUNNING


@pytest.mark.parametrize(
    ("fault", "code"), [("black_render", "black"), ("short_render", "wrong_length")]
)
async def test_a_bad_shot_is_noticed(sandbox, renderer, tmp_path, fault, code) -> None:
    sandbox.faults({"match": CREATE, "fault": fault})
    id = await renderer.submit("shot_1", PROMPT, None, 4, "1280x720")
    await ended(renderer, id)
    await renderer.fetch(id, "video", tmp_path / "shot.mp4")
    with pytest.raises(film.BadShot) as bad:
        await film.check_shot(tmp_path / "shot.mp4", 4, "1280x720")
    assert bad.value.code == code


def test_webhooks_are_believed_only_when_signed(sandbox) -> None:
    old = "whsec_b2xk"
    both = f"{sandbox.config.webhook_secret},{old}"
    renderer = OpenAIVideos(settings(sandbox, openai_webhook_secret=SecretStr(both)))
    body = orjson.dumps({"type": "video.completed", "data": {"id": "video_1"}})
    now = int(time.time())

    def headers(secret: str = sandbox.config.webhook_secret, at: int = now) -> dict[str, str]:
        signature = sign(secret, "wh_1", at, body)
        return {"Webhook-Id": "wh_1", "webhook-timestamp": str(at), "webhook-signature": signature}

    for secret in (sandbox.config.webhook_secret, old):
        news = renderer.webhook(body, headers(secret))
        assert (news.id, news.webhook_id, news.type) == ("video_1", "wh_1", "video.completed")
    for payload, given in (
        (body, headers("whsec_d3Jvbmc=")),
        (body, headers(at=now - 301)),
        (body, headers(at=int(time.time()) + 302)),
        (body + b" ", headers()),
        (body, {}),
        (body, headers() | {"webhook-signature": "v1,é"}),
        (b"\xff\xfe", headers()),
    ):
        with pytest.raises(WebhookInvalid):
            renderer.webhook(payload, given)
    silent = OpenAIVideos(settings(sandbox, openai_webhook_secret=SecretStr("")))
    with pytest.raises(WebhookInvalid):
        silent.webhook(body, headers(""))


def test_each_loop_has_a_client_of_its_own(sandbox) -> None:
    renderer = OpenAIVideos(settings(sandbox))

    async def order(ref: str) -> str:
        try:
            return await renderer.submit(ref, PROMPT, None, 4, "1280x720")
        finally:
            await renderer.aclose()

    assert asyncio.run(order("shot_1")) != asyncio.run(order("shot_2"))


async def test_moderation(sandbox) -> None:
    moderation = OpenAIModeration(settings(sandbox))
    assert await moderation.check(["민수", "One cup for Mina"]) == []
    assert await moderation.check(["민수", "음주운전", "nude"]) == ["illicit", "sexual"]
    assert await moderation.check(["", "  "]) == []
    for fault in ("500", "429", "timeout", "malformed", "cut_stream"):
        sandbox.faults({"match": {"path": "/v1/moderations"}, "fault": fault, "times": -1})
        with pytest.raises(ModerationUnavailable):
            await moderation.check(["민수"], deadline=0.8)
    sandbox.faults({"match": {"path": "/v1/moderations"}, "fault": "500"})
    assert await moderation.check(["음주운전"]) == ["illicit"]
    await moderation.aclose()
