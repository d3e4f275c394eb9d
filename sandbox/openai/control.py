"""/sandbox: the knobs that tests and developers turn."""

import asyncio
from collections import Counter

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.openai.chat.api import Chat
from sandbox.openai.faults import Faults, read_rule
from sandbox.openai.store import VideoStore
from sandbox.openai.studio import Studio
from sandbox.openai.webhooks import Webhooks
from sandbox.openai.wire import WireError, answer, json_body


class Control:
    """Faults, speed, webhooks, and the list of what was paid for."""

    def __init__(
        self,
        store: VideoStore,
        studio: Studio,
        faults: Faults,
        webhooks: Webhooks,
        counts: Counter[str],
        chat: Chat | None = None,
    ) -> None:
        self._store, self._studio, self._faults = store, studio, faults
        self._webhooks, self._counts, self._chat = webhooks, counts, chat

    def routes(self) -> list[Route]:
        return [
            Route("/sandbox/faults", self.faults, methods=["POST"]),
            Route("/sandbox/calls", self.calls, methods=["GET"]),
            Route("/sandbox/reset", self.reset, methods=["POST"]),
            Route("/sandbox/speed", self.speed, methods=["POST"]),
            Route("/sandbox/webhook", self.webhook, methods=["POST"]),
            Route("/healthz", self.health, methods=["GET"]),
        ]

    async def faults(self, request: Request) -> Response:
        """Replaces the rules: {"rules": [{match, fault, times, seconds, code}]}."""
        try:
            rules = (await json_body(request)).get("rules")
            if not isinstance(rules, list):
                raise WireError(400, "rules must be a list", param="rules")
            self._faults.rules = [read_rule(rule) for rule in rules]
        except WireError as error:
            return error.response()
        return answer({"rules": len(self._faults.rules)})

    async def calls(self, request: Request) -> Response:
        """Every accepted order, deleted ones too; requests by route; webhooks delivered."""
        accepted = [{**video.wire(), "deleted": video.deleted} for video in self._store.accepted()]
        return answer(
            {
                "accepted": accepted,
                "requests": dict(self._counts),
                "webhooks": self._webhooks.delivered,
            }
        )

    async def reset(self, request: Request) -> Response:
        """As on the first day: nothing accepted, no faults, real speed."""
        self._faults.rules = []
        await self._studio.clear()
        await asyncio.to_thread(self._store.clear)
        if self._chat:
            self._chat.clear()
        self._counts.clear()
        self._webhooks.delivered.clear()
        return answer({"reset": True})

    async def speed(self, request: Request) -> Response:
        """{"instant": bool, "min_seconds": float}: cached encodes; no render is faster than."""
        body = await json_body(request)
        self._studio.instant = bool(body.get("instant", False))
        self._studio.min_seconds = float(str(body.get("min_seconds") or 0.0))
        return answer({"instant": self._studio.instant, "min_seconds": self._studio.min_seconds})

    async def webhook(self, request: Request) -> Response:
        """{"url": str | null, "secret": str}: where webhooks go from now on."""
        body = await json_body(request)
        url, secret = body.get("url"), body.get("secret")
        self._webhooks.url = str(url) if url else None
        if secret:
            self._webhooks.secret = str(secret)
        return answer({"url": self._webhooks.url})

    async def health(self, request: Request) -> Response:
        return answer({"ok": True})
