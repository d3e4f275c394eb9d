"""A client of the running API: GraphQL over HTTP, SSE and WebSocket, as an app would."""

import json
import ssl
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self

import httpx2

from tests.support.sse import lines

# Reading the trusted certificates takes longer than a request: once for all clients.
TLS = ssl.create_default_context()
SIGN_IN = """mutation ($email: String!, $password: String!) {
  signIn(input: {email: $email, password: $password}) {
    __typename ... on Session { accessToken refreshToken customer { id } }
    ... on UserError { code message }
  }
}"""


class Refused(AssertionError):
    """The answer has top-level errors."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(json.dumps(errors, ensure_ascii=False))
        self.errors = errors

    @property
    def code(self) -> str:
        """The code of the first error."""
        return str(self.errors[0]["extensions"]["code"])


class Api:
    """One person's connection to one API."""

    def __init__(self, base_url: str, *, locale: str = "en", channel: str = "kr") -> None:
        self.base_url = base_url
        self.token: str | None = None
        self.customer_id: str | None = None
        self.headers = {"accept-language": locale, "x-channel": channel}
        self.http = httpx2.AsyncClient(base_url=base_url, timeout=30, verify=TLS)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    def auth(self) -> dict[str, str]:
        """The headers of each request."""
        token = {"authorization": f"Bearer {self.token}"} if self.token else {}
        return {**self.headers, **token}

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """Run an operation and return its data; top-level errors raise Refused."""
        answer = await self.answer(query, **variables)
        if answer.get("errors"):
            raise Refused(answer["errors"])
        return dict(answer["data"])

    async def one(self, query: str, **variables: Any) -> Any:
        """Run an operation with one root field and return what that gives."""
        (value,) = (await self.ask(query, **variables)).values()
        return value

    async def answer(self, query: str, **variables: Any) -> dict[str, Any]:
        """Run an operation and return the whole answer."""
        body = {"query": query, "variables": variables}
        response = await self.http.post("/graphql", json=body, headers=self.auth())
        return dict(response.json())

    async def follow(
        self, query: str, last_event_id: str | None = None, **variables: Any
    ) -> AsyncIterator[dict[str, Any]]:
        """Follow a subscription over server-sent events; yield each event's data."""
        headers = {**self.auth(), "accept": "text/event-stream"}
        if last_event_id:
            headers["last-event-id"] = last_event_id
        body = {"query": query, "variables": variables}
        async with (
            self.http.stream("POST", "/graphql", json=body, headers=headers, timeout=120) as answer,
            lines(answer) as told,
        ):
            async for line in told:
                if line.startswith("event: complete"):
                    return
                if line.startswith("data: {"):
                    event = json.loads(line[6:])
                    if event.get("errors"):
                        raise Refused(event["errors"])
                    yield event["data"]

    async def sign_in(self, email: str, password: str) -> Self:
        """Sign in; later requests are this customer's."""
        session = await self.one(SIGN_IN, email=email, password=password)
        assert session["__typename"] == "Session", session
        self.token, self.customer_id = session["accessToken"], session["customer"]["id"]
        return self

    async def guest(self) -> Self:
        """Begin a guest session; later requests are this guest's."""
        session = await self.one("mutation { startGuestSession { accessToken customer { id } } }")
        self.token, self.customer_id = session["accessToken"], session["customer"]["id"]
        return self


def key() -> str:
    """A fresh idempotency key."""
    return uuid.uuid4().hex


@asynccontextmanager
async def person(base_url: str, **options: str) -> AsyncIterator[Api]:
    """A client that is closed at the end."""
    async with Api(base_url, **options) as api:
        yield api
