"""The Agentic Commerce Protocol over HTTP: /acp, and /.well-known/acp.json."""

from routes.acp.carts import cart_routes
from routes.acp.discovery import discovery_route
from routes.acp.feed import feed_routes
from routes.acp.sessions import session_routes

__all__ = ["cart_routes", "discovery_route", "feed_routes", "session_routes"]
