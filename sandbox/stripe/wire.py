"""Stripe's wire: forms with brackets in, JSON and errors in its shape out."""

import hmac
import re
import secrets
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.requests import Request
from starlette.responses import Response

type Json = dict[str, Any]

KEY = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")


class Refusal(Exception):
    """Becomes an answer with Stripe's error body; `is_kept` under the idempotency key."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        is_kept: bool = False,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status, self.is_kept = status, is_kept
        told = {name: value for name, value in more.items() if value is not None}
        self.body: Json = {"error": {"message": message, "type": kind, **told}}


def answer(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """JSON, as the API sends it."""
    told = {"request-id": f"req_{secrets.token_hex(7)}", **(headers or {})}
    return Response(orjson.dumps(body), status, told, media_type="application/json")


def check_key(request: Request, key: str) -> None:
    """Raises 401 unless the bearer key is ours."""
    given = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    if not given:
        raise Refusal(401, "You did not provide an API key.")
    if not hmac.compare_digest(given.encode(), key.encode()):
        raise Refusal(401, f"Invalid API Key provided: {given[:7]}***")


def form(text: str) -> Json:
    """A form's fields: `a[b][c]=1` is nested, `a[]=1` and `a[0]=1` are lists."""
    found: Json = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        match = KEY.match(name)
        if match is None:
            raise Refusal(400, f"Invalid parameter name: {name}", param=name)
        _put(found, [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])], value)
    return {name: _listed(value) for name, value in found.items()}


def _put(into: Json, path: list[str], value: str) -> None:
    head, *rest = path
    name = head or str(len(into))
    if not rest:
        into[name] = value
        return
    inner = into.setdefault(name, {})
    if not isinstance(inner, dict):
        raise Refusal(400, f"Invalid object: {name}", param=name)
    _put(inner, rest, value)


def _listed(value: object) -> object:
    if not isinstance(value, dict):
        return value
    inner = {name: _listed(one) for name, one in value.items()}
    if inner and list(inner) == [str(n) for n in range(len(inner))]:
        return list(inner.values())
    return inner


def shown(object: Json) -> Json:
    """An object without what only the sandbox knows of it."""
    return {
        name: shown(value) if isinstance(value, dict) else value
        for name, value in object.items()
        if not name.startswith("_")
    }


def integer(given: Json, name: str) -> int | None:
    """A whole number of the form, or 400."""
    value = given.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not re.fullmatch(r"-?\d{1,12}", value):
        code = "parameter_invalid_integer"
        raise Refusal(400, f"Invalid integer: {value}", code=code, param=name)
    return int(value)


def truth(given: Json, name: str) -> bool:
    """A yes or no of the form, or 400."""
    value = given.get(name, "false")
    if value not in ("true", "false"):
        raise Refusal(400, f"Invalid boolean: {value}", param=name)
    return bool(value == "true")


def only(given: Json, *names: str) -> None:
    """Refuses what an endpoint does not know."""
    for name in given:
        if name not in names:
            code = "parameter_unknown"
            raise Refusal(400, f"Received unknown parameter: {name}", code=code, param=name)


def needed(given: Json, name: str) -> str:
    """A text of the form, or 400."""
    value = given.get(name)
    if not isinstance(value, str) or not value:
        code = "parameter_missing"
        raise Refusal(400, f"Missing required param: {name}.", code=code, param=name)
    return value
