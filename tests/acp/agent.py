"""An agent that speaks nothing but the protocol, and believes no answer that breaks the schema."""

import uuid
from typing import Any, Self

import httpx2

from services.acp.document import VERSION, validator
from tests.support.api import TLS

SEOUL = {
    "name": "김민수",
    "phone_number": "+821012345678",
    "email": "minsu@example.com",
    "address": {
        "name": "김민수",
        "line_one": "세종대로 110",
        "city": "중구",
        "state": "서울특별시",
        "country": "KR",
        "postal_code": "04524",
    },
}
CAPABILITIES: dict[str, Any] = {"interventions": {"supported": ["3ds"]}}


class Agent:
    """A shopping agent of one partner."""

    def __init__(self, base_url: str, token: str) -> None:
        self.http = httpx2.AsyncClient(base_url=f"{base_url}/acp", timeout=30, verify=TLS)
        self.capabilities = CAPABILITIES
        self.headers = {
            "authorization": f"Bearer {token}",
            "api-version": VERSION,
            "accept-language": "ko",
        }

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    async def post(
        self, path: str, body: Any = None, key: str | None = None, **headers: str
    ) -> httpx2.Response:
        """Post, and judge the answer."""
        sent = {"idempotency-key": key or uuid.uuid4().hex, **self.headers, **headers}
        answer = await self.http.post(path, json=body, headers=sent)
        judge(answer)
        return answer

    async def put(self, path: str, body: Any = None, key: str | None = None) -> httpx2.Response:
        """Put, and judge the answer."""
        sent = {"idempotency-key": key or uuid.uuid4().hex, **self.headers}
        answer = await self.http.put(path, json=body, headers=sent)
        judge(answer)
        return answer

    async def get(self, path: str) -> httpx2.Response:
        """Get, and judge the answer."""
        answer = await self.http.get(path, headers=self.headers)
        judge(answer)
        return answer

    async def create(self, *items: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Begin a session, of one bottle unless told."""
        body = {
            "line_items": list(items) or [{"id": "nerd12-signature"}],
            "currency": "krw",
            "capabilities": self.capabilities,
            **more,
        }
        answer = await self.post("/checkout_sessions", body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def update(self, session: dict[str, Any], **body: Any) -> dict[str, Any]:
        """Change a session."""
        answer = await self.post(f"/checkout_sessions/{session['id']}", body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def pay(self, session: dict[str, Any], token: str, key: str | None = None) -> Any:
        """Complete a session."""
        credential = {"type": "spt", "token": token}
        instrument = {"type": "card", "credential": credential}
        body = {"payment_data": {"handler_id": "stripe_spt", "instrument": instrument}}
        return await self.post(f"/checkout_sessions/{session['id']}/complete", body, key)


def judge(answer: httpx2.Response) -> None:
    """Fail unless the answer is what the schema says."""
    body = answer.json()
    name, file = "CheckoutSession", "agentic_checkout"
    if answer.status_code >= 400:
        name = "Error"
    elif answer.request.url.path.startswith("/acp/carts"):
        name, file = "Cart", "cart"
    elif body["status"] == "completed":
        name = "CheckoutSessionWithOrder"
    found = validator(name, file).iter_errors(body)
    faults = [f"{error.json_path}: {error.message}" for error in found]
    assert faults == [], (faults, body)


def codes(session: dict[str, Any]) -> list[str]:
    """The codes of a session's errors."""
    return sorted(one["code"] for one in session["messages"] if one["type"] == "error")


def amount(session: dict[str, Any], kind: str = "total") -> int:
    """One of a session's totals."""
    return int(next(one["amount"] for one in session["totals"] if one["type"] == kind))
