"""The product feed: two files for anybody, and the same as a resource for partners."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

import orjson
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from core.ids import is_id
from models.feed import Feed
from routes.acp.door import Call, Shop, guarded
from services import feed
from services.acp import AcpError, Answer

FILES, FEEDS = "/acp/feed", "/acp/feeds"
# With the relay's seconds between two looks far below the minute that a price may lag.
MAX_AGE = 30


class FeedFiles:
    """`metadata.json` and `products.jsonl` of a channel, as agents' platforms fetch them."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    async def metadata(self, request: Request) -> Response:
        """The facts of the feed."""
        return await self._answer(request, lambda found: JSONResponse(feed.metadata(found)))

    async def products(self, request: Request) -> Response:
        """One product a line."""
        kind = "application/x-ndjson; charset=utf-8"
        return await self._answer(
            request, lambda found: StreamingResponse(self._lines(found.id), media_type=kind)
        )

    async def _answer(self, request: Request, show: Callable[[Feed], Response]) -> Response:
        channel = request.query_params.get("channel", self._shop.settings.default_channel)
        try:
            async with self._shop.db.read() as session:
                found = await found_feed(session, channel)
        except AcpError as error:
            return JSONResponse({**error.body, "param": "channel"}, error.status)
        headers = {
            # Weak: a record may change between the first line and the last.
            "etag": f'W/"{found.version[:32]}"',
            "last-modified": format_datetime(found.changed_at.astimezone(UTC), usegmt=True),
            "cache-control": f"public, max-age={MAX_AGE}",
        }
        if is_known(request, headers["etag"], found.changed_at):
            return Response(status_code=304, headers=headers)
        answer = show(found)
        answer.headers.update(headers)
        return answer

    async def _lines(self, feed_id: str) -> AsyncIterator[bytes]:
        """Read batch after batch, holding no connection while a slow reader reads."""
        after = ""
        while True:
            async with self._shop.db.read() as session:
                some = await feed.lines(session, feed_id, after)
            if not some:
                return
            yield "".join(f"{line}\n" for _, line in some).encode()
            after = some[-1][0]


def feed_routes(shop: Shop) -> list[BaseRoute]:
    """Return the routes."""
    files = FeedFiles(shop)
    return [
        Route(f"{FILES}/metadata.json", files.metadata, methods=["GET"]),
        Route(f"{FILES}/products.jsonl", files.products, methods=["GET"]),
        Route(f"{FEEDS}/{{id}}", guarded(shop, "feed", retrieve), methods=["GET"]),
        Route(f"{FEEDS}/{{id}}/products", guarded(shop, "feed", products), methods=["GET"]),
    ]


async def retrieve(call: Call) -> Answer:
    """GET /feeds/{id}: 200 or 404."""
    async with call.shop.db.read() as session:
        return Answer(200, feed.metadata(await found_feed(session, call.id)))


async def products(call: Call) -> Answer:
    """GET /feeds/{id}/products: all that hosts are told, also of what is no longer sold."""
    lines: list[str] = []
    async with call.shop.db.read() as session:
        found = await found_feed(session, call.id)
        after = ""
        while some := await feed.lines(session, found.id, after, everything=True):
            lines += [line for _, line in some]
            after = some[-1][0]
    return Answer(200, {"products": [orjson.Fragment(line) for line in lines]})


async def found_feed(session: AsyncSession, channel: str) -> Feed:
    """Return a channel's feed. Raises AcpError."""
    found = await feed.find(session, channel) if is_id(channel) else None
    if found is None:
        raise AcpError(404, "feed_not_found", "There is no such feed, or not yet.", param="id")
    return found


def is_known(request: Request, etag: str, changed_at: datetime) -> bool:
    """Tell whether the reader has it already (RFC 9110, 13.2.2)."""
    if (known := request.headers.get("if-none-match")) is not None:
        return any(one.strip() in ("*", etag) for one in known.split(","))
    try:
        since = parsedate_to_datetime(request.headers["if-modified-since"])
    except (KeyError, ValueError):
        return False
    return since.tzinfo is not None and changed_at.replace(microsecond=0) <= since
