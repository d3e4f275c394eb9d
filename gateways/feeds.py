"""Product feeds that agents' platforms keep of us, over their protocol's Feed API.

    POST  {url}/feeds {"target_country": "KR"}         201 {"id": "feed_…", …}
    PATCH {url}/feeds/{id}/products {"products": […]}  200 {"id": "feed_…", "accepted": true}

Products are added or replaced by their ids, so a batch may be sent again.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import quote

import httpx2
import orjson

from core.setting_shapes import FeedAddress
from core.telemetry import traced
from gateways.tls import trust

TIMEOUT = httpx2.Timeout(10.0, connect=4.0)
LARGEST_ANSWER = 65_536
REFUSALS = frozenset({400, 413, 422})


class FeedUnavailable(Exception):
    """No usable answer; later there may be one, after `wait` seconds if the host said so."""

    def __init__(self, why: str, wait: float | None = None) -> None:
        super().__init__(why)
        self.wait = wait


class FeedRefused(Exception):
    """The host does not take these products as they are."""


class FeedLost(Exception):
    """The host knows no such feed."""


class Feeds(Protocol):
    """Keeps feeds of products."""

    async def create(self, host: FeedAddress, country: str | None, version: str) -> str:
        """Makes a feed and returns the host's id of it.

        Raises FeedUnavailable or FeedRefused.
        """
        ...

    async def push(
        self, host: FeedAddress, feed_id: str, products: Sequence[bytes | str], version: str
    ) -> None:
        """Adds these products, each one JSON object, or replaces them.

        Raises FeedUnavailable, FeedRefused or FeedLost.
        """
        ...


class FeedHosts(Feeds):
    """The platforms that the settings name."""

    @traced("feeds.create")
    async def create(self, host: FeedAddress, country: str | None, version: str) -> str:
        body = orjson.dumps({"target_country": country} if country else {})
        answer = await _asked(host, "POST", "/feeds", body, version)
        id = answer.get("id")
        if not isinstance(id, str) or not 1 <= len(id) <= 200 or "\0" in id:
            raise FeedUnavailable("the answer names no feed")
        return id

    @traced("feeds.push")
    async def push(
        self, host: FeedAddress, feed_id: str, products: Sequence[bytes | str], version: str
    ) -> None:
        path = f"/feeds/{quote(feed_id, safe='')}/products"
        body = orjson.dumps({"products": [orjson.Fragment(one) for one in products]})
        answer = await _asked(host, "PATCH", path, body, version)
        if answer.get("accepted") is not True:
            raise FeedRefused("not accepted")


async def _asked(
    host: FeedAddress, method: str, path: str, body: bytes, version: str
) -> Mapping[str, Any]:
    headers = {
        "authorization": f"Bearer {host.token.get_secret_value()}",
        "content-type": "application/json",
        "api-version": version,
    }
    url = host.url.rstrip("/") + path
    try:
        async with httpx2.AsyncClient(verify=trust(), timeout=TIMEOUT) as client:
            answer = await client.request(method, url, content=body, headers=headers)
    except httpx2.HTTPError as error:
        raise FeedUnavailable(type(error).__name__) from error
    return _read(answer, is_of_one=method == "PATCH")


def _read(answer: httpx2.Response, *, is_of_one: bool) -> Mapping[str, Any]:
    status = answer.status_code
    if status == 404 and is_of_one:
        raise FeedLost
    if status in REFUSALS:
        raise FeedRefused(f"the host answered {status}")
    if not answer.is_success:
        raise FeedUnavailable(f"the host answered {status}", _wait(answer))
    try:
        told = orjson.loads(answer.content[:LARGEST_ANSWER])
    except orjson.JSONDecodeError as error:
        raise FeedUnavailable("the answer is not JSON") from error
    if not isinstance(told, dict):
        raise FeedUnavailable("the answer is not an object")
    return told


def _wait(answer: httpx2.Response) -> float | None:
    told = answer.headers.get("retry-after", "")
    return float(told) if told.isascii() and told.isdigit() and len(told) < 6 else None
