"""Signed webhooks, as Standard Webhooks wants them, tried again with back-off."""

import asyncio
import base64
import hashlib
import hmac
import logging
import secrets
import time

import httpx2
import orjson

from sandbox.openai.faults import Faults
from sandbox.openai.store import Video

log = logging.getLogger(__name__)
WAITS = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)


def sign(secret: str, id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`."""
    key = base64.b64decode(secret[6:]) if secret.startswith("whsec_") else secret.encode()
    digest = hmac.new(key, f"{id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


class Webhooks:
    """Tells the product that a video ended."""

    def __init__(self, url: str | None, secret: str, faults: Faults) -> None:
        self.url, self.secret = url, secret
        self.delivered: list[dict[str, object]] = []
        self._faults = faults
        self._tasks: set[asyncio.Task[None]] = set()
        self._client = httpx2.AsyncClient(timeout=5.0)

    def announce(self, video: Video) -> None:
        """Sends video.completed or video.failed in the background."""
        if not self.url or video.status not in ("completed", "failed"):
            return
        rule = self._faults.answer("POST", "/webhook", video.prompt)
        copies = {None: 1, "drop": 0, "twice": 2}.get(rule.fault if rule else None, 1)
        id = f"wh_{secrets.token_hex(16)}"
        for _ in range(copies):
            task = asyncio.create_task(self._deliver(id, f"video.{video.status}", video.id))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _deliver(self, id: str, type: str, video_id: str) -> None:
        now = int(time.time())
        event = {"id": f"evt_{id[3:]}", "object": "event", "created_at": now, "type": type}
        body = orjson.dumps({**event, "data": {"id": video_id}})
        owed_to = self.url
        for wait in WAITS:
            await asyncio.sleep(wait)
            # Who listens now is somebody else, and has ordered no such video.
            if self.url != owed_to:
                return
            if await self._post(id, body):
                self.delivered.append({"webhook_id": id, "type": type, "id": video_id})
                return
        log.warning("webhook %s was given up", id)

    async def _post(self, id: str, body: bytes) -> bool:
        if self.url is None:
            return True
        at = int(time.time())
        headers = {
            "content-type": "application/json",
            "user-agent": "OpenAI/1.0 (+https://platform.openai.com/docs/webhooks)",
            "webhook-id": id,
            "webhook-timestamp": str(at),
            "webhook-signature": sign(self.secret, id, at, body),
        }
        try:
            answer = await self._client.post(self.url, content=body, headers=headers)
        except httpx2.HTTPError:
            return False
        return answer.is_success

    async def aclose(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.aclose()
