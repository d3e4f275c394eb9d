"""The protocol's JSON Schema: what requests are judged by, and in the tests every answer.

The judge is imported where it judges: workers and relay speak the protocol, and hear nobody.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from core.settings import ROOT
from services.acp.errors import AcpError

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from referencing import Registry

VERSION = "2026-04-17"
VERSIONS = (VERSION,)
FOLDER = ROOT / "data" / "acp" / VERSION
# The files name each other by their file names alone; their own ids are examples.
BASE = "https://acp.invalid/"


@cache
def validator(name: str, file: str = "agentic_checkout") -> "Draft202012Validator":
    """Return what judges one of the definitions in `schema.{file}.json`."""
    from jsonschema import Draft202012Validator, FormatChecker

    schema = {"$ref": f"{BASE}schema.{file}.json#/$defs/{name}"}
    return Draft202012Validator(schema, registry=_registry(), format_checker=FormatChecker())


@cache
def _registry() -> "Registry[Any]":
    from referencing import Registry, Resource

    return Registry().with_resources(
        (f"{BASE}{path.name}", Resource.from_contents(_read(path.name)))
        for path in FOLDER.glob("schema.*.json")
    )


def _read(file: str) -> dict[str, Any]:
    document = json.loads((FOLDER / file).read_text(encoding="utf-8"))
    return {name: value for name, value in document.items() if name != "$id"}


def check(name: str, body: Mapping[str, Any], file: str = "agentic_checkout") -> None:
    """Raise AcpError unless a request is what the schema says."""
    from jsonschema.exceptions import best_match

    error = best_match(validator(name, file).iter_errors(body))
    if error is None:
        return
    code = "missing" if error.validator == "required" else "invalid"
    raise AcpError(400, code, error.message[:500], param=error.json_path)
