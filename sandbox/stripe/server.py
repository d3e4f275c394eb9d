"""Runs the sandbox in the foreground, and turns the knobs of a running one."""

from collections.abc import Mapping, Sequence

import httpx2
import uvicorn

from sandbox.stripe.app import create_app
from sandbox.stripe.config import StripeConfig


def build(config: StripeConfig, host: str = "127.0.0.1", port: int = 0) -> uvicorn.Server:
    """A server that is not yet running."""
    return uvicorn.Server(
        uvicorn.Config(
            create_app(config),
            host=host,
            port=port,
            loop="asyncio",
            ws="none",
            lifespan="on",
            log_level="warning",
            timeout_graceful_shutdown=2,
        )
    )


class StripeControl:
    """Turns the knobs of a running sandbox over HTTP."""

    def __init__(self, origin: str) -> None:
        self.origin = origin

    def faults(self, *rules: Mapping[str, object]) -> None:
        """Replaces the rules, each {match, fault, times, seconds, code}; none clears them."""
        self._post("faults", {"rules": list(rules)})

    def calls(self) -> dict[str, list[dict[str, object]]]:
        """{charges, refunds, requests, delivered}: all that was taken and given back."""
        return dict(self._get("calls"))

    def reset(self) -> None:
        """Forgets everything."""
        self._post("reset", {})

    def webhook(self, url: str | None, secret: str | None = None, *, hold: bool = False) -> None:
        """Sends events there from now on, or with `hold` only those that `send` names."""
        self._post("webhook", {"url": url, "secret": secret, "hold": hold})

    def events(self, object_id: str | None = None) -> list[dict[str, object]]:
        """Every event so far, oldest first; of one object only."""
        return list(self._get(f"events?object={object_id or ''}")["events"])

    def send(self, ids: Sequence[str], times: int = 1) -> list[int]:
        """Sends these events one after the other, each so often at once; the answers' statuses."""
        return list(self._post("events", {"ids": list(ids), "times": times})["statuses"])

    def authenticate(self, intent_id: str, *, ok: bool = True) -> None:
        """Answers 3-D Secure, or an app such as Kakao Pay, for the customer."""
        self._post("authenticate", {"id": intent_id, "ok": ok})

    def processed(self, intent_id: str, *, ok: bool = True) -> None:
        """Has the bank decide now on a payment that is being processed."""
        self._post("processed", {"id": intent_id, "ok": ok})

    def speed(self, processing_seconds: float = 3.0, search_lag_seconds: float = 0.0) -> None:
        """How long banks take from now on, and how long a charge until the search finds it."""
        told = {"processing_seconds": processing_seconds, "search_lag_seconds": search_lag_seconds}
        self._post("speed", told)

    def _post(self, path: str, body: Mapping[str, object]) -> dict[str, list[int]]:
        with self._client() as client:
            return dict(client.post(path, json=body).raise_for_status().json())

    def _get(self, path: str) -> dict[str, list[dict[str, object]]]:
        with self._client() as client:
            return dict(client.get(path).raise_for_status().json())

    def _client(self) -> httpx2.Client:
        # Without TLS to set up, which takes longer than the request.
        return httpx2.Client(base_url=f"{self.origin}/sandbox/", timeout=60, verify=False)
