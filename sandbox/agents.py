"""A shopping agent's ear for a laptop: takes order webhooks, checks who signed, and shows them.

Run as `python -m sandbox.agents --port N --data-dir DIR (--secret S | --config-url URL)`. POST
/agentic_checkout/webhooks/order_events takes what the Agentic Commerce Protocol says; a wrong or
an old signature is 401, a Request-Id seen before is taken and not listed again. GET /events lists
them as JSON, newest first; GET / shows them. GET /.well-known/ucp is its profile as a platform of
the Universal Commerce Protocol.
"""

import argparse
import hashlib
import hmac
import json
import re
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from html import escape
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypedDict

from sandbox.page import PageHandler, document

PATH = "/agentic_checkout/webhooks/order_events"
PROFILE = "/.well-known/ucp"
UCP_VERSION = "2026-04-08"
UCP_KNOWS = ("checkout", "fulfillment", "discount")
LARGEST = 1_000_000
TOLERANCE_SECONDS = 300
KEPT = 1_000
SIGNATURE = re.compile(r"t=(\d{1,12}),v1=([0-9a-fA-F]{64})")
STYLE = "body{font:16px system-ui;max-width:46rem;margin:2rem auto}li{overflow-wrap:anywhere}"


class Event(TypedDict):
    """One webhook as it is kept."""

    at: float
    request_id: str
    type: str
    data: dict[str, Any]


class Ear:
    """What was heard, in a file of one JSON object a line."""

    def __init__(self, directory: Path, secret: Callable[[], str]) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._file, self._lock, self._secret = directory / "events.jsonl", threading.Lock(), secret
        lines = self._file.read_text().splitlines()[-KEPT:] if self._file.exists() else []
        self._events: list[Event] = [json.loads(line) for line in lines]

    def hear(self, signature: str, request_id: str, body: bytes) -> tuple[int, dict[str, Any]]:
        """Take a webhook, and say what to answer."""
        if not is_genuine(self._secret(), signature, body, time.time()):
            told = "The Merchant-Signature is missing, wrong or too old."
            return 401, refusal("invalid_signature", told)
        try:
            told_of = json.loads(body)
            event = Event(
                at=time.time(), request_id=request_id, type=told_of["type"], data=told_of["data"]
            )
        except (ValueError, KeyError, TypeError):
            return 400, refusal("invalid", "The body is not an order event.")
        with self._lock:
            if not request_id or all(one["request_id"] != request_id for one in self._events):
                self._events = [*self._events[1 - KEPT :], event]
                with self._file.open("a") as file:
                    file.write(json.dumps(event, ensure_ascii=False) + "\n")
        return 200, {"received": True, "request_id": request_id}

    def all(self) -> list[Event]:
        """Everything heard, newest first."""
        return list(reversed(self._events))


def is_genuine(secret: str, signature: str, body: bytes, now: float) -> bool:
    """Whether this secret signed this body within the last five minutes."""
    found = SIGNATURE.fullmatch(signature)
    if not found or not secret or abs(now - int(found[1])) > TOLERANCE_SECONDS:
        return False
    made = hmac.new(secret.encode(), f"{found[1]}.".encode() + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(made, found[2].lower())


def refusal(code: str, message: str) -> dict[str, Any]:
    """An error as the protocol has it."""
    return {"type": "invalid_request", "code": code, "message": message}


def profile(*names: str, version: str = UCP_VERSION) -> dict[str, Any]:
    """What a platform says that knows of these capabilities."""
    base = f"https://ucp.dev/{version}"
    knows = {
        f"dev.ucp.shopping.{name}": [
            {
                "version": version,
                "spec": f"{base}/specification/{name}",
                "schema": f"{base}/schemas/shopping/{name}.json",
            }
        ]
        for name in names
    }
    told = {"version": version, "services": {}, "capabilities": knows, "payment_handlers": {}}
    return {"ucp": told}


def told_by(url: str) -> Callable[[], str]:
    """Ask the API of the sandbox what signs; nothing while it is silent."""

    def ask() -> str:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310
                return str(json.load(answer).get("agentWebhookSecret") or "")
        except (OSError, ValueError):
            return ""

    return ask


def page(events: list[Event]) -> str:
    """What was heard as a page: text only, so that nothing in a webhook runs."""
    title = "Sandbox agent · 주문 웹훅"
    empty = "<p>No order events yet. 아직 주문 소식이 없습니다.</p>"
    items = "".join(_item(event) for event in events)
    return document(title, STYLE, items or empty)


def _item(event: Event) -> str:
    order = event["data"]
    opens = [
        one["digital_delivery"].get("access_url", "")
        for one in order.get("fulfillments", ())
        if "digital_delivery" in one
    ]
    links = "".join(f'<li><a href="{escape(url)}">{escape(url)}</a></li>' for url in opens)
    name = f"{order.get('order_number')} · {event['type']} · {order.get('status')}"
    when = time.strftime("%H:%M:%S", time.localtime(event["at"]))
    return f"<article><h2>{escape(name)}</h2><p>{when}</p><ul>{links}</ul></article><hr>"


class Handler(PageHandler):
    """The agent's routes."""

    ear: Ear

    def do_POST(self) -> None:
        """Take a webhook."""
        size = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(min(size, LARGEST))
        if self.path != PATH:
            self._answer(404, refusal("not_found", f"POST {PATH}"))
        elif size > LARGEST:
            self._answer(413, refusal("invalid", f"A body has at most {LARGEST} bytes."))
        else:
            signature = self.headers.get("Merchant-Signature", "")
            request_id = self.headers.get("Request-Id", "")
            self._answer(*self.ear.hear(signature, request_id, body))

    def do_GET(self) -> None:
        """List or show what was heard."""
        if self.path == "/events":
            self._answer(200, {"events": self.ear.all()})
        elif self.path == PROFILE:
            self._answer(200, profile(*UCP_KNOWS), "public, max-age=3600")
        elif self.path in ("/", "/healthz"):
            self._answer(200, page(self.ear.all()))
        else:
            self._answer(404, refusal("not_found", "GET /events"))


def main() -> int:
    """Serve until killed."""
    parser = argparse.ArgumentParser(prog="sandbox.agents")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--secret", default="")
    parser.add_argument("--config-url")
    options = parser.parse_args()
    ask = told_by(options.config_url) if options.config_url else lambda: str(options.secret)
    Handler.ear = Ear(options.data_dir, ask)
    ThreadingHTTPServer(("127.0.0.1", options.port), Handler).serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
