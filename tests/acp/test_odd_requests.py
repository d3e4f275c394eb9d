"""Whatever is sent, the answer is one of the protocol's, and never a fault of ours."""

import copy
import uuid
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

import httpx2
import orjson
import pytest
import pytest_asyncio

from app import App
from services import partner
from services.partner import SANDBOX_TOKEN_ID
from tests.acp.agent import CAPABILITIES, SEOUL, Agent, judge
from tests.conftest import World

BUYER = {"email": "minsu@example.com", "first_name": "민수", "phone_number": "+821012345678"}
ITEM = {"id": "nerd12-signature", "quantity": 1}
CREATE = {
    "line_items": [ITEM],
    "currency": "krw",
    "capabilities": CAPABILITIES,
    "buyer": BUYER,
    "fulfillment_details": SEOUL,
    "discounts": {"codes": ["FIRSTCUP"]},
    "locale": "ko-KR",
    "timezone": "Asia/Seoul",
    "quote_id": "q_1",
    "metadata": {"campaign": "autumn"},
    "order_notes": "문 앞에",
}
CONVERT = {"cart_id": "chk_nosuch", "line_items": [], "currency": "krw", "capabilities": {}}
UPDATE = {
    "line_items": [ITEM],
    "buyer": BUYER,
    "fulfillment_details": SEOUL,
    "selected_fulfillment_options": [
        {"type": "shipping", "option_id": "kr-parcel", "item_ids": ["x"]}
    ],
    "coupons": ["FIRSTCUP"],
    "order_notes": "문 앞에",
}
COMPLETE = {
    "payment_data": {
        "handler_id": "stripe_spt",
        "instrument": {"type": "card", "credential": {"type": "spt", "token": "spt_x"}},
    },
    "buyer": BUYER,
    "order_notes": "문 앞에",
}
CANCEL = {"intent_trace": {"reason_code": "price_sensitivity", "trace_summary": "too much"}}
CART = {"line_items": [ITEM], "buyer": BUYER, "locale": "ko-KR"}
ENDPOINTS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "create": ("POST", "/checkout_sessions", CREATE),
    "convert": ("POST", "/checkout_sessions", CONVERT),
    "update": ("POST", "/checkout_sessions/{session}", UPDATE),
    "complete": ("POST", "/checkout_sessions/{session}/complete", COMPLETE),
    "cancel": ("POST", "/checkout_sessions/{other}/cancel", CANCEL),
    "cart": ("POST", "/carts", CART),
    "cart_update": ("PUT", "/carts/{cart}", {"line_items": [ITEM], "buyer": BUYER}),
    "cart_cancel": ("POST", "/carts/{cart}/cancel", {"line_items": [ITEM]}),
}
WRONG: list[Any] = [
    *(None, True, -1, 2**63, 1e300, 0.5, "", "너" * 9_000, "\x7f\u202e", "' or 1=1 --"),
    *([], {}, [[None]], {"a": {"b": []}}, ["x"] * 100),
]
DEEP = "[" * 1_000 + "]" * 1_000
BODIES: dict[str, tuple[bytes, int]] = {
    "nothing": (b"", 400),
    "half": (b'{"line_items": [', 400),
    "list": (b"[]", 400),
    "null": (b"null", 400),
    "number": (b"1", 400),
    "no_utf8": (b'{"currency": "\xff\xfe"}', 400),
    "nul": (b'{"currency": "\x00"}', 400),
    "escaped_nul": (b'{"currency": "\\u0000"}', 400),
    "lone_surrogate": (b'{"currency": "\\ud800"}', 400),
    "nan": (b'{"currency": NaN}', 400),
    "endless": (b'{"metadata": {"a": 1' + b"0" * 500 + b"}}", 400),
    "deep": (f'{{"metadata": {{"a": {DEEP}}}}}'.encode(), 400),
    "deeper": (b"[" * 100_000, 400),
    "deep_objects": (b'{"metadata":' * 1_000 + b"{}" + b"}" * 1_000, 400),
    "items": (
        orjson.dumps({**CREATE, "line_items": [{"id": f"x{n}"} for n in range(10_000)]}),
        400,
    ),
    "same_items": (orjson.dumps({**CREATE, "line_items": [{"id": "a"}] * 10_000}), 400),
    "codes": (orjson.dumps({**CREATE, "coupons": ["x"] * 10_000}), 400),
    "unknown": (orjson.dumps({**CREATE, "price": 1}), 400),
    "large": (b" " * 300_000 + b"{}", 413),
}


@pytest_asyncio.fixture(loop_scope="session")
async def agent(world: World, app: App) -> AsyncIterator[Agent]:
    """The sandbox's agent."""
    async with Agent(world.url, partner.secret_of(app.settings, SANDBOX_TOKEN_ID)) as one:
        yield one


@pytest_asyncio.fixture(loop_scope="session")
async def places(agent: Agent) -> dict[str, str]:
    """Two sessions and a cart to be odd with."""
    cart = await agent.post("/carts", CART)
    return {
        "session": (await agent.create())["id"],
        "other": (await agent.create())["id"],
        "cart": cart.json()["id"],
    }


async def sent(
    agent: Agent, method: str, path: str, content: bytes, **headers: str
) -> httpx2.Response:
    """Send it, and have the answer judged by the schema."""
    told = {**agent.headers, "idempotency-key": uuid.uuid4().hex}
    told |= {"content-type": "application/json", **headers}
    known = [(name.encode(), value.encode("latin-1")) for name, value in told.items() if value]
    answer = await agent.http.request(method, path, content=content, headers=known)
    assert answer.status_code < 500, (method, path, content[:300], answer.text)
    assert answer.headers["content-type"] == "application/json"
    judge(answer)
    return answer


def spoiled(body: Any) -> Iterator[Any]:
    """The body with each of its values replaced by each that it cannot be, or left out."""
    for at in paths(body):
        for wrong in WRONG:
            whole = {"": copy.deepcopy(body)}
            inner: Any = whole
            for step in at[:-1]:
                inner = inner[step]
            inner[at[-1]] = wrong
            yield whole[""]


def paths(value: Any, at: tuple[Any, ...] = ("",)) -> Iterator[tuple[Any, ...]]:
    """Where its values are."""
    yield at
    inside: Iterable[tuple[Any, Any]] = enumerate(value) if isinstance(value, list) else ()
    for name, inner in value.items() if isinstance(value, dict) else inside:
        yield from paths(inner, (*at, name))


@pytest.mark.parametrize("name", ENDPOINTS)
async def test_wrong_values(agent: Agent, places: dict[str, str], name: str) -> None:
    method, path, body = ENDPOINTS[name]
    for one in spoiled(body):
        await sent(agent, method, path.format(**places), orjson.dumps(one))


@pytest.mark.parametrize("name", ENDPOINTS)
async def test_odd_bodies(agent: Agent, places: dict[str, str], name: str) -> None:
    method, path, _ = ENDPOINTS[name]
    for body, (content, status) in BODIES.items():
        answer = await sent(agent, method, path.format(**places), content)
        if body in ("nothing", "unknown") and name in ("update", "cancel", "cart_cancel"):
            continue
        assert answer.status_code == status, (body, answer.text)


@pytest.mark.parametrize("name", ENDPOINTS)
async def test_odd_headers(agent: Agent, places: dict[str, str], name: str) -> None:
    method, path, body = ENDPOINTS[name]
    where, content = path.format(**places), orjson.dumps(body)
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; x", "a"):
        answer = await sent(agent, method, where, content, **{"content-type": kind})
        assert answer.status_code == 415
    for header, code in (
        ("api-version", "missing_api_version"),
        ("authorization", "unauthorized"),
        ("idempotency-key", "idempotency_key_required"),
    ):
        answer = await sent(agent, method, where, content, **{header: ""})
        assert answer.json()["code"] == code
    for odd in ("Bearer", "Bearer nxp_' or 1=1 --", "Bearer " + "x" * 5_000, "\xff"):
        answer = await sent(agent, method, where, content, authorization=odd)
        assert answer.status_code == 401


@pytest.mark.parametrize("path", ["/checkout_sessions/{session}", "/carts/{cart}", "/feeds/kr"])
async def test_looking_with_a_body(agent: Agent, places: dict[str, str], path: str) -> None:
    for content, _ in BODIES.values():
        where = path.format(**places)
        told = {**agent.headers, "content-type": "application/json"}
        answer = await agent.http.request("GET", where, content=content, headers=told)
        assert answer.status_code in (200, 404)
        if not path.startswith("/feeds"):
            judge(answer)
    refused = await agent.http.get(where, headers={**agent.headers, "api-version": ""})
    judge(refused)
    assert refused.status_code == 400


@pytest.mark.parametrize(
    "id", ["%00", "%ff%fe", "x" * 3_000, "..%2f..", "너드", "chk_'--", "%7B%7D"]
)
async def test_odd_ids(agent: Agent, id: str) -> None:
    for method, path, body in ENDPOINTS.values():
        if "{" not in path:
            continue
        where = path.format(session=id, other=id, cart=id)
        answer = await sent(agent, method, where, orjson.dumps(body))
        assert answer.status_code in (400, 404), answer.text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("POST", "/checkout_sessions/chk_x/pay", 404),
        ("GET", "/checkout_sessions", 405),
        ("DELETE", "/checkout_sessions/chk_x", 405),
        ("PUT", "/checkout_sessions/chk_x/complete", 405),
        ("PATCH", "/carts/chk_x", 405),
    ],
)
async def test_what_is_not_there(agent: Agent, method: str, path: str, status: int) -> None:
    answer = await sent(agent, method, path, b"")
    assert answer.status_code == status
    assert ("allow" in answer.headers) == (status == 405)
