"""The shopper whose agent speaks the Universal Commerce Protocol, and believes no odd answer."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import httpx2

from sandbox.agents import UCP_KNOWS, profile
from services.ucp.document import CHECKOUT, ERROR, validator
from tests.agents import shopper
from tests.agents.shopper import Seen, new_key
from tests.support.api import TLS

BUYER = {"first_name": "민수", "last_name": "김", "email": "minsu@example.com"}
SEOUL = {
    "first_name": "민수",
    "last_name": "김",
    "phone_number": "+821012345678",
    "street_address": "세종대로 110",
    "address_locality": "중구",
    "address_region": "서울특별시",
    "address_country": "KR",
    "postal_code": "04524",
}
STATUS = {
    "incomplete": shopper.OPEN,
    "requires_escalation": shopper.BUYER,
    "ready_for_complete": shopper.READY,
    "completed": shopper.DONE,
    "canceled": shopper.CANCELED,
}
# Of UCP's own words those that ACP has others for.
CODES = {"payment_failed": "payment_declined", "item_unavailable": "not_found"}


class Platform:
    """A server with profiles: what a path answers, and how often it was asked."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.answers: dict[str, tuple[int, bytes]] = {}
        self.asked: list[str] = []
        self.tell("/profile", profile(*UCP_KNOWS))

    def tell(self, path: str, document: Any, status: int = 200) -> str:
        """Answer so from now on; return what names this profile."""
        text = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.answers[path] = (status, text)
        return f'profile="{self.url}{path}"'


@contextmanager
def platform() -> Iterator[Platform]:
    """Serve a platform's profiles."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.asked.append(self.path)
            status, text = told.answers.get(self.path, (404, b""))
            self.send_response(status)
            if status in range(300, 400):
                self.send_header("Location", f"{told.url}/profile")
            self.send_header("Cache-Control", "public, max-age=60")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told = Platform(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()


class UcpShopper:
    """An agent of one partner, on one platform."""

    def __init__(self, base_url: str, token: str, agent: str) -> None:
        self.http = httpx2.AsyncClient(base_url=f"{base_url}/ucp", timeout=30, verify=TLS)
        self.headers = {
            "authorization": f"Bearer {token}",
            "ucp-agent": agent,
            "accept-language": "ko",
        }

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    async def ask(
        self, method: str, path: str, body: Any = None, key: str | None = None, **more: str
    ) -> httpx2.Response:
        """Ask, and judge the answer."""
        sent = {**self.headers, "request-id": new_key(), **more}
        if method != "GET":
            sent["idempotency-key"] = key or new_key()
        answer = await self.http.request(method, path, json=body, headers=sent)
        assert answer.headers["request-id"] == sent["request-id"]
        judge(answer)
        return answer

    async def create(
        self,
        units: dict[str, int],
        *,
        placed: bool = False,
        key: str | None = None,
        **more: Any,
    ) -> Seen:
        """Begin a session."""
        place = {"type": "shipping", "destinations": [SEOUL]}
        told = {"buyer": BUYER, "fulfillment": {"methods": [place]}} if placed else {}
        body = {"line_items": _items(units), **told, **more}
        return seen_of(await self.ask("POST", "/checkout-sessions", body, key))

    async def choose(self, seen: Seen, option: str) -> Seen:
        """Choose how it travels, and send all else back as it came."""
        method = dict(seen.raw["fulfillment"]["methods"][0])
        method["groups"] = [{"id": method["groups"][0]["id"], "selected_option_id": option}]
        return await self.put(seen, fulfillment={"methods": [method]})

    async def refill(self, seen: Seen, units: dict[str, int]) -> Seen:
        """Have these items and no others."""
        return await self.put(seen, line_items=_items(units))

    async def put(self, seen: Seen, **body: Any) -> Seen:
        """Change a session."""
        whole = {"line_items": seen.raw["line_items"], **body}
        return seen_of(await self.ask("PUT", f"/checkout-sessions/{seen.id}", whole))

    async def get(self, id: str) -> Seen:
        """Look at a session."""
        return seen_of(await self.ask("GET", f"/checkout-sessions/{id}"))

    async def pay(self, id: str, token: str, key: str | None = None) -> Seen:
        """Complete a session."""
        instrument = {
            "id": "pi_1",
            "handler_id": "stripe_payments",
            "type": "card",
            "selected": True,
            "credential": {"type": "stripe_payment_token", "token": token},
        }
        body = {"payment": {"instruments": [instrument]}}
        return seen_of(await self.ask("POST", f"/checkout-sessions/{id}/complete", body, key))

    async def cancel(self, id: str, key: str | None = None) -> Seen:
        """End a session."""
        return seen_of(await self.ask("POST", f"/checkout-sessions/{id}/cancel", {}, key))


def judge(answer: httpx2.Response) -> None:
    """Fail unless the answer is what the schema and the protocol's text say."""
    body = answer.json()
    if answer.status_code >= 400:
        assert {"code", "content"} <= set(body) <= {"code", "content", "path"}, body
        return
    is_error = body["ucp"]["status"] == "error"
    found = validator(ERROR if is_error else CHECKOUT).iter_errors(body)
    faults = [f"{error.json_path}: {error.message}" for error in found]
    assert faults == [], (faults, body)
    if not is_error:
        _judge_totals(body)
        _judge_status(body)


def _judge_totals(body: Mapping[str, Any]) -> None:
    """All that is listed adds up, so that an agent may complete it by itself."""
    for one in [body, *body["line_items"]]:
        parts = sum(part["amount"] for part in one["totals"] if part["type"] != "total")
        assert parts == amount(one["totals"]), one["totals"]
    off = [amount(line["totals"], "items_discount") for line in body["line_items"]]
    assert amount(body["totals"], "items_discount") == sum(off)
    for part in body["totals"]:
        if "lines" in part:
            assert sum(line["amount"] for line in part["lines"]) == part["amount"]


def _judge_status(body: Mapping[str, Any]) -> None:
    severities = {one["severity"] for one in body["messages"] if one["type"] == "error"}
    if body["status"] == "requires_escalation":
        assert severities & {"requires_buyer_input", "requires_buyer_review"}, body
    has_ended = body["status"] in ("completed", "canceled")
    assert ("continue_url" in body) is not has_ended
    assert ("order" in body) is (body["status"] == "completed")
    assert "token" not in json.dumps(body.get("payment", {}))


def amount(totals: list[dict[str, Any]], kind: str = "total") -> int:
    """How much of a kind there is."""
    return sum(one["amount"] for one in totals if one["type"] == kind)


def _items(units: dict[str, int]) -> list[dict[str, Any]]:
    return [{"item": {"id": id}, "quantity": quantity} for id, quantity in units.items()]


def seen_of(answer: httpx2.Response) -> Seen:
    """Return an answer told alike."""
    body = answer.json()
    again = shopper.replayed(answer)
    if answer.status_code >= 400:
        statuses = {"conflict": shopper.CLOSED, "idempotency_conflict": shopper.CONFLICT}
        status = statuses.get(body["code"], shopper.REFUSED)
        return Seen(status, codes=frozenset({body["code"]}), replayed=again, raw=body)
    said = [one["code"] for one in body["messages"] if "code" in one]
    codes = frozenset(CODES.get(code, code) for code in said)
    if body["ucp"]["status"] == "error":
        status = shopper.ABSENT if said == ["not_found"] else shopper.REFUSED
        return Seen(status, codes=codes, replayed=again, raw=body)
    groups = [g for m in body.get("fulfillment", {}).get("methods", ()) for g in m["groups"]]
    return Seen(
        status=STATUS.get(body["status"], body["status"]),
        id=body["id"],
        total=amount(body["totals"]),
        codes=codes,
        order_id=body["order"]["id"] if "order" in body else None,
        options=tuple(one["id"] for group in groups for one in group["options"]),
        prices={one["item"]["id"]: one["item"]["price"] for one in body["line_items"]},
        continue_url=body.get("continue_url", ""),
        replayed=again,
        raw=body,
    )
