"""What tests of the catalogue and the world ask, and how they count trips."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
from prometheus_client import REGISTRY
from sqlalchemy import event

from app import App
from core.db import Database

REFERENCE = """
query Reference($first: Int!) { products(first: $first) { edges { cursor node { id name category abv
  ingredients { share ingredient { id name origin } }
  lore { id title features { id name } knownBy { id name } }
  variants { id volumeMl price { amount currency } available } } }
  pageInfo { hasNextPage endCursor } } }
"""


# Text that is no Unicode is refused with the body, before it is an argument.
REFUSALS = {"BAD_USER_INPUT", "BAD_REQUEST"}


class Door:
    """The API as a client reaches it, and the stores behind it."""

    def __init__(self, url: str, host: App, http: httpx2.AsyncClient) -> None:
        self.url, self.host, self.http = url, host, http
        self.db, self.begin, self.graph = host.db, host.begin, host.graph

    def later(self, **time: float) -> None:
        """Move the clock of the API on."""
        ahead = self.begin.now() - datetime.now(UTC) + timedelta(**time)
        self.begin.now = lambda: datetime.now(UTC) + ahead


async def ask(
    door: Door, query: str, *, locale: str = "en", channel: str = "kr", **variables: Any
) -> dict[str, Any]:
    """Send one operation and return the whole answer."""
    headers = {
        "accept-language": locale,
        "x-channel": channel,
        "content-type": "application/json",
    }
    # The standard library writes lone surrogates as a careless client would.
    body = json.dumps({"query": query, "variables": variables}).encode()
    answer = await door.http.post(f"{door.url}/graphql", content=body, headers=headers)
    assert answer.status_code < 500, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def told(door: Door, query: str, **more: Any) -> Any:
    """Send one operation and return its data."""
    answer = await ask(door, query, **more)
    assert "errors" not in answer, answer["errors"]
    return answer["data"]


async def refused(door: Door, query: str, **more: Any) -> list[str]:
    """Send one operation and return the codes of its errors."""
    answer = await ask(door, query, **more)
    return [error["extensions"]["code"] for error in answer.get("errors", [])]


async def until(check: Callable[[], Awaitable[bool]], seconds: float = 20) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(seconds):
        while True:
            if await check():
                return
            await asyncio.sleep(0.05)


class Trips:
    """SQL and Cypher statements that were sent."""

    def __init__(self) -> None:
        self.sql: list[str] = []
        self.cypher = 0

    def __len__(self) -> int:
        return len(self.sql) + self.cypher


@contextmanager
def trips(db: Database) -> Iterator[Trips]:
    """Count what is sent to Postgres and to the graph meanwhile."""
    seen, before = Trips(), _graph_reads()

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.sql.append(statement)

    event.listen(db.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine.sync_engine, "before_cursor_execute", note)
        seen.cypher = int(_graph_reads() - before)


def _graph_reads() -> float:
    return REGISTRY.get_sample_value("world_model_query_duration_seconds_count") or 0.0
