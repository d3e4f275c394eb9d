"""Real servers on loopback, in the loop of the tests."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import orjson
import pytest
import pytest_asyncio
import uvicorn
from starlette.applications import Starlette
from websockets.asyncio.client import ClientConnection, connect

from routes.graphql import (
    GraphQLEndpoint,
    HttpProtocol,
    Limits,
    WebSocketProtocol,
    cors,
    uvicorn_options,
)
from tests.graphql_transport.world import World
from tests.support.api import TLS

ORIGIN = "https://nerdx.example"
DEADLINE = 8.0
# All tests come from one address, and attack.
RATES = {"address_operations_per_minute": 10**6, "address_operations_per_hour": 10**6}


class Server(uvicorn.Server):
    """A server that leaves the signals to the tests."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class QuickHttp(HttpProtocol):
    head_seconds = 0.3
    body_seconds = 0.3
    write_seconds = 0.5


class QuickSocket(WebSocketProtocol):
    write_seconds = 0.5
    close_seconds = 0.5


class Wire:
    """A graphql-transport-ws client that shows every frame."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, message: object) -> None:
        text = message if isinstance(message, str) else orjson.dumps(message).decode()
        await self.connection.send(text)

    async def read(self) -> Any:
        async with asyncio.timeout(DEADLINE):
            return orjson.loads(await self.connection.recv())

    async def init(self, token: str | None = None, **params: str) -> "Wire":
        payload = {**params, **({"authorization": f"Bearer {token}"} if token else {})}
        await self.send({"type": "connection_init", "payload": payload})
        assert await self.read() == {"type": "connection_ack"}
        return self

    async def subscribe(self, query: str, id: str = "1", **variables: object) -> None:
        payload = {"query": query, "variables": variables}
        await self.send({"id": id, "type": "subscribe", "payload": payload})

    async def closed(self) -> tuple[int | None, str | None]:
        async with asyncio.timeout(DEADLINE):
            await self.connection.wait_closed()
        return self.connection.close_code, self.connection.close_reason


@dataclass
class Door:
    """One running server."""

    port: int
    world: World
    endpoint: GraphQLEndpoint
    server: Server
    http: httpx2.AsyncClient

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/graphql"

    async def post(self, query: object, *, headers: Any = None, **members: Any) -> httpx2.Response:
        body = orjson.dumps({"query": query, **members})
        sent = {"content-type": "application/json", **(headers or {})}
        return await self.http.post(self.url, content=body, headers=sent)

    async def ask(self, query: str, *, headers: Any = None, **members: Any) -> Any:
        return (await self.post(query, headers=headers, **members)).json()

    @contextlib.asynccontextmanager
    async def wire(self, **options: Any) -> AsyncIterator[Wire]:
        options = {"subprotocols": ["graphql-transport-ws"], "compression": None, **options}
        async with connect(f"ws://127.0.0.1:{self.port}/graphql", **options) as connection:
            yield Wire(connection)


type Serve = Callable[..., Awaitable[Door]]


@contextlib.asynccontextmanager
async def serving(limits: Limits, **options: Any) -> AsyncIterator[Door]:
    world = World()
    endpoint = GraphQLEndpoint(world, limits)
    app = Starlette(routes=endpoint.routes("/graphql"), middleware=[cors(limits.allowed_origins)])
    quick = {"http": QuickHttp, "ws": QuickSocket, "timeout_graceful_shutdown": 5}
    options = {**uvicorn_options(limits), **quick, **options}
    config = uvicorn.Config(app, lifespan="off", log_level="error", **options)
    server = Server(config)
    listener = socket.create_server(("127.0.0.1", 0))
    running = asyncio.create_task(server.serve([listener]))
    while not server.started:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    async with httpx2.AsyncClient(verify=TLS, timeout=DEADLINE) as http:
        try:
            yield Door(listener.getsockname()[1], world, endpoint, server, http)
        finally:
            server.should_exit = True
            async with asyncio.timeout(15):
                await running


@pytest_asyncio.fixture
async def serve() -> AsyncIterator[Serve]:
    """Start a server with its own limits; extra options go to uvicorn."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(uvicorn_options: Any = None, **limits: Any) -> Door:
            bounds = Limits(**{"allowed_origins": (ORIGIN,), **RATES, **limits})
            return await stack.enter_async_context(serving(bounds, **(uvicorn_options or {})))

        yield start


@pytest_asyncio.fixture(scope="package")
async def shared_door() -> AsyncIterator[Door]:
    async with serving(Limits(allowed_origins=(ORIGIN,), **RATES)) as running:
        yield running


@pytest.fixture
def door(shared_door: Door) -> Door:
    """The server with the ordinary limits; its world is fresh."""
    shared_door.world.runs.clear()
    return shared_door


async def until(condition: Callable[[], object]) -> None:
    """Wait for something that the server does on its own."""
    async with asyncio.timeout(DEADLINE):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)
