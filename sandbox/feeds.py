"""A platform of agents for a laptop: keeps feeds of products, as the protocol's Feed API says.

Run as `python -m sandbox.feeds --port N [--token TOKEN]`. POST /feeds, GET /feeds/{id},
GET and PATCH /feeds/{id}/products are the protocol's own; GET / shows all feeds.
POST /faults with {"feed": "feed_…", "status": 503, "times": 2} has the next changes of a feed
fail, with {"product": "…"} those that hold this product, and DELETE /feeds/{id} loses a feed.
"""

import argparse
import hmac
import json
import re
import secrets
import sys
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape
from http.server import ThreadingHTTPServer
from typing import Any

from sandbox.page import PageHandler, document

LARGEST_BODY = 8_000_000
STYLE = "body{font:16px system-ui;max-width:60rem;margin:2rem auto}td{padding:0 1rem 0 0}"


class Wrong(Exception):
    """A request that gets an error."""

    def __init__(self, status: int, code: str, message: str, param: str | None = None) -> None:
        super().__init__(code)
        self.status = status
        told = {"type": "invalid_request", "code": code, "message": message, "param": param}
        self.body = {name: value for name, value in told.items() if value}


@dataclass
class Fault:
    """Changes that are to fail: of a feed, and only with a product where one is named."""

    feed: str
    status: int
    times: int
    product: str | None = None


@dataclass
class Feed:
    """What a merchant told us."""

    metadata: dict[str, Any]
    products: dict[str, Any] = field(default_factory=dict)


class Platform:
    """Every feed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._feeds: dict[str, Feed] = {}
        self._faults: list[Fault] = []

    def create(self, told: Any) -> dict[str, Any]:
        """Make a feed."""
        country = told.get("target_country") if isinstance(told, dict) else ""
        if country is not None and not re.fullmatch(r"[A-Z]{2}", str(country)):
            text = "target_country must be an ISO 3166-1 alpha-2 code"
            raise Wrong(400, "invalid_target_country", text, "target_country")
        made = {"id": f"feed_{secrets.token_hex(6)}", "updated_at": _now()}
        with self._lock:
            self._feeds[made["id"]] = Feed(made | ({"target_country": country} if country else {}))
        return self._feeds[made["id"]].metadata

    def find(self, id: str) -> Feed:
        """Return a feed."""
        with self._lock:
            if id not in self._feeds:
                raise Wrong(404, "feed_not_found", "Feed not found", "id")
            return self._feeds[id]

    def upsert(self, id: str, told: Any) -> dict[str, Any]:
        """Add products or replace them."""
        feed = self.find(id)
        products = told.get("products") if isinstance(told, dict) else None
        if not isinstance(products, list) or not products or not all(map(_is_product, products)):
            text = "products must contain at least one valid Product"
            raise Wrong(400, "invalid_product_payload", text, "products")
        by_id = {one["id"]: one for one in products}
        with self._lock:
            self._fail(id, by_id)
            feed.products |= by_id
            feed.metadata["updated_at"] = _now()
        return {"id": id, "accepted": True}

    def _fail(self, id: str, products: dict[str, Any]) -> None:
        for fault in self._faults:
            hits = fault.product is None or fault.product in products
            if fault.feed == id and fault.times > 0 and hits:
                fault.times -= 1
                raise Wrong(fault.status, "out_of_order", "This was asked for")

    def fail(self, fault: Fault) -> None:
        """Have changes fail."""
        with self._lock:
            self._faults.append(fault)

    def lose(self, id: str) -> None:
        """Forget a feed."""
        with self._lock:
            self._feeds.pop(id, None)

    def all(self) -> list[Feed]:
        """Return every feed."""
        with self._lock:
            return list(self._feeds.values())


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _is_product(one: Any) -> bool:
    variants = one.get("variants") if isinstance(one, dict) else None
    return isinstance(variants, list) and all(
        isinstance(thing.get("id"), str) for thing in (one, *variants)
    )


def page(feeds: list[Feed]) -> str:
    """Show every feed, as text."""
    title = "Sandbox agents' feeds · 상품 피드"
    tables = "".join(_table(feed) for feed in reversed(feeds))
    empty = "<p>No feeds yet. 아직 피드가 없습니다.</p>"
    return document(title, STYLE, tables or empty)


def _table(feed: Feed) -> str:
    told = feed.metadata
    rows = "".join(
        f"<tr><td>{escape(variant['id'])}<td>{escape(str(variant.get('title', '')))}"
        f"<td>{escape(_price(variant))}"
        f"<td>{escape(str(variant.get('availability', {}).get('status', '')))}"
        for product in feed.products.values()
        for variant in product["variants"]
    )
    name = " · ".join([told["id"], told.get("target_country", ""), told["updated_at"]])
    return f"<h2>{escape(name)}</h2><table>{rows}</table>"


def _price(variant: dict[str, Any]) -> str:
    price = variant.get("price") or {}
    return f"{price.get('amount', '')} {price.get('currency', '')}"


class Handler(PageHandler):
    """The platform's routes."""

    platform: Platform
    token: str

    def do_GET(self) -> None:
        """Tell of a feed, or show all."""
        if self.path == "/healthz":
            self._answer(200, "ok")
        elif self.path == "/":
            self._answer(200, page(self.platform.all()))
        else:
            self._serve()

    def do_POST(self) -> None:
        """Make a feed, or break."""
        self._serve()

    def do_PATCH(self) -> None:
        """Take products."""
        self._serve()

    def do_DELETE(self) -> None:
        """Lose a feed."""
        self._serve()

    def _serve(self) -> None:
        try:
            told = self._told()
            bearer = self.headers.get("Authorization", "").removeprefix("Bearer ")
            if self.token and not hmac.compare_digest(bearer.encode(), self.token.encode()):
                raise Wrong(401, "unauthorized", "Wrong token")
            self._answer(*self._routed(told))
        except Wrong as error:
            self._answer(error.status, error.body)

    def _told(self) -> Any:
        size = int(self.headers.get("Content-Length") or 0)
        if size > LARGEST_BODY:
            raise Wrong(413, "too_large", f"A body has at most {LARGEST_BODY} bytes")
        try:
            return json.loads(self.rfile.read(size) or b"{}")
        except ValueError as error:
            raise Wrong(400, "invalid_json", "The body is not JSON") from error

    def _routed(self, told: Any) -> tuple[int, object]:
        match (self.command, self.path.strip("/").split("/")):
            case ("POST", ["feeds"]):
                return 201, self.platform.create(told)
            case ("POST", ["faults"]):
                self.platform.fail(Fault(**told))
                return 204, ""
            case ("GET", ["feeds", id]):
                return 200, self.platform.find(id).metadata
            case ("GET", ["feeds", id, "products"]):
                return 200, {"products": list(self.platform.find(id).products.values())}
            case ("PATCH", ["feeds", id, "products"]):
                return 200, self.platform.upsert(id, told)
            case ("DELETE", ["feeds", id]):
                self.platform.lose(id)
                return 204, ""
        raise Wrong(404, "not_found", "POST /feeds, GET /feeds/{id}, PATCH /feeds/{id}/products")


def main() -> int:
    """Serve until killed."""
    parser = argparse.ArgumentParser(prog="sandbox.feeds")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--token", default="")
    options = parser.parse_args()
    Handler.platform, Handler.token = Platform(), options.token
    ThreadingHTTPServer(("127.0.0.1", options.port), Handler).serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
