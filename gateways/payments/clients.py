"""Stripe's SDK: one client for each event loop."""

import asyncio
from collections.abc import Mapping
from weakref import WeakKeyDictionary

import stripe
from stripe import StripeClient

from core.settings import Settings


class Http(stripe.HTTPXClient):
    """The SDK's client, without the way to send a body that httpx is about to drop."""

    def _get_request_args_kwargs(
        self, method: str, url: str, headers: Mapping[str, str], post_data: object
    ) -> tuple[list[str], dict[str, object]]:
        args, options = super()._get_request_args_kwargs(method, url, headers, None)
        return args, {**options, "data": None, "content": post_data}


class StripeClients:
    """Hands out a client that belongs to the running loop."""

    def __init__(self, settings: Settings, retries: int) -> None:
        self._settings, self._retries = settings, retries
        self._kept: WeakKeyDictionary[asyncio.AbstractEventLoop, tuple[StripeClient, Http]] = (
            WeakKeyDictionary()
        )

    def here(self) -> StripeClient:
        """The client of the running event loop, made on first use."""
        loop, settings = asyncio.get_running_loop(), self._settings
        if loop not in self._kept:
            http = Http(timeout=settings.provider_timeout_seconds)
            client = StripeClient(
                settings.stripe_api_key.get_secret_value() or "unset",
                base_addresses={"api": settings.stripe_base_url.rstrip("/")},
                stripe_version=settings.stripe_api_version,
                max_network_retries=self._retries,
                http_client=http,
            )
            self._kept[loop] = client, http
        return self._kept[loop][0]

    async def aclose(self) -> None:
        """Close the connections of the running event loop."""
        if kept := self._kept.pop(asyncio.get_running_loop(), None):
            await kept[1].close_async()  # type: ignore[no-untyped-call]
