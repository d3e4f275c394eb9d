"""The Agentic Commerce Protocol over HTTP: /acp, and /.well-known/acp.json."""

from starlette.routing import BaseRoute

from routes.acp.carts import cart_routes
from routes.acp.discovery import discovery_route
from routes.acp.door import Shop
from routes.acp.feed import feed_routes
from routes.acp.nothing import nothing_route
from routes.acp.sessions import session_routes


def acp_routes(shop: Shop) -> list[BaseRoute]:
    """Return every route under /acp."""
    known = [*session_routes(shop), *cart_routes(shop), *feed_routes(shop)]
    return [*known, nothing_route(known)]


__all__ = ["Shop", "acp_routes", "discovery_route"]
