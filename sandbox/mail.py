"""A mail provider for a laptop: takes messages over HTTP, keeps them, and shows them.

Run as `python -m sandbox.mail --port N --data-dir DIR [--api-key KEY]`. POST /messages takes
{from, to, subject, text, html} with a bearer key and an Idempotency-Key; a key seen before gives
the first answer again. GET /messages lists them as JSON, newest first; GET / shows them.
"""

import argparse
import hashlib
import hmac
import json
import sys
import threading
import time
from html import escape
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import TypedDict

from sandbox.page import PageHandler, document

LARGEST = 1_000_000
REQUIRED = ("from", "to", "subject", "text")
STYLE = "body{font:16px system-ui;max-width:46rem;margin:2rem auto}pre{white-space:pre-wrap}"


class Message(TypedDict):
    """One message as it is kept."""

    id: str
    at: float
    request: str
    message: dict[str, str | None]


class Mailbox:
    """Messages as files, one per idempotency key."""

    def __init__(self, directory: Path) -> None:
        self._directory, self._lock = directory, threading.Lock()
        directory.mkdir(parents=True, exist_ok=True)

    def add(self, key: str, body: bytes) -> tuple[int, dict[str, str]]:
        """Keep a message once per key; the same key with another message is a conflict."""
        try:
            message = json.loads(body)
        except ValueError:
            return 400, {"error": "the body is not JSON"}
        if not isinstance(message, dict) or any(not message.get(name) for name in REQUIRED):
            return 422, {"error": f"a message needs {', '.join(REQUIRED)}"}
        digest = hashlib.sha256(body).hexdigest()
        name = hashlib.sha256(key.encode()).hexdigest()[:24]
        with self._lock:
            path = self._directory / f"{name}.json"
            if path.exists():
                same = json.loads(path.read_text())["request"] == digest
                conflict = {"error": "this Idempotency-Key was used for another message"}
                return (200, {"id": f"msg_{name}"}) if same else (422, conflict)
            kept = Message(id=f"msg_{name}", at=time.time(), request=digest, message=message)
            path.write_text(json.dumps(kept, ensure_ascii=False))
        return 201, {"id": f"msg_{name}"}

    def all(self) -> list[Message]:
        """Every message, newest first."""
        found: list[Message] = [
            json.loads(path.read_text()) for path in self._directory.glob("*.json")
        ]
        return sorted(found, key=lambda message: message["at"], reverse=True)


def page(messages: list[Message]) -> str:
    """The outbox as a page: text only, so that nothing in a message runs."""
    items = "".join(
        f"<article><h2>{escape(str(kept['message']['subject']))}</h2>"
        f"<p>{escape(str(kept['message']['to']))}</p>"
        f"<pre>{escape(str(kept['message']['text']))}</pre></article><hr>"
        for kept in messages
    )
    title = "Sandbox mail · 보낸 편지함"
    empty = "<p>No mail yet. 아직 메일이 없습니다.</p>"
    return document(title, STYLE, items or empty)


class Handler(PageHandler):
    """The provider's two routes."""

    mailbox: Mailbox
    api_key: str

    def do_POST(self) -> None:
        """Take a message."""
        size = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(min(size, LARGEST))
        bearer = self.headers.get("Authorization", "").removeprefix("Bearer ")
        key = self.headers.get("Idempotency-Key", "")
        if self.path != "/messages":
            self._answer(404, {"error": "POST /messages"})
        elif self.api_key and not hmac.compare_digest(bearer.encode(), self.api_key.encode()):
            self._answer(401, {"error": "wrong key"})
        elif size > LARGEST:
            self._answer(413, {"error": f"a message has at most {LARGEST} bytes"})
        elif not key:
            self._answer(400, {"error": "the Idempotency-Key header is missing"})
        else:
            self._answer(*self.mailbox.add(key, body))

    def do_GET(self) -> None:
        """List or show the messages."""
        if self.path == "/messages":
            self._answer(200, {"messages": self.mailbox.all()})
        elif self.path in ("/", "/healthz"):
            self._answer(200, page(self.mailbox.all()))
        else:
            self._answer(404, {"error": "GET /messages"})


def main() -> int:
    """Serve until killed."""
    parser = argparse.ArgumentParser(prog="sandbox.mail")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--api-key", default="")
    options = parser.parse_args()
    Handler.mailbox, Handler.api_key = Mailbox(options.data_dir), options.api_key
    ThreadingHTTPServer(("127.0.0.1", options.port), Handler).serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
