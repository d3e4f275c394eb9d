"""A WebSocket with several subscriptions, read message by message."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.support.api import Api

PROTOCOL = Subprotocol("graphql-transport-ws")


class Socket:
    """One acknowledged connection, and what came over it."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self.messages: list[dict[str, Any]] = []

    async def subscribe(self, name: str, query: str, **variables: Any) -> None:
        """Begin an operation."""
        payload = {"query": query, "variables": variables}
        await self.send({"type": "subscribe", "id": name, "payload": payload})

    async def send(self, message: dict[str, Any]) -> None:
        """Send a message."""
        await self._connection.send(json.dumps(message))

    async def receive(self) -> dict[str, Any]:
        """Wait for the next message and keep it."""
        message: dict[str, Any] = json.loads(await self._connection.recv())
        if message["type"] == "ping":
            await self.send({"type": "pong"})
        self.messages.append(message)
        return message

    async def drain(self) -> tuple[int | None, str | None]:
        """Keep all that comes until the server closes; return its code and reason."""
        with suppress(ConnectionClosed):
            while True:
                await self.receive()
        return self._connection.close_code, self._connection.close_reason


@asynccontextmanager
async def socket(api: Api) -> AsyncIterator[Socket]:
    """Connect as this person."""
    url = f"{api.base_url.replace('http', 'ws', 1)}/graphql"
    async with connect(url, subprotocols=[PROTOCOL], compression=None) as connection:
        opened = Socket(connection)
        payload = {"authorization": f"Bearer {api.token}", "channel": api.headers["x-channel"]}
        payload["acceptLanguage"] = api.headers["accept-language"]
        await opened.send({"type": "connection_init", "payload": payload})
        async with asyncio.timeout(10):
            assert (await opened.receive())["type"] == "connection_ack"
        yield opened
