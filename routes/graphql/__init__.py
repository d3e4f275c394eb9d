"""The GraphQL transport: HTTP, SSE and graphql-transport-ws in front of a schema."""

from routes.graphql.app import GraphQLEndpoint
from routes.graphql.cors import cors
from routes.graphql.host import Caller, Ending, Host, OperationContext
from routes.graphql.limits import Limits
from routes.graphql.protocol import HttpProtocol, WebSocketProtocol, uvicorn_options

__all__ = [
    "Caller",
    "Ending",
    "GraphQLEndpoint",
    "Host",
    "HttpProtocol",
    "Limits",
    "OperationContext",
    "WebSocketProtocol",
    "cors",
    "uvicorn_options",
]
