"""Who may write and read: what S3 checks of a signed form, link or request, and moto does not."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import parse_qsl, quote

UNSIGNED_FIELDS = {"policy", "file", "x-amz-signature"}


class Refused(Exception):
    """The request is answered with S3's error instead of being carried out."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class Keys(NamedTuple):
    """The one pair of keys that the sandbox accepts."""

    id: str
    secret: str


def check_form(keys: Keys, bucket: str, form: dict[str, str], size: int) -> None:
    """Check a POST form against its signed policy; raises Refused as S3 would."""
    fields = {name.lower(): value for name, value in form.items()} | {"bucket": bucket}
    policy = fields.get("policy", "")
    scope = fields.get("x-amz-credential", "").split("/")
    if not policy or scope[0] != keys.id or len(scope) != 5:
        raise Refused(403, "AccessDenied", "The form is not signed with a known key.")
    if not same(sign(keys, scope[1:], policy), fields.get("x-amz-signature", "")):
        raise Refused(403, "SignatureDoesNotMatch", "The signature of the policy is wrong.")
    document = json.loads(base64.b64decode(policy))
    if datetime.fromisoformat(document["expiration"]) < datetime.now(UTC):
        raise Refused(403, "AccessDenied", "Invalid according to Policy: Policy expired.")
    check_conditions(document["conditions"], fields, size)


def check_conditions(conditions: list[object], fields: dict[str, str], size: int) -> None:
    """Check every condition, and that every field is covered by one."""
    covered = set(UNSIGNED_FIELDS)
    for kind, name, value in map(condition, conditions):
        if kind == "content-length-range":
            check_size(int(name), int(value), size)
            continue
        given = fields.get(name, "")
        covered.add(name)
        if not (given.startswith(value) if kind == "starts-with" else given == value):
            raise Refused(403, "AccessDenied", f"Invalid according to Policy: {kind} ${name}")
    extra = {name for name in fields if not name.startswith("x-ignore-")} - covered - {"bucket"}
    if extra:
        raise Refused(403, "AccessDenied", f"Extra input fields: {', '.join(sorted(extra))}")


def condition(item: object) -> tuple[str, str, str]:
    """One condition as kind, name without `$`, value."""
    if isinstance(item, dict):
        [(name, value)] = item.items()
        return "eq", str(name).lower(), str(value)
    kind, name, value = item if isinstance(item, list) else ("", "", "")
    return str(kind), str(name).removeprefix("$").lower(), str(value)


def check_size(least: int, most: int, size: int) -> None:
    """Refuse what is outside the policy's `content-length-range`."""
    if size > most:
        raise Refused(400, "EntityTooLarge", "Your proposed upload exceeds the maximum size.")
    if size < least:
        raise Refused(400, "EntityTooSmall", "Your proposed upload is smaller than the minimum.")


def check_request(keys: Keys, method: str, path: str, query: str, host: str, header: str) -> None:
    """Check a signed link, or that a request carries a known key; raises Refused."""
    given = dict(parse_qsl(query, keep_blank_values=True))
    if "X-Amz-Signature" in given:
        check_link(keys, method, path, given, host)
    elif f"Credential={keys.id}/" not in header:
        raise Refused(403, "AccessDenied", "Access Denied")


def check_link(keys: Keys, method: str, path: str, query: dict[str, str], host: str) -> None:
    """Check a presigned link: its time and its signature over method, path, query and host."""
    stamp, signature = query["X-Amz-Date"], query.pop("X-Amz-Signature")
    made = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    if datetime.now(UTC) > made + timedelta(seconds=int(query["X-Amz-Expires"])):
        raise Refused(403, "AccessDenied", "Request has expired")
    if query["X-Amz-SignedHeaders"] != "host":
        raise Refused(403, "AccessDenied", "The sandbox takes links that sign `host` alone.")
    asked = "&".join(
        f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in sorted(query.items())
    )
    canonical = "\n".join([method, path, asked, f"host:{host}", "", "host", "UNSIGNED-PAYLOAD"])
    scope = query["X-Amz-Credential"].split("/")
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join(["AWS4-HMAC-SHA256", stamp, "/".join(scope[1:]), digest])
    if scope[0] != keys.id or not same(sign(keys, scope[1:], text), signature):
        raise Refused(403, "SignatureDoesNotMatch", "The signature of the link is wrong.")


def sign(keys: Keys, scope: list[str], text: str) -> str:
    """AWS Signature Version 4 of a text, for a scope of date, region, service and end mark."""
    key = f"AWS4{keys.secret}".encode()
    for part in (*scope, text):
        key = hmac.digest(key, part.encode(), "sha256")
    return key.hex()


def same(first: str, second: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(first.encode(), second.encode())
