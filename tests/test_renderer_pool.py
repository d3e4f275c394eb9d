"""Several renderers as one: who is asked, who is closed, and whose an id is."""

import asyncio
import logging
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from pydantic import SecretStr, ValidationError

from core.settings import ROOT, Settings
from gateways import film
from gateways.registry import Gateways
from gateways.renderer import (
    NoRenderer,
    RenderBusy,
    RendererPool,
    RendererUnavailable,
    RenderRefused,
    RenderState,
    RenderUnknown,
    WebhookInvalid,
)
from gateways.renderer.sunset import sunset_of
from sandbox.openai.server import OpenAISandbox
from sandbox.openai.webhooks import sign
from sandbox.queue.server import QueueSandbox

OPEN = datetime(2026, 9, 23, 23, 59, tzinfo=UTC)
CLOSED = datetime(2026, 9, 24, 0, 0, tzinfo=UTC)
SIZE = "1280x720"
CLOSING = "https://api.openai.com/v1"
DEADLINE = 60.0


@dataclass
class Providers:
    """Both sandboxes, and settings that lead to them."""

    openai: OpenAISandbox
    queue: QueueSandbox
    folder: Path
    pools: list[RendererPool] = field(default_factory=list)

    def settings(self, *renderers: str, **changes: object) -> Settings:
        """Settings with these renderers, in this order."""
        given: dict[str, object] = {
            "environment": "test",
            "renderers": renderers,
            "openai_base_url": self.openai.base_url,
            "openai_api_key": SecretStr(self.openai.config.api_key),
            "openai_webhook_secret": SecretStr(self.openai.config.webhook_secret),
            "queue_base_url": self.queue.base_url,
            "queue_api_key": SecretStr(self.queue.config.api_key),
            "queue_model": "studio/reel/image-to-video",
            "local_renderer_dir": self.folder / "renders",
            "provider_timeout_seconds": 5.0,
        }
        return Settings(**(given | changes))  # type: ignore[arg-type]

    def pool(self, *renderers: str, at: datetime | None = None, **changes: object) -> RendererPool:
        """The pool of these settings, closed with the test; at a time that stands still."""
        clock = (lambda: at) if at else None
        self.pools.append(RendererPool(self.settings(*renderers, **changes), clock))
        return self.pools[-1]


@pytest.fixture(scope="module")
def sandboxes(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[OpenAISandbox, QueueSandbox]]:
    with (
        OpenAISandbox.at(tmp_path_factory.mktemp("openai")) as openai,
        QueueSandbox.at(tmp_path_factory.mktemp("queue")) as queue,
    ):
        yield openai, queue


@pytest.fixture
async def providers(
    sandboxes: tuple[OpenAISandbox, QueueSandbox], tmp_path: Path
) -> AsyncIterator[Providers]:
    for sandbox in sandboxes:
        sandbox.reset()
        sandbox.speed(instant=True)
    found = Providers(*sandboxes, tmp_path)
    yield found
    for pool in found.pools:
        await pool.aclose()


async def done(pool: RendererPool, id: str) -> None:
    async with asyncio.timeout(DEADLINE):
        while (await pool.status(id)).state is not RenderState.DONE:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def just_now() -> datetime:
    return datetime.now(UTC)


@pytest.mark.parametrize("name", ["openai", "queue", "local"])
async def test_each_driver_makes_a_shot(providers: Providers, tmp_path: Path, name: str) -> None:
    pool = Gateways.of(providers.settings(name)).renderer
    assert isinstance(pool, RendererPool)
    providers.pools.append(pool)
    id = await pool.submit("sub_1", "등불이 켜진다", None, 4, SIZE)
    assert id.startswith(f"{name}:")
    await done(pool, id)
    await pool.fetch(id, "video", tmp_path / "shot.mp4")
    await film.check_shot(tmp_path / "shot.mp4", 4, SIZE)
    # Whoever was first before still answers for what it took.
    later = providers.pool("local" if name == "queue" else "queue")
    assert (await later.status(id)).state is RenderState.DONE
    await later.delete(id)


async def test_the_first_that_is_open_is_asked(providers: Providers) -> None:
    pool = providers.pool("queue", "openai")
    await pool.submit("sub_1", "words", None, 4, SIZE)
    assert (len(providers.queue.accepted()), len(providers.openai.accepted())) == (1, 0)


@pytest.mark.parametrize(
    ("at", "asked"), [(OPEN, "openai"), (CLOSED, "queue"), (CLOSED + timedelta(365), "queue")]
)
async def test_who_has_closed_is_never_asked(
    providers: Providers, caplog: pytest.LogCaptureFixture, at: datetime, asked: str
) -> None:
    """The provider's own address, which no test may reach: asking it would not be `queue:`."""
    pool = providers.pool("openai", "queue", at=at, openai_base_url=CLOSING)
    assert pool._first_open(at) == asked
    if asked == "queue":
        assert (await pool.submit("sub_1", "words", None, 4, SIZE)).startswith("queue:")
    assert not caplog.records


async def test_nobody_open_is_refused_and_said_at_start(
    providers: Providers, caplog: pytest.LogCaptureFixture
) -> None:
    closed = {"openai_base_url": CLOSING}
    with caplog.at_level(logging.WARNING, "gateways.renderer.pool"):
        pool = providers.pool("openai", **closed)
    assert "RENDERERS" in caplog.text
    with pytest.raises(RenderRefused) as refused:
        await pool.submit("sub_1", "words", None, 4, SIZE)
    assert refused.value.code == "no_renderer"
    with pytest.raises(NoRenderer) as missing:
        providers.pool("openai", environment="production", **closed)
    assert str(missing.value).count("\n") == 0
    assert "2026-09-24" in str(missing.value)
    before = providers.pool("openai", at=OPEN, environment="production", **closed)
    assert before._first_open(OPEN) == "openai"


def test_a_queue_needs_a_model(providers: Providers) -> None:
    with pytest.raises(NoRenderer, match="QUEUE_MODEL"):
        providers.pool("queue", queue_model="")


@pytest.mark.parametrize(
    ("url", "closes"),
    [
        ("https://api.openai.com/v1", True),
        ("https://API.OpenAI.com./v1", True),
        ("https://eu.api.openai.com/v1", True),
        ("https://videos.example.com/api.openai.com/v1", False),
        ("https://api.openai.com.example.com/v1", False),
        ("http://127.0.0.1:9/v1", False),
    ],
)
def test_only_the_host_that_closed_is_closed(url: str, closes: bool) -> None:
    assert (sunset_of(url) is not None) == closes


async def test_videos_may_be_elsewhere_than_the_other_models(providers: Providers) -> None:
    changes = {
        "openai_base_url": CLOSING,
        "openai_api_key": SecretStr("sk-of-the-other-models"),
        "openai_video_base_url": providers.openai.base_url,
    }
    key = SecretStr(providers.openai.config.api_key)
    pool = providers.pool("openai", openai_video_api_key=key, **changes)
    assert (await pool.submit("sub_1", "words", None, 4, SIZE)).startswith("openai:video_")
    with pytest.raises(RenderBusy, match="401"):
        await providers.pool("openai", **changes).submit("sub_2", "words", None, 4, SIZE)
    assert len(providers.openai.accepted()) == 1


async def test_an_id_without_a_name_is_of_the_first_kind(providers: Providers) -> None:
    pool = providers.pool("openai")
    id = await pool.submit("sub_1", "words", None, 4, SIZE)
    old = id.removeprefix("openai:")
    await done(pool, old)
    await pool.delete(old)
    assert (await pool.status(id)).state is RenderState.GONE


async def test_a_lost_order_is_looked_up_where_it_went(providers: Providers) -> None:
    create = {"method": "POST", "path": "/v1/videos"}
    providers.openai.faults({"match": create, "fault": "lost_reply_after_acceptance"})
    pool, since = providers.pool("openai", "queue", "local"), just_now()
    with pytest.raises(RenderUnknown):
        await pool.submit("sub_1", "words", None, 4, SIZE)
    (order,) = providers.openai.accepted()
    assert await pool.find("sub_1", since) == f"openai:{order['id']}"
    # The queue, which can never tell, was not asked for this order: that is no doubt.
    assert await pool.find("sub_2", since) is None
    assert await providers.pool("local", "queue").find("sub_2", since) is None


async def test_an_order_that_nobody_can_look_up_stays_in_doubt(providers: Providers) -> None:
    post = {"method": "POST", "path": "/studio/reel/*"}
    providers.queue.faults({"match": post, "fault": "lost_reply_after_acceptance"})
    pool, since = providers.pool("queue", "openai"), just_now()
    with pytest.raises(RenderUnknown):
        await pool.submit("sub_1", "words", None, 4, SIZE)
    with pytest.raises(RendererUnavailable):
        await pool.find("sub_1", since)


async def test_an_order_of_the_last_day_is_looked_up_at_both(
    providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its intent was kept before midnight and it may have been sent after."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    pool = providers.pool("openai", "queue", at=CLOSED, openai_base_url=CLOSING)
    with pytest.raises(RendererUnavailable):
        await pool.find("sub_1", OPEN)


def test_news_is_of_whoever_signed_it(providers: Providers) -> None:
    body = orjson.dumps({"type": "video.completed", "data": {"id": "video_1"}})
    at = int(just_now().timestamp())
    secret = providers.openai.config.webhook_secret
    headers = {
        "webhook-id": "wh_1",
        "webhook-timestamp": str(at),
        "webhook-signature": sign(secret, "wh_1", at, body),
    }
    news = providers.pool("queue", "openai").webhook(body, headers)
    assert (news.id, news.webhook_id) == ("openai:video_1", "wh_1")
    for names in (("queue", "openai"), ("local",)):
        with pytest.raises(WebhookInvalid):
            providers.pool(*names).webhook(body, {**headers, "webhook-id": "wh_2"})


@pytest.mark.parametrize("given", ['["queue", "local"]', "queue,local", " queue , local "])
def test_names_are_read_from_both_forms(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("RENDERERS", given)
    assert Settings().renderers == ("queue", "local")


@pytest.mark.parametrize("given", ["sora", "[]", ",", '["local"'])
def test_names_that_lead_nowhere_are_refused(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("RENDERERS", given)
    with pytest.raises(ValidationError):
        Settings()


def test_production_says_in_one_line_what_to_set() -> None:
    env = {"PATH": os.environ["PATH"], "RENDERERS": "openai"}
    names = ("PORTRAIT_SECRET", "COMMERCE_SECRET", "STRIPE_API_KEY", "STRIPE_WEBHOOK_SECRET")
    env |= dict.fromkeys(names, "0123456789abcdef")
    command = [sys.executable, "cli.py", "worker"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "No renderer is open (openai: api.openai.com has had no videos since 2026-09-24): "
        "set OPENAI_VIDEO_BASE_URL or RENDERERS."
    ]
