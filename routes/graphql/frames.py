"""The messages of graphql-transport-ws, and why a socket is closed."""

from dataclasses import dataclass
from urllib.parse import urlsplit

import orjson
from starlette.datastructures import Headers

from routes.graphql.engine import Event
from routes.graphql.limits import Limits
from routes.graphql.refusals import RequestError, Shaped
from routes.graphql.request import Parameters, decode, parameters

SUBPROTOCOL = "graphql-transport-ws"
MAX_ID_LENGTH = 128


@dataclass(frozen=True, slots=True)
class Close:
    """A code and a reason to close with."""

    code: int
    reason: str


class Closing(Exception):
    """The socket is to be closed."""

    def __init__(self, close: Close) -> None:
        super().__init__(close.reason)
        self.close = close


UNAUTHORIZED = Close(4401, "Unauthorized")
INIT_TIMEOUT = Close(4408, "Connection initialisation timeout")
PONG_TIMEOUT = Close(4408, "No pong in time")
TWICE_INITIALISED = Close(4429, "Too many initialisation requests")
TOO_MANY_MESSAGES = Close(4429, "Too many messages")
TOO_MANY_CONNECTIONS = Close(4429, "Too many connections")
SERVER_BUSY = Close(1013, "Server is full, connect again shortly")
MESSAGE_TOO_LARGE = Close(4413, "Message too large")
WRONG_SUBPROTOCOL = Close(4406, "Subprotocol not acceptable")
BROKEN = Close(4500, "Internal server error")
TOKEN_EXPIRED = Close(4403, "token expired")
SESSION_REVOKED = Close(4403, "session revoked")
ACCOUNT_CHANGED = Close(4403, "account changed")


def bad(reason: str) -> Closing:
    """Close for a message that the protocol does not allow."""
    return Closing(Close(4400, f"Invalid message: {reason}"[:120]))


@dataclass(frozen=True, slots=True)
class Message:
    """One message from a client, checked."""

    type: str
    id: str = ""
    payload: dict[str, object] | None = None


def read(text: str | None, limits: Limits) -> Message:
    """Read a message, or raise `Closing`."""
    if text is None:
        raise bad("binary")
    if len(text) > limits.max_message_bytes or len(text.encode()) > limits.max_message_bytes:
        raise Closing(MESSAGE_TOO_LARGE)
    try:
        value = decode(text)
    except RequestError as error:
        raise bad("not JSON" if error.code == "BAD_REQUEST" else "U+0000 in a string") from None
    if not isinstance(value, dict):
        raise bad("not an object")
    return _message(value)


def _message(value: dict[str, object]) -> Message:
    kind, payload = value.get("type"), value.get("payload")
    if kind not in ("connection_init", "ping", "pong", "subscribe", "complete"):
        raise bad("unknown type")
    if payload is not None and not isinstance(payload, dict):
        raise bad("payload is not an object")
    if kind not in ("subscribe", "complete"):
        return Message(str(kind), payload=payload)
    id_ = value.get("id")
    if not isinstance(id_, str) or not 0 < len(id_) <= MAX_ID_LENGTH:
        raise bad("id is not a short string")
    return Message(str(kind), id_, payload)


def operation_of(message: Message) -> Parameters:
    """Return the parameters of a `subscribe`; their types are the protocol's business."""
    try:
        return parameters(message.payload)
    except RequestError as error:
        raise bad(error.shaped("en")[0]["message"]) from None


def connection_headers(headers: Headers, payload: dict[str, object] | None) -> dict[str, str]:
    """Return the headers of the handshake, and over them what `connectionParams` say.

    Browsers cannot set headers on a WebSocket: `authorization`, `acceptLanguage` and `channel`
    stand for `authorization`, `accept-language` and `x-channel`.
    """
    names = {"acceptlanguage": "accept-language", "channel": "x-channel"}
    merged = dict(headers)
    for key, value in (payload or {}).items():
        name = names.get(key.lower(), key.lower())
        if name in ("authorization", "accept-language", "x-channel"):
            if not isinstance(value, str):
                raise bad(f"{key} is not a string")
            merged[name] = value
    return merged


def is_allowed_origin(headers: Headers, limits: Limits) -> bool:
    """Refuse sockets that a page of another site opens with its visitor's browser."""
    origin = headers.get("origin")
    if origin is None or origin in limits.allowed_origins or "*" in limits.allowed_origins:
        return True
    return bool(urlsplit(origin).netloc) and urlsplit(origin).netloc == headers.get("host")


def next_text(id_: str, event: Event) -> str:
    """Write a `next` around a payload that is already written."""
    return f'{{"id":{_json(id_)},"type":"next","payload":{event.text}}}'


def error_text(id_: str, errors: list[Shaped]) -> str:
    """Write an `error`: it ends its operation."""
    return _json({"id": id_, "type": "error", "payload": errors})


def complete_text(id_: str) -> str:
    """Write a `complete`."""
    return f'{{"id":{_json(id_)},"type":"complete"}}'


def pong_text(payload: dict[str, object] | None) -> str:
    """Write a `pong` that echoes the payload of its `ping`."""
    return _json({"type": "pong", "payload": payload} if payload else {"type": "pong"})


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
