"""PyPI's gql as an app uses it: subscriptions over its WebSocket, the rest over HTTP."""

import asyncio
from typing import Any

from gql import Client, GraphQLRequest
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport

from tests.support.api import Api

QUERY = "query ($id: ID!) { cameo(id: $id) { id status } }"
WATCH = """subscription ($id: ID!) {
  cameoChanged(id: $id) { id status stage percent video { url durationSeconds } } }"""
SHARE = """mutation ($input: ShareCameoInput!) { shareCameo(input: $input) {
  __typename ... on CameoShare { id url } ... on UserError { code message } } }"""


class GqlWatcher:
    """Asks for a cameo, watches it to its end, and shares it."""

    def __init__(self, api: Api, cameo: str) -> None:
        self._cameo = cameo
        self._url, self._authorization = f"{api.base_url}/graphql", f"Bearer {api.token}"
        self.asked: dict[str, Any] = {}
        self.events: list[dict[str, Any]] = []
        self.shared: dict[str, Any] = {}
        self.began = asyncio.Event()

    async def run(self) -> None:
        """Do it all; documents are checked against the schema that introspection gives."""
        headers = {"Authorization": self._authorization}
        http = HTTPXAsyncTransport(self._url, headers=headers, timeout=60)
        async with Client(transport=http, fetch_schema_from_transport=True) as session:
            self.asked = (await session.execute(self._cameos(QUERY)))["cameo"]
            await self._watch()
            given = {"cameoId": self._cameo, "idempotencyKey": f"gql-{self._cameo}"}
            share = GraphQLRequest(SHARE, variable_values={"input": given})
            self.shared = (await session.execute(share))["shareCameo"]

    async def _watch(self) -> None:
        socket = WebsocketsTransport(
            self._url.replace("http", "ws", 1), init_payload={"authorization": self._authorization}
        )
        async with Client(transport=socket) as session:
            async for event in session.subscribe(self._cameos(WATCH)):
                self.events.append(event["cameoChanged"])
                self.began.set()

    def _cameos(self, query: str) -> GraphQLRequest:
        return GraphQLRequest(query, variable_values={"id": self._cameo})
