"""The protocol's JSON Schema: what requests are judged by, and in the tests every answer.

One schema serves requests and answers: notes beside its fields (`ucp_request`) say which of them a
request has to have, may have or is not asked for.
"""

import json
import posixpath
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from core.settings import ROOT
from services.acp import AcpError

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from referencing import Registry

VERSION = "2026-04-08"
FOLDER = ROOT / "data" / "ucp" / VERSION
# The files name each other by their places; the ids in them do not always agree with these.
BASE = "https://ucp.invalid/"
ANSWER = "answer"
SHOPPING = "schemas/shopping"
CHECKOUT = (
    f"{SHOPPING}/fulfillment.json#/$defs/dev.ucp.shopping.checkout",
    f"{SHOPPING}/discount.json#/$defs/dev.ucp.shopping.checkout",
)
ERROR = (f"{SHOPPING}/types/error_response.json",)
PROFILE = "discovery/profile_schema.json#/$defs"
BUSINESS, PLATFORM = (f"{PROFILE}/business_profile",), (f"{PROFILE}/platform_profile",)


@cache
def validator(parts: tuple[str, ...], use: str = ANSWER) -> "Draft202012Validator":
    """Return what judges an answer, or a request to `create`, `update` or `complete`."""
    from jsonschema import Draft202012Validator, FormatChecker

    schema = {"allOf": [{"$ref": f"{BASE}{use}/{part}"} for part in parts]}
    return Draft202012Validator(schema, registry=_registry(use), format_checker=FormatChecker())


def check(body: Mapping[str, Any], use: str) -> None:
    """Raise AcpError unless a request is what the schema says."""
    from jsonschema.exceptions import best_match

    error = best_match(validator(CHECKOUT, use).iter_errors(body))
    if error is not None:
        code = "missing" if error.validator == "required" else "invalid"
        raise AcpError(400, code, error.message[:500], param=error.json_path)


@cache
def _registry(use: str) -> "Registry[Any]":
    from referencing import Registry, Resource

    found: Registry[Any] = Registry()
    return found.with_resources(
        (f"{BASE}{use}/{path.relative_to(FOLDER)}", Resource.from_contents(_read(path, use)))
        for path in FOLDER.rglob("*.json")
    )


def _read(path: Any, use: str) -> dict[str, Any]:
    document = json.loads(path.read_text(encoding="utf-8"))
    plain = {name: value for name, value in document.items() if name != "$id"}
    return plain if use == ANSWER else dict(_asked(plain, use))


def _asked(schema: Any, use: str) -> Any:
    """Return a schema as it is for requests of one kind."""
    if isinstance(schema, list):
        return [_asked(one, use) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: _asked(value, use) for name, value in schema.items()}
    if not isinstance(schema.get("properties"), dict):
        return found
    notes = {name: _note(field, use) for name, field in schema["properties"].items()}
    needed = [one for one in schema.get("required", ()) if notes.get(one) in (None, "required")]
    needed += [one for one, note in notes.items() if note == "required" and one not in needed]
    fields = found["properties"].items()
    found["properties"] = {name: one for name, one in fields if notes[name] != "omit"}
    return found | {"required": needed}


def _note(field: Any, use: str) -> str | None:
    told = field.get("ucp_request") if isinstance(field, dict) else None
    return told.get(use) if isinstance(told, dict) else told


def spec(name: str) -> str:
    """Return where people read about a part of this version."""
    return posixpath.join("https://ucp.dev", VERSION, "specification", name)


def schema(name: str) -> str:
    """Return where the JSON Schema of a part of this version is published."""
    return posixpath.join("https://ucp.dev", VERSION, name)
