"""The GraphQL endpoint as an ASGI application."""

from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send

from routes.graphql.host import Host
from routes.graphql.http import HttpHandler
from routes.graphql.limits import Limits
from routes.graphql.parts import Parts
from routes.graphql.socket import Socket


class GraphQLEndpoint:
    """HTTP, SSE and graphql-transport-ws in front of one schema.

    Mount it with `*GraphQLEndpoint(host, limits).routes("/graphql")`.
    """

    def __init__(self, host: Host, limits: Limits) -> None:
        self.parts = Parts.of(host, limits)
        self._http = HttpHandler(self.parts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or one socket."""
        if scope["type"] == "websocket":
            await Socket(self.parts, scope, receive, send).run()
        else:
            await self._http(scope, receive, send)

    def routes(self, path: str) -> list[BaseRoute]:
        """Return the routes of the endpoint: the same path for HTTP and WebSocket."""
        return [Route(path, self), WebSocketRoute(path, self)]
