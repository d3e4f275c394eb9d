"""What both sides can do: the platform's profile held against ours."""

import re
from collections.abc import Mapping
from typing import Any

from services.acp import AcpError
from services.ucp.document import PLATFORM, VERSION, validator
from services.ucp.profile import CAPABILITIES, CHECKOUT, Agreed

LONGEST = 1_000
# A member of a dictionary of RFC 8941: a key, its value, and parameters that mean nothing here.
TEXT = r'"(?:[^"\\]|\\["\\])*"'
MEMBER = re.compile(
    rf'\s*([a-z*][a-z0-9_.*-]*)(?:=({TEXT}|[^",;\s]+))?((?:;[^",;]*(?:{TEXT})?)*)\s*'
)


def profile_url(header: str) -> str:
    """Return the profile that `UCP-Agent` names. Raises AcpError."""
    found, at = "", 0
    while at < len(header[:LONGEST]):
        member = MEMBER.match(header, at, LONGEST)
        if member is None or header[member.end() : member.end() + 1] not in ("", ","):
            raise refused("invalid_profile_url", "UCP-Agent is not a dictionary of RFC 8941.")
        if member[1] == "profile" and (member[2] or "").startswith('"'):
            found = re.sub(r"\\(.)", r"\1", member[2][1:-1])
        at = member.end() + 1
    if not found:
        told = 'Send UCP-Agent: profile="https://…", the address of the platform\'s profile.'
        raise refused("invalid_profile_url", told)
    return found


def agree(document: Any) -> Agreed:
    """Return what a platform and we can do. Raises AcpError."""
    if not validator(PLATFORM).is_valid(document):
        told = "The platform's profile is not what the protocol's JSON Schema says."
        raise refused("profile_malformed", told, 422)
    theirs = document["ucp"]
    if theirs["version"] != VERSION:
        told = f"Version {theirs['version']} is not spoken here: use {VERSION}."
        raise refused("version_unsupported", told, 422)
    both = {name for name in CAPABILITIES if _is_ours(theirs.get("capabilities", {}), name)}
    kept = {name for name in both if CAPABILITIES[name] is None or CAPABILITIES[name] in both}
    if CHECKOUT not in kept:
        told = f"The platform's profile lacks {CHECKOUT} of {VERSION}."
        raise refused("capabilities_incompatible", told)
    return Agreed(frozenset(kept))


def refused(code: str, told: str, status: int = 400) -> AcpError:
    """Nothing can be agreed on."""
    return AcpError(status, code, told)


def _is_ours(theirs: Mapping[str, Any], name: str) -> bool:
    return any(one["version"] == VERSION for one in theirs.get(name, ()))
