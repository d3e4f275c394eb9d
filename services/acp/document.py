"""The protocol's own JSON Schema, which is the truth about requests and answers."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import best_match

from core.settings import ROOT
from services.acp.errors import AcpError

VERSION = "2026-04-17"
VERSIONS = (VERSION,)
SCHEMA = ROOT / "data" / "acp" / VERSION / "schema.agentic_checkout.json"


@cache
def validator(name: str) -> Draft202012Validator:
    """Return what judges one of the schema's definitions."""
    document = json.loads(SCHEMA.read_text(encoding="utf-8"))
    schema = {"$schema": document["$schema"], "$defs": document["$defs"]}
    return Draft202012Validator(
        {**schema, "$ref": f"#/$defs/{name}"}, format_checker=FormatChecker()
    )


def check(name: str, body: Mapping[str, Any]) -> None:
    """Raise AcpError unless a request is what the schema says."""
    error = best_match(validator(name).iter_errors(body))
    if error is None:
        return
    code = "missing" if error.validator == "required" else "invalid"
    raise AcpError(400, code, error.message[:500], param=error.json_path)
