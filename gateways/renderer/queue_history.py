"""What a queue's provider remembers, on an API of its own: finds lost orders, erases kept ones."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Self
from urllib.parse import urlencode

from core.settings import Settings
from gateways.renderer.errors import RendererUnavailable
from gateways.renderer.queue_wire import Wire

CLOCK_SKEW = timedelta(minutes=2)
PAGES = 20


class QueueHistory:
    """Needs a key that may read and delete what was sent."""

    def __init__(self, url: str, wire: Wire) -> None:
        self._url, self._wire = url.rstrip("/"), wire

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """The history of the settings, where they name one."""
        if not settings.queue_history_url:
            return None
        key = settings.queue_history_key.get_secret_value()
        return cls(settings.queue_history_url, Wire(key, settings.provider_timeout_seconds))

    async def find(
        self, ending: str, since: datetime, models: Sequence[str]
    ) -> tuple[str, str] | None:
        """The model and the request whose prompt ends so; None says little of one under way."""
        query = {
            "endpoint_id": ",".join(dict.fromkeys(models)),
            "start": (since - CLOCK_SKEW).isoformat(),
            "expand": "payloads",
            "limit": "100",
        }
        async for item in self._items(query):
            sent = item.get("json_input")
            prompt = str(sent.get("prompt", "")) if isinstance(sent, dict) else ""
            if prompt.rstrip().endswith(ending):
                return str(item.get("endpoint_id") or models[0]), str(item["request_id"])
        return None

    async def _items(self, query: dict[str, str]) -> AsyncIterator[dict[str, object]]:
        for _ in range(PAGES):
            address = f"{self._url}/models/requests/by-endpoint?{urlencode(query)}"
            answer = await self._wire.ask("GET", address)
            items = answer.body.get("items")
            if answer.status != 200 or not isinstance(items, list):
                raise RendererUnavailable(f"the history answered {answer.status}")
            for item in items:
                if isinstance(item, dict) and item.get("request_id"):
                    yield item
            cursor = answer.body.get("next_cursor")
            if not answer.body.get("has_more") or not isinstance(cursor, str):
                return
            query = {**query, "cursor": cursor}
        raise RendererUnavailable("the history is too long to look through")

    async def erase(self, request_id: str) -> None:
        """Delete words, picture and film; what is gone already is fine."""
        address = f"{self._url}/models/requests/{request_id}/payloads"
        answer = await self._wire.ask("DELETE", address)
        if answer.status != 404 and not 200 <= answer.status < 300:
            raise RendererUnavailable(f"the history answered {answer.status} to an erasure")
        results = answer.body.get("cdn_delete_results")
        for result in results if isinstance(results, list) else []:
            if isinstance(result, dict) and result.get("exception"):
                raise RendererUnavailable("a file of the request was not deleted")
