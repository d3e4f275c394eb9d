"""What tests of accounts ask, and how they knock."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import orjson
from websockets.asyncio.client import connect

from app import App

DEADLINE = 8.0
PASSWORD = "correct horse 9"
PROTOCOL = "graphql-transport-ws"
CUSTOMER = (
    "fragment Shown on Customer "
    "{ id email name locale roles isGuest birthDate age preferences createdAt }"
)
SESSION = (
    "... on Session { accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt "
    "customer { ...Shown } }"
)
ERROR = "... on UserError { code message field retryable } ... on RateLimited { retryAfterSeconds }"
WEAK = "... on WeakPassword { minimumLength }"
REGISTER = (
    "mutation($email: String!, $password: String!, $name: String, $locale: String, "
    "$birthDate: Date) { register(input: { email: $email, password: $password, name: $name, "
    f"locale: $locale, birthDate: $birthDate }}) {{ {SESSION} {ERROR} {WEAK} }} }} {CUSTOMER}"
)
SIGN_IN = (
    "mutation($email: String!, $password: String!) "
    f"{{ signIn(input: {{ email: $email, password: $password }}) {{ {SESSION} {ERROR} }} }}"
    f" {CUSTOMER}"
)
GUEST = (
    "mutation { startGuestSession { accessToken refreshToken customer { ...Shown } } } " + CUSTOMER
)
REFRESH = (
    "mutation($refreshToken: String!) { refreshSession(refreshToken: $refreshToken) "
    f"{{ {SESSION} ... on UserError {{ code message field retryable }} }} }} {CUSTOMER}"
)
ME = "{ me { ...Shown } } " + CUSTOMER
UPDATE = (
    "mutation($input: UpdateAccountInput!) { updateAccount(input: $input) "
    f"{{ ...Shown ... on UserError {{ code message field retryable }} }} }} {CUSTOMER}"
)
CHANGE_PASSWORD = (
    "mutation($current: String, $new: String!) "
    "{ changePassword(input: { currentPassword: $current, newPassword: $new }) "
    f"{{ {SESSION} {ERROR} {WEAK} }} }} {CUSTOMER}"
)
DELETE = (
    "mutation($password: String) { deleteAccount(password: $password) "
    "{ ... on ErasureReceipt { id subject erasedAt stores { name objects } signature } "
    f"{ERROR} }} }}"
)
SIGN_OUT = "mutation($refreshToken: String!) { signOut(refreshToken: $refreshToken) }"
SIGN_OUT_EVERYWHERE = "mutation { signOutEverywhere }"


class Door:
    """The API as a client reaches it, and the stores behind it."""

    def __init__(self, url: str, host: App, http: httpx2.AsyncClient) -> None:
        self.url, self.host, self.http = url, host, http
        self.settings, self.db, self.begin = host.settings, host.db, host.begin

    async def ask(
        self, query: str, token: str | None = None, channel: str = "kr", **variables: Any
    ) -> dict[str, Any]:
        """Send one operation and return the whole answer."""
        headers = {"accept-language": "en", "x-channel": channel}
        if token:
            headers["authorization"] = f"Bearer {token}"
        headers["content-type"] = "application/json"
        # The standard library writes lone surrogates as a careless client would.
        body = json_of({"query": query, "variables": variables})
        answer = await self.http.post(f"{self.url}/graphql", content=body, headers=headers)
        assert answer.status_code < 500, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def did(self, query: str, token: str | None = None, **variables: Any) -> Any:
        """Send one operation and return its first field; `channel` chooses the market."""
        answer = await self.ask(query, token, **variables)
        assert "errors" not in answer, answer["errors"]
        return next(iter(answer["data"].values()))

    async def errors(self, query: str, token: str | None = None, **variables: Any) -> list[str]:
        """Send one operation and return the codes of its errors."""
        answer = await self.ask(query, token, **variables)
        return [error["extensions"]["code"] for error in answer.get("errors", [])]

    def later(self, **time: float) -> None:
        """Move the clock of the API on."""
        ahead = self.begin.now() - datetime.now(UTC) + timedelta(**time)
        self.begin.now = lambda: datetime.now(UTC) + ahead

    @asynccontextmanager
    async def follow(self, query: str, token: str, **variables: Any) -> AsyncIterator["Live"]:
        """Subscribe over a WebSocket."""
        url = f"{self.url.replace('http', 'ws')}/graphql"
        async with connect(url, subprotocols=[PROTOCOL]) as socket:  # type: ignore[list-item]
            live = Live(socket)
            payload = {"authorization": f"Bearer {token}"}
            await live.send({"type": "connection_init", "payload": payload})
            assert (await live.receive())["type"] == "connection_ack"
            operation = {"query": query, "variables": variables}
            await live.send({"type": "subscribe", "id": "1", "payload": operation})
            yield live


class Live:
    """One subscription on a WebSocket."""

    def __init__(self, socket: Any) -> None:
        self.socket = socket

    async def send(self, message: object) -> None:
        """Send a message."""
        await self.socket.send(orjson.dumps(message).decode())

    async def receive(self) -> dict[str, Any]:
        """Wait for the next message that is not a ping."""
        while True:
            message: dict[str, Any] = orjson.loads(await self._heard())
            if message["type"] != "ping":
                return message
            await self.send({"type": "pong"})

    async def _heard(self) -> bytes:
        async with asyncio.timeout(DEADLINE):
            return bytes(await self.socket.recv(decode=False))

    async def settled(self) -> None:
        """Wait until the server has done what it was asked before: it answers in order."""
        await self.send({"type": "ping"})
        while orjson.loads(await self._heard())["type"] != "pong":
            pass

    async def closed(self) -> int:
        """Wait until the server closes, and return its code."""
        async with asyncio.timeout(DEADLINE):
            await self.socket.wait_closed()
        return int(self.socket.close_code)

    async def is_open(self) -> bool:
        """Tell whether the server still answers."""
        await self.settled()
        return True

    async def next(self) -> Any:
        """Wait for the next event and return its field."""
        message = await self.receive()
        assert message["type"] == "next", message
        return next(iter(message["payload"]["data"].values()))


def json_of(value: object) -> bytes:
    """Write JSON as any client may, escapes and all."""
    return json.dumps(value).encode()


async def member(door: Door, email: str, **more: Any) -> dict[str, Any]:
    """Register someone."""
    made: dict[str, Any] = await door.did(REGISTER, email=email, password=PASSWORD, **more)
    assert "code" not in made, made
    return made


def code(answer: dict[str, Any]) -> str | None:
    """Return the code of a refusal."""
    found: str | None = answer.get("code")
    return found
