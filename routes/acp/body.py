"""The body of a request, read as far as anybody means well."""

from collections.abc import Iterable
from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request

from services.acp import AcpError

MAX_BYTES = 262_144
# A session of fifty lines has some hundreds of values. The schema takes its time with each.
MAX_VALUES, MAX_DEPTH = 2_000, 32
NUL = rb"\u0000"
KIND = "application/json"


async def read(request: Request) -> dict[str, Any]:
    """Return the JSON object of a POST or a PUT, which may be left out. Raises AcpError."""
    if request.method not in ("POST", "PUT"):
        return {}
    text = await _text(request)
    if not text:
        return {}
    kind = request.headers.get("content-type", KIND).partition(";")[0].strip().lower()
    if kind != KIND:
        raise AcpError(415, "unsupported_media_type", f"Send the body as {KIND}.")
    if NUL in text:
        raise _invalid("The body holds a NUL character.")
    try:
        body = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise _invalid("The body is not JSON.") from error
    if not isinstance(body, dict):
        raise _invalid("The body is not a JSON object.")
    _measure(body)
    return body


async def _text(request: Request) -> bytes:
    text = bytearray()
    try:
        async for chunk in request.stream():
            text += chunk
            if len(text) > MAX_BYTES:
                raise AcpError(413, "invalid", f"A body has at most {MAX_BYTES} bytes.")
    except ClientDisconnect as error:
        raise _invalid("The body is not complete.") from error
    return bytes(text)


def _measure(body: dict[str, Any]) -> None:
    """Refuse what is too deep or too much, before anything goes through it that takes long."""
    layer: list[Any] = [body]
    values = 0
    for _ in range(MAX_DEPTH):
        values += len(layer)
        if values > MAX_VALUES:
            raise _invalid(f"A body has at most {MAX_VALUES} values.")
        layer = [value for one in layer for value in _inside(one)]
        if not layer:
            return
    raise _invalid(f"A body is at most {MAX_DEPTH} deep.")


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _invalid(told: str) -> AcpError:
    return AcpError(400, "invalid", told, param="$")
