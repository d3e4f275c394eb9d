"""Signed events, posted until they are taken; nothing keeps them in order."""

import asyncio
import hashlib
import hmac
import logging
import time

import httpx2
import orjson

from sandbox.openai.faults import Faults
from sandbox.stripe.store import Store, new_id
from sandbox.stripe.wire import Json, shown

log = logging.getLogger(__name__)
WAITS = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0)
API_VERSION = "2026-10-28.endive"


def sign(secret: str, timestamp: int, body: bytes) -> str:
    """The value of `Stripe-Signature`."""
    digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
    return f"t={timestamp},v1={digest.hexdigest()}"


class Events:
    """Tells the product what happened; with `hold` only when it is asked to."""

    def __init__(self, store: Store, url: str | None, secret: str, faults: Faults) -> None:
        self.url, self.secret, self.hold = url, secret, False
        self.delivered: list[str] = []
        self._store, self._faults = store, faults
        self._fresh: list[Json] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._client = httpx2.AsyncClient(timeout=20.0)

    def add(self, kind: str, object: Json, before: Json | None = None) -> None:
        """Writes down what happened to an object, as it is now; `flush` sends it."""
        data: Json = {"object": shown(object)}
        if before is not None:
            data["previous_attributes"] = before
        event = {
            "id": new_id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": int(time.time()),
            "data": data,
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": kind,
        }
        self._store.add_event(event, object["id"])
        self._fresh.append(event)

    def drop(self) -> None:
        """Forgets what a request that was rolled back would have told."""
        self._fresh.clear()

    def flush(self) -> None:
        """Sends what was written down since."""
        fresh, self._fresh = self._fresh, []
        for event in fresh:
            self._announce(event)

    def resume(self) -> None:
        """Sends again what nobody had taken when the last run ended."""
        for event in self._store.events(owed=True):
            self._announce(event)

    async def send(self, event: Json, times: int) -> list[int]:
        """Posts an event so often at once; the answers' statuses, 0 for none."""
        return list(await asyncio.gather(*(self._post(event) for _ in range(times))))

    def _announce(self, event: Json) -> None:
        if not self.url or self.hold:
            return
        rule = self._faults.answer("POST", "/webhook", event["type"])
        for _ in range({None: 1, "drop": 0, "twice": 2}.get(rule.fault if rule else None, 1)):
            task = asyncio.create_task(self._deliver(event))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _deliver(self, event: Json) -> None:
        owed_to = self.url
        for wait in WAITS:
            await asyncio.sleep(wait)
            # Who listens now is somebody else, and has no such payment.
            if self.url != owed_to:
                return
            if 200 <= await self._post(event) < 300:
                return
        log.warning("event %s was given up", event["id"])

    async def _post(self, event: Json) -> int:
        if self.url is None:
            return 0
        body = orjson.dumps(event)
        headers = {
            "content-type": "application/json; charset=utf-8",
            "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            "stripe-signature": sign(self.secret, int(time.time()), body),
        }
        try:
            answer = await self._client.post(self.url, content=body, headers=headers)
        except httpx2.HTTPError as error:
            log.warning("event %s was not taken: %r", event["id"], error)
            return 0
        if answer.is_success:
            self.delivered.append(event["id"])
            self._store.delivered(event["id"])
        return answer.status_code

    async def aclose(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.aclose()
