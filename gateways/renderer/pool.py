"""Every renderer of the settings as one: orders go to the first that is open, ids say whose."""

import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from core.clock import Clock, clock
from core.setting_shapes import RendererName, SettingsUnusable
from core.settings import Settings
from gateways.renderer.errors import (
    RendererUnavailable,
    RenderRefused,
    WebhookInvalid,
)
from gateways.renderer.local import LocalRenderer
from gateways.renderer.openai_videos import OpenAIVideos, videos_url
from gateways.renderer.port import (
    Renderer,
    RenderNews,
    RenderStatus,
    RenderVariant,
)
from gateways.renderer.queue import QueueRenderer
from gateways.renderer.sunset import Sunset, sunset_of

log = logging.getLogger(__name__)

MAKERS: dict[RendererName, Callable[[Settings, Clock], Renderer]] = {
    "openai": lambda settings, _: OpenAIVideos(settings),
    "queue": QueueRenderer,
    "local": lambda settings, _: LocalRenderer(settings),
}
# Ids kept before there was a choice have no name before them.
FIRST: RendererName = "openai"


class NoRenderer(SettingsUnusable):
    """The settings lead to no renderer."""


class RendererPool(Renderer):
    """Orders from the first renderer of the settings that is open today.

    Its ids are `driver:id of the provider`, so an order stays with the one who took it, also when
    the settings have changed since. It never orders from a second because the first is busy: an
    order whose outcome is unknown could then be anywhere.
    """

    def __init__(self, settings: Settings, now: Clock | None = None) -> None:
        self._settings = settings
        self._now = now or clock(settings.clock_offset_seconds)
        self._made: dict[RendererName, Renderer] = {}
        if "queue" in settings.renderers and not settings.queue_model:
            raise NoRenderer("RENDERERS names queue: set QUEUE_MODEL to the model that films.")
        if self._first_open(self._now()) is None:
            closed = "; ".join(self._closed())
            why = f"No renderer is open ({closed}): set OPENAI_VIDEO_BASE_URL or RENDERERS."
            if settings.is_production:
                raise NoRenderer(why)
            log.warning(why)

    async def submit(
        self, ref: str, prompt: str, reference: bytes | None, seconds: int, size: str
    ) -> str:
        name = self._first_open(self._now())
        if name is None:
            raise RenderRefused("no_renderer", "every renderer of the settings has closed")
        id = await self._driver(name).submit(ref, prompt, reference, seconds, size)
        return f"{name}:{id}"

    async def find(self, ref: str, since: datetime) -> str | None:
        # Only these two can have been asked: the intent is kept just before the order is sent.
        chosen = {self._first_open(since), self._first_open(self._now())}
        doubt: RendererUnavailable | None = None
        for name in self._settings.renderers:
            try:
                if found := await self._driver(name).find(ref, since):
                    return f"{name}:{found}"
            except RendererUnavailable as error:
                doubt = error if name in chosen else doubt
        if doubt:
            raise doubt
        return None

    async def status(self, id: str) -> RenderStatus:
        driver, own = self._whose(id)
        return await driver.status(own)

    async def fetch(self, id: str, variant: RenderVariant, path: Path) -> None:
        driver, own = self._whose(id)
        await driver.fetch(own, variant, path)

    async def delete(self, id: str) -> None:
        driver, own = self._whose(id)
        await driver.delete(own)

    def webhook(self, payload: bytes, headers: Mapping[str, str]) -> RenderNews:
        refused = WebhookInvalid("no renderer of the settings sends any")
        for name in self._settings.renderers:
            try:
                news = self._driver(name).webhook(payload, headers)
            except WebhookInvalid as error:
                refused = error
                continue
            return RenderNews(f"{name}:{news.id}", news.webhook_id, news.type)
        raise refused

    async def aclose(self) -> None:
        for driver in self._made.values():
            await driver.aclose()

    def _first_open(self, at: datetime) -> RendererName | None:
        return next((name for name in self._settings.renderers if self._is_open(name, at)), None)

    def _is_open(self, name: RendererName, at: datetime) -> bool:
        sunset = self._sunset(name)
        return sunset is None or at.date() < sunset.on

    def _sunset(self, name: RendererName) -> Sunset | None:
        if name == "openai":
            return sunset_of(videos_url(self._settings))
        return sunset_of(self._settings.queue_base_url) if name == "queue" else None

    def _closed(self) -> Iterator[str]:
        for name in self._settings.renderers:
            if sunset := self._sunset(name):
                yield f"{name}: {sunset.host} has had no videos since {sunset.on}"

    def _driver(self, name: RendererName) -> Renderer:
        if name not in self._made:
            self._made[name] = MAKERS[name](self._settings, self._now)
        return self._made[name]

    def _whose(self, id: str) -> tuple[Renderer, str]:
        name, _, own = id.partition(":")
        for known in MAKERS:
            if name == known and own:
                return self._driver(known), own
        return self._driver(FIRST), id
