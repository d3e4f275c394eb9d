"""HTTP to a queue: what each answer, or the lack of one, means for an order and for a question."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx2
import orjson

from gateways.renderer.errors import (
    RenderBusy,
    RendererUnavailable,
    RenderRefused,
    RenderUnknown,
)
from gateways.tls import trust

_NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
MAX_ANSWER = 4 * 1024 * 1024

type Json = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and a JSON object; an empty one where the body is none."""

    status: int
    body: Json
    headers: Mapping[str, str]


class Wire:
    """Speaks JSON to one host with one key; follows no redirect and sends nothing twice."""

    def __init__(self, key: str, deadline: float) -> None:
        self._headers = {"Authorization": f"Key {key}"} if key else {}
        self._deadline = deadline

    async def order(self, url: str, body: Json, headers: Mapping[str, str]) -> Json:
        """Send a paid order. Raises RenderRefused, RenderBusy or RenderUnknown."""
        try:
            answer = await self._send("POST", url, headers, orjson.dumps(body))
        except _NEVER_SENT as error:
            raise RenderBusy("the queue cannot be reached") from error
        except (httpx2.HTTPError, TimeoutError, ValueError) as error:
            raise RenderUnknown(f"no answer to the order ({type(error).__name__})") from error
        if 200 <= answer.status < 300:
            return answer.body
        raise _order_error(answer)

    async def ask(self, method: str, url: str) -> Answer:
        """Ask what costs nothing; raises RendererUnavailable when no answer comes."""
        try:
            answer = await self._send(method, url, {}, None)
        except (httpx2.HTTPError, TimeoutError, ValueError) as error:
            raise RendererUnavailable(f"no answer ({type(error).__name__})") from error
        if answer.status in (401, 403, 408, 429):
            message = f"the queue answered {answer.status}: {message_of(answer.body)}"
            raise RendererUnavailable(message, retry_after(answer))
        return answer

    async def _send(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None
    ) -> Answer:
        sent = {**self._headers, **headers, "Accept": "application/json"}
        if content is not None:
            sent["Content-Type"] = "application/json"
        async with (
            asyncio.timeout(self._deadline),
            connection(self._deadline) as client,
            client.stream(method, url, headers=sent, content=content) as response,
        ):
            raw = b""
            async for chunk in response.aiter_bytes():
                raw += chunk
                if len(raw) > MAX_ANSWER:
                    raise ValueError("the answer is too long")
        body = _json(raw, response.is_success)
        return Answer(response.status_code, body, response.headers)


def _json(raw: bytes, is_success: bool) -> Json:
    """Only a success has to be JSON: proxies explain their errors in HTML."""
    if not raw:
        return {}
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        if is_success:
            raise
        return {}
    return body if isinstance(body, dict) else {}


@asynccontextmanager
async def connection(deadline: float) -> AsyncIterator[httpx2.AsyncClient]:
    """A connection of its own: a kept one may be closed under an order, which nobody could tell.

    The time to connect is cut short of the deadline, so that "never sent" is known as such.
    """
    timeout = httpx2.Timeout(deadline, connect=deadline / 3)
    async with httpx2.AsyncClient(
        verify=trust(), timeout=timeout, follow_redirects=False
    ) as client:
        yield client


def _order_error(answer: Answer) -> RenderRefused | RenderBusy | RenderUnknown:
    status, told = answer.status, retry_after(answer)
    # A bare 503 may come from a proxy that lost the answer; one with a time was meant as "not now".
    if status in (401, 403, 429) or (status == 503 and told is not None):
        return RenderBusy(f"the queue answered {status}", told)
    if status >= 500 or status in (408, 409):
        return RenderUnknown(f"the queue answered {status}")
    return RenderRefused(code_of(answer) or f"http_{status}", message_of(answer.body))


def retry_after(answer: Answer) -> float | None:
    """Seconds, where the answer names them."""
    try:
        return max(0.0, float(answer.headers["retry-after"]))
    except (KeyError, ValueError):
        return None


def code_of(answer: Answer) -> str | None:
    """The machine's word for an error: of the host, or the first of the model."""
    detail = answer.body.get("detail")
    if isinstance(detail, list) and detail and isinstance(detail[0], dict):
        return str(detail[0].get("type") or "invalid")
    told = answer.body.get("error_type") or answer.headers.get("x-fal-error-type")
    return str(told) if told else None


def message_of(body: Json) -> str:
    """The sentence of an error; the values that were sent are left out."""
    detail = body.get("detail") or body.get("error")
    if isinstance(detail, list):
        said = [str(one.get("msg", "")) for one in detail if isinstance(one, dict)]
        return "; ".join(said)[:300]
    return str(detail)[:300] if detail else "no reason was given"
