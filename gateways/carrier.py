"""Where parcels are, from an aggregator of carriers.

The wire, JSON over HTTPS with a bearer key:

    GET {CARRIER_URL}/v1/trackings/{carrier}/{number}
    200 {"events": [{"status": "in_transit", "place": "Icheon", "at": "2026-11-20T09:30:00Z"}]}
    404  the carrier has not seen the parcel yet       422  no such carrier

`status` is registered, picked_up, in_transit, out_for_delivery, failed_attempt, delivered, returned
or exception. A webhook (Standard Webhooks: webhook-id, webhook-timestamp, webhook-signature) with
{"type": "tracking.updated", "data": {"carrier": …, "tracking_number": …}} makes us ask sooner.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol
from urllib.parse import quote

import httpx2
import orjson

from core.settings import Settings
from core.telemetry import traced
from gateways.tls import trust

TOLERANCE_SECONDS = 300
LARGEST_ANSWER = 262_144
MAX_EVENTS = 500


class CarrierUnavailable(Exception):
    """No usable answer; asking again later may give one."""


class CarrierUnknown(Exception):
    """Nobody tracks parcels of this carrier: asking again is useless."""


class CarrierNewsInvalid(Exception):
    """Not signed with our secret, too old, or not news of a parcel."""


@dataclass(frozen=True)
class Scan:
    """A parcel was seen; `status` is the wire's word."""

    status: str
    at: datetime
    place: str | None


@dataclass(frozen=True)
class CarrierNews:
    """A verified webhook: something happened to this parcel."""

    webhook_id: str
    carrier: str
    tracking_number: str


class Carrier(Protocol):
    """Knows where parcels are."""

    async def scans(self, carrier: str, tracking_number: str) -> Sequence[Scan]:
        """Everything known of a parcel; nothing for one that was not seen yet.

        Raises CarrierUnavailable or CarrierUnknown.
        """
        ...

    def news(self, body: bytes, headers: Mapping[str, str], now: datetime) -> CarrierNews:
        """Verifies and reads a webhook; raises CarrierNewsInvalid."""
        ...


class CarrierHub(Carrier):
    """The aggregator at `carrier_url`; without one no parcel is tracked and no news believed."""

    def __init__(self, settings: Settings) -> None:
        self._url = (settings.carrier_url or "").rstrip("/")
        self._key = settings.carrier_api_key.get_secret_value()
        self._timeout = settings.provider_timeout_seconds
        secrets = settings.carrier_webhook_secret.get_secret_value().split(",")
        self._secrets = [secret for secret in secrets if secret]

    @traced("carrier.scans")
    async def scans(self, carrier: str, tracking_number: str) -> Sequence[Scan]:
        if not self._url:
            raise CarrierUnknown("CARRIER_URL is not set")
        path = f"/v1/trackings/{quote(carrier, safe='')}/{quote(tracking_number, safe='')}"
        try:
            async with httpx2.AsyncClient(verify=trust(), timeout=self._timeout) as client:
                headers = {"Authorization": f"Bearer {self._key}"}
                answer = await client.get(self._url + path, headers=headers)
        except httpx2.HTTPError as error:
            raise CarrierUnavailable(type(error).__name__) from error
        if answer.status_code == 404:
            return []
        if answer.status_code == 422:
            raise CarrierUnknown(carrier)
        if not answer.is_success:
            raise CarrierUnavailable(f"the carrier hub answered {answer.status_code}")
        return _scans(answer.content)

    def news(self, body: bytes, headers: Mapping[str, str], now: datetime) -> CarrierNews:
        lowered = {name.lower(): value for name, value in headers.items()}
        id, sent = lowered.get("webhook-id", ""), lowered.get("webhook-timestamp", "")
        if not id or not sent.isascii() or not sent.isdigit():
            raise CarrierNewsInvalid("the headers of a webhook are missing")
        if abs(now.timestamp() - int(sent[:12])) > TOLERANCE_SECONDS:
            raise CarrierNewsInvalid("the webhook is too old")
        given = [part.partition(",")[2] for part in lowered.get("webhook-signature", "").split(" ")]
        signed = f"{id}.{sent}.".encode() + body
        if not any(_matches(secret, signed, given) for secret in self._secrets):
            raise CarrierNewsInvalid("the signature does not match")
        return _news(id, body)


def _matches(secret: str, signed: bytes, given: Sequence[str]) -> bool:
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        return False
    made = base64.b64encode(hmac.digest(key, signed, hashlib.sha256))
    return any(hmac.compare_digest(made, one.encode("utf-8", "replace")) for one in given)


def _news(id: str, body: bytes) -> CarrierNews:
    try:
        told = orjson.loads(body)["data"]
        carrier, number = told["carrier"], told["tracking_number"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise CarrierNewsInvalid("the body is not news of a parcel") from error
    if not isinstance(carrier, str) or not isinstance(number, str) or "\0" in carrier + number:
        raise CarrierNewsInvalid("the body is not news of a parcel")
    return CarrierNews(f"carrier:{id[:200]}", carrier, number)


def _scans(body: bytes) -> list[Scan]:
    if len(body) > LARGEST_ANSWER:
        raise CarrierUnavailable("the answer is too large")
    try:
        events = orjson.loads(body)["events"]
        return [_scan(event) for event in events[:MAX_EVENTS]]
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise CarrierUnavailable("the answer is not a tracking") from error


def _scan(event: Mapping[str, object]) -> Scan:
    at = datetime.fromisoformat(str(event["at"]))
    place = event.get("place")
    if at.tzinfo is None:
        raise ValueError("a time without an offset")
    told = place.replace("\0", "") if isinstance(place, str) else None
    return Scan(str(event["status"]), at.astimezone(UTC), told)
