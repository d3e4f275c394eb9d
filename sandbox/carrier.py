"""A hub of carriers for a laptop: knows where parcels are, and tells of it by webhook.

Run as `python -m sandbox.carrier --port N [--api-key KEY] [--webhook-url URL --webhook-secret S]`.
GET /v1/trackings/{carrier}/{number} is the hub's own wire. POST /v1/trackings/{carrier}/{number}
with {"status", "place", "at"} moves a parcel, as its driver would; GET / shows all parcels.
Numbers that begin with AUTO move by themselves, a step every five seconds from the first look.
POST /faults with {"status": 503, "times": 2} has the next answers fail.
"""

import argparse
import base64
import hashlib
import hmac
import json
import secrets
import sys
import threading
import time
import urllib.request
from datetime import UTC, datetime
from html import escape
from http.server import ThreadingHTTPServer

from sandbox.page import PageHandler, document

CARRIERS = frozenset({"cj", "epost", "hanjin", "lotte", "ups", "fedex"})
JOURNEY = ("registered", "picked_up", "in_transit", "out_for_delivery", "delivered")
STEP_SECONDS = 5.0
TRIES = 4
STYLE = "body{font:16px system-ui;max-width:46rem;margin:2rem auto}"

type Key = tuple[str, str]
type Event = dict[str, str | None]


class Hub:
    """Every parcel, and what was seen of it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._parcels: dict[Key, list[Event]] = {}
        self._begun: dict[Key, float] = {}
        self._faults: list[int] = []

    def move(self, key: Key, event: Event) -> None:
        """Add what was seen of a parcel; told twice is seen once."""
        with self._lock:
            seen = self._parcels.setdefault(key, [])
            if event not in seen:
                seen.append(event)

    def events(self, key: Key) -> list[Event] | None:
        """Return what was seen of a parcel; None of one that nobody has."""
        with self._lock:
            if key[1].startswith("AUTO"):
                self._begun.setdefault(key, time.time())
                return self._walked(self._begun[key])
            return list(self._parcels[key]) if key in self._parcels else None

    def _walked(self, begun: float) -> list[Event]:
        steps = min(len(JOURNEY), 1 + int((time.time() - begun) / STEP_SECONDS))
        times = [begun + step * STEP_SECONDS for step in range(steps)]
        return [
            {"status": status, "place": "Icheon", "at": _instant(at)}
            for status, at in zip(JOURNEY, times, strict=False)
        ]

    def fail(self, status: int, times: int) -> None:
        """Have the next answers fail."""
        with self._lock:
            self._faults += [status] * times

    def fault(self) -> int | None:
        """Return how the present answer fails, if it does."""
        with self._lock:
            return self._faults.pop() if self._faults else None

    def all(self) -> dict[Key, list[Event]]:
        """Return every parcel."""
        with self._lock:
            keys = [*self._parcels, *self._begun]
        return {key: self.events(key) or [] for key in keys}


def _instant(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def tell(url: str, secret: str, key: Key) -> None:
    """Send the webhook of a parcel, and again if it is not taken."""
    id, now = f"msg_{secrets.token_hex(12)}", str(int(time.time()))
    told = {"type": "tracking.updated", "data": {"carrier": key[0], "tracking_number": key[1]}}
    body = json.dumps(told)
    raw = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.digest(raw, f"{id}.{now}.{body}".encode(), hashlib.sha256)
    headers = {
        "Content-Type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": now,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
    for again in range(TRIES):
        time.sleep(again)
        try:
            request = urllib.request.Request(url, body.encode(), headers)  # noqa: S310
            with urllib.request.urlopen(request, timeout=5):  # noqa: S310
                return
        except OSError:
            continue


def page(parcels: dict[Key, list[Event]]) -> str:
    """Show every parcel, as text."""
    items = "".join(
        f"<h2>{escape(carrier)} {escape(number)}</h2><ul>"
        + "".join(f"<li>{escape(' · '.join(filter(None, one.values())))}</li>" for one in events)
        + "</ul>"
        for (carrier, number), events in parcels.items()
    )
    title = "Sandbox carriers · 배송 조회"
    empty = "<p>No parcels yet. 아직 소포가 없습니다.</p>"
    return document(title, STYLE, items or empty)


class Handler(PageHandler):
    """The hub's routes."""

    hub: Hub
    api_key: str
    webhook: tuple[str, str] | None

    def do_GET(self) -> None:
        """Tell of a parcel, or show all."""
        if self.path == "/healthz":
            self._answer(200, "ok")
        elif self.path == "/":
            self._answer(200, page(self.hub.all()))
        elif (key := self._key()) is not None:
            events = self.hub.events(key)
            found = events is not None
            self._answer(
                200 if found else 404, {"events": events} if found else {"error": "unseen"}
            )

    def do_POST(self) -> None:
        """Move a parcel, or break."""
        size = min(int(self.headers.get("Content-Length") or 0), 10_000)
        told = json.loads(self.rfile.read(size) or b"{}")
        if self.path == "/faults":
            self.hub.fail(told["status"], told.get("times", 1))
            self._answer(204, "")
        elif (key := self._key()) is not None:
            now = datetime.now(UTC).isoformat()
            at, place = told.get("at") or now, told.get("place")
            self.hub.move(key, {"status": told["status"], "place": place, "at": at})
            if self.webhook:
                threading.Thread(target=tell, args=(*self.webhook, key), daemon=True).start()
            self._answer(201, {"events": self.hub.events(key)})

    def _key(self) -> Key | None:
        """Return which parcel is meant; the answer is given already when there is none."""
        bearer = self.headers.get("Authorization", "").removeprefix("Bearer ")
        parts = self.path.strip("/").split("/")
        if fault := self.hub.fault() if self.command == "GET" else None:
            self._answer(fault, {"error": "out of order"})
        elif self.api_key and not hmac.compare_digest(bearer.encode(), self.api_key.encode()):
            self._answer(401, {"error": "wrong key"})
        elif len(parts) != 4 or parts[:2] != ["v1", "trackings"]:
            self._answer(404, {"error": "GET /v1/trackings/{carrier}/{number}"})
        elif parts[2] not in CARRIERS:
            self._answer(422, {"error": f"carriers: {', '.join(sorted(CARRIERS))}"})
        else:
            return parts[2], parts[3]
        return None


def main() -> int:
    """Serve until killed."""
    parser = argparse.ArgumentParser(prog="sandbox.carrier")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--api-key", default="")
    parser.add_argument("--webhook-url")
    parser.add_argument("--webhook-secret", default="")
    options = parser.parse_args()
    Handler.hub, Handler.api_key = Hub(), options.api_key
    secret = options.webhook_secret
    Handler.webhook = (options.webhook_url, secret) if options.webhook_url else None
    ThreadingHTTPServer(("127.0.0.1", options.port), Handler).serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
