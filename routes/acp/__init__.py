"""The Agentic Commerce Protocol over HTTP: /acp, and /.well-known/acp.json."""

from routes.acp.discovery import discovery_route
from routes.acp.sessions import session_routes

__all__ = ["discovery_route", "session_routes"]
