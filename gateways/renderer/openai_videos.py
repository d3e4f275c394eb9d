"""The OpenAI videos wire, as OpenAI spoke it and gateways still do."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import orjson
from openai import InvalidWebhookSignatureError, OpenAI
from openai.types import Video, VideoSeconds, VideoSize
from pydantic import SecretStr

from core.settings import Settings
from core.telemetry import traced
from gateways.provider import OpenAIClients, undeprecated
from gateways.renderer.errors import RenderUnknown, WebhookInvalid
from gateways.renderer.faults import asking, submitting
from gateways.renderer.files import write_stream
from gateways.renderer.port import (
    Renderer,
    RenderNews,
    RenderState,
    RenderStatus,
    RenderVariant,
    mark,
)

CLOCK_SKEW = timedelta(minutes=2)
FETCH_SECONDS = 300.0
_STATES = {
    "queued": RenderState.QUEUED,
    "in_progress": RenderState.RUNNING,
    "completed": RenderState.DONE,
    "failed": RenderState.FAILED,
}
# The provider's verdict on the words or the picture: the same shot would fail again.
_FINAL_CODES = ("moderation", "policy", "safety", "invalid", "unsupported")


class OpenAIVideos(Renderer):
    """Speaks through the official SDK; every call has a deadline and is sent once."""

    def __init__(self, settings: Settings) -> None:
        self._clients = OpenAIClients(_for_videos(settings))
        self._model = settings.openai_video_model
        self._secrets = settings.openai_webhook_secret.get_secret_value().split(",")
        self._deadline = settings.provider_timeout_seconds
        self._verifier = OpenAI(api_key="unset").webhooks

    @traced("renderer.submit")
    async def submit(
        self, ref: str, prompt: str, reference: bytes | None, seconds: int, size: str
    ) -> str:
        client = self._clients.here()
        body: dict[str, object] = {} if reference is None else {"input_reference": _file(reference)}
        async with submitting(self._deadline):
            video = await undeprecated(
                lambda: client.videos.create(
                    prompt=f"{prompt.rstrip()}\n{mark(ref)}",
                    model=self._model,
                    seconds=cast(VideoSeconds, str(seconds)),
                    size=cast(VideoSize, size),
                    extra_headers={"Idempotency-Key": ref},
                    **body,  # type: ignore[arg-type]
                )
            )
        if not isinstance(video, Video) or not getattr(video, "id", None):
            raise RenderUnknown("the answer to the order is not a video")
        return video.id

    @traced("renderer.find")
    async def find(self, ref: str, since: datetime) -> str | None:
        found: str | None = None
        async with asking(self._deadline):
            async for video in self._newest_first():
                if video.created_at < (since - CLOCK_SKEW).timestamp():
                    break
                if (video.prompt or "").rstrip().endswith(mark(ref)):
                    found = video.id
        return found

    async def _newest_first(self) -> AsyncIterator[Video]:
        client = self._clients.here()
        async for video in undeprecated(lambda: client.videos.list(limit=100, order="desc")):
            yield video

    @traced("renderer.status")
    async def status(self, id: str) -> RenderStatus:
        client = self._clients.here()
        async with asking(self._deadline) as gone:
            return _status(await undeprecated(lambda: client.videos.retrieve(id)))
        return RenderStatus(RenderState.GONE, error_code="gone", error_message=gone.message)

    @traced("renderer.fetch")
    async def fetch(self, id: str, variant: RenderVariant, path: Path) -> None:
        videos = self._clients.here().videos.with_streaming_response
        async with asking(FETCH_SECONDS) as gone:
            stream = undeprecated(lambda: videos.download_content(id, variant=variant))
            async with stream as response:
                length = response.headers.get("content-length")
                await write_stream(response.iter_bytes(65_536), length, path)
            return
        raise gone.error()

    @traced("renderer.delete")
    async def delete(self, id: str) -> None:
        client = self._clients.here()
        async with asking(self._deadline):
            await undeprecated(lambda: client.videos.delete(id))

    def webhook(self, payload: bytes, headers: Mapping[str, str]) -> RenderNews:
        lowered = {name.lower(): value for name, value in headers.items()}
        if not any(self._signed(payload, lowered, secret) for secret in self._secrets if secret):
            raise WebhookInvalid("the signature does not match")
        return _news(payload, lowered["webhook-id"])

    def _signed(self, payload: bytes, headers: Mapping[str, str], secret: str) -> bool:
        try:
            self._verifier.verify_signature(payload, headers, secret=secret)
        except (InvalidWebhookSignatureError, ValueError, TypeError):
            return False
        return True

    async def aclose(self) -> None:
        await self._clients.aclose()


def videos_url(settings: Settings) -> str:
    """Where videos are ordered; other models may be elsewhere."""
    return settings.openai_video_base_url or settings.openai_base_url


def _for_videos(settings: Settings) -> Settings:
    if settings.openai_video_base_url is None:
        return settings
    # The key of the other models is no business of another host.
    key = settings.openai_video_api_key or SecretStr("")
    changes = {"openai_base_url": videos_url(settings), "openai_api_key": key}
    return settings.model_copy(update=changes)


def _status(video: Video) -> RenderStatus:
    state = _STATES.get(video.status, RenderState.RUNNING)
    percent = 100 if state is RenderState.DONE else max(0, min(int(video.progress or 0), 99))
    if state is not RenderState.FAILED:
        return RenderStatus(state, percent)
    code = (video.error and video.error.code) or "failed"
    message = (video.error and video.error.message) or "The render failed."
    final = any(word in code for word in _FINAL_CODES)
    return RenderStatus(state, percent, code, message, retryable=not final)


def _news(payload: bytes, webhook_id: str) -> RenderNews:
    try:
        event = orjson.loads(payload)
        id, type = event["data"]["id"], event["type"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise WebhookInvalid("the body is not an event") from error
    if not isinstance(id, str) or not isinstance(type, str):
        raise WebhookInvalid("the body is not an event")
    return RenderNews(id, webhook_id, type)


def _file(data: bytes) -> tuple[str, bytes, str]:
    if data.startswith(b"\x89PNG"):
        return "reference.png", data, "image/png"
    if data[8:12] == b"WEBP":
        return "reference.webp", data, "image/webp"
    return "reference.jpg", data, "image/jpeg"
