"""What a client sends: parameters of one operation, and what it accepts in return."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import orjson

from routes.graphql import refusals
from routes.graphql.refusals import Refusal

GRAPHQL_JSON = "application/graphql-response+json"
JSON = "application/json"
EVENT_STREAM = "text/event-stream"
OPTIONAL: Mapping[type, tuple[str, str]] = {
    str: ("문자열 또는 null", "a string or null"),
    dict: ("객체 또는 null", "an object or null"),
}


@dataclass(frozen=True, slots=True)
class Parameters:
    """One operation to run."""

    query: str
    operation_name: str | None = None
    variables: dict[str, object] = field(default_factory=dict)
    last_event_id: str | None = None


def decode(body: bytes | str) -> object:
    """Read JSON; broken UTF-8, huge numbers and deep nesting are refused like broken JSON."""
    try:
        value: object = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Refusal(refusals.NOT_JSON, reason=error.msg) from None
    escaped = b"\\u0000" in body if isinstance(body, bytes) else "\\u0000" in body
    if escaped and _has_nul(value):
        raise Refusal(refusals.NUL_CHARACTER)
    return value


def _has_nul(value: object) -> bool:
    waiting = [value]
    while waiting:
        match waiting.pop():
            case str() as text if "\0" in text:
                return True
            case list() as items:
                waiting.extend(items)
            case dict() as items:
                waiting.extend([*items, *items.values()])
    return False


def parameters(value: object) -> Parameters:
    """Check the members of a request object."""
    if not isinstance(value, dict):
        raise Refusal(refusals.NOT_OBJECT)
    query = value.get("query")
    if not isinstance(query, str) or not query:
        raise Refusal(
            refusals.BAD_PARAMETER,
            name="query",
            ko="문서가 담긴 문자열",
            en="a string with a document",
        )
    _optional(value, "extensions", dict)
    name = _optional(value, "operationName", str)
    variables = _optional(value, "variables", dict)
    return Parameters(query, name or None, variables or {})


def _optional[T: (str, dict[Any, Any])](
    value: dict[str, object], name: str, kind: type[T]
) -> T | None:
    member = value.get(name)
    if member is None or isinstance(member, kind):
        return member
    ko, en = OPTIONAL[kind]
    raise Refusal(refusals.BAD_PARAMETER, name=name, ko=ko, en=en)


def from_query_string(query_string: bytes) -> Parameters:
    """Read the parameters of a GET request; `variables` and `extensions` are JSON."""
    try:
        given = dict(parse_qsl(query_string.decode("ascii"), errors="strict", max_num_fields=20))
    except ValueError as error:
        raise Refusal(
            refusals.BAD_PARAMETER, name="query", ko="UTF-8", en=f"UTF-8 ({error})"
        ) from None
    if any("\0" in text for text in given.values()):
        raise Refusal(refusals.NUL_CHARACTER)
    members: dict[str, object] = dict(given)
    for name in ("variables", "extensions"):
        if given.get(name):
            members[name] = decode(given[name])
    checked = parameters(members)
    return Parameters(
        checked.query, checked.operation_name, checked.variables, given.get("lastEventId") or None
    )


@dataclass(frozen=True, slots=True)
class Accepted:
    """The media types that the client reads: of one answer, and of a stream."""

    json: str | None
    stream: bool


def accepted(header: str | None) -> Accepted:
    """Negotiate by the `Accept` header (RFC 9110, 12.5.1)."""
    if header is None or not header.strip():
        return Accepted(JSON, stream=False)
    quality = _qualities(header)
    plain = quality.get(JSON, quality.get("application/*", quality.get("*/*", 0.0)))
    modern = quality.get(GRAPHQL_JSON, 0.0)
    if modern and modern >= plain:
        return Accepted(GRAPHQL_JSON, stream=quality.get(EVENT_STREAM, 0.0) > 0)
    return Accepted(JSON if plain else None, stream=quality.get(EVENT_STREAM, 0.0) > 0)


def _qualities(header: str) -> Mapping[str, float]:
    qualities: dict[str, float] = {}
    for part in header.lower().split(",")[:50]:
        media, *parameters = [piece.strip() for piece in part.split(";")]
        given = dict(piece.split("=", 1) for piece in parameters if "=" in piece)
        if given.get("charset", "utf-8").strip('"') in ("utf-8", "utf8"):
            qualities[media] = max(qualities.get(media, 0.0), _quality(given.get("q", "1")))
    return qualities


def _quality(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def is_json(content_type: str | None) -> bool:
    """Tell whether a body is JSON in UTF-8: no other type can be sent by a foreign form."""
    media, *parameters = [piece.strip().lower() for piece in (content_type or "").split(";")]
    charsets = [p.split("=", 1)[1].strip('"') for p in parameters if p.startswith("charset=")]
    return media == JSON and all(charset in ("utf-8", "utf8") for charset in charsets)
