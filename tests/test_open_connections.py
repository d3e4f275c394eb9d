"""What stays open ends with the right to it, and costs one execution however many watch."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from app import App
from models.notification import NotificationKind
from services import notification
from services.account import SANDBOX_PASSWORD
from tests.catalogue.door import Trips, trips
from tests.conftest import World
from tests.support.api import TLS, Api, Refused, key, person
from tests.support.cameo import CONSENT, CREATE, SUBMIT
from tests.support.node import client
from tests.support.socket import Socket, socket

LIFETIME = 4
BAR_SECONDS = 5
NOTIFICATIONS = "subscription { notifications { id createdAt } }"
PORTRAIT = "subscription ($id: ID!) { portraitChanged(id: $id) { status consent { version } } }"
SIGN_IN = """mutation ($email: String!, $password: String!) {
  signIn(input: {email: $email, password: $password}) {
    ... on Session { accessToken refreshToken accessTokenExpiresAt customer { id } } } }"""
SOCKETS, PER_SOCKET, STREAMS = 4, 10, 10


async def tell(app: App, api: Api) -> None:
    """Tell this customer something."""
    async with app.begin() as uow:
        kind = NotificationKind.CAMEO_COMPLETED
        await notification.notify(uow, str(api.customer_id), kind, None)


@asynccontextmanager
async def news(app: App, api: Api) -> AsyncIterator[None]:
    """Something new for this customer ten times a second."""

    async def keep_telling() -> None:
        while True:
            await tell(app, api)
            await asyncio.sleep(0.1)

    task = asyncio.create_task(keep_telling())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


class Stream:
    """A subscription over SSE: its events, and the code that ended it."""

    def __init__(self, api: Api, query: str) -> None:
        self.events: list[Any] = []
        self.began = asyncio.Event()
        self.code = ""
        self._task = asyncio.create_task(self._read(api, query))

    async def _read(self, api: Api, query: str) -> None:
        try:
            async for event in api.follow(query):
                self.events.append(event)
                self.began.set()
        except Refused as refused:
            self.code = refused.code

    async def end(self) -> None:
        """Wait until it ends."""
        await self._task


async def session(api: Api) -> dict[str, Any]:
    """Sign in as Minsu on another device."""
    given = {"email": "demo-minsu@example.com", "password": SANDBOX_PASSWORD}
    signed_in: dict[str, Any] = await api.one(SIGN_IN, **given)
    api.token, api.customer_id = signed_in["accessToken"], signed_in["customer"]["id"]
    return signed_in


@pytest.mark.env(ACCESS_TOKEN_SECONDS=str(LIFETIME))
async def test_a_token_that_expires_ends_what_it_opened(api: Api, app: App) -> None:
    expires = datetime.fromisoformat((await session(api))["accessTokenExpiresAt"])
    async with socket(api) as one, news(app, api), asyncio.timeout(30):
        await one.subscribe("1", NOTIFICATIONS)
        stream = Stream(api, NOTIFICATIONS)
        assert await one.drain() == (4403, "token expired")
        socket_late = (datetime.now(UTC) - expires).total_seconds()
        await stream.end()
        stream_late = (datetime.now(UTC) - expires).total_seconds()
    assert -1 < socket_late < BAR_SECONDS
    assert -1 < stream_late < BAR_SECONDS
    assert stream.code == "TOKEN_EXPIRED"
    over_socket = [m["payload"]["data"] for m in one.messages if m["type"] == "next"]
    for seen in (over_socket, stream.events):
        assert seen
        newest = datetime.fromisoformat(seen[-1]["notifications"]["createdAt"])
        # Notifications came all the time; a busy machine may be a moment late to close.
        assert (newest - expires).total_seconds() < 1


@pytest.mark.env(ACCESS_TOKEN_SECONDS=str(LIFETIME))
async def test_a_client_that_refreshes_goes_on(world: World, app: App, api: Api) -> None:
    token = (await session(api))["refreshToken"]
    task = {"url": f"{world.url}/graphql", "refreshToken": token, "query": NOTIFICATIONS}
    async with news(app, api), client("refreshing.mjs", **task) as watcher:
        await watcher.end(60)
    assert watcher.told("connected") == [1, 2]
    assert watcher.told("closed")[0] == {"code": 4403, "reason": "token expired"}


async def test_signing_out_everywhere_ends_all_that_is_open(
    world: World, app: App, minsu: Api
) -> None:
    async with person(world.url) as phone, person(world.url) as guest, asyncio.timeout(30):
        await session(phone)
        await guest.guest()
        async with socket(phone) as one, socket(guest) as other, news(app, phone):
            await one.subscribe("1", NOTIFICATIONS)
            await other.subscribe("1", NOTIFICATIONS)
            stream = Stream(phone, NOTIFICATIONS)
            await stream.began.wait()
            while (await one.receive())["type"] != "next":
                pass
            assert await minsu.one("mutation { signOutEverywhere }") >= 2
            assert await one.drain() == (4403, "session revoked")
            await stream.end()
            assert stream.code == "TOKEN_INVALID"
            await other.send({"type": "ping"})
            assert (await other.receive())["type"] == "pong"
        with pytest.raises(Refused) as refused:
            await phone.one("{ me { id } }")
        assert refused.value.code == "TOKEN_INVALID"


async def executions(world: World) -> float:
    """How many subscriptions have been run, as /metrics says."""
    async with httpx2.AsyncClient(verify=TLS) as http:
        lines = (await http.get(f"{world.url}/metrics")).text.splitlines()
    return next(float(x.split()[1]) for x in lines if x.startswith("graphql_executions_total "))


class Crowd:
    """Equal subscriptions of one customer, over sockets and streams."""

    def __init__(self, api: Api, id: str) -> None:
        self._api, self._id = api, id
        self._seen: dict[str, list[str]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._changed = asyncio.Condition()

    async def join(self, stack: AsyncExitStack, sockets: int, each: int, streams: int) -> None:
        """Subscribe so often."""
        for n in range(sockets):
            one = await stack.enter_async_context(socket(self._api))
            names = [f"socket {n}.{i}" for i in range(each)]
            for name in names:
                self._seen[name] = []
                await one.subscribe(name, PORTRAIT, id=self._id)
            self._tasks.append(asyncio.create_task(self._read_socket(one, each)))
        for n in range(streams):
            self._seen[f"stream {n}"] = []
            self._tasks.append(asyncio.create_task(self._read_stream(f"stream {n}")))

    async def _read_socket(self, one: Socket, left: int) -> None:
        while left:
            message = await one.receive()
            if message["type"] == "next":
                await self._note(message["id"], message["payload"]["data"])
            left -= message["type"] == "complete"

    async def _read_stream(self, name: str) -> None:
        async for event in self._api.follow(PORTRAIT, id=self._id):
            await self._note(name, event)

    async def _note(self, name: str, event: dict[str, Any]) -> None:
        async with self._changed:
            self._seen[name].append(event["portraitChanged"]["status"])
            self._changed.notify_all()

    async def all_saw(self, *statuses: str) -> None:
        """Wait until everybody has seen exactly this."""
        async with self._changed, asyncio.timeout(20):
            await self._changed.wait_for(
                lambda: all(seen == [*statuses] for seen in self._seen.values())
            )

    async def end(self) -> None:
        """Wait until every subscription is complete."""
        async with asyncio.timeout(20):
            await asyncio.gather(*self._tasks)


async def statements(world: World, app: App, api: Api, *size: int) -> list[int]:
    """Take a photo through its states before a crowd; count the SQL of each change."""
    asked = {"contentType": "image/jpeg", "byteSize": 1_000, "idempotencyKey": key()}
    id = (await api.one(CREATE, i=asked))["portrait"]["id"]
    given = {"portraitId": id, "consentVersion": CONSENT, "idempotencyKey": key()}
    crowd, before = Crowd(api, id), await executions(world)
    async with AsyncExitStack() as stack:
        await crowd.join(stack, *size)
        await crowd.all_saw("AWAITING_UPLOAD")
        with trips(app.db) as submitting:
            await api.one(SUBMIT, i=given)
            await crowd.all_saw("AWAITING_UPLOAD", "CHECKING")
        with trips(app.db) as erasing:
            await api.one("mutation ($id: ID!) { erasePortrait(id: $id) { __typename } }", id=id)
            await crowd.all_saw("AWAITING_UPLOAD", "CHECKING", "ERASED")
        await crowd.end()
    assert await executions(world) == before + 1
    return [_of_events(submitting), _of_events(erasing)]


def _of_events(seen: Trips) -> int:
    # Each connection looks once, soon after it is opened, whether its session still is.
    return len([sql for sql in seen.sql if not sql.startswith("SELECT account_sessions.")])


@pytest.mark.env(MAX_SUBSCRIPTIONS_PER_VIEWER="50")
async def test_fifty_watchers_cost_what_one_does(world: World, app: App, minsu: Api) -> None:
    await statements(world, app, minsu, 1, 1, 0)
    one = await statements(world, app, minsu, 1, 1, 0)
    assert await statements(world, app, minsu, SOCKETS, PER_SOCKET, STREAMS) == one
