"""A partner's side: a server that hears webhooks, answers as it is told, and believes no fault."""

import asyncio
import hashlib
import hmac
import json
import threading
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from app import App
from services import order
from services.acp.document import validator
from tests.conftest import World
from tests.support.api import Api, key
from tests.support.shop import SMALL, Bought, buy

QUICK = {"PARTNER_WEBHOOK_RETRY_SECONDS": "0.2", "PARTNER_WEBHOOK_TIMEOUT_SECONDS": "2"}

SET = """mutation ($i: SetPartnerWebhookInput!) { setPartnerWebhook(input: $i) { __typename
  ... on PartnerWebhook { webhookSecret token { id webhookUrl webhookPausedAt } }
  ... on UserError { code message field } } }"""
CREATE = """mutation ($i: CreatePartnerTokenInput!) { createPartnerToken(input: $i) { __typename
  ... on CreatedPartnerToken { secret webhookSecret token { id webhookUrl } }
  ... on UserError { code message field } } }"""
ROTATE = """mutation ($i: RotatePartnerWebhookSecretInput!) {
  rotatePartnerWebhookSecret(input: $i) { __typename
    ... on PartnerWebhook { webhookSecret token { id } } ... on UserError { code field } } }"""
RESUME = """mutation ($id: ID!) { resumePartnerWebhook(id: $id) { __typename
  ... on PartnerToken { id webhookPausedAt webhookFailures } ... on UserError { code } } }"""
REVOKE = "mutation ($id: ID!) { revokePartnerToken(id: $id) { __typename } }"
REPLAY = """mutation ($i: ReplayWebhookDeliveryInput!) { replayWebhookDelivery(input: $i) {
  __typename ... on WebhookDelivery { id sequence kind replayOf status }
  ... on UserError { code field } } }"""
REPLAY_ALL = """mutation ($i: ReplayWebhooksInput!) { replayWebhooks(input: $i) { __typename
  ... on WebhookReplay { orders } ... on UserError { code field } } }"""
LIST = """query ($t: ID, $o: ID, $s: WebhookDeliveryStatus) {
  webhookDeliveries(tokenId: $t, orderId: $o, status: $s, first: 100) { totalCount edges { node {
    id kind sequence orderId tokenId status attempts lastStatus lastFault replayOf
    createdAt dueAt triedAt deliveredAt gaveUpAt } } } }"""
TOKENS = "{ partnerTokens { id webhookUrl webhookPausedAt webhookFailures } }"


async def until[T](ask: Callable[[], Awaitable[T]], seconds: float = 90) -> T:
    """Ask until the answer is truthy; fail after so many seconds."""
    async with asyncio.timeout(seconds):
        while True:
            if found := await ask():
                return found
            await asyncio.sleep(0.05)


@dataclass
class Heard:
    """One webhook as it came in."""

    id: str
    kind: str
    order: dict[str, Any]
    began: float
    status: int = 0
    ended: float = 0.0

    @property
    def order_id(self) -> str:
        """Whose news it is."""
        return str(self.order["id"])

    def codes(self) -> list[str]:
        """What opens bottles."""
        parcels = self.order["fulfillments"]
        return [
            one["digital_delivery"]["license_key"] for one in parcels if "digital_delivery" in one
        ]


@dataclass
class Receiver:
    """What a partner's server heard; `script` answers requests first, then `status` does."""

    url: str = ""
    secret: str | None = None
    status: int = 200
    script: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    heard: list[Heard] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    most: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    gate: threading.Event = field(default_factory=threading.Event)
    pause: float = 0.0
    _open: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.gate.set()

    def take(self, headers: Any, body: bytes) -> int:
        """Judge a request, keep it, and say what to answer."""
        fault = _fault(headers, body, self.secret)
        told = json.loads(body)
        one = Heard(headers["Request-Id"], told["type"], told["data"], time.monotonic())
        with self._lock:
            if fault:
                self.faults.append(fault)
            self.heard.append(one)
            self._open[one.order_id] += 1
            self.most[one.order_id] = max(self.most[one.order_id], self._open[one.order_id])
            one.status = self.script.pop(0) if self.script else self.status
        time.sleep(self.pause)
        self.gate.wait(60)
        with self._lock:
            self._open[one.order_id] -= 1
            one.ended = time.monotonic()
        return 401 if fault else one.status

    def taken(self, order_id: str | None = None) -> list[Heard]:
        """What was answered with 200, in the order in which it came."""
        found = [one for one in self.heard if one.status == 200 and one.ended]
        return [one for one in found if order_id in (None, one.order_id)]

    async def until(self, count: int, order_id: str | None = None, seconds: float = 90) -> None:
        """Wait until so many were taken."""

        async def enough() -> bool:
            return len(self.taken(order_id)) >= count

        await until(enough, seconds)


def _fault(headers: Any, body: bytes, secret: str | None) -> str | None:
    """Say what is wrong with a webhook, by the letter of the protocol."""
    at, signed = headers["Merchant-Signature"].removeprefix("t=").split(",v1=")
    if abs(time.time() - int(at)) > 300 or headers["Content-Type"] != "application/json":
        return "headers"
    made = hmac.new((secret or "").encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    if secret is not None and made != signed:
        return "signature"
    told = json.loads(body)
    if set(told) != {"type", "data"} or told["type"] not in ("order_create", "order_update"):
        return "event"
    wanted = {"type", "checkout_session_id", "permalink_url", "status"} - set(told["data"])
    found = [error.message for error in validator("Order").iter_errors(told["data"])]
    return f"{wanted} {found}" if wanted or found else None


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Run a partner's server."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = receiver.take(self.headers, body)
            answer = json.dumps({"received": status == 200}).encode()
            try:
                self.send_response(status)
                for name, value in receiver.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)
            except OSError:
                receiver.heard[-1].status = 0

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
    try:
        yield receiver
    finally:
        receiver.gate.set()
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Office:
    """Staff who look after one partner."""

    world: World
    staff: Api
    receiver: Receiver
    token: str

    async def point(self, url: str | None = None, **more: Any) -> Any:
        """Send the partner's webhooks to its server, or elsewhere."""
        given = {"id": self.token, "webhookUrl": url or self.receiver.url, "idempotencyKey": key()}
        done = await self.staff.one(SET, i={**given, **more})
        if done["__typename"] == "PartnerWebhook":
            self.receiver.secret = done["webhookSecret"]
        return done

    async def deliveries(self, order_id: str | None = None, status: str | None = None) -> Any:
        """What staff see, the oldest first."""
        page = await self.staff.one(LIST, t=self.token, o=order_id, s=status)
        # Counted after the page was read: more may have come.
        assert page["totalCount"] >= len(page["edges"])
        return [edge["node"] for edge in reversed(page["edges"])]

    async def ended(self, count: int, seconds: float = 90) -> Any:
        """Wait until so many have ended, and none waits."""

        async def done() -> Any:
            found = await self.deliveries()
            over = [one for one in found if one["status"] != "WAITING"]
            return found if len(over) == len(found) >= count else None

        return await until(done, seconds)

    async def seen(self) -> Any:
        """The token as staff see it."""
        rows = await self.staff.one(TOKENS)
        return next(row for row in rows if row["id"] == self.token)


async def bought(app: App, office: Office, units: int = 2, **more: Any) -> Bought:
    """An order that the partner's agent made."""
    return await buy(app, None, {SMALL: units}, partner_id=office.token, **more)


async def noted(app: App, id: str, times: int = 1) -> None:
    """Have something happen to an order, each time in a transaction of its own."""
    for _ in range(times):
        async with app.begin() as uow:
            await order.locked(uow, id)
            uow.send(order.order_changed(id))
